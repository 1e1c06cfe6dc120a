"""What header and EVN say of all messages like one: its event and its facility. A feed has few such types."""

from typing import Final

import msgspec

from healthtrends.formats.hl7v2 import events
from healthtrends.formats.hl7v2.ids import code
from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import DELETED, RawMessage, Separators, component
from healthtrends.model.rejection import Reason, Skip, SkipReason

_MOST_CACHED: Final = 10_000


class MessageType(msgspec.Struct, frozen=True):
    """ADT messages of one event and one facility."""

    event: str
    """Trigger event, one of `events.KNOWN`."""
    facility: str
    """Name of the facility that makes a visit number unique."""
    facility_code: str | None
    """The code of it that a record holds; None: there is none."""


class MessageTypes:
    """Types of messages, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Separators, str, str, str, str, str], MessageType | Skip] = {}

    def of(self, message: RawMessage) -> MessageType | Skip:
        """Type of a message, or why it is left out. Raises Refusal."""
        header, evn = message.header, message.evn
        key = message.separators, header[9], header[11], header[4], evn[1], evn[7]
        found = self._known.get(key)
        if found is None:
            found = _read(*key)
            if len(self._known) < _MOST_CACHED:
                self._known[key] = found
        return found


def _read(
    separators: Separators, given: str, mode: str, sender: str, evn_1: str, evn_7: str
) -> MessageType | Skip:
    if not separators.are_distinct:
        raise Refusal(Reason.HL7_BAD_SEPARATORS, "MSH-2")
    kind = component(given, 1, separators)
    event = component(given, 2, separators) or component(evn_1, 1, separators)
    if component(mode, 1, separators)[:1] in events.TEST_MODES:
        return Skip(SkipReason.TEST_MESSAGE)
    if not kind or (kind == "ADT" and not event):
        raise Refusal(Reason.HL7_NO_EVENT, "MSH-9")
    if kind != "ADT" or event not in events.KNOWN:
        return Skip(SkipReason.OTHER_TYPE)
    return MessageType(event, *_facility(evn_7, sender, separators))


def _facility(evn_7: str, sender: str, separators: Separators) -> tuple[str, str | None]:
    """Name and code of the facility.

    The name is EVN-7.2, else MSH-4.2, else MSH-4.1; the code is the short name (EVN-7.1, else MSH-4.1) where
    there is one.
    """
    event = evn_7 if evn_7 != DELETED else ""
    sender = sender if sender != DELETED else ""
    short = component(event, 1, separators), component(sender, 1, separators)
    names = component(event, 2, separators), component(sender, 2, separators), short[1], short[0]
    name = next(filter(None, names), "")
    return name, code(short[0] or short[1] or name)
