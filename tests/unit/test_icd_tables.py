"""The scripts make the tables of the package again, byte for byte."""

import gzip
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from healthtrends import icd
from healthtrends.icd.make_validity import validity_table
from healthtrends.icd.years import parse_years

TABLES = Path(icd.__file__).parent


def order_files(folder: Path, table: str) -> list[Path]:
    """Write the order files of CMS that a table stems from, in their fixed columns; titles are left out."""
    lines: dict[int, list[str]] = defaultdict(list)
    for row in table.splitlines()[1:]:
        code, listed, billable = row.split(",")
        for year in parse_years(listed):
            lines[year].append(
                f"{len(lines[year]):05} {code.replace('.', ''):7} {int(year in parse_years(billable))} "
            )
    files = []
    for year, found in sorted(lines.items()):
        files.append(folder / f"icd10cm-order-{year}.txt")
        files[-1].write_text("\n".join(found) + "\n", encoding="latin-1")
    return files


@pytest.mark.long
def test_the_order_files_give_the_table_of_years(tmp_path):
    """98,847 codes of eleven fiscal years."""
    table = gzip.decompress((TABLES / "icd10cm_validity.csv.gz").read_bytes()).decode("ascii")
    files = order_files(tmp_path, table)
    assert len(files) == 11
    assert validity_table(files) == table


def test_a_file_without_a_year_in_its_name_is_refused(tmp_path):
    """It would stand for no fiscal year."""
    with pytest.raises(ValueError, match="names no year"):
        validity_table([tmp_path / "order.txt"])


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:(read|open)_text is deprecated")  # of simple-icd-10-cm, as it is loaded
def test_the_package_of_the_tabular_list_gives_chapters_blocks_and_titles(tmp_path, monkeypatch):
    """Made in a folder of its own."""
    from healthtrends.icd import make_categories

    folder = tmp_path / "icd"
    folder.mkdir()
    shutil.copy(TABLES / "titles.csv", folder)
    (tmp_path / "sources").mkdir()
    shutil.copy(TABLES.parent / "sources" / "catalogue.csv", tmp_path / "sources")
    monkeypatch.setattr(make_categories, "_FOLDER", folder)
    make_categories.main()
    for name in ("icd10cm_categories.csv", "titles.csv"):
        assert (folder / name).read_bytes() == (TABLES / name).read_bytes()
