"""Trigger events (MSH-9.2) and what they mean. MSH-9.3 names a structure, which several events share."""

from typing import Final

from healthtrends.model.facts import VisitEvent
from healthtrends.model.record import Gender

VISIT_EVENTS: Final[dict[str, VisitEvent]] = {
    "A01": "admit",
    "A04": "admit",
    "A05": "admit",
    "A02": "update",
    "A06": "update",
    "A07": "update",
    "A08": "update",
    "A28": "update",
    "A31": "update",
    "A03": "discharge",
    "A11": "cancel",
    "A23": "cancel",
    "A38": "cancel",
    "A13": "cancel_discharge",
}
"""Events that say something about a visit."""
PERSON_EVENTS: Final = frozenset(("A28", "A31"))
"""Events about the person, which touch no diagnoses; without a visit number they are about no visit."""
PATIENT_MERGES: Final = frozenset(("A18", "A34", "A40", "A47"))
"""The patient id in MRG-1 is given up for the one in PID-3."""
VISIT_MERGES: Final = frozenset(("A35",))
"""The account in MRG-3, or the visit in MRG-5, is given up for the one in PID-18 or PV1-19."""
UNLINK: Final = "A37"
"""The second PID is parted from the first again."""
KNOWN: Final = frozenset((*VISIT_EVENTS, *PATIENT_MERGES, *VISIT_MERGES, UNLINK))

TEST_MODES: Final = frozenset("TD")
"""MSH-11 of messages for training and for debugging."""
SEXES: Final[dict[str, Gender]] = {"F": "F", "M": "M", "U": "U", "O": "O", "A": "O", "N": "O"}
"""PID-8 (HL7 table 0001): ambiguous and not applicable are other."""
