"""Makes `icd10cm_validity.csv.gz` from the order files of CMS, one a fiscal year; see README.md.

A line of an order file has fixed columns: number (1 to 5), code without a dot (7 to 13), 1 where it is
billable and 0 where it is a header (15), short and long title.
"""

import gzip
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from healthtrends.icd.years import format_years

_FILE = re.compile(r"(20\d\d)")
_TABLE = Path(__file__).with_name("icd10cm_validity.csv.gz")


def validity_table(files: Iterable[Path]) -> str:
    """Put order files together; the year is the first in the name of each. Raises ValueError."""
    listed: dict[str, set[int]] = {}
    billable: dict[str, set[int]] = {}
    for file in files:
        named = _FILE.search(file.name)
        if named is None:
            raise ValueError(f"{file.name} names no year")
        year = int(named[1])
        for line in file.read_text(encoding="latin-1").splitlines():
            code, is_billable = line[6:13].strip(), line[14:15] == "1"
            dotted = f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
            listed.setdefault(dotted, set()).add(year)
            if is_billable:
                billable.setdefault(dotted, set()).add(year)
    rows = [
        f"{code},{format_years(years)},{format_years(billable.get(code, ()))}"
        for code, years in sorted(listed.items())
    ]
    return "\n".join(["code,fiscal_years,billable_years", *rows]) + "\n"


if __name__ == "__main__":
    packed = gzip.compress(validity_table(map(Path, sys.argv[1:])).encode("ascii"), 9, mtime=0)
    _TABLE.write_bytes(packed)
