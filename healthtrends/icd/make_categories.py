"""Makes the tables of chapters, blocks and titles of ICD-10-CM from the package `simple-icd-10-cm`.

It needs that package, which reads the tabular list of the CDC; the program itself does not.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import simple_icd_10_cm as tabular

_FOLDER = Path(__file__).parent


def main() -> None:
    """Write both tables."""
    codes = tabular.get_all_codes(with_dots=True)
    categories = [code for code in codes if tabular.is_category(code) and len(code) == 3]
    places = [(category, *_place(category)) for category in sorted(set(categories))]
    _write("icd10cm_categories.csv", [("category", "chapter", "block"), *places])
    _write_titles(set(categories))


def _place(category: str) -> tuple[str, str]:
    """Chapter and innermost block of a category."""
    above = tabular.get_ancestors(category)
    return next(filter(tabular.is_chapter, above)), next(filter(tabular.is_block, above))


def _write_titles(categories: set[str]) -> None:
    """Write `titles.csv` anew below its comment: categories, and codes of the synthetic records."""
    table = _FOLDER / "titles.csv"
    top = [line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    catalogue = (_FOLDER.parent / "sources" / "catalogue.csv").read_text(encoding="utf-8")
    synthetic = {row["code"] for row in csv.DictReader(catalogue.splitlines())}
    known = sorted(categories | {code for code in synthetic if tabular.is_valid_item(code)})
    rows = [("code", "title"), *((code, tabular.get_description(code)) for code in known)]
    table.write_text("\n".join(top) + "\n" + _csv(rows), encoding="utf-8")


def _write(name: str, rows: Iterable[Sequence[str]]) -> None:
    (_FOLDER / name).write_text(_csv(rows), encoding="utf-8")


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    main()
