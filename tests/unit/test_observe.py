"""Events and progress: one line each, on stderr, in the chosen mode."""

import datetime as dt
import json

import pytest

from healthtrends import clock
from healthtrends.observe import attached, configure, counted, debug_event, event, progress
from healthtrends.observe.progress import amount


@pytest.fixture(autouse=True)
def _plain_mode(monkeypatch):
    """A machine whose clock stands, and the default mode again after each test."""
    monkeypatch.setattr(clock, "wall", lambda: dt.datetime(2025, 12, 22, 12, 0, 1, tzinfo=dt.UTC))
    configure()
    yield
    configure()


def test_an_event_is_one_plain_line_with_date_time_and_zone(capsys):
    """Lines of several days can be told apart."""
    event("commit.done", seq=5, lines=100)
    assert capsys.readouterr().err == "2025-12-22T12:00:01Z commit.done seq=5 lines=100\n"


def test_log_lines_do_not_follow_a_pinned_clock(capsys, monkeypatch):
    """That one is for the data; the log tells when things happened."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "1999-01-01T00:00:00+00:00")
    event("x")
    assert capsys.readouterr().err == "2025-12-22T12:00:01Z x\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a b", '"a b"'), ("a\nb", '"a\\nb"'), ("", '""'), (1.23456, "1.235"), (None, "None"), ("/p/q", "/p/q")],
)
def test_a_value_stays_one_word(capsys, value, shown):
    """A line break in a value must not make a second line."""
    event("x", v=value)
    assert capsys.readouterr().err == f"2025-12-22T12:00:01Z x v={shown}\n"


def test_a_value_cannot_turn_a_terminal_around(capsys):
    """Control characters and signs of direction are spelled out, in both forms of the log."""
    event("x", v="a\x9b\u202eb")
    configure(json=True)
    event("x", v="a\x1b\x9b\u202eb")
    plain, as_json = capsys.readouterr().err.splitlines()
    assert plain == '2025-12-22T12:00:01Z x v="a\\u009b\\u202eb"'
    assert as_json.endswith('"v": "a\\u001b\\u009b\\u202eb"}')
    assert json.loads(as_json)["v"] == "a\x1b\x9b\u202eb"


def test_nothing_goes_to_stdout(capsys):
    """Data have it for themselves."""
    event("x")
    with progress("send", 1, "records") as bar:
        bar.advance()
    assert capsys.readouterr().out == ""


def test_quiet_hides_events_and_progress(capsys):
    """Even with -v."""
    configure(quiet=True, verbose=True)
    event("x")
    debug_event("y")
    with progress("send", 1, "records") as bar:
        bar.advance()
        bar.set_total(2)
    assert capsys.readouterr().err == ""


def test_quiet_leaves_json_lines_that_were_asked_for(capsys):
    """They are for a program; progress comes as events."""
    configure(quiet=True, log_format="json")
    event("x", a=1)
    with progress("send", 1, "records") as bar:
        bar.advance()
    names = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert names == ["x", "progress.started", "progress.done"]


def test_a_json_document_that_is_quiet_has_no_log(capsys):
    """As before there was a format to ask for."""
    configure(quiet=True, json=True)
    event("x")
    assert capsys.readouterr().err == ""


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.events = []

    def write(self, event):
        self.events.append((event.name, dict(event.fields), event.is_debug))


def test_quiet_silences_the_terminal_and_no_other_sink(capsys):
    """Counters go on; debug events come too, marked, until the sink is taken away."""
    configure(quiet=True)
    with attached(kept := Kept()):
        event("commit.done", seq=5)
        debug_event("y")
    event("after")
    assert kept.events == [("commit.done", {"seq": 5}, False), ("y", {}, True)]
    assert capsys.readouterr().err == ""


class Broken:
    """A sink that cannot take anything."""

    def __init__(self) -> None:
        self.asked = 0

    def write(self, event):
        del event
        self.asked += 1
        raise OSError("no room")


def test_a_sink_that_fails_is_told_of_once_and_stops_nobody(capsys):
    """The work that sent the event goes on, and other sinks get all of them."""
    with attached(broken := Broken()), attached(kept := Kept()):
        event("first")
        event("second")
    assert [name for name, *_ in kept.events] == ["log.sink_failed", "first", "second"]
    assert broken.asked == 1
    assert capsys.readouterr().err.count("log.sink_failed sink=Broken kind=OSError") == 1


def test_debug_events_show_only_when_verbose(capsys):
    """The default is for the user, -v for whoever searches a fault."""
    debug_event("first")
    configure(verbose=True)
    debug_event("second")
    assert capsys.readouterr().err == "2025-12-22T12:00:01Z second\n"


def test_json_mode_writes_one_object_a_line(capsys):
    """With the time in full."""
    configure(json=True)
    event("commit.done", seq=5)
    assert json.loads(capsys.readouterr().err) == {
        "time": "2025-12-22T12:00:01+00:00",
        "event": "commit.done",
        "seq": 5,
    }


def test_progress_off_a_terminal_is_a_line_at_start_and_end(capsys):
    """However often it advances."""
    with progress("send", 100, "records") as bar:
        for _ in range(100):
            bar.advance()
    first, last = capsys.readouterr().err.splitlines()
    assert first == "2025-12-22T12:00:01Z send: 100 records"
    assert last.startswith("2025-12-22T12:00:01Z send: done, 100 records in 0.")


def test_progress_tells_where_it_stopped(capsys):
    """An error ends it, and is not swallowed."""

    def fail_after_40():
        with progress("send", 100, "records") as bar:
            bar.advance(40)
            raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        fail_after_40()
    assert "stopped, 40 of 100 records" in capsys.readouterr().err


def test_bytes_are_told_in_megabytes(capsys):
    """Nobody reads nine digits."""
    with progress("fetch", 115_940_787, "bytes") as bar:
        bar.advance(1_500_000)
    first, last = capsys.readouterr().err.splitlines()
    assert first.endswith("fetch: 115.9 MB")
    assert "1.5 of 115.9 MB" in last


def test_a_total_may_come_later(capsys):
    """When only the server knows it."""
    with progress("read", None, "messages") as bar:
        bar.set_total(10)
        bar.advance(4)
    assert "4 of 10 messages" in capsys.readouterr().err


def test_long_work_gives_a_line_every_few_seconds(capsys, monkeypatch):
    """So that a log shows life without being filled."""
    moments = iter(range(100))
    monkeypatch.setattr("healthtrends.clock.monotonic", lambda: float(next(moments)))
    with progress("read", 20, "messages") as bar:
        for _ in range(20):
            bar.advance()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 + 20 // 4  # a second passes with each look at the clock


def test_on_a_terminal_log_lines_stand_above_the_bar(run_in_terminal):
    """Both whole, the bar redrawn below."""
    shown = run_in_terminal(
        "from healthtrends.observe import event, progress\n"
        "with progress('send', 2, 'records') as bar:\n"
        "    bar.advance(); event('x.y', a=1); bar.advance()\n"
    )
    assert "x.y a=1" in shown
    assert "2 records" in shown
    assert "━" in shown


@pytest.fixture
def run_in_terminal():
    """Run Python code whose stderr is a real pseudo-terminal; gives what it showed."""
    import os
    import pty
    import subprocess
    import sys

    def run(code: str) -> str:
        controller, terminal = pty.openpty()
        environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
        child = subprocess.Popen([sys.executable, "-c", code], stderr=terminal, env=environ)
        os.close(terminal)
        shown = b""
        try:
            while piece := os.read(controller, 65536):
                shown += piece
        except OSError:  # Linux says EIO when the other end is closed
            pass
        os.close(controller)
        assert child.wait(30) == 0
        return shown.decode()

    return run


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 dates"), (1, "1 date"), (2, "2 dates"), (1234, "1,234 dates")]
)
def test_a_noun_goes_with_its_number(number, said):
    """Not "1 dates"."""
    assert counted(number, "date") == said


def test_progress_counts_one_thing_as_one(capsys):
    """In a bar and in a line alike."""
    with progress("making", 1, "pages") as bar:
        bar.advance()
    assert ("1 page in " in capsys.readouterr().err, amount(0, 1, "dates")) == (True, "0 of 1 date")


def test_progress_of_nothing_says_nothing(capsys):
    """No "done, 0 pages" where there was nothing to do."""
    with progress("pages", 0, "pages"):
        pass
    assert capsys.readouterr().err == ""
