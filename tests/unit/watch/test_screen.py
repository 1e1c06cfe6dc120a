"""What `watch` shows of its looks, and what keys do; without a terminal."""

import datetime as dt

import pytest

from healthtrends.cli.watch.document import look_document
from healthtrends.cli.watch.keys import decode_keys
from healthtrends.cli.watch.lines import KEYS, age, block_lines, screen_lines
from healthtrends.cli.watch.screen import OpenedReport, Screen
from healthtrends.orchestrate.observation import (
    LastCommit,
    Observation,
    ObservedAlarm,
    ObservedAlarms,
    ObservedDate,
    PartitionLag,
)

NOW = dt.datetime(2025, 12, 23, 12, tzinfo=dt.UTC)
LAST = dt.date(2025, 12, 22)
WHERE = {
    "kafka": {"topic": "records", "bootstrap_servers": "127.0.0.1:9092"},
    "hdfs": {"url": "hdfs://127.0.0.1:9000", "root": "/healthTrend"},
}


def day(back: int) -> dt.date:
    return LAST - dt.timedelta(days=back)


def observed(back: int, state: str = "final", until: dt.date | None = None) -> ObservedDate:
    return ObservedDate(day(back), state, until, 2, 4000)


def look(moment: float = 0.0, stored: int = 10, **changes) -> Observation:
    found = {
        "partitions": (PartitionLag(0, stored, 1010), PartitionLag(1, 500, 500)),
        "commit": LastCommit(7, NOW - dt.timedelta(seconds=4), 1500, 3),
        "dates": (observed(2), observed(1, "stale"), observed(0, "provisional", day(-2))),
        "all_dates": 30,
        "alarms": ObservedAlarms(
            LAST, 2, (ObservedAlarm("high", "A09", "Gastroenteritis", "40", "12.5"),)
        ),
        **changes,
    }  # fmt: skip
    return Observation(NOW, moment, WHERE, **found)


def shown(screen: Screen, height: int = 24) -> list[str]:
    return [line.text for line in screen_lines(screen, height)]


def test_the_screen_shows_lag_rate_commit_dates_and_alarms():
    """All of it, the newest date first and chosen."""
    screen = Screen(5).looked(look(0.0, 10)).looked(look(5.0, 510))
    assert shown(screen) == [
        "2025-12-23 12:00:00 UTC, topic records at 127.0.0.1:9092, root hdfs://127.0.0.1:9000/healthTrend",
        "lag: 500 messages; by partition 0: 500, 1: 0",
        "rate: 100.0 messages/s stored",
        "last commit: 7, 4 s ago; 1,500 messages stored, 3 rejected",
        "faults: none",
        "dates: the newest 3 of 30",
        "> 2025-12-22  provisional until 2025-12-24  issue 2    4,000 records",
        "  2025-12-21  stale                         issue 2    4,000 records",
        "  2025-12-20  final                         issue 2    4,000 records",
        "alarms of 2025-12-22, issue 2: 1 alarm",
        "  high      A09  Gastroenteritis: 40 patients, expected 12.5",
        f"{KEYS}; looks every 5 s",
    ]


def test_what_a_server_did_not_tell_is_not_known_and_why_is_said():
    """Nothing of an earlier look stands in its place."""
    cut = look(partitions=None, commit=None, dates=None, alarms=None, faults=("HDFS does not answer",))
    lines = shown(Screen(5).looked(look()).looked(cut))
    assert lines[1:7] == [
        "lag: not known", "rate: not known", "last commit: not known", "fault: HDFS does not answer",
        "dates: not known", "alarms: not known",
    ]  # fmt: skip
    assert list(block_lines(Screen(5).looked(cut)))[1:] == lines[1:-1]


def test_the_rate_is_that_of_half_a_minute():
    """A follower commits every ten seconds: from one look to the next it would leap."""
    screen = Screen(10)
    for turn, stored in enumerate([0, 100, 100, 400, 400]):
        screen = screen.looked(look(10.0 * turn, stored))
    assert screen.rate == pytest.approx((400 - 100) / 30)


@pytest.mark.parametrize("text", ["\x1b[2Jgone", "a\nb", "\u202eturned", "\x9b31m"])
def test_text_of_data_does_not_steer_the_terminal(text):
    """It is spelled out, in titles, faults, and cells of the report alike."""
    alarm = ObservedAlarms(LAST, 2, (ObservedAlarm("high", "A09", text, "40", "12"),))
    screen = Screen(5).looked(look(faults=(text,), alarms=alarm))
    opened = OpenedReport(LAST, "trend_summary", ("diagnosis", "count"), ((text, "1"),))
    lines = [*shown(screen), *block_lines(screen), *shown(Screen(5, opened=opened))]
    assert [line for line in lines if not line.isprintable()] == []
    assert sum("\\u" in line or "\\n" in line for line in lines) == 5


@pytest.mark.parametrize("height", [1, 2, 5, 9, 14, 40])
def test_a_screen_never_has_more_lines_than_the_terminal(height):
    """Whatever there is to show, and the keys stay in sight."""
    dates = tuple(observed(back) for back in range(100, -1, -1))
    screen = Screen(5).looked(look(dates=dates, faults=tuple(f"fault {n}" for n in range(20))))
    lines = shown(screen, height)
    assert len(lines) <= height
    assert lines[-1].startswith(KEYS)


def test_the_list_of_dates_follows_the_chosen_one():
    """Down to the oldest of a hundred, on 24 lines."""
    screen = Screen(5).looked(look(dates=tuple(observed(back) for back in range(99, -1, -1))))
    for _ in range(150):
        screen = screen.pressed("down")
        assert [line for line in shown(screen) if line.startswith("> ")] == [
            f"> {screen.chosen}  {'final':28}  issue 2    4,000 records"
        ]
    assert screen.chosen == day(99)
    assert screen.pressed("up").chosen == day(98)


def test_a_chosen_date_stays_chosen_while_others_come():
    """And while HDFS does not answer."""
    screen = Screen(5).looked(look()).pressed("down")
    newer = look(dates=(observed(1), observed(0), observed(-1)))
    assert screen.looked(look(dates=None)).looked(newer).chosen == day(1)


def test_enter_reads_the_report_of_the_chosen_date_and_escape_goes_back():
    """Up and down scroll in it."""
    screen = Screen(5).looked(look()).pressed("down").pressed("enter")
    assert screen.awaits == day(1)
    rows = tuple((f"E{number}", str(number)) for number in range(10, 30))
    screen = screen.read(OpenedReport(day(1), "trend_summary", ("diagnosis", "count"), rows))
    assert shown(screen, 6) == [
        "trend_summary", "diagnosis  count", "E10           10", "E11           11", "E12           12",
        "to row 3 of 20, up and down scroll; Esc goes back, q quits",
    ]  # fmt: skip
    assert shown(screen.pressed("down").pressed("down").pressed("up"), 6)[2] == "E11           11"
    assert shown(screen.pressed("escape"))[0].startswith("2025-12-23 12:00:00 UTC")


def test_a_report_that_comes_after_escape_is_not_shown():
    """HDFS was slow, and the person has gone on."""
    screen = Screen(5).looked(look()).pressed("enter").pressed("escape")
    assert screen.read(OpenedReport(LAST, "late")) == screen


def test_a_date_without_report_says_why():
    """Which is no fault of the screen."""
    opened = OpenedReport(LAST, "trend_summary of 2025-12-22", problem="there is no issue of 2025-12-22")
    assert shown(Screen(5, opened=opened))[1] == "there is no issue of 2025-12-22"


def test_without_any_date_keys_do_nothing():
    """A new root."""
    screen = Screen(5).looked(look(dates=(), all_dates=0, alarms=ObservedAlarms()))
    assert screen.pressed("enter") == screen.pressed("down") == screen
    assert shown(screen)[-3:-1] == ["dates: none yet", "alarms: none is published"]


def test_the_document_has_times_as_rfc_3339_and_null_for_what_is_not_known():
    """For a program."""
    whole, cut = look_document(look()), look_document(look(partitions=None, commit=None, alarms=None))
    assert (whole["at"], whole["commit"]["committed_at"]) == (
        "2025-12-23T12:00:00.000+00:00", "2025-12-23T11:59:56.000+00:00",
    )  # fmt: skip
    assert ([each["lag"] for each in whole["partitions"]], whole["lag"]) == ([1000, 0], 1000)
    assert [cut[name] for name in ("partitions", "lag", "commit", "alarms")] == [None] * 4


def test_plain_lines_hold_every_fault_date_and_alarm():
    """There is room in a log; nothing is chosen in it."""
    alarms = tuple(ObservedAlarm("high", f"A{n}", "", "9", "") for n in range(10, 40))
    faults = tuple(f"fault {n}" for n in range(20))
    lines = list(block_lines(Screen(5).looked(look(faults=faults, alarms=ObservedAlarms(LAST, 2, alarms)))))
    counts = {word: sum(word in line for line in lines) for word in ("fault: ", "issue 2  ", "expected", ">")}
    assert counts == {"fault: ": 20, "issue 2  ": 3, "expected": 30, ">": 0}


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"q", ["quit"]),
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOA\x1bOB", ["up", "down"]),
        (b"\r", ["enter"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[3~j", ["down"]),
        (b"\x1b[1;5A", []),
        (b"\x1b[", []),
        (b"x\xc3\xa4", []),
        (b"", []),
    ],
)
def test_keys_are_told_from_what_a_terminal_sends(typed, keys):
    """Other sequences are passed over whole."""
    assert list(decode_keys(typed)) == keys


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_799, "47 h"), (172_800, "2 days")],
)
def test_an_age_is_said_in_its_unit(seconds, said):
    """A clock that is behind gives none below zero."""
    assert age(NOW - dt.timedelta(seconds=seconds), NOW) == said
