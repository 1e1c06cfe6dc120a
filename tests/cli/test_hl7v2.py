"""HL7v2 from a TCP sender to the report, on a real Kafka and HDFS, with corrections on the way."""

from tests.mllp.door import Sender
from tests.mllp.process import door_process
from tests.unit.hl7v2.messages import adt

DAY, NEXT = "2025-12-20", "2025-12-21"
HL7 = {"HEALTHTRENDS_SOURCE__FORMAT": "hl7v2"}
HEADER = "diagnosis,count,avg_age,gender_ratio\n"


def visit(number, event="A01", code="J10.1", day=DAY, hour=10, **changes):
    """A message about one visit of a person of its own."""
    return adt(
        event,
        diagnoses=(code,),
        MSH_10=f"{event}-{number}",
        EVN_2=f"20251220{hour}0000+0000",
        PID_3=f"synthetic-{number}^^^&1.2.3.4&ISO^MR",
        PV1_19=f"V{number}",
        PV1_44=day.replace("-", "") + "093000+0000",
        **changes,
    )


FIRST = [visit(1), visit(2), visit(3, code="A09"), visit(4, code="A09")]
LATER = [
    visit(1, "A08", hour=11, day=NEXT),
    visit(2, "A11", hour=11),
    adt(
        "A40",
        diagnoses=(),
        without=("PV1",),
        extra=("MRG|synthetic-4^^^&1.2.3.4&ISO^MR",),
        MSH_10="A40-3",
        EVN_2="20251220110000+0000",
        PID_3="synthetic-3^^^&1.2.3.4&ISO^MR",
    ),
    adt(MSH_10="rejected", PV1_19=""),
    FIRST[0],
]
"""A correction to another day, a cancellation, a merge, a reject, and a message sent again."""


def send(cli, *messages):
    """Through the door, each acknowledged."""
    with door_process(cli.environ | HL7, cli.folder) as door, Sender(door.address) as sender:
        sender.send(*messages)
        assert all(b"MSA|AA|" in sender.answer() for _ in messages)


def run(cli, *arguments):
    """Reports of both days, by name of the day; the log verifies."""
    done = cli("run", *arguments, **HL7)
    assert done.code == 0, done.err
    checked = cli("verify", **HL7)
    assert checked.code == 0, checked.out
    return {day: cli("report", day, **HL7).out.removeprefix(HEADER) for day in (DAY, NEXT)}


def test_messages_of_a_sender_become_reports_that_follow_its_corrections(cli_on_stack):
    """The visit leaves its day, the cancelled one goes, the merged patients count once."""
    send(cli_on_stack, *FIRST)
    assert run(cli_on_stack, DAY)[DAY] == "A09,2,45.0,0.0\nJ10.1,2,45.0,0.0\n"
    send(cli_on_stack, *LATER)
    assert run(cli_on_stack, "--from", DAY, "--to", NEXT) == {
        DAY: "A09,1,45.0,0.0\n",
        NEXT: "J10.1,1,45.0,0.0\n",
    }
    (reject,) = cli_on_stack("rejects", "list", "--json", **HL7).document()["rejects"]
    assert (reject["reason"], reject["field"]) == ("hl7_no_visit", "PV1-19")
