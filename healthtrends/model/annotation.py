"""Annotations: what people say of outbreaks and alarms, with who and when; see `storage.annotations`.

Nothing is changed or taken out afterwards: what is wrong gets another annotation behind it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from healthtrends.model.known_days import KnownDays, KnownOutbreak
from healthtrends.model.rules import format_time, time_order

AlarmKind = Literal["ack", "note", "known"]
"""ack: somebody takes care of it. note: a comment. known: its cause is known."""
Kind = Literal["outbreak", "end", "withdraw"] | AlarmKind
ALARM_KINDS: Final[tuple[AlarmKind, ...]] = ("ack", "note", "known")


class Annotation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry; its number is its place in the list of all, from 1."""

    kind: Kind
    by: str
    """Who said it, as the command was told."""
    at: str
    """When, UTC, RFC 3339."""
    code: str = ""
    """Code or category of an outbreak or alarm; empty: `end` and `withdraw`."""
    first: str = ""
    """First day of an outbreak; day of an alarm."""
    last: str = ""
    """Last day of an outbreak, in `end` too; empty: it goes on."""
    of: int = 0
    """Number of the outbreak that is ended or withdrawn."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListedOutbreak:
    """An outbreak as it stands after all that was said of it."""

    number: int
    outbreak: KnownOutbreak
    by: str
    at: str
    ended_by: str = ""
    """Who ended or withdrew it; empty: nobody."""
    ended_at: str = ""
    is_withdrawn: bool = False
    """It was none: no baseline leaves it out."""


def said_until(annotations: Sequence[Annotation], moment: dt.datetime) -> Sequence[Annotation]:
    """Give what was said up to a moment (aware), as it was known then."""
    last = time_order(time_text(moment))
    return [each for each in annotations if time_order(each.at) <= last]


def time_text(moment: dt.datetime) -> str:
    """Write an aware time as annotations have it, in UTC to the millisecond."""
    return format_time(moment.astimezone(dt.UTC), f"{moment.microsecond // 1000:03d}")


def listed_outbreaks(annotations: Iterable[Annotation]) -> list[ListedOutbreak]:
    """Give every outbreak of the list, by number."""
    found: dict[int, ListedOutbreak] = {}
    for number, said in enumerate(annotations, 1):
        if said.kind == "outbreak":
            outbreak = KnownOutbreak(said.code, _date(said.first), _last(said.last), said.note)
            found[number] = ListedOutbreak(number, outbreak, said.by, said.at)
        elif said.of in found:
            found[said.of] = _ended(found[said.of], said)
    return list(found.values())


def known_outbreaks(annotations: Iterable[Annotation]) -> list[KnownOutbreak]:
    """Give the outbreaks of the list that are not withdrawn."""
    return [each.outbreak for each in listed_outbreaks(annotations) if not each.is_withdrawn]


def _ended(listed: ListedOutbreak, said: Annotation) -> ListedOutbreak:
    before = listed.outbreak
    is_withdrawn = said.kind == "withdraw"
    last = before.last if is_withdrawn else _last(said.last)
    outbreak = KnownOutbreak(before.code, before.first, last, before.note)
    return ListedOutbreak(
        listed.number, outbreak, listed.by, listed.at, said.by, said.at, is_withdrawn or listed.is_withdrawn
    )


def said_of_alarm(
    annotations: Iterable[Annotation], code: str, since: dt.date, until: dt.date
) -> list[Annotation]:
    """Give what was said of an alarm of a code, which began on `since`, up to its day `until`.

    An alarm that goes on is one alarm: what was said of its first day is carried to the next ones.
    """
    first, last = since.isoformat(), until.isoformat()
    return [
        each
        for each in annotations
        if each.kind in ALARM_KINDS and each.code == code and first <= each.first <= last
    ]


def said_of_days(
    annotations: Sequence[Annotation], first: dt.date, last: dt.date
) -> Sequence[Annotation | KnownOutbreak]:
    """Give what a page of these days shows: remarks on their alarms, and outbreaks that reach into them."""
    begin, end = first.isoformat(), last.isoformat()
    remarks = [each for each in annotations if each.kind in ALARM_KINDS and begin <= each.first <= end]
    return [*remarks, *KnownDays(known_outbreaks(annotations)).between(first, last).outbreaks]


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _last(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
