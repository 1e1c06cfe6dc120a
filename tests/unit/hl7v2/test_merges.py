"""HL7v2: merges of patients and visits, and their undoing."""

import pytest

from healthtrends.model.rejection import Reason, Rejection
from tests.unit.hl7v2.messages import adt, decode, fact


@pytest.mark.parametrize("event", ["A18", "A34", "A40", "A47"])
def test_the_prior_patient_is_given_up_for_the_one_in_pid(event):
    """MRG-1 into PID-3."""
    found = fact(adt(event, without=("PV1",), diagnoses=(), extra=("MRG|P0^^^&1.2.3.4&ISO^MR",)))
    assert (found.prior, found.survivor, found.kind) == ("P0^1.2.3.4", "P1^1.2.3.4", "patient")


def test_repetitions_are_paired_by_type_else_by_position():
    """Several ids of both patients."""
    message = adt("A40", PID_3="N1^^^L^PI~P1^^^H^MR", diagnoses=(), extra=("MRG|P0^^^H^MR~N0^^^L^PI",))
    assert [(each.prior, each.survivor) for each in decode(message)] == [("P0^H", "P1^H"), ("N0^L", "N1^L")]
    message = adt("A40", PID_3="A1^^^L~B1^^^H", diagnoses=(), extra=("MRG|A0^^^L~B0^^^H",))
    assert [(each.prior, each.survivor) for each in decode(message)] == [("A0^L", "A1^L"), ("B0^H", "B1^H")]


def test_each_mrg_goes_with_the_pid_before_it():
    """A40 may hold several."""
    extra = ("MRG|P0^^^&1.2.3.4&ISO^MR", "PID|||P3^^^H^MR", "MRG|P2^^^H^MR")
    found = decode(adt("A40", without=("PV1",), diagnoses=(), extra=extra))
    assert [(each.prior, each.survivor) for each in found] == [("P0^1.2.3.4", "P1^1.2.3.4"), ("P2^H", "P3^H")]


def test_accounts_are_merged_as_visits():
    """A35: MRG-3 into PID-18."""
    found = fact(adt("A35", PID_18="ACC1", diagnoses=(), extra=("MRG|P0||ACC0",)))
    assert (found.prior, found.survivor, found.kind) == ("1.2.3^ACC0", "1.2.3^ACC1", "visit")


def test_an_unlink_parts_the_second_patient_from_the_first():
    """A37."""
    extra = ("PID|||P0^^^&1.2.3.4&ISO^MR",)
    found = fact(adt("A37", without=("PV1",), diagnoses=(), extra=extra))
    assert (found.prior, found.survivor, found.is_undone) == ("P0^1.2.3.4", "P1^1.2.3.4", True)


@pytest.mark.parametrize(("event", "place"), [("A40", "MRG-1"), ("A35", "MRG-3"), ("A37", "PID-3")])
def test_a_merge_without_both_ids_is_rejected(event, place):
    """Nothing is guessed."""
    assert decode(adt(event, diagnoses=())) == Rejection(Reason.HL7_NO_PRIOR_ID, place)


def test_very_many_repetitions_are_paired_in_linear_time():
    """A merge of a megabyte must not hold up the ingest."""
    ids = "~".join(f"{n}^^^L^T{n}" for n in range(20_000))
    assert len(decode(adt("A40", PID_3=ids, diagnoses=(), extra=(f"MRG|{ids}",)))) == 20_000
