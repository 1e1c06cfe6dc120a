"""Records from files: lines as they are, rows as objects, and clear words where a file cannot be read."""

import gzip
import io
import json
import subprocess
import sys

import pytest

from healthtrends.errors import UsageError
from healthtrends.sources.csv_file import LONGEST_CELL
from healthtrends.sources.files import read_files
from healthtrends.sources.ndjson import LONGEST_LINE, key_of, ndjson

HEADER = "patient_id,age,gender,diagnosis_code,visit_date,treatment_code,outcome,region\n"


@pytest.fixture
def written(tmp_path):
    """Write bytes or text to a file of this name and return its path."""

    def write(name: str, content: bytes | str) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def values(*names: str) -> list[bytes]:
    """The messages that these files give."""
    return [record.value for record in read_files(names)]


def rows(name: str) -> list[object]:
    """The same, read as JSON."""
    return [json.loads(value) for value in values(name)]


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".json", ".JSONL"])
def test_lines_are_sent_as_they_are(written, ending):
    """Order, blanks inside and broken lines are kept; only the line ending goes."""
    name = written("records" + ending, b'{"patient_id": "a" }\nnot json\r\n{"x":"\xff"}')
    assert values(name) == [b'{"patient_id": "a" }', b"not json", b'{"x":"\xff"}']


def test_lines_of_blanks_are_passed_over(written):
    """A blank line at the end of a file is no record."""
    assert values(written("a.jsonl", "{}\n\n  \t\r\n{}\n\n")) == [b"{}", b"{}"]


def test_files_are_read_one_after_the_other(written):
    """In the order given, kinds mixed."""
    first, second = written("a.jsonl", "{}\n"), written("b.csv", "patient_id,visit_date\np,2025-12-22\n")
    assert values(first, second) == [b"{}", b'{"patient_id":"p","visit_date":"2025-12-22"}']


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
def test_packed_files_are_unpacked(written, name):
    """.gz after either kind."""
    text = "patient_id,visit_date\np,d\n" if "csv" in name else '{"patient_id":"p","visit_date":"d"}\n'
    assert values(written(name, gzip.compress(text.encode()))) == [b'{"patient_id":"p","visit_date":"d"}']


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"age":1,"patient_id":"p1"}', b"p1"),
        (b'{"patient_id":"a","patient_id":"b"}', b"b"),
        (b'{"other":{"patient_id":"inner"}}', None),
        (b'{"patient_id":"Jos\\u00e9"}', "José".encode()),
        (b'{"patient_id":""}', None),
        (b'{"patient_id":7}', None),
        (b'{"patient_id":"' + b"x" * 257 + b'"}', None),
        (b'{"patient_id":"\\ud800"}', None),
        (b"[1]", None),
        (b'{"patient_id":"cut', None),
        (b'{"patient_id":"\xff"}', None),
        (b'{"a":' + b"[" * 100_000, None),
    ],
)
def test_the_key_is_the_patient_id_where_it_can_be_read(line, key):
    """As a JSON reader sees it; a line without one has no key."""
    assert key_of(line) == key


def test_a_line_without_end_is_refused():
    """A file that is no file of lines does not fill the memory."""
    with pytest.raises(UsageError, match="line 2 of x is longer than 64 MiB"):
        list(ndjson(io.BytesIO(b"{}\n" + b"x" * (LONGEST_LINE + 1)), "x"))


def test_csv_rows_become_objects(written):
    """Ages as numbers, all else as strings, empty cells left out."""
    name = written("a.csv", HEADER + "007,47,M,E11.9,2025-12-22,12,recovered,\n")
    assert rows(name) == [
        {
            "patient_id": "007",
            "age": 47,
            "gender": "M",
            "diagnosis_code": "E11.9",
            "visit_date": "2025-12-22",
            "treatment_code": "12",
            "outcome": "recovered",
        }
    ]


@pytest.mark.parametrize("age", ["forty", "047", "4.5", " 47", "+47", "\u0664\u0667", "9" * 40])
def test_an_age_that_is_no_plain_integer_stays_a_string(written, age):
    """The ingest rejects it and says why; nothing is repaired."""
    assert rows(written("a.csv", f"patient_id,visit_date,age\np,d,{age}\n"))[0]["age"] == age


def test_a_negative_age_is_a_number(written):
    """It is rejected as out of range, not as a string."""
    assert rows(written("a.csv", "patient_id,visit_date,age\np,d,-5\n"))[0]["age"] == -5


def test_the_key_of_a_row_is_its_patient(written):
    """As for lines."""
    name = written("a.csv", "visit_date,patient_id\nd,p\nd,\n")
    assert [record.key for record in read_files([name])] == [b"p", None]


@pytest.mark.parametrize("row", ["p", "p,d,more"])
def test_a_row_of_the_wrong_length_is_sent_as_an_array(written, row):
    """It can never pass for a record with its cells in wrong fields."""
    assert rows(written("a.csv", f"patient_id,visit_date\n{row}\n")) == [row.split(",")]


def test_quotes_and_line_breaks_in_cells(written):
    """As RFC 4180 has them."""
    name = written("a.csv", 'patient_id,visit_date\r\n"a ""b"", c","x\r\ny"\r\n\r\n')
    assert rows(name) == [{"patient_id": 'a "b", c', "visit_date": "x\r\ny"}]


def test_a_byte_order_mark_before_the_header_is_no_part_of_it(written):
    """Spreadsheets write one."""
    assert rows(written("a.csv", b"\xef\xbb\xbfpatient_id,visit_date\np,d\n"))[0]["patient_id"] == "p"


def test_bytes_that_are_no_utf8_arrive_as_they_are(written):
    """The ingest keeps them in the quarantine."""
    name = written("a.csv", b"patient_id,visit_date\np\xff,d\n")
    assert [(r.value, r.key) for r in read_files([name])] == [
        (b'{"patient_id":"p\xff","visit_date":"d"}', b"p\xff")
    ]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "no column patient_id and no column visit_date"),
        ("patient_id;visit_date\n", "no column patient_id"),
        ("patient_id,age\n", "no column visit_date"),
        ("patient_id,visit_date,age,age\n", "a column twice"),
    ],
)
def test_a_header_that_cannot_be_one_is_refused(written, header, why):
    """Before the first row is sent."""
    with pytest.raises(UsageError, match="no usable header row") as caught:
        values(written("a.csv", header + "p,d\n"))
    assert why in caught.value.why


def test_a_quote_that_never_closes_is_named(written):
    """With its line, and without reading a large file into memory."""
    name = written("a.csv", 'patient_id,visit_date\n"' + "x" * (LONGEST_CELL + 1))
    with pytest.raises(UsageError, match="not CSV at line 2"):
        values(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.jsonl", "cannot read"), ("table.xlsx", "cannot tell"), ("records", "cannot tell")],
)
def test_a_name_that_cannot_be_used_is_an_error_before_any_record(written, tmp_path, name, message):
    """The first file is not half sent when the second is missing."""
    good = written("good.jsonl", "{}\n")
    with pytest.raises(UsageError, match=message):
        read_files([good, str(tmp_path / name)])


def test_a_folder_is_no_file(tmp_path):
    """Even with a fitting name."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        read_files([str(tmp_path / "a.csv")])


def test_a_json_array_is_refused(written):
    """Its lines would all be rejected one by one."""
    with pytest.raises(UsageError, match="one JSON array"):
        read_files([written("a.json", "[\n{}\n]\n")])


@pytest.mark.parametrize("cut", [12, -5])
def test_a_packed_file_that_is_cut_is_an_error(written, cut):
    """A damaged file never passes for a short one."""
    packed = gzip.compress(b'{"patient_id":"p"}\n' * 50_000)
    with pytest.raises(UsageError, match="damaged or cut short"):
        values(written("a.jsonl.gz", packed[:cut]))


def test_a_file_that_is_not_packed_but_says_so_is_an_error(written):
    """The ending promises gzip."""
    with pytest.raises(UsageError, match="damaged or cut short"):
        values(written("a.jsonl.gz", "{}\n"))


def test_standard_input_is_lines_of_json():
    """`-` reads it as bytes, broken ones included."""
    code = "from healthtrends.sources.files import read_files\nfor r in read_files(['-']): print(r.value)"
    done = subprocess.run(
        [sys.executable, "-c", code], input=b'{"a":1}\n\xff\n', capture_output=True, check=True
    )
    assert done.stdout.splitlines() == [b"b'{\"a\":1}'", b"b'\\xff'"]
