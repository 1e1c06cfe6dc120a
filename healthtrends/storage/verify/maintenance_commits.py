"""Check of maintenance commits: they move lines between files, and neither add nor drop any."""

from collections.abc import Iterable, Iterator

import msgspec

from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.expired import Expiry
from healthtrends.storage.file_writer import united
from healthtrends.storage.manifest import Manifest
from healthtrends.storage.staged_file import Range, StagedFile
from healthtrends.storage.state import State


def wrong_removals(before: State, manifest: Manifest) -> Iterator[str]:
    """Return how the files that a commit takes out differ from those it puts in their place.

    A restage of one file may come to other lines than before, when that was accepted; it counts them.
    """
    if manifest.kind != "job":
        if manifest.remove:
            yield f"removes {manifest.remove[0]}, which only maintenance does"
        return
    gone = [before.live_file(path) for path in manifest.remove]
    if None in gone:
        yield f"removes {manifest.remove[gone.index(None)]}, which is not live"
        return
    files = [file for file in gone if file is not None]
    records = [file for file in files if before.files.find(file.dst)]
    rejects = [file for file in files if before.reject_files.find(file.dst)]
    if manifest.expiry is not msgspec.UNSET:
        yield from _wrong_expiry(manifest, manifest.expiry, records, rejects, files)
        return
    yield from _wrong_counts(manifest, records, rejects)
    if manifest.is_erasure:
        yield from _wrong_erasure(manifest, files)
    elif not any(file.is_resolved for file in (*records, *manifest.add)):
        yield from _wrong_origins(manifest, records, files)


def _wrong_counts(manifest: Manifest, records: list[StagedFile], rejects: list[StagedFile]) -> Iterator[str]:
    counts = manifest.counts
    lines = _lines(manifest.add) - _lines(records), _lines(manifest.rejects) - _lines(rejects)
    if lines != (counts.lines, counts.reject_lines):
        yield (
            f"counts {counts.lines} lines and {counts.reject_lines} rejects more than before,"
            f" its files have {lines[0]} and {lines[1]}"
        )
    restages = len(manifest.remove) == 1 and len(manifest.placed) <= 1
    messages = counts.messages
    if messages and not restages:
        yield f"changes the number of messages by {messages}"


def _wrong_origins(manifest: Manifest, records: list[StagedFile], files: list[StagedFile]) -> Iterator[str]:
    placed = manifest.placed
    if _outside(placed, files):
        yield "adds lines of offsets that none of the files it removes comes from"
    if not records or not placed:
        return
    if _outside(records, manifest.add):
        yield "removes lines of offsets that none of the files it adds comes from"
    names = {name for file in manifest.add for name in file.inputs}
    lost = [name for file in records for name in file.inputs if name not in names]
    if lost:
        yield f"drops {lost[0]} from the origins of its lines"
    if len(files) == len(records) and {file.date for file in manifest.add} != {file.date for file in records}:
        yield "moves lines to another date"


def _wrong_expiry(
    manifest: Manifest,
    expiry: Expiry,
    records: list[StagedFile],
    rejects: list[StagedFile],
    files: list[StagedFile],
) -> Iterator[str]:
    """Retention takes record and reject files out, and facts, and says how many lines these had."""
    facts = [file for file in files if file not in records and file not in rejects]
    if manifest.add or manifest.rejects or manifest.counts != Counts(facts=manifest.counts.facts):
        yield "is of retention and does more than to take lines out"
    left = _lines(manifest.facts) - _lines(facts)
    if left != manifest.counts.facts or left > 0 or _outside(manifest.facts, facts):
        yield f"counts {-manifest.counts.facts} facts that expired, its files had {-left} more than it adds"
    if (_lines(records), _lines(rejects)) != (expiry.lines, expiry.rejects):
        yield (
            f"counts {expiry.lines} lines and {expiry.rejects} rejects that expired,"
            f" its files had {_lines(records)} and {_lines(rejects)}"
        )
    gone = {file.date for file in records}
    if not gone >= expiry.dates.keys():
        yield "names a date that expired, and removes no file of it"


def _wrong_erasure(manifest: Manifest, files: list[StagedFile]) -> Iterator[str]:
    """An erasure only takes lines out; files of which nothing is left may go."""
    if not any(file.is_resolved for file in (*files, *manifest.add)) and _outside(manifest.placed, files):
        yield "adds lines of offsets that none of the files it removes comes from"
    counts = manifest.counts
    if max(counts.messages_stored, counts.messages_rejected, counts.parts_rejected, counts.facts) > 0:
        yield "is an erasure and adds messages"


def _lines(files: Iterable[StagedFile]) -> int:
    return sum(file.lines for file in files)


def _outside(some: Iterable[StagedFile], others: Iterable[StagedFile]) -> bool:
    """Whether files come from offsets that the others do not."""
    within = _ranges(others)
    return united([*_ranges(some), *within]) != within


def _ranges(files: Iterable[StagedFile]) -> tuple[Range, ...]:
    return united([each for file in files for each in file.ranges])
