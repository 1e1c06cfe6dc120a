"""`key`: the keys of the pseudonyms, by their ids."""

from collections import Counter, defaultdict
from pathlib import Path

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.observe import counted


@click.group("key")
def key() -> None:
    """Make, change and list the keys of the pseudonyms. No key is ever shown, only its id."""


@command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new(context: CommandContext, file: Path) -> None:
    """Write a new key to FILE, for privacy.key_file or verify.key_file. Nothing is overwritten."""
    from healthtrends.orchestrate.wiring.key_ring import make_key

    identifier = make_key(file)
    context.output.document({"id": identifier, "file": str(file)})
    context.output.text(f"key {identifier} in {file}; keep a copy where nobody reads the records")


@command("rotate")
def rotate(context: CommandContext) -> None:
    """Put a new key in the place of privacy.key_file, and keep the present one beside it, named by its id.

    The next ingest needs `--new-key` once. From then on a person has a pseudonym under each key: records of
    before and after cannot be matched. Stop followers first; what they store meanwhile is of the old key.
    """
    from healthtrends.orchestrate.wiring.key_ring import key_path
    from healthtrends.orchestrate.wiring.key_ring import rotate as change
    from healthtrends.orchestrate.wiring.opt_out_file import pseudonyms_on_list

    settings = context.settings()
    before, now = change(settings)
    bare = pseudonyms_on_list(settings)
    context.output.document({"before": before, "now": now, "opt_out_pseudonyms": bare})
    context.output.text(f"key {now} in {key_path(settings)}; {before} is kept beside it")
    context.output.text("the next ingest needs --new-key once; back up both")
    if bare:
        context.output.text(
            f"{counted(bare, 'line')} of the opt-out list look like pseudonyms: under the new key these name "
            "nobody, list the ids instead"
        )


@command("list")
@click.option("--dates", is_flag=True, help="Also which dates hold records under each; reads the log.")
def list_(context: CommandContext, *, dates: bool) -> None:
    """List the known keys by id: the present one, and those that `rotate` kept."""
    from healthtrends.orchestrate.wiring.key_ring import read_ring

    settings = context.settings()
    ring = read_ring(settings)
    by_key: dict[str, list[str]] = defaultdict(list)
    if dates:
        context.check_servers(settings)
        from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

        with open_pipeline(settings, context.output.note) as pipeline:
            by_key.update(pipeline.maintenance.dates_by_key())
    held_by = Counter(date for held in by_key.values() for date in held)
    mixed = sorted(date for date, keys in held_by.items() if keys > 1)
    unknown = sorted(by_key.keys() - {each.id for each in ring})
    context.output.document(
        {
            "keys": [{"id": each.id, "file": str(each.path), "present": each.is_present} for each in ring],
            **({"dates": by_key, "mixed": mixed, "unknown": unknown} if dates else {}),
        }
    )
    for each in ring:
        held = f", {counted(len(by_key[each.id]), 'date')}" if dates else ""
        context.output.text(f"{each.id}  {'present' if each.is_present else 'earlier'}  {each.path}{held}")
    for name in unknown:
        context.output.text(f"{name}  not known here, {counted(len(by_key[name]), 'date')}")
    if mixed:
        context.output.text(f"{counted(len(mixed), 'date')} hold records under several keys: {mixed[0]} ...")


key.add_command(new)
key.add_command(rotate)
key.add_command(list_)
