"""Check of the annotations: each is one that a command could have made, behind those before it.

That none was changed, put in or taken out is what the chain of the log proves.
"""

import datetime as dt
from collections.abc import Iterator

from healthtrends.model.annotation import ALARM_KINDS, Annotation
from healthtrends.observe import counted
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Finding, failed, passed


def check_annotations(state: State) -> Iterator[Finding]:
    """Each says who and when, and what it refers to is there; without any there is no finding."""
    outbreaks: set[int] = set()
    faults = []
    for number, said in enumerate(state.annotations, 1):
        if fault := _fault(said, outbreaks):
            faults.append(f"entry {number} {fault}")
        if said.kind == "outbreak":
            outbreaks.add(number)
    repair = "compare `_ht/log` with a backup of the root"
    yield from (failed("annotations", fault, repair) for fault in faults)
    if state.annotations and not faults:
        alarms = sum(said.kind in ALARM_KINDS for said in state.annotations)
        found = f"{counted(len(outbreaks), 'known outbreak')}, {counted(alarms, 'remark')} on alarms"
        yield passed("annotations", f"{found}, with who and when")


def _fault(said: Annotation, outbreaks: set[int]) -> str | None:
    if not said.by or not said.at:
        return "does not say who or when"
    if said.kind in ("end", "withdraw"):
        return None if said.of in outbreaks else f"refers to outbreak {said.of}, which is not before it"
    if not said.code or not _is_day(said.first):
        return "names no code or no day"
    return None if not said.last or _is_day(said.last) else "ends on no day"


def _is_day(text: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False
