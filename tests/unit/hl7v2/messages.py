"""Synthetic ADT messages for the tests of the decoder; nobody in them exists."""

import datetime as dt

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import DecoderOptions

PLACES = {
    "MSH": {3: "EHR", 4: "HOSP^1.2.3^ISO", 7: "20251222103005+0000", 10: "M1", 11: "P", 12: "2.5.1"},
    "EVN": {2: "20251222103000+0000"},
    "PID": {3: "P1^^^&1.2.3.4&ISO^MR", 7: "19800501", 8: "F"},
    "PV1": {2: "E", 19: "V1", 44: "20251222093000+0000"},
}  # fmt: skip


def segment(name, fields, mark="|"):
    """One segment; of MSH field 2 is written in front."""
    last = max(fields, default=0)
    if name == "MSH":
        return mark.join(["MSH", "^~\\&", *(fields.get(n, "") for n in range(3, last + 1))])
    return mark.join([name, *(fields.get(n, "") for n in range(1, last + 1))])


def adt(event="A01", *, diagnoses=("J10.1",), extra=(), without=(), **changes):
    """A message as bytes; changes such as `PV1_44="..."` set fields, DG1 segments follow the codes."""
    fields = {name: dict(values) for name, values in PLACES.items() if name not in without}
    fields["MSH"][9] = f"ADT^{event}^ADT_A01"
    for place, value in changes.items():
        name, number = place.split("_")
        fields.setdefault(name, {})[int(number)] = value
    lines = [segment(name, values) for name, values in fields.items()]
    for number, code in enumerate(diagnoses, 1):
        given = code if isinstance(code, dict) else {3: f"{code}^text^I10C"}
        lines.append(segment("DG1", {1: str(number), **given}))
    return "\r".join([*lines, *extra, ""]).encode("iso-8859-1")


def decoder(**source):
    """A decoder on 22 December 2025, whose ids stay as they are sent."""
    return formats.open_decoder(
        DecoderOptions(dt.date(2025, 12, 23), None, 1 << 20, Source(format="hl7v2", **source))
    )


def decode(value, **source):
    """What one value gives."""
    return decoder(**source).decode(value, 1_766_400_000_000)


def fact(value, **source):
    """The only fact of a value."""
    (found,) = decode(value, **source)
    return found
