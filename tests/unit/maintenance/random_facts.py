"""Random messages of facts, the same ones for the same seed."""

import os
import random

import msgspec
import pytest

from healthtrends.model.facts import DiagnosisFact, MergeFact, PersonFact, VisitFact
from tests.unit.maintenance.test_visits import ASTHMA, DAY, FLU, NEXT, at, stamp

BASE_MS = 1_766_200_000_000
DAYS = DAY, NEXT, "2025-12-19"
ENTRIES = FLU, ASTHMA, msgspec.structs.replace(FLU, code="A00"), msgspec.structs.replace(FLU, code="B20")


def seeds(end, *, quick):
    """Seeds up to `end`, long but for the first ones; FIRST_SEED and END_SEED give others for a search."""
    first, end = int(os.environ.get("FIRST_SEED", "0")), int(os.environ.get("END_SEED", end))
    return [pytest.param(seed, marks=() if seed < quick else pytest.mark.long) for seed in range(first, end)]


class Facts:
    """Random messages about few visits and persons, so that most of them meet."""

    def __init__(self, seed) -> None:
        self.random = random.Random(seed)
        self.controls = []

    def message(self, number):
        """Facts of one message, and its broker time; no two have the same."""
        kind = self.random.choices(("visit", "person", "merge", "condition"), (6, 2, 2, 3))[0]
        ms = BASE_MS + number * 1000
        tie = self.random.choice(("", f"{number:02}"))
        told = {"at": at(self.random.randrange(6)), "tie": tie, "received": ms}
        if kind == "condition" or self.random.random() < 0.2:
            told["is_placed"] = self.random.random() < 0.2
        else:
            told |= self._ids(number)
        made = [getattr(self, f"_{kind}")(told) for _ in range(self.random.choice((1, 1, 2)))]
        return msgspec.json.encode(made), ms

    def _ids(self, number):
        reused = self.controls and self.random.random() < 0.15
        control = self.random.choice(self.controls) if reused else f"m{number}"
        self.controls.append(control)
        return {"control": control, "content": f"x{number}"}

    def _maybe(self, values, chance=0.4):
        return {name: self.random.choice(of) for name, of in values.items() if self.random.random() < chance}

    def _one(self, letter, most=4):
        return f"{letter}{self.random.randrange(most)}"

    def _entries(self):
        return tuple(self.random.sample(ENTRIES, self.random.randrange(3)))

    def _stamp(self):
        return stamp(self.random.randrange(24), self.random.choice(DAYS))

    def _about_person(self):
        return self._maybe(
            {"birth_date": ("", "1980", "1970-05-01", "2026-02-01"), "gender": ("F", "M", "U")}
        )

    def _visit(self, told):
        events = "admit", "admit", "update", "update", "discharge", "cancel", "cancel_discharge"
        given = self._about_person() | self._maybe(
            {
                "start": (self._stamp(), self._stamp(), ""), "end": (self._stamp(), ""),
                "earliest": (self._stamp(),), "age": (7, 70), "treatment": ("T", "U"),
                "outcome": ("ongoing", "recovered"), "facility": ("", "F1"), "flags": (("code_systems",),),
            }
        )  # fmt: skip
        if self.random.random() < 0.6:
            entries = self._entries()
            if given_back := self.random.random() < 0.2:
                entries = tuple(msgspec.structs.replace(entry, is_withdrawn=True) for entry in entries)
            gaps = self._maybe({"unmapped": (1, 2), "rejected_parts": (1,)}, 0.2)
            # Only a feed whose messages have ids adds to sets: a repeat could not be told from a second one.
            appends = "control" in told and (given_back or self.random.random() < 0.4)
            given |= {"diagnoses": entries, "appends": appends, **gaps}
        if self.random.random() < 0.1:  # a deletion names nothing but the visit
            return VisitFact(**told, visit=self._one("V"), patient="", event="cancel")
        patient, event = self._one("P", 5), self.random.choice(events)
        return VisitFact(**told, visit=self._one("V"), patient=patient, event=event, **given)

    def _person(self, told):
        death = self._maybe({"death": ("", "yes", *DAYS)}, 0.3)
        return PersonFact(**told, patient=self._one("P", 5), **self._about_person(), **death)

    def _merge(self, told):
        kind = self.random.choice(("patient", "patient", "visit"))
        letter = "P" if kind == "patient" else "V"
        is_undone = self.random.random() < 0.25
        prior, survivor = self._one(letter, 5), self._one(letter, 5)
        return MergeFact(**told, prior=prior, survivor=survivor, kind=kind, is_undone=is_undone)

    def _condition(self, told):
        is_active = self.random.random() < 0.75
        given = self._maybe({"recorded": (self._stamp(),), "onset": (self._stamp(),), "unmapped": (1,)})
        visit = None if self.random.random() < 0.3 else self._one("V")
        entries, patient = (self._entries(), self._one("P", 5)) if is_active else ((), "")
        return DiagnosisFact(
            **told, diagnosis=self._one("C"), patient=patient, visit=visit, entries=entries,
            is_active=is_active, **given,
        )  # fmt: skip
