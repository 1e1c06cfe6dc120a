"""Record files of one date as the ingest stores them, made without a broker: arguments folder, records, seed.

The same decoder with a key, the same encoder; the time of arrival is made up. Several processes make several
files, as the workers of an ingest do.
"""

import datetime as dt
import itertools
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from healthtrends.formats.record import RecordDecoder
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

DATE = dt.date(2025, 12, 22)
RECORDS_PER_MS = 350
_FIRST_MS = 1_766_448_000_000
_AT_ONCE = 20_000


def make_files(folder: Path, records: int, *, files: int = 2) -> list[Path]:
    """Make so many records in so many files, side by side."""
    each = records // files
    counts = [each] * (files - 1) + [records - each * (files - 1)]
    paths = [folder / f"part-{number}.jsonl" for number in range(files)]
    makers = [
        subprocess.Popen([sys.executable, __file__, str(path), str(count), str(seed)])
        for seed, (path, count) in enumerate(zip(paths, counts, strict=True), 1)
    ]
    if any(maker.wait() for maker in makers):
        raise SystemExit("the records could not be made")
    return paths


def main(arguments: Sequence[str]) -> None:
    """Make one file."""
    path, records, seed = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    plan = SyntheticPlan(records=records, seed=seed, first=DATE, last=DATE, outbreak=None, plain=True)
    decoder = RecordDecoder(DATE, pseudonymiser(b"benchmark key of no secret"))
    encode = msgspec.json.Encoder().encode_lines
    values = (record.value for record in synthetic(plan))
    with path.open("wb") as file:
        for number in itertools.count():
            chunk = list(itertools.islice(values, _AT_ONCE))
            if not chunk:
                break
            ms = _FIRST_MS + number * _AT_ONCE // RECORDS_PER_MS
            plain, others = decoder.decode_all(chunk, [ms] * len(chunk))
            if others:
                raise SystemExit(f"{len(others)} synthetic records were not accepted")
            file.write(encode(plain))
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main(sys.argv[1:])
