"""Programs of others on the other side: the client of `hl7`, and the rules of hl7apy for each version."""

import hl7
import pytest
from hl7.client import MLLPClient
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from healthtrends.listen_address import split_address
from healthtrends.mllp import acknowledgement as acks
from healthtrends.mllp.header import read_header
from healthtrends.mllp.listening import WHERE
from tests.mllp.door import message, opened

ASKED = [("", "", "AA"), ("NE", "AL", "AA"), ("AL", "NE", "CA"), ("AL", "AL", "CA")]


@pytest.mark.parametrize(("accept", "application", "code"), ASKED)
def test_the_client_of_another_program_reads_its_answer(accept, application, code):
    """It waits for a frame, and finds the id of its message in it."""
    sent = message("A7", accept=accept, application=application)
    with opened() as door, MLLPClient(*split_address(door.address, WHERE)) as client:
        answer = hl7.parse(client.send_message(sent).strip(b"\x0b\x1c\r").decode())
        assert door.publisher.values == [sent]
    assert [str(answer["MSA"][0][field]) for field in (1, 2)] == [code, "A7"]
    assert str(answer["MSH"][0][9]) == "ACK^A01^ACK"


@pytest.mark.parametrize("version", ["2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7"])
@pytest.mark.parametrize("reply", [acks.ACCEPTED, acks.NOT_CONFIRMED, acks.TOO_LONG, acks.REFUSED])
def test_every_answer_keeps_the_rules_of_its_version(version, reply):
    """Segments, fields, components, lengths and tables, as hl7apy has them from the standard."""
    header = read_header(message("A7", version=version))
    assert header is not None
    frame = acks.acknowledgement(header, reply, b"0A1B2C3D4E0000000001", b"20251222083000+0000")
    assert frame is not None
    text = frame[1:-2].decode("ascii")
    parsed = parse_message(text, validation_level=VALIDATION_LEVEL.STRICT, find_groups=False)
    assert parsed.validate()
    assert parsed.msa.msa_1.value == f"A{reply.verdict.value.decode()}"
