"""Synthetic HL7v2 messages: ADT, shuffled and in part doubled, with what such feeds have besides.

A share of the visits is corrected, moved, cancelled, merged or sent twice on its way; all of it leaves the
patients, ages, genders, codes, days, treatments and outcomes of the records (with `whole_visits`).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.sources.synthetic_formats.hl7v2.broken import broken_messages
from healthtrends.sources.synthetic_formats.hl7v2.course import course_of
from healthtrends.sources.synthetic_formats.hl7v2.sender import Sender
from healthtrends.sources.synthetic_visits import Visit, visits

_SHUFFLE: Final = 4
"""Stream of random bits for the order of messages."""


def messages(plan: SyntheticPlan) -> Iterator[SourceRecord]:
    """Yield the messages of the plan; those of a stretch of a day are shuffled. Raises UsageError."""
    for stretch in visits(plan):
        sent = [message for visit in stretch for message in _messages(visit)]
        counter = [0, stretch[0].number, stretch[0].day.toordinal(), 0]
        order = np.random.Philox(key=[plan.seed, _SHUFFLE], counter=counter).random_raw(len(sent))
        yield from (sent[at] for at in np.argsort(order, kind="stable").tolist())


def _messages(visit: Visit) -> Iterator[SourceRecord]:
    sender = Sender(visit)
    course = course_of(visit)
    for number, message in enumerate(course.messages):
        record = sender.write(message, number, len(course.messages))
        yield record
        if course.is_repeated:
            yield record
    yield from broken_messages(visit, sender)
