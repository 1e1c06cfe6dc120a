"""`map`: a proposal of a mapping for somebody else's table, with a preview of what it would make."""

import itertools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import ConfigError, UsageError
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.config import Settings
    from healthtrends.sources.proposal.file_form import FormGuess
    from healthtrends.sources.proposal.preview import Preview

_BEGIN = 256 * 1024  # bytes of a file that its form is guessed from


@command("map")
@click.argument("file", required=False)
@click.option("--topic", is_flag=True, help="Look at the first messages of `kafka.topic` instead of a file.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="MAP.toml",
    help="Write the proposal to this file, of mode 0600; the preview is not in it.",
)
def map_(context: CommandContext, *, file: str | None, topic: bool, output: Path | None) -> None:
    """Propose how the columns of a table become the fields of a record.

    FILE: CSV of any delimiter and charset, .tsv, .xlsx, .parquet or JSON lines, also with .gz or .zst. The
    proposal is TOML with a comment for each guess: read and correct it, then `produce --map`, or put it into
    healthtrends.toml for a topic of such rows. Behind it: the records of the first 5 rows, with patient ids,
    and how many of the first 10,000 rows would be rejected, by reason.

    Examples: healthtrends map export.csv --output MAP.toml; healthtrends map --topic
    """
    if (file is None) == (not topic):
        raise UsageError("map needs a FILE or --topic", "it looks at one of the two", "name one")
    settings = context.settings()
    form: FormGuess | None = None
    if file is None:
        messages, name = _topic_rows(context, settings), settings.kafka.topic
    else:
        (messages, form), name = _file_rows(file), Path(file).name
    text = _proposal(settings, name, messages, form)
    found = _preview(settings, text, messages)
    _show(context, text, found, output)


def _file_rows(file: str) -> "tuple[list[bytes], FormGuess | None]":
    """The first rows of a file as JSON, and how it is written where that has to be guessed."""
    from healthtrends.config.mapping import FileForm
    from healthtrends.sources.proposal.file_form import guess_form
    from healthtrends.sources.proposal.preview import LOOKED_AT
    from healthtrends.sources.row_files import is_lines, read_begin, read_rows, row_message, table_rows
    from healthtrends.sources.tables import csv_table
    from healthtrends.sources.unpacking import split_name

    if is_lines(file):
        records = itertools.islice(read_rows([file], FileForm()), LOOKED_AT)
        return [record.value for record in records], None
    is_text = split_name(file)[0] in csv_table.SUFFIXES
    form = guess_form(read_begin(file, _BEGIN)) if is_text else None
    rows = itertools.islice(table_rows(file, form.form if form else FileForm()), LOOKED_AT)
    return [row_message(row) for row in rows], form


def _topic_rows(context: CommandContext, settings: "Settings") -> list[bytes]:
    from healthtrends.orchestrate.wiring.producer import first_values
    from healthtrends.sources.proposal.preview import LOOKED_AT

    context.check_servers(settings)
    return first_values(settings, LOOKED_AT, context.output.note)


def _proposal(settings: "Settings", name: str, messages: list[bytes], form: "FormGuess | None") -> str:
    from healthtrends.sources.proposal.columns import Columns
    from healthtrends.sources.proposal.guesses import guess_rules
    from healthtrends.sources.proposal.render import proposal

    columns = Columns(messages)
    if not columns.rows:
        raise UsageError(f"{name} has no rows to look at", "a row is a JSON object or a line of a table", "")
    return proposal(name, columns.rows, form, guess_rules(columns), settings.source.timezone)


def _preview(settings: "Settings", text: str, messages: list[bytes]) -> "Preview | str":
    """What the proposal as it is written makes of the rows; a text when it makes nothing yet."""
    from healthtrends.cli.mapping_file import row_decoder
    from healthtrends.config.source import Source
    from healthtrends.sources.proposal.preview import preview

    source = msgspec.convert(tomllib.loads(text)["source"], Source)
    try:
        decoder = row_decoder(settings, msgspec.structs.replace(source, format="mapped"))
    except ConfigError as error:
        return error.what
    return preview(decoder, messages)


def _show(context: CommandContext, text: str, found: "Preview | str", output: Path | None) -> None:
    context.output.document({"proposal": text, "preview": _document(found)})
    if output is not None:
        from healthtrends.cli.private_file import private_file

        with private_file(output) as file:
            file.write(text.encode())
        context.output.note(f"wrote {output}: read it and correct each guess")
    else:
        context.output.text(text)
    # Comments, so that all of stdout stays TOML.
    for line in _preview_lines(found):
        context.output.text(line if output is not None else f"# {line}")


def _document(found: "Preview | str") -> dict[str, object]:
    if isinstance(found, str):
        return {"missing": found}
    counts = {"rows": found.rows, "rejected": found.rejected, "left_out": found.skipped}
    return {**counts, "reasons": dict(found.reasons.most_common()), "records": found.shown}


def _preview_lines(found: "Preview | str") -> list[str]:
    if isinstance(found, str):
        return [f"no preview yet: {found}"]
    lines = ["the first rows as records:", *(f"  {each}" for each in found.shown)]
    lines.append(f"of {counted(found.rows, 'row')}, {found.rejected:,} would be rejected, wholly or in part")
    lines += [f"  {reason}: {number:,}" for reason, number in found.reasons.most_common()]
    return lines + ([f"{found.skipped:,} would rightly be left out"] if found.skipped else [])
