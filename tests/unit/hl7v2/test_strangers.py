"""HL7v2 as real systems send it, of other countries and other habits. Nobody in it exists."""

import pytest

from healthtrends.model.rejection import Reason, Rejection, Skip, SkipReason
from tests.unit.hl7v2.messages import adt, decode, decoder, fact


def message(*lines, end="\r", encoding="iso-8859-1"):
    return "".join(line + end for line in lines).encode(encoding)


def test_a_message_in_the_form_of_the_phin_guide():
    """Unknown age, race, chief complaint, a working diagnosis and a time zone."""
    found = fact(
        message(
            "MSH|^~\\&||OTHER REG MED CTR^1234567890^NPI|||201102171531||ADT^A04^ADT_A01|9|P|2.5.1",
            "EVN||201102171531|||||OTHER REG MED CTR^1234567890^NPI",
            "PID|1||FL01059711^^^^PI||~^^^^^^U|||F||2106-3^White^CDCREC|^^^12^33821^USA^^^12105|||||||||||"
            "2186-5^Not Hispanic^CDCREC",
            "PV1||E||E|||||||||||||||FL01059711001^^^^VN|||||||||||||||||||||||||201102171522",
            "PV2|||78907^ABDOMINAL PAIN^I9CDX",
            "OBX|1|NM|21612-7^AGE TIME PATIENT REPORTED^LN||43|a^YEAR^UCUM|||||F|||201102171531",
            "OBX|2|CWE|8661-1^CHIEF COMPLAINT^LN||^^^^^^^^ABDOMINAL PAIN||||||F",
            "DG1|1||K85.9^ACUTE PANCREATITIS^I10C|||W",
        )
    )
    assert (found.visit, found.patient, found.age) == ("1234567890^FL01059711001", "FL01059711^", 43)
    assert (found.start.day, found.region, found.gender) == ("2011-02-17", "12105", "F")
    assert [entry.code for entry in found.diagnoses] == ["K85.9"]


def test_a_german_admission_in_latin_1():
    """ICD-10-GM, umlauts, a type of id that is another, and no offsets."""
    found = fact(
        message(
            "MSH|^~\\&|KIS|KLINIKUM|EMPF|LAND|20251222083000||ADT^A01^ADT_A01|4711|P|2.5|||AL|NE|DEU|8859/1",
            "EVN|A01|202512220830|||Müller^^^^",
            "PID|1||000815^^^KLINIKUM^PI||Größe^Änne^^^^^L||19720229|F|||Straße 1^^Köln^^50667^DEU^H",
            "PV1|1|I|STAT1^201^1^KLINIKUM||||||||||||||||F2025-1^^^KLINIKUM^VN|||||||||||||||||||||||||202512220815",
            "DG1|1||J45.9^Asthma bronchiale^icd10gm||202512220830|AD",
        ),
        timezone="Europe/Berlin",
        diagnosis_systems=["icd10gm"],
    )
    assert (found.patient, found.start.at) == ("000815^KLINIKUM", "2025-12-22T07:15:00.000000Z")
    assert (found.diagnoses[0].system, found.birth_date, found.flags) == ("icd10gm", "1972-02-29", ())


def test_an_australian_update_with_diagnoses_before_the_visit():
    """DG1 before PV1, an account number as the visit, a half-hour offset, LF at the end."""
    found = fact(
        message(
            "MSH|^~\\&|PAS|QLD HOSP^2.999.36^ISO|||20251222010000+0930||ADT^A08|77|P^T|2.4|||AL|NE|AUS",
            "EVN|A08|20251222010000+0930",
            "PID|||7001^^^QLD&2.999.36.1&ISO^MR~2950^^^AUSHIC^MC||test^nobody^^^ms||196005|M~U||||||||||ACC9",
            "DG1|1|I10|A09^Gastroenteritis||||F",
            "PV1||O||||||||||||||||||||||||||||||||||||||||||20251222003000+0930",
            "PV1||O",
            end="\n",
        )
        .replace(b"AUSHIC^MC||", b"AUSHIC^MC||")
        .replace(b"|M~U", b"|M~U||||||||||ACC9"),
    )
    assert (found.visit, found.patient, found.gender) == ("2.999.36^ACC9", "7001^2.999.36.1", "M")
    assert (found.start.at, found.start.day) == ("2025-12-21T15:00:00.000000Z", "2025-12-22")
    assert (found.birth_date, found.flags) == ("1960-05", ("code_systems",))


@pytest.mark.parametrize(
    "tail", ["|" * 200, "^^^^", "\r\r\r", "\r\n", "\rZPD|1|^~\\&|x\r", "\rNTE|1||free \\.br\\ text\r"]
)
def test_what_stands_behind_a_message_changes_nothing(tail):
    """Trailing separators, empty lines, Z segments, notes."""
    value = adt().rstrip(b"\r") + tail.encode()
    assert fact(value).diagnoses == fact(adt()).diagnoses


def test_a_field_of_a_megabyte_is_one_field():
    """It is rejected where it is an id, and left alone where it is not read."""
    long = "x" * 900_000
    assert fact(adt(PID_5=long)).patient == "P1^1.2.3.4"
    assert decode(adt(PID_3=long)) == Rejection(Reason.TOO_LONG, "PID-3")
    assert decode(adt(PV1_44=long)) == Rejection(Reason.HL7_BAD_TIME, "PV1-44")


@pytest.mark.parametrize("kind", ["ACK^A01", "ACK", "ADT^Z99", "MDM^T02", "DFT^P03", "BAR^P01"])
def test_what_else_an_engine_sends_is_skipped(kind):
    """Acknowledgements, documents, charges, local events."""
    assert decode(adt(MSH_9=kind)) == Skip(SkipReason.OTHER_TYPE)


def test_a_person_with_quotes_and_ampersands_is_read():
    """Free text is not looked at, and an unfinished escape is no escape."""
    assert fact(adt(PID_5='O\\T\\Neil & "son\\', PV1_19="V1\\")).visit == "1.2.3^V1\\"


def test_a_decoder_keeps_messages_of_different_separators_apart():
    """What is remembered of one is not taken for another."""
    reader = decoder()
    usual = adt(diagnoses=({3: "J10.1^x^I10C"},), PID_7="1980@x")
    other = adt(diagnoses=({3: "J10.1^x^I10C"},)).decode().translate(str.maketrans("^@", "@^")).encode()
    for _ in range(2):
        assert reader.decode(usual, 0) == Rejection(Reason.HL7_BAD_TIME, "PID-7")
        assert reader.decode(other, 0)[0].diagnoses[0].code == "J10.1"
    born = adt(PID_7="1980@x").decode().translate(str.maketrans("^@", "@^"))
    assert reader.decode(born.encode(), 0) == Rejection(Reason.HL7_BAD_TIME, "PID-7")
    born = born.replace("1980^x", "1980@x")
    assert reader.decode(born.encode(), 0)[0].birth_date == "1980"
    assert reader.decode(usual, 0) == Rejection(Reason.HL7_BAD_TIME, "PID-7")
