"""Titles beside ICD-10 codes, where the licence of a code table allows to bundle them.

`titles.csv` is from ICD-10-CM, which its publisher, the National Center for Health Statistics of the CDC,
puts in the public domain; its first lines name source and release. They are English in every language of the
page: other editions (WHO, ICD-10-GM) have terms of their own. A code that is not in the table shows as it is.
"""

import csv
import functools
import importlib.resources
from collections.abc import Mapping

LANGUAGE = "en"


@functools.cache
def titles() -> Mapping[str, str]:
    """Give the titles by code."""
    text = importlib.resources.files(__package__).joinpath("titles.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {row["code"]: row["title"] for row in csv.DictReader(lines)}
