"""Names of code systems: the spellings of one system are one."""

import re
from typing import Final

_GERMAN: Final = re.compile(r"icd-?10-?gm|i10g")
_AMERICAN: Final = re.compile(r"icd-?10-?cm|i10c|2\.16\.840\.1\.113883\.6\.90$")


def system_name(system: str) -> str:
    """Name under which the spellings of an ICD-10 system are one: `icd10cm`, `icd10gm`, else `icd10`."""
    lower = system.lower()
    if _GERMAN.search(lower):
        return "icd10gm"
    return "icd10cm" if _AMERICAN.search(lower) else "icd10"
