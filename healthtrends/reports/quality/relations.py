"""What the lines of `quality` count: patients, visits and records as other reports, and messages.

Lines without a meaning here are withheld. Those of the data's flow end counts of people without a relation
that reports have otherwise: no fewer offsets were read than lines are stored, copies and patients together
are no more than lines, who has two genders has two records. And so do shares of records with a region or a
visit, or that came in time.
"""

from collections.abc import Iterator
from typing import Final

from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.model.rejection import Reason
from healthtrends.reports.columns import NOT_GIVEN, REPEAT_VISITS
from healthtrends.reports.quality.metrics import COMPLETENESS, DELAYS, RECORDS, WEEKDAY_SHARE
from healthtrends.reports.relations import (
    PLAIN,
    WITHHELD,
    Adds,
    AtMost,
    Average,
    Counted,
    Like,
    Meaning,
    Relations,
    Share,
    Sum,
)

_LINES = Counted("lines")
_CANCELLATIONS, _SET_ASIDE = Counted("cancellation_lines"), Counted("records_set_aside")
_RECORDS = Counted("records")
_REJECTED = Counted("rejected_messages")


def _meanings() -> Iterator[tuple[str, Meaning]]:
    """Of each line whose value may be released."""
    yield "stored_lines", _LINES
    yield "cancellation_lines", _CANCELLATIONS
    yield "records_replaced_or_cancelled", _SET_ASIDE
    yield RECORDS, _RECORDS
    yield "patients", Counted("patients")
    yield "visits", Counted("visits")
    yield "diagnoses", PLAIN
    yield f"record_id{COMPLETENESS}", Share(_RECORDS)
    not_given = Counted("records", (("facility", NOT_GIVEN),))
    yield f"facility_id{COMPLETENESS}", Share(_RECORDS, also=(not_given,))
    yield "records_replaced", Counted("records_set_aside", (("cause", "replaced"),))
    yield "records_cancelled", Counted("records_set_aside", (("cause", "cancelled"),))
    for name, _ in DELAYS:
        yield f"recorded_{name}", Counted("records", (("delay", name),))
    yield "messages_rejected", _REJECTED
    for reason in Reason:
        yield f"rejected_{reason.value}", Counted("rejected_messages", (("reason", reason.value),))
    yield "unknown_fields", Counted("unknown_fields")
    yield "offsets_hidden", PLAIN
    yield WEEKDAY_SHARE, Average(_LINES, SAME_WEEKDAYS, compared="share")


RELATIONS: Final = Relations(
    meanings={"value": WITHHELD, "unit": PLAIN, "threshold": PLAIN, "status": Like("value")},
    rows={name: {"value": meaning} for name, meaning in _meanings()},
    ties=(
        Adds(_LINES, (_CANCELLATIONS, _SET_ASIDE, _RECORDS)),
        Sum("records_set_aside", over="cause"),
        Sum("records", over="delay"),
        Sum("rejected_messages", over="reason"),
        REPEAT_VISITS,
        AtMost("visits", "records"),
    ),
)
