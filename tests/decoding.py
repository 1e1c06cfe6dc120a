"""Outcome of one message of which a test expects one line."""

from healthtrends.model.decoder import Decoder
from healthtrends.model.record import Line
from healthtrends.model.rejection import Rejection


def decode_one(decoder: Decoder, value: bytes | None, broker_ms: int) -> Line | Rejection:
    """The first line that a message gives, or its rejection."""
    outcome = decoder.decode(value, broker_ms)
    return outcome if isinstance(outcome, Rejection) else outcome[0]
