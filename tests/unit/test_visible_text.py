"""No value of others steers a terminal, a log or a page, or turns its text around."""

import io
import json
import sys

import pytest

from healthtrends.cli.output import Output
from healthtrends.errors import UsageError
from healthtrends.observe import Mode, configure, event, progress
from healthtrends.page.templating import environment
from healthtrends.visible_text import in_one_line, visible

SIGNS = [
    *map(chr, (0x00, 0x07, 0x08, 0x0B, 0x0C, 0x0D, 0x1B, 0x7F)),  # C0, ESC among them
    *map(chr, (0x80, 0x85, 0x90, 0x9B, 0x9D)),  # C1: NEL, DCS, CSI, OSC
    *map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),  # direction
    *map(chr, (0x2028, 0x2029, 0xFEFF, 0xE0041)),  # line ends, a mark, a tag: none is seen
]


def spelled_out(text):
    return json.dumps(text)[1:-1]


ESCAPES = [spelled_out(sign) for sign in SIGNS]
EACH = pytest.mark.parametrize("sign", SIGNS, ids=ESCAPES)


@pytest.fixture(autouse=True)
def _default_mode():
    yield
    configure()


class Terminal(io.StringIO):
    """What a terminal is sent."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "text", ["", "plain", "Ünï 中文 🙂", "a\tb\nc", "1\u00a0234\u202f567", '\\"', "\u05d0\u05d1"]
)
def test_other_text_is_left_as_it_is(text):
    """Line ends, tabs, blanks of any width, and letters that run to the left by themselves."""
    assert visible(text) == text


def test_a_value_in_one_line_has_no_line_end_and_no_tab():
    """It could pass for a line of the program."""
    assert in_one_line("a\nerror: b\tc") == r"a\nerror: b\tc"


@EACH
def test_a_sign_is_spelled_out_in_both_logs(capsys, sign):
    """In the JSON it is still the same value."""
    event("x", path=f"a{sign}b")
    configure(log_format="json")
    event("x", path=f"a{sign}b")
    plain, as_json = capsys.readouterr().err.split("\n")[:2]
    assert sign not in plain + as_json
    assert spelled_out(f"a{sign}b") in plain
    assert json.loads(as_json)["path"] == f"a{sign}b"


@EACH
@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_a_sign_is_spelled_out_in_progress(capsys, sign, log_format):
    """A label can be a file's name."""
    configure(log_format=log_format)
    with progress(f"sending a{sign}b", 1, "records") as bar:
        bar.advance()
    shown = capsys.readouterr().err
    assert sign not in shown
    assert spelled_out(f"sending a{sign}b") in shown.replace(r"\\", "\\")  # which JSON has twice


def test_a_label_of_progress_makes_no_line_of_its_own(capsys):
    """A file's name can hold a line end."""
    with progress("sending a\nerror: b", 1, "records"):
        pass
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(r"sending a\nerror: b: " in line for line in lines)


@EACH
def test_a_sign_is_spelled_out_in_an_error_also_in_a_file(capsys, sign):
    """A log file ends up on a terminal."""
    Output(Mode()).error(UsageError(f"a{sign}b", f"c{sign}d", f"e{sign}f"))
    what, why, next_step = (spelled_out(f"{one}{sign}{other}") for one, other in ("ab", "cd", "ef"))
    assert capsys.readouterr().err == f"error: {what}\n  why:  {why}\n  next: {next_step}\n"


def test_a_further_line_of_an_error_is_set_in(capsys):
    """What a server said is not taken for a next step of ours."""
    Output(Mode()).error(UsageError("it failed", "said:\nnext: rm", ""))
    assert capsys.readouterr().err == "error: it failed\n  why:  said:\n        next: rm\n"


@EACH
def test_a_sign_is_spelled_out_in_the_json_document(capsys, sign):
    """A document is read on a terminal as well; the value is the same."""
    Output(Mode(json=True)).document({"path": f"a{sign}b"})
    out = capsys.readouterr().out
    assert sign not in out
    assert json.loads(out) == {"path": f"a{sign}b"}


@EACH
def test_a_sign_is_spelled_out_on_a_terminal(monkeypatch, sign):
    """In text, tables and their heads, and in a file's bytes."""
    monkeypatch.setattr(sys, "stdout", shown := Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    output = Output(Mode())
    output.text(f"a{sign}b")
    output.table(f"t{sign}", [f"c{sign}d"], [[f"e{sign}f"]])
    output.raw(f"x{sign}y".encode())
    assert sign not in shown.getvalue()
    spelled = [spelled_out(each) for each in (f"a{sign}b", f"t{sign}", f"c{sign}d", f"e{sign}f", f"x{sign}y")]
    assert [each for each in spelled if each not in shown.getvalue()] == []


@EACH
def test_bytes_of_a_file_stay_as_they_are_in_a_pipe(capfdbinary, sign):
    """The contract's CSV is for programs."""
    Output(Mode()).raw(f"a{sign}b\n".encode())
    assert capfdbinary.readouterr().out == f"a{sign}b\n".encode()


@EACH
def test_a_sign_is_spelled_out_in_a_page(tmp_path, sign):
    """In text and attributes, and through a macro."""
    (tmp_path / "x.html").write_text(
        "{% macro cell(v) %}<td title='{{ v }}'>{{ caller() }}{% endmacro %}"
        "{% call cell(value) %}{{ value }}{% endcall %}"
    )
    page = environment(tmp_path).get_template("x.html").render(value=f"a{sign}b")
    spelled = spelled_out(f"a{sign}b")
    assert page == f"<td title='{spelled}'>{spelled}"


def test_a_page_keeps_the_joiners_that_some_words_are_spelled_with(tmp_path):
    """Persian has them inside of words."""
    (tmp_path / "x.html").write_text("{{ value }}")
    page = environment(tmp_path).get_template("x.html").render(value="a\u200cb")
    assert page == "a\u200cb"
