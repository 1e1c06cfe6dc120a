"""A format of tests: each message is a JSON list of facts, as a decoder of HL7v2 or FHIR gives them."""

import msgspec

from healthtrends.model.facts import Fact
from healthtrends.model.rejection import Reason, Rejection

_FACTS = msgspec.json.Decoder(tuple[Fact, ...])


def open_decoder(_options):
    return FactsDecoder()


class FactsDecoder:
    longest = 0

    def decode(self, value, broker_ms):
        try:
            found = _FACTS.decode(value or b"")
        except ValueError:
            return Rejection(Reason.INVALID_JSON)
        for fact in found:
            fact.received = broker_ms
        return found

    def decode_all(self, values, broker_ms):
        self.longest = max((len(value or b"") for value in values), default=0)
        pairs = zip(values, broker_ms, strict=True)
        return [], [(n, self.decode(value, ms)) for n, (value, ms) in enumerate(pairs)]

    def take_unknown_fields(self):
        return 0
