"""Rows of files that other programs write; all data is synthetic."""

import datetime as dt
import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from healthtrends.config.mapping import FileForm
from healthtrends.errors import ConfigError, UsageError
from healthtrends.sources.row_files import read_rows

ROWS = [{"PatNr": "1", "Straße": "Müller, Ä"}, {"PatNr": "2", "Straße": "zwei\nZeilen"}]
TEXT = 'PatNr;Straße\r\n1;"Müller, Ä"\r\n2;"zwei\nZeilen"\r\n'
SEMICOLON = {"delimiter": ";"}


def rows(folder, name, content, **form):
    """What a file of this content gives, as JSON."""
    path = folder / name
    path.write_bytes(content)
    return [json.loads(record.value) for record in read_rows([str(path)], FileForm(**form))]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_charset_of_the_setting_is_read(tmp_path, charset):
    """A byte order mark is taken off, quoted line ends belong to their cell."""
    setting = charset.removesuffix("-sig")
    assert rows(tmp_path, "a.csv", TEXT.encode(charset), charset=setting, **SEMICOLON) == ROWS


def zstandard(content: bytes) -> bytes:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(content)
    return packed.getvalue().to_pybytes()


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard)])
def test_packed_files_are_unpacked(tmp_path, suffix, pack):
    """By the last ending of the name."""
    assert rows(tmp_path, f"a.csv{suffix}", pack(TEXT.encode()), **SEMICOLON) == ROWS


def test_tabs_and_no_quotes(tmp_path):
    """A quote is a character like any other then."""
    content = b'a\tb\n"x\ty\n'
    assert rows(tmp_path, "a.tsv", content, delimiter="\t", quote="") == [{"a": '"x', "b": "y"}]


def test_columns_of_one_name_are_numbered_and_those_without_are_left_out(tmp_path):
    """As exports have them; names are trimmed."""
    assert rows(tmp_path, "a.csv", b" ICD ,ICD,\nE11,I10,\n") == [{"ICD": "E11", "ICD#2": "I10"}]


def test_a_row_of_other_length_becomes_a_list(tmp_path):
    """So that no cell lands under a wrong name; the ingest rejects it."""
    assert rows(tmp_path, "a.csv", b"a,b\n1\n1,2,3\n") == [["1"], ["1", "2", "3"]]


def test_bytes_that_the_charset_does_not_have_are_kept(tmp_path):
    """As they came: the ingest rejects the row as no UTF-8."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,\x81\n")
    (record,) = read_rows([str(path)], FileForm(charset="cp1252"))
    assert b"\x81" in record.value


def test_parquet_rows_have_json_values(tmp_path):
    """Days and times as ISO 8601, numbers as numbers."""
    moment = dt.datetime(2025, 12, 20, 8, 30)  # noqa: DTZ001  as tables have them
    table = pa.table({"id": [1], "day": [moment.date()], "at": [moment]})
    pq.write_table(table, tmp_path / "x.parquet")
    content = (tmp_path / "x.parquet").read_bytes()
    assert rows(tmp_path, "a.parquet", content) == [
        {"id": 1, "day": "2025-12-20", "at": "2025-12-20T08:30:00"}
    ]


def workbook(cells: str) -> bytes:
    """The smallest workbook with one sheet of these rows."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="Besuche" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
        f'main"><sheetData>{cells}</sheetData></worksheet>',
    }  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


SHEET = workbook(
    '<row r="1"><c r="A1" t="inlineStr"><is><t>PatNr</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Alter</t></is>'
    '</c></row><row r="2"><c r="A2" t="inlineStr"><is><t>7</t></is></c><c r="B2"><v>41</v></c></row>'
)


def test_a_sheet_of_a_workbook(tmp_path):
    """The first, or the one of the setting."""
    assert rows(tmp_path, "a.xlsx", SHEET) == [{"PatNr": "7", "Alter": 41.0}]
    with pytest.raises(ConfigError, match=r"no sheet 'Other'.*Besuche"):
        rows(tmp_path, "a.xlsx", SHEET, sheet="Other")


@pytest.mark.parametrize(
    ("name", "content", "form", "match"),
    [
        ("a.csv", b'a,b\n1,"x\n', {}, "line 2: not CSV"),
        ("a.csv", b"", {}, "no usable header row"),
        ("a.xlsx", b"PK\x03\x04nothing", {}, "no Excel workbook"),
        ("a.parquet", b"PAR1nothing", {}, "no Parquet file"),
        ("a.csv.gz", b"a,b\n", {}, "cannot be read on"),
        ("a.csv.zst", b"a,b\n", {}, "cannot be read on"),
        ("a.pdf", b"", {}, r"cannot tell what .*\.csv.*\.xlsx.*\.gz or \.zst"),
    ],
)
def test_damage_is_told_before_anything_is_sent(tmp_path, name, content, form, match):
    """With the line where the file has lines."""
    with pytest.raises(UsageError, match=match):
        rows(tmp_path, name, content, **form)


def test_a_charset_that_does_not_exist_is_refused(tmp_path):
    """By the name of its setting."""
    with pytest.raises(ConfigError, match=r"source\.file\.charset = 'cp-what'"):
        rows(tmp_path, "a.csv", b"a\n1\n", charset="cp-what")
