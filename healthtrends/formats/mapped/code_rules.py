"""Named rules for what stands behind a code: marks of ICD-10 and letters of certainty in Germany.

`icd10` takes off `+`, `*`, `!` (dagger, asterisk and optional codes) and the dash of a code without a closer
place (`E11.-`). `icd10gm` also takes off the certainty of the German out-patient coding and the side (R, L,
B) behind it: G (assured) and V (suspected) count; A (ruled out) and Z (state after it) are no diagnosis of
the visit.
"""

import re
from collections.abc import Callable
from typing import Final

from healthtrends.config.mapping import CodeRule
from healthtrends.model.rejection import Skip, SkipReason

_MARKS: Final = re.compile(r"(?P<code>.*?)(?:\.?-)?\s*[+*!†]?")
_GERMAN: Final = re.compile(
    r"(?P<code>[A-Z][0-9]{2}(?:\.?[0-9]{1,2})?)(?:\.?-)?\s*[+*!†#]?\s*(?P<certainty>[GVZA]?)\s*[RLB]?",
    re.ASCII | re.IGNORECASE,
)
_NOT_COUNTED: Final = frozenset("AZ")

Reading = Callable[[str], str | Skip]


def code_reading(rule: CodeRule | None) -> Reading:
    """Return the function from a cell's code to the code without its marks, or to the reason to leave it out.

    What does not have the form is returned as it came: the rule of the record decides.
    """
    return {None: _plain, "icd10": _unmarked, "icd10gm": _german}[rule]


def _plain(given: str) -> str:
    return given


def _unmarked(given: str) -> str:
    found = _MARKS.fullmatch(given)
    return found["code"] if found else given


def _german(given: str) -> str | Skip:
    found = _GERMAN.fullmatch(given)
    if found is None:
        return given
    if found["certainty"].upper() in _NOT_COUNTED:
        return Skip(SkipReason.NOT_PRESENT)
    return found["code"]
