"""HL7v2: what a message says about a visit and its person."""

import pytest

from healthtrends.model.facts import DiagnosisEntry, PersonFact, Stamp, VisitFact
from healthtrends.model.rejection import Reason, Rejection, Skip, SkipReason
from tests.unit.hl7v2.messages import adt, decode, decoder, fact


def test_an_admission_gives_all_that_a_record_needs():
    """Ids with their authorities, times in UTC with the local day, the diagnosis with its system."""
    found = fact(adt())
    assert (found.visit, found.patient, found.event) == ("1.2.3^V1", "P1^1.2.3.4", "admit")
    assert found.start == Stamp("2025-12-22T09:30:00.000000Z", "2025-12-22")
    assert (found.at, found.tie) == ("2025-12-22T10:30:00.000000Z", "M1")
    assert (found.birth_date, found.gender, found.facility) == ("1980-05-01", "F", "HOSP")
    assert found.diagnoses == (DiagnosisEntry("icd10cm", "J10.1"),)


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        ("A01", "admit"), ("A04", "admit"), ("A05", "admit"), ("A08", "update"), ("A02", "update"),
        ("A06", "update"), ("A07", "update"), ("A03", "discharge"), ("A11", "cancel"), ("A23", "cancel"),
        ("A38", "cancel"), ("A13", "cancel_discharge"),
    ],
)  # fmt: skip
def test_each_event_has_one_meaning(event, meaning):
    """MSH-9.2 decides; MSH-9.3 is a structure that events share."""
    assert fact(adt(event)).event == meaning


def test_the_event_is_taken_from_evn_where_the_header_has_none():
    """As senders before version 2.3.1 do."""
    assert fact(adt(MSH_9="ADT", EVN_1="A03")).event == "discharge"


@pytest.mark.parametrize("event", ["A28", "A31"])
def test_a_person_event_without_a_visit_changes_the_person_only(event):
    """And touches no diagnoses."""
    found = fact(adt(event, without=("PV1",)))
    assert isinstance(found, PersonFact)
    assert (found.patient, found.birth_date, found.gender) == ("P1^1.2.3.4", "1980-05-01", "F")


def test_a_person_event_with_a_visit_says_nothing_about_its_diagnoses():
    """The set of the visit stays."""
    assert fact(adt("A31")).diagnoses is None


@pytest.mark.parametrize("mode", ["T", "D", "T^A"])
def test_test_messages_are_skipped(mode):
    """MSH-11: training and debugging."""
    assert decode(adt(MSH_11=mode)) == Skip(SkipReason.TEST_MESSAGE)


@pytest.mark.parametrize("kind", ["ORU^R01", "SIU^S12", "ADT^A60"])
def test_other_types_and_events_are_skipped(kind):
    """They say nothing about visits."""
    assert decode(adt(MSH_9=kind)) == Skip(SkipReason.OTHER_TYPE)


@pytest.mark.parametrize(
    ("changes", "reason", "place"),
    [
        ({"MSH_9": ""}, Reason.HL7_NO_EVENT, "MSH-9"),
        ({"PID_3": ""}, Reason.HL7_NO_PATIENT, "PID-3"),
        ({"PID_3": '""'}, Reason.HL7_NO_PATIENT, "PID-3"),
        ({"PV1_19": ""}, Reason.HL7_NO_VISIT, "PV1-19"),
        ({"PV1_44": "20261301"}, Reason.HL7_BAD_TIME, "PV1-44"),
        ({"PV1_44": "1988"}, Reason.HL7_BAD_TIME, "PV1-44"),
        ({"PV1_44": "202512221030.5"}, Reason.HL7_BAD_TIME, "PV1-44"),
        ({"PV1_44": "20290101"}, Reason.DATE_IN_FUTURE, "PV1-44"),
        ({"PV1_44": "18991231"}, Reason.DATE_TOO_EARLY, "PV1-44"),
        ({"EVN_2": "yesterday"}, Reason.HL7_BAD_TIME, "EVN-2"),
        ({"EVN_2": "20290101"}, Reason.DATE_IN_FUTURE, "EVN-2"),
        ({"EVN_2": "", "MSH_7": ""}, Reason.HL7_BAD_TIME, "EVN-2"),
        ({"PID_7": "20261301"}, Reason.HL7_BAD_TIME, "PID-7"),
        ({"PID_7": "198812221030.5"}, Reason.HL7_BAD_TIME, "PID-7"),
        ({"PID_7": "20990101"}, Reason.DATE_IN_FUTURE, "PID-7"),
        ({"PID_3": "a\x01b"}, Reason.CONTROL_CHARACTER, "PID-3"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_place(changes, reason, place):
    """By segment and field, never with a value."""
    assert decode(adt(**changes)) == Rejection(reason, place)


def test_the_id_of_the_configured_type_counts_else_the_first():
    """PID-3.5, with the authority's OID, else its name."""
    ids = "X1^^^LAB^PI~P9^^^HOSP^MR"
    assert fact(adt(PID_3=ids)).patient == "P9^HOSP"
    assert fact(adt(PID_3=ids), patient_id_type="PI").patient == "X1^LAB"
    assert fact(adt(PID_3=ids), patient_id_type="SS").patient == "X1^LAB"


def test_the_visit_number_has_three_places():
    """PV1-19, else PID-18, else PV1-50."""
    assert fact(adt(PV1_19="", PID_18="ACC7^^^H")).visit == "1.2.3^ACC7"
    assert fact(adt(PV1_19="", PV1_50="ALT7")).visit == "1.2.3^ALT7"


def test_the_facility_of_the_event_makes_the_visit_unique():
    """EVN-7.2, else MSH-4.2, else MSH-4.1."""
    assert fact(adt(EVN_7="WARD^9.9^ISO")).visit == "9.9^V1"
    assert fact(adt(MSH_4="CLINIC")).visit == "CLINIC^V1"
    assert fact(adt(EVN_7="WARD", MSH_4="CLINIC")).visit == "CLINIC^V1"
    assert fact(adt(EVN_7="WARD", MSH_4="")).visit == "WARD^V1"


def test_the_earliest_of_the_other_times_is_kept():
    """Of PV1-45, PR1-5, PID-29, EVN-2 and MSH-7; one that cannot be read is left out."""
    found = fact(
        adt("A03", PV1_44="", PV1_45="20251222200000+0000", PR1_5="20251221090000+0000", PV1_36="01")
    )
    assert (found.start, found.earliest.day) == (None, "2025-12-21")


def test_the_local_day_counts():
    """By the offset in the time, else by the zone of the setting."""
    assert fact(adt(PV1_44="20251221233000-0800")).start == Stamp("2025-12-22T07:30:00.000000Z", "2025-12-21")
    late = fact(adt(PV1_44="202512212330"), timezone="America/Los_Angeles").start
    assert late == Stamp("2025-12-22T07:30:00.000000Z", "2025-12-21")


def test_a_day_without_a_time_begins_at_its_local_midnight():
    """Precision to the day is enough for a visit."""
    assert fact(adt(PV1_44="20251221"), timezone="Europe/Berlin").start.at == "2025-12-20T23:00:00.000000Z"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1988", "1988"), ("198808", "1988-08"), ("19880818", "1988-08-18"),
        ("198808181126+0215", "1988-08-18"), ("", None), ('""', ""),
    ],
)  # fmt: skip
def test_birth_dates_keep_their_precision(given, kept):
    """Empty says nothing, two quotes take it back."""
    assert fact(adt(PID_7=given)).birth_date == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("F", "F"),
        ("m", "M"),
        ("U", "U"),
        ("O", "O"),
        ("A", "O"),
        ("N", "O"),
        ("Ambiguous", "U"),
        ("", None),
        ('""', "U"),
    ],
)
def test_sexes_of_the_standard_are_mapped(given, kept):
    """An unknown word is U."""
    assert fact(adt(PID_8=given)).gender == kept


@pytest.mark.parametrize(
    ("value", "unit", "years"),
    [
        ("38", "a", 38),
        ("18", "mo", 1),
        ("12", "mo", 1),
        ("60", "wk", 1),
        ("400", "d", 1),
        ("7", "", 7),
        ("30", "h", 0),
    ],
)
def test_an_observed_age_is_in_whole_years(value, unit, years):
    """OBX 21612-7 with units of UCUM."""
    line = f"OBX|1|NM|21612-7^Age^LN||{value}|{unit}"
    assert fact(adt(PID_7="", extra=(line,))).age == years


@pytest.mark.parametrize(
    ("value", "reason"),
    [("-1", Reason.OUT_OF_RANGE), ("131", Reason.OUT_OF_RANGE), ("old", Reason.WRONG_TYPE)],
)
def test_an_age_that_nobody_has_is_rejected(value, reason):
    """0 to 130 years."""
    assert decode(adt(extra=(f"OBX|1|NM|21612-7||{value}|a",))) == Rejection(reason, "OBX-5")


@pytest.mark.parametrize(
    ("event", "changes", "outcome"),
    [
        ("A08", {}, None),
        ("A03", {"PV1_36": "01"}, "recovered"),
        ("A03", {"PV1_36": "1"}, "recovered"),
        ("A03", {"PV1_36": "07"}, "unknown"),
        ("A03", {}, "unknown"),
        ("A08", {"PV1_45": "20251222120000", "PV1_36": "01"}, "recovered"),
        ("A08", {"PV1_36": "20"}, "deceased"),
        ("A08", {"PV1_45": '""'}, "ongoing"),
        ("A13", {"PV1_36": "01"}, None),
        ("A13", {"PV1_36": "20"}, None),
    ],
)
def test_the_outcome_is_that_of_the_discharge(event, changes, outcome):
    """By PV1-36 and the table of the configuration."""
    assert fact(adt(event, **changes)).outcome == outcome


def test_a_death_is_told_of_the_person_and_of_the_visit():
    """PID-30 makes the visit's outcome; PID-29 gives the day."""
    person, visit = decode(adt("A08", PID_29="20251222", PID_30="Y"))
    assert (person.death, visit.outcome) == ("2025-12-22", "deceased")
    assert isinstance(visit, VisitFact)


def test_the_treatment_is_the_procedure():
    """PR1-3; none given says nothing."""
    assert fact(adt(PR1_3="99213^visit^C4")).treatment == "99213"
    assert fact(adt()).treatment is None


def test_a_repeated_message_has_the_same_name_and_content():
    """And another content under that name another digest."""
    one, other = fact(adt()), fact(adt(PID_8="M"))
    assert (one.control, one.content) == (fact(adt()).control, fact(adt()).content)
    assert (one.control == other.control, one.content == other.content) == (True, False)


@pytest.mark.parametrize("value", ["|UNK^unknown^NULLFL", '""|a'])
def test_an_age_that_the_sender_does_not_know_says_nothing(value):
    """So the PHIN guide writes it."""
    assert fact(adt(extra=(f"OBX|1|NM|21612-7||{value}",))).age is None


def test_the_earliest_of_all_procedures_counts():
    """Not that of the first alone."""
    later, earlier = (f"PR1|{n}||99213||2025122{n}0900" for n in (1, 0))
    assert fact(adt(PV1_44="", extra=(later, earlier))).earliest.day == "2025-12-20"


def test_two_quotes_take_a_value_back():
    """They are never a value themselves."""
    found = fact(adt(PV1_44='""', PR1_3='""', PID_11='""', EVN_7='""', MSH_10='""'))
    assert (found.start, found.treatment, found.region) == ("", "", "")
    assert (found.facility, found.visit, found.control) == ("HOSP", "1.2.3^V1", None)
    assert fact(adt(PID_11='^^^""^^^^^""')).region == ""


def test_seconds_are_ascii_digits():
    """Also where the minute was seen before."""
    reader = decoder()
    assert reader.decode(adt(EVN_2="20251222103000+0000"), 0)[0].at == "2025-12-22T10:30:00.000000Z"
    odd = adt(EVN_2="202512221030X+0000").decode().replace("30X+", "303\u0660+").encode()
    assert reader.decode(odd, 0) == Rejection(Reason.HL7_BAD_TIME, "EVN-2")
