"""`produce`: records into the topic, from files, standard input, or made up."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from healthtrends import interrupt
from healthtrends.cli.context import CommandContext, command, local_option
from healthtrends.cli.dates import Day
from healthtrends.cli.synthetic_messages import SyntheticFlags, check_topic, save_messages, synthetic_messages
from healthtrends.errors import QualityGate, UsageError
from healthtrends.observe import counted
from healthtrends.sources import file_types, synthetic_formats

if TYPE_CHECKING:
    from healthtrends.config import Settings
    from healthtrends.config.source import Source
    from healthtrends.produce.record_check import RecordCheck
    from healthtrends.sources.mapped_rows import RowMapping
    from healthtrends.sources.source_record import SourceRecord


class ProduceFlags(SyntheticFlags):
    """The command line of `produce`, as click hands it over."""

    files: tuple[str, ...]
    map_file: Path | None
    fhir: Path | None
    once: bool
    check: bool
    force: bool
    rate: float | None
    local: bool


@command("produce", file_types=file_types.describe())
@click.argument("files", nargs=-1, metavar="[FILE... | -]")
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    metavar="MAP.toml",
    help="Make records of rows with other column names; see `healthtrends map`.",
)
@click.option(
    "--fhir",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Send a FHIR bulk export: NDJSON files of Patient, Encounter, Condition, and of deletions.",
)
@click.option("--synthetic", type=click.IntRange(min=0), metavar="N", help="Make N records instead.")
@click.option(
    "--format",
    "message_format",
    type=click.Choice(synthetic_formats.names()),
    help="Format of the synthetic messages; csv: a table with other names, for --save.  "
    "[default: `source.format`]",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the synthetic messages to a file, one a line, and send nothing.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same bytes."
)
@click.option("--from", "first", type=Day(), metavar="D", help="First visit date of the synthetic records.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last visit date of the synthetic records.")
@click.option("--outbreak", is_flag=True, help="Put in an influenza outbreak at the end of the range.")
@click.option("--plain", is_flag=True, help="Only the seven required fields.")
@click.option(
    "--whole-visits",
    is_flag=True,
    help="One treatment and outcome for all synthetic records of a visit, as in the other formats.",
)
@click.option(
    "--bad-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Share of synthetic records that break a rule.",
)
@click.option("--once", is_flag=True, help="Leave out what the topic holds already.")
@click.option("--check", is_flag=True, help="Send nothing; say what the ingest would reject.")
@click.option("--force", is_flag=True, help="Send although the ingest would reject all of the first records.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="R", help="At most R records a second."
)
@local_option
def produce(context: CommandContext, **flags: Unpack[ProduceFlags]) -> int:
    """Send records to the topic, each confirmed.

    FILE: {file_types}, also with .gz or .zst;
    '-' reads JSON lines from standard input, and so does a pipe whose name has no ending. A wrong
    record is sent, and the ingest rejects it; a file whose records cannot be told apart, or whose first
    hundred records are all wrong, is refused before anything is sent. Synthetic records stem from no
    real person.

    With --map, or where `source.mapping` is set, also CSV of any delimiter and charset, .tsv, .xlsx and
    .parquet. With --map a row of which nothing can be made is sent as it is, and becomes a reject.

    Examples: healthtrends produce --check visits.csv; healthtrends produce --map MAP.toml export.csv
    """
    settings = context.settings()
    _check(flags)
    if flags["fhir"] is not None:
        flags["files"] = _fhir_files(context, settings, flags["fhir"])
    source, mapping = _mapping(settings, flags["map_file"])
    if flags["check"]:
        return _only_check(context, settings, flags["files"], source)
    if flags["save"] is not None:
        return save_messages(context, flags["save"], synthetic_messages(flags, settings))
    if flags["synthetic"] is not None:
        return _send(context, settings, flags, _Input(synthetic_messages(flags, settings)))
    from healthtrends.sources.input_files import content_digest

    check = _new_check(settings, source, force=flags["force"])
    with ThreadPoolExecutor(1) as pool:  # beside the first reading
        digests = {name: pool.submit(content_digest, name) for name in flags["files"]}
        records = check.passing(_files(flags["files"], source))
    records = _begun(records, flags["files"])
    records = records if mapping is None else mapping.records_of(records)
    return _send(context, settings, flags, _Input(records, check, digests, mapping))


@dataclasses.dataclass(frozen=True, slots=True)
class _Input:
    """What is sent, and what is known of it."""

    records: "Iterable[SourceRecord]"
    check: "RecordCheck | None" = None
    digests: Mapping[str, Future[str | None]] = dataclasses.field(default_factory=dict)
    """SHA-256 of each file."""
    mapping: "RowMapping | None" = None
    """Makes the records of rows."""


def _send(context: CommandContext, settings: "Settings", flags: ProduceFlags, source: _Input) -> int:
    """Send, remember the files, and say what became of the records."""
    context.check_servers(settings, local=flags["local"])
    context.output.settings(settings)

    from healthtrends.orchestrate.wiring.producer import open_target, send

    files = {name: digest for name, each in source.digests.items() if (digest := each.result()) is not None}
    target = open_target(settings, context.output.note)
    before = [] if flags["once"] else [name for name, digest in files.items() if target.ledger.find(digest)]
    for name in before:
        context.output.note(
            f"warning: {name}: a file of this content was sent to {settings.kafka.topic} before;"
        )
        context.output.note(
            "  records without a record_id count twice; --once leaves out what the topic holds"
        )
    # Of another format a record is more than a message, or less.
    total = flags["synthetic"] if settings.source.format == "record" else None
    result = send(target, _paced(source.records, flags["rate"]), total, once=flags["once"])
    if not result.interrupted:
        for name, digest in files.items():
            target.ledger.add(digest, name, {})
    said = {**_checked(source.check), **_mapped(source.mapping), "sent_before": before}
    context.output.document({**dataclasses.asdict(result), **said})
    context.output.text(f"{counted(result.confirmed, 'record')} confirmed in {settings.kafka.topic}")
    if result.failed or result.unconfirmed:
        context.output.text(f"{result.failed + result.unconfirmed:,} are not in the topic for certain")
    if source.mapping is not None:
        _show_mapping(context, source.mapping)
    elif source.check is not None and source.check.refused:
        _show_faults(context, source.check, "will be rejected")
    return interrupt.EXIT_CODE if result.interrupted else 0


def _only_check(
    context: CommandContext, settings: "Settings", files: tuple[str, ...], source: "Source | None"
) -> int:
    """Decode all records; 3 when the ingest of them alone would end with 3, or none would be stored."""
    check = _new_check(settings, source, force=True, is_sample=False)
    for _ in check.passing(_files(files, source)):
        pass
    context.output.document(_checked(check))
    _show_faults(context, check, "would be rejected")
    quality = settings.quality
    share = quality.max_reject_share if check.seen >= quality.min_messages else 1.0
    is_bad = check.refused > share * check.seen or (check.seen and check.refused == check.seen)
    return QualityGate.exit_code if is_bad else 0


def _mapping(settings: "Settings", file: Path | None) -> "tuple[Source | None, RowMapping | None]":
    """How rows are read, and what makes records of them; None: files hold records, rows stay rows."""
    if file is None:
        return (settings.source if settings.source.format == "mapped" else None), None
    from healthtrends.cli.mapping_file import check_target, load_mapping, row_decoder
    from healthtrends.sources.mapped_rows import RowMapping

    check_target(settings)
    source = load_mapping(file)
    return source, RowMapping(row_decoder(settings, source))


def _new_check(
    settings: "Settings", source: "Source | None", *, force: bool, is_sample: bool = True
) -> "RecordCheck":
    from healthtrends.orchestrate.wiring.ingest_settings import decoder_for_a_look
    from healthtrends.produce.record_check import RecordCheck

    decoder = decoder_for_a_look(settings, source or settings.source)
    return RecordCheck(decoder, force=force, is_sample=is_sample)


def _begun(records: "Iterator[SourceRecord]", files: tuple[str, ...]) -> "Iterator[SourceRecord]":
    """Take the first record of files now, so that files that are all wrong start nothing."""
    from healthtrends.sources.input_files import can_be_read_twice

    if not can_be_read_twice(files):
        return records
    return itertools.chain(list(itertools.islice(records, 1)), records)


def _checked(check: "RecordCheck | None") -> dict[str, object]:
    if check is None:
        return {}
    faults = [dataclasses.asdict(fault) for fault in check.faults()]
    return {"seen": check.seen, "checked": check.checked, "refused": check.refused, "faults": faults}


def _mapped(mapping: "RowMapping | None") -> dict[str, object]:
    if mapping is None:
        return {}
    as_they_are, left_out = dict(mapping.as_they_are.most_common()), dict(mapping.left_out.most_common())
    return {"rows": mapping.rows, "made": mapping.records, "as_they_are": as_they_are, "left_out": left_out}


def _show_mapping(context: CommandContext, mapping: "RowMapping") -> None:
    context.output.text(
        f"{counted(mapping.records, 'record')} made of {counted(mapping.rows, 'row')}; "
        f"{mapping.as_they_are.total():,} sent as they are, to be rejected"
    )
    for reason, number in (*mapping.as_they_are.most_common(), *mapping.left_out.most_common()):
        context.output.text(f"  {reason}: {number:,}")


def _show_faults(context: CommandContext, check: "RecordCheck", what: str) -> None:
    whole = counted(check.seen, "record") if check.checked == check.seen else ""
    of = whole or f"a sample of {check.checked:,} of the {counted(check.seen, 'record')}"
    context.output.text(f"of {of}, {check.refused:,} {what}{':' if check.refused else ''}")
    for fault in check.faults():
        context.output.text(f"  {fault}")


def _check(flags: ProduceFlags) -> None:
    files, count = flags["files"], flags["synthetic"]
    if flags["check"] and (count is not None or flags["force"]):
        raise UsageError("--check is for files, and alone", "it sends nothing", "Leave out the other option.")
    if flags["save"] is not None and count is None:
        raise UsageError("--save is for synthetic messages", "", "Add --synthetic N --from D --to D.")
    if flags["map_file"] is not None and (count is not None or flags["fhir"] is not None):
        raise UsageError("--map is for files of rows", "", "Leave out the other option.")
    if count is not None and files:
        raise UsageError("both --synthetic and files are given", "", "Send the one, then the other.")
    if flags["fhir"] is not None and (count is not None or files):
        raise UsageError("--fhir is for one folder, and alone", "", "Send the one, then the other.")
    if count is None and not files and flags["fhir"] is None:
        raise UsageError(
            "nothing to send",
            "neither files nor --synthetic are given",
            "Name files, '-' for standard input, --fhir FOLDER, or --synthetic N --from D --to D.",
        )


def _fhir_files(context: CommandContext, settings: "Settings", folder: Path) -> tuple[str, ...]:
    """Files of a bulk export that are sent."""
    from healthtrends.sources.fhir_folder import find_files

    check_topic(settings, "fhir", "--fhir")
    found = find_files(folder)
    if found.others:
        context.output.note(f"{counted(len(found.others), 'file')} of other types or empty: not sent")
    return found.files


def _paced(records: "Iterable[SourceRecord]", rate: float | None) -> "Iterable[SourceRecord]":
    from healthtrends.produce.rate_limit import limit_rate

    return records if rate is None else limit_rate(records, rate)


def _files(names: tuple[str, ...], source: "Source | None") -> "Iterator[SourceRecord]":
    """Open the files now, so that a name that cannot be read starts nothing."""
    from healthtrends.sources.input_files import read_files

    if source is None:
        return read_files(names)
    from healthtrends.cli.mapping_file import file_form
    from healthtrends.sources.row_files import read_rows

    return read_rows(names, file_form(source))
