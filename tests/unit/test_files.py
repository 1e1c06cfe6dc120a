"""Records from files: lines as they are, rows as objects, and clear words where a file cannot be read."""

import gzip
import io
import json
import subprocess
import sys

import pytest

from healthtrends.cli.commands.produce import produce
from healthtrends.errors import UsageError
from healthtrends.sources import file_types
from healthtrends.sources.file_types.csv_rows import LONGEST_CELL
from healthtrends.sources.file_types.json_lines import LONGEST_LINE, records
from healthtrends.sources.input_files import read_files

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
    assert [record.key for record in records(io.BytesIO(b"{}\n" + line), "x")] == [None, key]


def test_a_line_without_end_is_refused():
    """A file that is no file of lines does not fill the memory."""
    with pytest.raises(UsageError, match="x, line 2: longer than 64 MiB"):
        list(records(io.BytesIO(b"{}\n" + b"x" * (LONGEST_LINE + 1)), "x"))


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
        ("patient_id,visit_date,age,age\n", "a column twice: age"),
        ("patient_id,visit_date,,\n", "two columns have no name"),
        ("\npatient_id,visit_date\n", "no column patient_id"),
        ("p,d\n", "no column patient_id"),
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
    with pytest.raises(UsageError, match=r"a\.csv, line 2: not CSV"):
        values(name)


@pytest.mark.parametrize("row", ['"p,d', 'p,"d', '"p"x,d', '"p","d" ', r'"p\"",d'])
def test_a_quote_that_breaks_the_rules_of_csv_is_refused_with_its_line(written, row):
    """Five hundred rows behind it would be one cell; nothing is sent."""
    name = written("a.csv", "patient_id,visit_date\na,d\nb,d\n" + row + "\n" + "p,d\n" * 500)
    with pytest.raises(UsageError, match=r"a\.csv, line 4: not CSV") as caught:
        read_files([name])
    assert caught.value.next_step.endswith("nothing was sent")


def test_a_cell_that_closes_in_a_later_row_is_refused(written):
    """A quote that opens there is not the one that was meant."""
    with pytest.raises(UsageError, match=r"a\.csv, line 2: not CSV"):
        read_files([written("a.csv", 'patient_id,visit_date\na,"d\nb,"d"\n')])


def test_a_quote_inside_a_cell_without_quotes_is_a_character(written):
    """It swallows nothing."""
    assert rows(written("a.csv", 'patient_id,visit_date\n5" nail,d\nq,d\n'))[0]["patient_id"] == '5" nail'


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_rows_end_with_any_line_end(written, end):
    """As RFC 4180 has it, and as old computers write it."""
    name = written("a.csv", end.join(["patient_id,visit_date", "p,d", "q,d", ""]))
    assert [row["patient_id"] for row in rows(name)] == ["p", "q"]


def test_a_zero_byte_in_a_cell_arrives(written):
    """The ingest rejects it as a control character."""
    assert values(written("a.csv", b"patient_id,visit_date\np\0,d\n")) == [
        b'{"patient_id":"p\\u0000","visit_date":"d"}'
    ]


def test_a_column_without_a_name_is_kept(written):
    """Tables with numbered rows have one; an empty cell in it is nothing."""
    assert rows(written("a.csv", ",patient_id,visit_date\n7,p,d\n,q,d\n")) == [
        {"": "7", "patient_id": "p", "visit_date": "d"},
        {"patient_id": "q", "visit_date": "d"},
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.jsonl", "cannot read"), ("table.xlsx", "cannot tell"), ("records", "cannot tell")],
)
def test_a_name_that_cannot_be_used_is_an_error_before_any_record(written, tmp_path, name, message):
    """The first file is not half sent when the second is missing."""
    good = written("good.jsonl", "{}\n")
    if name != "missing.jsonl":
        written(name, "{}\n")
    with pytest.raises(UsageError, match=message):
        read_files([good, str(tmp_path / name)])


def test_a_folder_is_no_file(tmp_path):
    """Even with a fitting name."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        read_files([str(tmp_path / "a.csv")])


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        ("[\n{}\n]\n", 1, "a JSON array"),
        ("\n\n[\n  {},\n  {}\n]\n", 3, "a JSON array"),
        ('[{"patient_id":"a"},{"patient_id":"b"}]', 1, "a JSON array"),
        ("{}\n[{},{}]\n", 2, "a JSON array"),
        ('{}\n{\n  "patient_id": "a"\n}\n', 2, "goes on in the next line"),
        ('{"patient_id": "a",\r\n\r\n "age": 1}\r\n', 1, "goes on in the next line"),
        ('{"patient_id": "a\nb"}\n{}\n', 1, "goes on in the next line"),
        ("{}\n{}\n{}{}\n{}\n", 3, "several JSON objects"),
        ('{"patient_id":7} {"patient_id":8}\n', 1, "several JSON objects"),
        ("{},{}\n", 1, "several JSON objects"),
        ("{}\r{}\r{}\r", 1, "several JSON objects"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl.gz"])
def test_lines_that_are_not_one_record_each_are_refused(written, name, content, line, what):
    """At once, with the line: the ingest would reject several records as one message, or one as many."""
    content = gzip.compress(content.encode()) if name.endswith("gz") else content
    with pytest.raises(UsageError, match=rf"{name}, line {line}: .*{what}") as caught:
        read_files([written(name, content)])
    assert caught.value.next_step.endswith("nothing was sent")


def test_line_ends_of_old_computers_are_named(written):
    """The whole file would be one line."""
    with pytest.raises(UsageError) as caught:
        read_files([written("a.jsonl", '{"a":1}\r{"a":2}\r')])
    assert "tr '\\r' '\\n'" in caught.value.next_step


@pytest.mark.parametrize(
    "line",
    [
        b'{"patient_id":"cut',
        b'{"patient_id":"a",',
        b'{"patient_id":"a"},',
        b'{"patient_id":"a"} more',
        b'[{"patient_id":"a"}]',
        b'12 {"patient_id":"a"}',
        b'{"patient_id":"a\0"}',
        b'{"patient_id":"a\rb"}',
        b'\xef\xbb\xbf{"patient_id":"a"}',
        b'{"a":' + b"[" * 100_000,
    ],
    ids=lambda line: repr(line[:24]),
)
def test_a_wrong_line_between_records_is_sent_as_it_is(written, line):
    """It is one message, and the ingest rejects it; the lines around it are not its matter."""
    assert values(written("a.jsonl", b"{}\n" + line + b"\n{}\n" + line)) == [b"{}", line, b"{}", line]


def test_lines_are_found_wherever_the_blocks_end(written):
    """Lines of many lengths, some of them wrong, over several blocks."""
    lines = [b"wrong" if n % 901 == 0 else b'{"n":"%s"}' % (b"x" * (n % 977)) for n in range(3_000)]
    assert values(written("a.jsonl", b"\n".join(lines))) == lines


def test_damage_far_behind_is_found_before_the_first_record(written):
    """In the second file, and with its line."""
    good = written("good.jsonl", "{}\n" * 10)
    with pytest.raises(UsageError, match=r"b.jsonl, line 30001: several"):
        read_files([good, written("b.jsonl", '{"patient_id":"a"}\n' * 30_000 + "{}{}\n")])


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_it(written):
    """Editors of Windows write one."""
    assert values(written("a.jsonl", b'\xef\xbb\xbf{"patient_id":"a"}\r\n{}')) == [
        b'{"patient_id":"a"}',
        b"{}",
    ]


def test_an_empty_file_of_lines_holds_no_record(written):
    """A day without visits is no damage."""
    assert values(written("a.jsonl", ""), written("b.jsonl.gz", gzip.compress(b""))) == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{}\n".encode("utf-16"), "UTF-16"),
        ("{}\n".encode("utf-16-be"), "zero bytes"),
        ("{}\n".encode("utf-16-le"), "zero bytes"),
        ("{}\n".encode("utf-32-be"), "zero bytes"),
        (b"\0" * 100, "zero bytes"),
        (gzip.compress(b"{}\n", mtime=0), "gzip"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"PAR1rest", "Parquet"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.csv.gz"])
def test_what_is_no_utf8_text_is_refused(written, name, content, what):
    """Whatever the name says, also inside gzip."""
    content = gzip.compress(content) if name.endswith("gz") else content
    with pytest.raises(UsageError, match=f"{name}, line 1: it begins as .*{what}"):
        read_files([written(name, content)])


@pytest.mark.parametrize("cut", [2, 12, -5, -1])
def test_a_packed_file_that_is_cut_is_an_error(written, cut):
    """A damaged file never passes for a short one."""
    packed = gzip.compress(b'{"patient_id":"p"}\n' * 50_000)
    with pytest.raises(UsageError, match=r"line \d+: cannot be read on, the file is damaged or cut short"):
        read_files([written("a.jsonl.gz", packed[:cut])])


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
def test_what_follows_the_packed_part_is_damage(written, name):
    """Zeros are padding, as of tapes; anything else may be records."""
    packed = gzip.compress(b"patient_id,visit_date\n" if "csv" in name else b"{}\n")
    assert len(values(written(name, packed + b"\0" * 512))) == ("csv" not in name)
    with pytest.raises(UsageError, match="line 2: cannot be read on"):
        read_files([written(name, packed + b"garbage")])


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x1f"])
def test_a_file_that_is_not_packed_but_says_so_is_an_error(written, content):
    """The ending promises gzip; an empty file is the rest of a copy that failed."""
    with pytest.raises(UsageError, match="line 1: not gzip data"):
        read_files([written("a.jsonl.gz", content)])


def test_standard_input_is_lines_of_json():
    """`-` reads it as bytes, broken ones included."""
    code = (
        "from healthtrends.sources.input_files import read_files\nfor r in read_files(['-']): print(r.value)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b'{"a":1}\n\xff\n', capture_output=True, check=True
    )
    assert done.stdout.splitlines() == [b"b'{\"a\":1}'", b"b'\\xff'"]


TOY = '''
"""A toy file type: each paragraph is a record."""

from healthtrends.sources.source_record import SourceRecord

SUFFIXES = (".toy",)
ABOUT = "a paragraph a record"


def records(file, name):
    return (SourceRecord(paragraph) for paragraph in rows(file, name))


def rows(file, name):
    return iter(file.read().split(b"\\n\\n"))
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """One more module among the file types."""
    folder = tmp_path / "types"
    folder.mkdir()
    (folder / "toy.py").write_text(TOY)
    monkeypatch.setattr(file_types, "__path__", [*file_types.__path__, str(folder)])


@pytest.mark.usefixtures("toy")
def test_a_type_of_files_is_added_by_one_module(written):
    """Found by its suffix, also packed; and the types that were there before stay."""
    packed = gzip.compress(b"c")
    names = [written("x.toy", "a\nb\n\n{}"), written("y.TOY.gz", packed), written("z.jsonl", "{}\n")]
    assert values(*names) == [b"a\nb", b"{}", b"c", b"{}"]


@pytest.mark.usefixtures("toy")
def test_help_and_errors_name_the_types_that_there_are(written):
    """Both are made from the registry."""
    assert file_types.describe() == (
        "one JSON object a line (.jsonl, .ndjson, .json), CSV with a header (.csv) or "
        "a paragraph a record (.toy)"
    )
    with pytest.raises(UsageError, match=r"\.jsonl, \.ndjson, \.json, \.csv, \.toy, each also with \.gz"):
        read_files([written("a.xml", "")])


def test_the_help_of_produce_has_the_types():
    """As the registry describes them."""
    assert file_types.describe() in " ".join((produce.help or "").split())
