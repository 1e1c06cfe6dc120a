"""How many HL7v2 messages a second does one core decode, beside two other readers?

`healthtrends` gives the stored fact: all rules, pseudonyms, digests. `split` only cuts the same text into
segments and fields. `hl7` and hl7apy are the packages of others; they parse, and take patient, visit, time
and codes. All in one process on processor time, in the same rounds; hl7apy reads fewer messages.

    python benchmarks/hl7v2.py [--messages N] [--runs N] [--profile]
"""

import argparse
import cProfile
import datetime as dt
import pstats
from collections.abc import Sequence

import hl7
from hl7apy.parser import parse_message
from kit.hl7v2_feed import message
from kit.measure import median_and_spread, table
from kit.readers import Reader, each, rates_by_rounds

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import Decoder, DecoderOptions
from healthtrends.model.pseudonym import pseudonymiser

AT_ONCE = 2_000
MS = 1_766_392_200_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of the HL7v2 decoder.")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="say where our time goes, and measure nothing")
    asked = parser.parse_args()
    values = [message(number) for number in range(asked.messages)]
    if asked.profile:
        profile(values)
        return
    texts = [value.decode() for value in values]
    readers: dict[str, Reader] = {
        "healthtrends": lambda: ours(values),
        "split": lambda: each(split, texts),
        "hl7": lambda: each(by_hl7, texts[: asked.messages // 50]),
        "hl7apy": lambda: each(by_hl7apy, texts[: asked.messages // 1_000]),
    }
    rates = rates_by_rounds(readers, asked.runs)
    size = sum(map(len, values)) / len(values)
    print(f"{size:.0f} bytes a message, two messages a visit; {asked.runs} rounds.\n")
    print(table(["reader", "messages/s and core", "healthtrends is so many times faster"], rows(rates)))


def rows(rates: dict[str, list[float]]) -> list[list[str]]:
    """Median and spread; times ours in the same round."""
    whole = rates["healthtrends"]
    times = {
        name: [ours / one for one, ours in zip(found, whole, strict=True)] for name, found in rates.items()
    }
    return [
        [name, median_and_spread(found, 0), median_and_spread(times[name])] for name, found in rates.items()
    ]


def decoder() -> Decoder:
    """As the ingest has it, with pseudonyms; new, so that nothing is cached."""
    source = Source(format="hl7v2")
    return formats.open_decoder(
        DecoderOptions(dt.date(2025, 12, 23), pseudonymiser(b"k" * 32), 1 << 20, source)
    )


def ours(values: Sequence[bytes]) -> int:
    """Decode as the ingest does, what one read gives at a time."""
    reader = decoder()
    for begin in range(0, len(values), AT_ONCE):
        chunk = values[begin : begin + AT_ONCE]
        _, found = reader.decode_all(chunk, [MS] * len(chunk))
        if not all(isinstance(outcome, tuple) for _, outcome in found):
            raise SystemExit("a message was not decoded")
    return len(values)


def split(text: str) -> object:
    """Nothing but cutting."""
    return [line.split("|") for line in text.split("\r")]


def by_hl7(text: str) -> object:
    """With the package `hl7`."""
    parsed = hl7.parse(text)
    get = parsed.extract_field
    codes = [get("DG1", number + 1, 3, 1, 1) for number in range(len(parsed.segments("DG1")))]
    return get("PID", 1, 3, 1, 1), get("PV1", 1, 19, 1, 1), get("PV1", 1, 44), codes


def by_hl7apy(text: str) -> object:
    """With hl7apy."""
    parsed = parse_message(text, find_groups=False)
    codes = [each.dg1_3.dg1_3_1.value for each in parsed.dg1]
    return parsed.pid.pid_3.pid_3_1.value, parsed.pv1.pv1_19.pv1_19_1.value, parsed.pv1.pv1_44.value, codes


def profile(values: Sequence[bytes]) -> None:
    """Print the costliest functions."""
    watch = cProfile.Profile()
    watch.runcall(ours, values)
    pstats.Stats(watch).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
