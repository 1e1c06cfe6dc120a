"""Encounters: which ones count, on which day, with what outcome."""

import pytest

from healthtrends.model.facts import MergeFact, Stamp
from tests.unit.fhir.samples import decoded, encounter, only, refused, without


@pytest.mark.parametrize("status", ["planned", "cancelled", "entered-in-error"])
def test_what_did_not_take_place_hides_the_visit(status):
    """Whatever else it says, or leaves out."""
    assert only(encounter(status=status, period={"start": "2029-01-01"})).event == "cancel"
    assert only(without(encounter(status=status), "subject", "period")).event == "cancel"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("arrived", "ongoing"),
        ("triaged", "ongoing"),
        ("in-progress", "ongoing"),
        ("onleave", "ongoing"),
        ("finished", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_an_encounter_that_goes_on_is_ongoing(status, outcome):
    """And brings back one that was cancelled; of one that ended nothing is known."""
    fact = only(encounter(status=status))
    assert (fact.event, fact.outcome, fact.treatment) == ("admit", outcome, "unknown")


def test_a_disposition_may_say_that_the_patient_died():
    """By the code `exp` of FHIR's list."""
    left = {"dischargeDisposition": {"coding": [{"code": "exp"}]}}
    assert only(encounter(hospitalization=left)).outcome == "deceased"
    left = {"dischargeDisposition": {"coding": [{"code": "home"}]}}
    assert only(encounter(hospitalization=left)).outcome == "unknown"


def test_the_day_is_that_of_the_sender():
    """23:30 in New York does not move to the next day."""
    fact = only(encounter(period={"start": "2025-12-20T23:30:00-05:00"}))
    assert fact.start == Stamp("2025-12-21T04:30:00.000000Z", "2025-12-20")


def test_a_time_without_an_offset_is_in_the_zone_of_the_setting():
    """So is a day without a time, at its midnight."""
    zone = {"timezone": "Europe/Berlin"}
    assert only(encounter(period={"start": "2025-07-01T00:10:00"}), **zone).start == Stamp(
        "2025-06-30T22:10:00.000000Z", "2025-07-01"
    )
    assert only(encounter(period={"start": "2025-12-20"}), **zone).start.at == "2025-12-19T23:00:00.000000Z"


@pytest.mark.parametrize(
    "period", [None, {}, {"start": "2025"}, {"start": "2025-12"}, {"end": "2025-12-20T11:00:00Z"}]
)
def test_without_a_day_the_begin_is_taken_back(period):
    """The conditions then count on their own day."""
    assert only(encounter(period=period)).start == ""


def test_the_end_is_kept_for_a_death_within_the_visit():
    """With its own day."""
    assert only(encounter()).end == Stamp("2025-12-20T10:00:00.000000Z", "2025-12-20")
    assert only(encounter(period={"start": "2025-12-20"})).end == ""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"period": {"start": "20261301"}}, ("impossible_date", "Encounter.period.start")),
        ({"period": {"start": "2029-01-01"}}, ("date_in_future", "Encounter.period.start")),
        ({"period": {"start": "1899-01-01"}}, ("date_too_early", "Encounter.period.start")),
        ({"period": {"start": "198808181126+0215"}}, ("impossible_date", "Encounter.period.start")),
        ({"period": {"start": "2025-12-20", "end": "x"}}, ("impossible_date", "Encounter.period.end")),
        ({"status": None}, ("missing_field", "Encounter.status")),
        ({"status": "done"}, ("not_in_list", "Encounter.status")),
        ({"status": 3}, ("wrong_type", "Encounter.status")),
        ({"subject": None}, ("fhir_no_patient", "Encounter.subject")),
        ({"subject": {"reference": "Group/1"}}, ("fhir_no_patient", "Encounter.subject")),
        ({"id": None}, ("fhir_no_id", "Encounter.id")),
        ({"meta": {"lastUpdated": "?"}}, ("bad_time", "Encounter.meta.lastUpdated")),
    ],
)
def test_a_wrong_field_rejects_the_encounter(fields, expected):
    """With its path, never its value."""
    assert refused(encounter(**fields)) == expected


@pytest.mark.parametrize(
    ("provider", "facility"),
    [
        ({"reference": "Organization/north-1"}, "north-1"),
        ({"reference": "https://x.example/fhir/Organization/n"}, "n"),
        ({"identifier": {"system": "urn:x", "value": "260100023"}}, "260100023"),
        (
            {"reference": "Organization/0b3c6e1e-6a3f-4a8e-9d56-0d8c4ea1f001"},
            "0b3c6e1e6a3f4a8e9d560d8c4ea1f001",
        ),
        ({"reference": "Organization/" + "x" * 33}, ""),
        ({"display": "North"}, ""),
        (None, ""),
    ],
)
def test_the_provider_is_the_facility_where_its_id_fits(provider, facility):
    """A record holds 32 characters; what is missing was taken back."""
    assert only(encounter(serviceProvider=provider)).facility == facility


def test_listed_identifiers_are_other_names_of_the_visit():
    """Others are not kept."""
    numbers = [{"system": "urn:visits", "value": "V7"}, {"system": "urn:other", "value": "1"}]
    _, alias = decoded(encounter(identifier=numbers), reference_identifiers=["urn:visits"])
    assert isinstance(alias, MergeFact)
    assert (alias.prior, alias.survivor) == ("Encounter?identifier=urn:visits|V7", "Encounter/e1")
    assert alias.kind == "visit"
