"""`forget`: a person's data are taken out of everything that is stored."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError
from healthtrends.model.opt_out import is_pseudonym


class _Named(TypedDict):
    """Who is named, in three ways."""

    patients: Sequence[str]
    pseudonyms: Sequence[str]
    lists: Sequence[Path]


@command("forget")
@click.argument("others", nargs=-1, metavar="")
@click.option("--patient", "patients", multiple=True, metavar="ID", help="The id as the feed names it.")
@click.option("--pseudonym", "pseudonyms", multiple=True, metavar="P", help="The id as records store it.")
@click.option(
    "--file",
    "lists",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="LIST",
    help="File with one id or pseudonym a line, as `privacy.opt_out_file`; `-`: standard input.",
)
@click.option("--opt-out", is_flag=True, help="Put the person on `privacy.opt_out_file` as well.")
@click.option("--yes", is_flag=True, help="Erase; without it nothing is written.")
def forget(
    context: CommandContext, others: Sequence[str], *, opt_out: bool, yes: bool, **named: Unpack[_Named]
) -> int | None:
    """Erase a person from records, rejects, facts, cubes and published reports.

    Without --yes it only says which dates, files and issues hold the person. With it the person's lines go by
    one commit, the dates are published again, and earlier issues of them go (`publish.after_erasure`). The
    log keeps that somebody was erased from these dates, and not who. What Kafka still has is said; it is not
    changed. What was released of these dates stays: it tells of no small count.

    An id on the command line stays in the shell's history: `--file -` reads it from standard input.

    Example: healthtrends forget --file - --opt-out < request.txt
    """
    if others:  # what stands there may be an id, which no error repeats
        raise UsageError("there is an argument without an option", "", "say --patient, --pseudonym or --file")
    given = [*named["patients"], *(line for path in named["lists"] for line in _lines(path))]
    pseudonyms = named["pseudonyms"]
    if any(not each.strip() or each != each.strip() for each in (*given, *pseudonyms)):
        raise UsageError(
            "an id is empty, or begins or ends with a blank",
            "no record has such an id",
            "look at what was pasted",
        )
    if not given and not pseudonyms:
        raise UsageError(
            "nobody is named", "there is no --patient, no --pseudonym, and no line in --file", "name one"
        )
    settings = context.settings()
    if settings.privacy.pseudonymise and not all(map(is_pseudonym, pseudonyms)):
        raise UsageError(
            "--pseudonym is not one",
            "a pseudonym has 32 hex digits",
            "--patient takes what the feed names",
        )
    context.check_servers(settings)
    if opt_out and settings.privacy.opt_out_file is None:
        raise UsageError(
            "there is no opt-out list", "privacy.opt_out_file is not set", "set it, or leave out --opt-out"
        )

    from healthtrends.cli.commands.forget_text import show_erased, show_found
    from healthtrends.orchestrate.wiring.opt_out_file import add_to_opt_out, ensure_opt_out_file
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    if opt_out and yes:
        ensure_opt_out_file(settings)
    with open_pipeline(settings, context.output.note) as pipeline:
        person = pipeline.erasure.person(given, pseudonyms)
        if not yes:
            show_found(context.output, pipeline.look_for(person))
            return None
        # First: a run that comes between the two stores nothing, and one that dies here erases when repeated.
        added = add_to_opt_out(settings, person, pipeline.erasure.pseudonyms(person)) if opt_out else 0
        result, record = pipeline.forget(person)
    show_erased(context.output, result, record.to_dict(), added)
    return record.exit_code


def _lines(path: Path) -> list[str]:
    """Ids of a list: one a line; a comment begins with `#` at the start or behind a blank."""
    from healthtrends.model.opt_out import read_ids

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"the list {path} cannot be read", error.strerror or "", "correct --file") from None
    except ValueError:
        raise UsageError(f"the list {path} is not UTF-8 text", "", "correct --file") from None
    return [identifier for _, identifier in read_ids(text)]
