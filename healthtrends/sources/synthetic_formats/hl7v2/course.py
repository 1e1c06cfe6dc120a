"""Course of a visit: the messages about it in the order of their times, with what went wrong on the way.

Messages that are wrong are made right by later ones, so that the course always ends with the visit as it is.
"""

import dataclasses
from collections.abc import Callable
from typing import Final, NamedTuple

from healthtrends.sources.synthetic_visits import Visit

WRONG_CODE: Final = "R69"
_DIED: Final = "deceased"


class Diagnosis(NamedTuple):
    """One DG1."""

    code: str
    type: str = "F"
    """A, W or F."""
    is_withdrawn: bool = False
    system: str = ""
    """Of another code system; empty: ICD-10 in one of its names."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; None and empty: it does not say it."""

    event: str
    patient: str
    """Id in PID-3."""
    visit: str = ""
    """Visit number; empty: none."""
    is_account: bool = False
    """The visit number is the account of PID-18, and stands nowhere else."""
    prior: str = ""
    """Id that is given up, in MRG-1, or MRG-3 in an A35; in an A37 that of the second PID."""
    diagnoses: tuple[Diagnosis, ...] = ()
    treatment: str = ""
    outcome: str = ""
    """Outcome of a discharge."""
    says_start: bool = True
    """Whether it has the time of the visit in PV1-44."""
    days_early: int = 0
    """How many days before its day the visit is said to be."""
    tells_person: bool = True
    """Whether it has birth date (or age), sex and address."""
    has_wrong_person: bool = False
    mode: str = "P"
    """MSH-11."""


class Course(NamedTuple):
    """Messages of a visit in their order."""

    messages: list[Message]
    is_repeated: bool = False
    """Each is sent twice."""


def course_of(visit: Visit) -> Course:
    """Messages of a visit; none where each of its diagnoses is of a record to be broken."""
    codes = [code for code, is_broken in zip(visit.codes, visit.are_broken, strict=True) if not is_broken]
    if not codes:
        return Course([])
    plain = _plain(visit, tuple(Diagnosis(code) for code in codes))
    drawn = visit.bits & 63
    if drawn == _REPEATED:
        return Course(plain, is_repeated=True)
    return Course(_ODDITIES[drawn](visit, plain) if drawn < len(_ODDITIES) else plain)


def number_of(visit: Visit) -> str:
    """Visit number of a visit."""
    return f"V{visit.day:%y%m%d}{visit.number:09}"


def _plain(visit: Visit, diagnoses: tuple[Diagnosis, ...]) -> list[Message]:
    """An admission, with or without a later update; a discharge where the visit has ended."""
    last = Message(
        event="A04",
        patient=visit.patient,
        visit=number_of(visit),
        diagnoses=diagnoses,
        treatment=visit.treatments[0],
        says_start=bool(visit.bits >> 10 & 3),
    )
    admitted = _but(last, event="A01" if visit.bits >> 6 & 1 else "A04")
    found = [admitted]
    if visit.bits >> 7 & 1:
        found = [_but(admitted, diagnoses=diagnoses[:1], treatment=""), _but(last, event="A08")]
    if visit.outcome == "ongoing":
        return found
    ended = _but(last, event="A03", outcome=visit.outcome, tells_person=bool(visit.bits >> 8 & 1))
    return [*found, ended if visit.bits >> 9 & 1 else _but(ended, diagnoses=(), treatment="")]


def _moved(_: Visit, plain: list[Message]) -> list[Message]:
    first = _but(plain[0], says_start=True)
    return [_but(first, days_early=1), _but(first, event="A08"), *plain[1:]]


def _wrong_code(_: Visit, plain: list[Message]) -> list[Message]:
    first = plain[0]
    return [_but(first, diagnoses=(Diagnosis(WRONG_CODE, "A"),)), _but(first, event="A08"), *plain[1:]]


def _triple(_: Visit, plain: list[Message]) -> list[Message]:
    """Admitting, working and final diagnosis of one code in one message."""
    return [
        _but(each, diagnoses=tuple(one._replace(type=kind) for one in each.diagnoses for kind in "AWF"))
        for each in plain
    ]


def _one_after_another(_: Visit, plain: list[Message]) -> list[Message]:
    """Admitting, working and final diagnosis of one code, a message each."""
    first = plain[0]
    typed = [tuple(one._replace(type=kind) for one in first.diagnoses) for kind in "AW"]
    return [_but(first, diagnoses=typed[0]), _but(first, event="A08", diagnoses=typed[1]), *plain[1:]]


def _withdrawn(_: Visit, plain: list[Message]) -> list[Message]:
    """A diagnosis is taken back by DG1-21."""
    first = plain[0]
    wrong = Diagnosis(WRONG_CODE, "W")
    back = (wrong._replace(is_withdrawn=True), *first.diagnoses)
    return [
        _but(first, diagnoses=(*first.diagnoses, wrong)),
        _but(first, event="A08", diagnoses=back),
        *plain[1:],
    ]


def _vanished(_: Visit, plain: list[Message]) -> list[Message]:
    """A diagnosis is no longer in the next snapshot."""
    first = plain[0]
    return [
        _but(first, diagnoses=(Diagnosis(WRONG_CODE, "W"), *first.diagnoses)),
        _but(first, event="A08"),
        *plain[1:],
    ]


def _cancelled(admission: str, cancellation: str) -> Callable[[Visit, list[Message]], list[Message]]:
    """Another visit of the patient that did not take place."""

    def course(_: Visit, plain: list[Message]) -> list[Message]:
        other = _but(plain[0], event=admission, visit=f"X{plain[0].visit}", treatment="")
        return [other, _but(other, event=cancellation, diagnoses=()), *plain]

    return course


def _not_discharged(_: Visit, plain: list[Message]) -> list[Message]:
    """A discharge was a mistake, and is cancelled."""
    first = plain[0]
    ended = _but(first, event="A03", outcome=_DIED, diagnoses=())
    return [first, ended, _but(first, event="A13", diagnoses=(), treatment=""), *plain[1:]]


def _merged(visit: Visit, plain: list[Message]) -> list[Message]:
    """Messages have a second id of the patient, which is merged into the first."""
    second = f"D{number_of(visit)}"
    return [
        *(_but(each, patient=second) for each in plain),
        Message(event="A40", patient=visit.patient, prior=second),
    ]


def _merged_twice(visit: Visit, plain: list[Message]) -> list[Message]:
    """A merge into an id that is merged itself."""
    second, third = f"D{number_of(visit)}", f"E{number_of(visit)}"
    return [
        *(_but(each, patient=second) for each in plain),
        Message(event="A40", patient=third, prior=second),
        Message(event="A40", patient=visit.patient, prior=third),
    ]


def _parted(visit: Visit, plain: list[Message]) -> list[Message]:
    """A merge that is taken back."""
    wrong = f"D{number_of(visit)}"
    return [
        Message(event="A40", patient=wrong, prior=visit.patient),
        Message(event="A37", patient=wrong, prior=visit.patient),
        *plain,
    ]


def _one_account(_: Visit, plain: list[Message]) -> list[Message]:
    """The visit has two account numbers, which are merged."""
    first, *later = (_but(each, is_account=True) for each in plain)
    wrong = f"X{first.visit}"
    merge = Message(event="A35", patient=first.patient, visit=first.visit, prior=wrong, is_account=True)
    return [_but(first, visit=wrong), *later, merge]


def _corrected_person(_: Visit, plain: list[Message]) -> list[Message]:
    """Birth date and sex were wrong; a message about the person corrects them."""
    right = Message(event="A31", patient=plain[0].patient)
    return [_but(plain[0], has_wrong_person=True), *plain[1:], right]


def _with_test(_: Visit, plain: list[Message]) -> list[Message]:
    test = _but(plain[0], mode="T", visit=f"X{plain[0].visit}", diagnoses=(Diagnosis(WRONG_CODE),))
    return [test, *plain]


def _with_debug(_: Visit, plain: list[Message]) -> list[Message]:
    return [_but(plain[0], mode="D", diagnoses=(Diagnosis(WRONG_CODE),)), *plain]


def _with_observation(_: Visit, plain: list[Message]) -> list[Message]:
    """A message of another type, about the same visit."""
    return [*plain, _but(plain[0], event="R01", diagnoses=(), treatment="")]


def _with_other_systems(_: Visit, plain: list[Message]) -> list[Message]:
    other = Diagnosis("404684003", system="SCT")
    return [_but(each, diagnoses=(*each.diagnoses, other) if each.diagnoses else ()) for each in plain]


def _but(message: Message, **changes: object) -> Message:
    return dataclasses.replace(message, **changes)  # type: ignore[arg-type]  # of the fields' types


_ODDITIES: Final[tuple[Callable[[Visit, list[Message]], list[Message]], ...]] = (
    _moved,
    _wrong_code,
    _triple,
    _one_after_another,
    _withdrawn,
    _vanished,
    _cancelled("A04", "A11"),
    _cancelled("A01", "A23"),
    _cancelled("A05", "A38"),
    _not_discharged,
    _merged,
    _merged_twice,
    _parted,
    _one_account,
    _corrected_person,
    _with_test,
    _with_debug,
    _with_observation,
    _with_other_systems,
)
"""Of the 64 numbers that a visit may draw, those below their number mean one of them."""
_REPEATED: Final = len(_ODDITIES)
