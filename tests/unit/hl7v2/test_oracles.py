"""The packages `hl7` and hl7apy, which others wrote, take the same values from the same messages."""

import datetime as dt
import random

import hl7
import pytest
from hl7apy.parser import parse_message

from healthtrends.formats.hl7v2 import events
from tests.unit.hl7v2.messages import adt, decoder

CODES = ("J10.1", "A09", "E11.9", "I10", "O80", "U07.1", "Z38.00")
OFFSETS = ("+0000", "-0800", "+0530", "-0330")


def moment(rng):
    """A time of an own offset, before the clock of the decoder."""
    found = dt.datetime(2025, 12, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=rng.randrange(21 * 86_400))
    return found.strftime("%Y%m%d%H%M%S") + rng.choice(OFFSETS)


def corpus(number):
    """Messages of all kinds that give one fact of a visit."""
    rng = random.Random(2025)
    names = [name for name, meaning in events.VISIT_EVENTS.items() if meaning != "cancel"]
    for index in range(number):
        codes = rng.sample(CODES, rng.randint(1, 4))
        yield adt(
            rng.choice(names),
            diagnoses=[{3: f"{code}^text of it^I10C", 6: rng.choice("AWF")} for code in codes],
            extra=("ZZZ|1|something else|^~",) if rng.random() < 0.3 else (),
            MSH_7=moment(rng),
            MSH_10=f"C{index}",
            EVN_2=moment(rng),
            PID_3=f"{rng.randrange(10**6)}^^^{rng.choice(('HOSP', '&1.2.3.4&ISO', 'H&1.9&ISO'))}^MR",
            PID_5=rng.choice(("Test^Nobody", "o'none^anna~alias^anna", "")),
            PID_7=rng.choice(("19800501", "196002291130+0100")),
            PID_8=rng.choice("FMUOAN"),
            PV1_19=f"{rng.randrange(10**6)}^^^HOSP^VN",
            PV1_44=moment(rng),
        )


def utc(text):
    """As facts write it, by the calendar of Python alone."""
    at = dt.datetime.strptime(text, "%Y%m%d%H%M%S%z").astimezone(dt.UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.000000Z"


@pytest.mark.slow
def test_two_other_readers_take_the_same_values():
    """Ids, times, codes and events of a seeded corpus; hl7apy, which is slow, reads a sample of it."""
    ours = decoder()
    for index, value in enumerate(corpus(400)):
        fact = ours.decode(value, 0)[-1]
        text = value.decode()
        assert by_hl7(hl7.parse(text)) == taken(fact), text
        if index % 10 == 0:
            assert by_hl7apy(parse_message(text, find_groups=False)) == taken(fact), text


def taken(fact):
    """What the others are held against; codes only where the event touches diagnoses."""
    return {
        "at": fact.at,
        "tie": fact.tie,
        "patient": fact.patient,
        "visit": fact.visit,
        "event": fact.event,
        "start": (fact.start.at, fact.start.day),
        "born": fact.birth_date,
        "gender": fact.gender,
        "codes": None if fact.diagnoses is None else [entry.code for entry in fact.diagnoses],
    }


def expected(event, codes, patient, authority, visit, start, **rest):
    """The values of another reader in our form."""
    return {
        **rest,
        "patient": f"{patient}^{authority}",
        "visit": f"1.2.3^{visit}",
        "event": events.VISIT_EVENTS[event],
        "start": (utc(start), f"{start[:4]}-{start[4:6]}-{start[6:8]}"),
        "codes": None if event in events.PERSON_EVENTS else codes,
    }


def by_hl7(message):
    """By the package `hl7`."""
    get = message.extract_field
    born = get("PID", 1, 7)
    return expected(
        event=get("MSH", 1, 9, 1, 2),
        codes=[get("DG1", n + 1, 3, 1, 1) for n in range(len(message.segments("DG1")))],
        patient=get("PID", 1, 3, 1, 1),
        authority=get("PID", 1, 3, 1, 4, 2) if "&" in str(message["PID"][0][3]) else get("PID", 1, 3, 1, 4),
        visit=get("PV1", 1, 19, 1, 1),
        start=get("PV1", 1, 44),
        at=utc(get("EVN", 1, 2)),
        tie=get("MSH", 1, 10),
        born=f"{born[:4]}-{born[4:6]}-{born[6:8]}",
        gender=events.SEXES[get("PID", 1, 8)],
    )


def by_hl7apy(message):
    """By hl7apy."""
    pid, pv1 = message.pid, message.pv1
    authority = pid.pid_3.pid_3_4
    born = pid.pid_7.pid_7_1.value
    return expected(
        event=message.msh.msh_9.msh_9_2.value,
        codes=[each.dg1_3.dg1_3_1.value for each in message.dg1],
        patient=pid.pid_3.pid_3_1.value,
        authority=authority.hd_2.to_er7() or authority.hd_1.to_er7(),
        visit=pv1.pv1_19.pv1_19_1.value,
        start=pv1.pv1_44.pv1_44_1.value,
        at=utc(message.evn.evn_2.evn_2_1.value),
        tie=message.msh.msh_10.value,
        born=f"{born[:4]}-{born[4:6]}-{born[6:8]}",
        gender=events.SEXES[pid.pid_8.value],
    )
