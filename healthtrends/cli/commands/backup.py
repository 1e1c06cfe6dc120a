"""`backup` and `restore`: copies of the root at one commit, in another file system."""

from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import DamageFound
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.storage.backup.catalogue import Backup

_NOT_IN_IT = (
    "not in it: the key of the pseudonyms (keep it apart from the data; the root takes no records without"
    " it), other key files, the configuration, and what Kafka still holds"
)


@command("backup")
@click.argument("to", metavar="TO")
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="N", help="Afterwards delete all but the newest N backups."
)
def backup(context: CommandContext, to: str, keep: int | None) -> None:
    """Copy the root at its newest commit to TO: a folder, file:///folder, or hdfs://host:port/folder.

    Ingest and runs may go on meanwhile. Only what TO does not hold yet is copied; each copy is read back.
    A backup that was interrupted is none: repeat it, it goes on. One backup of a place at a time.

    Example: healthtrends backup hdfs://other:8020/backups/healthTrend
    """
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.backup_place import open_place
    from healthtrends.orchestrate.wiring.local_stack import resolve_addresses
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    settings = resolve_addresses(settings, context.output.note)
    with open_place(settings, to) as place, open_pipeline(settings, context.output.note) as pipeline:
        done, deleted = pipeline.backup(place, keep)
    output = context.output
    output.document(
        {
            **_document(done.backup),
            "copied": done.copied,
            "copied_bytes": done.copied_bytes,
            "deleted": deleted,
        }
    )
    output.text(
        f"{_named(done.backup)}; new to this place: {counted(done.copied, 'content')},"
        f" {done.copied_bytes / 1e6:,.1f} MB"
    )
    if deleted:
        output.text(f"{counted(deleted, 'older backup')} deleted, with what only they held")
    output.text(_NOT_IN_IT)


@command("restore")
@click.argument("source", metavar="FROM")
@click.option("--commit", "seq", type=click.IntRange(min=0), metavar="N", help="The backup of this commit.")
def restore(context: CommandContext, source: str, seq: int | None) -> int:
    """Restore the newest backup in FROM into the configured root, which must be empty, and verify it.

    The root keeps its path; the cluster may be another one. Until all is there other commands refuse the
    root. A restore that was interrupted is repeated, and goes on. Exit code 4 when `verify` finds a fault.
    """
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.backup_place import restore_root
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    settings, found = restore_root(settings, context.output.note, source, seq)
    with open_pipeline(settings, context.output.note) as pipeline:
        checks = pipeline.maintenance.verify(None).findings
    failed = [check for check in checks if not check["ok"]]
    output = context.output
    output.document({**_document(found), "ok": not failed, "checks": checks})
    output.text(_named(found))
    for check in failed:
        output.text(f"FAILED {check['check']}: {check['detail']}; repair: {check['repair']}")
    if not failed:
        output.text(
            f"verified: {counted(len(checks), 'check')}; the next `healthtrends run` goes on from here"
        )
    output.text(_NOT_IN_IT)
    return DamageFound.exit_code if failed else 0


def _document(found: "Backup") -> dict[str, object]:
    return {
        "seq": found.seq,
        "head": found.head,
        "key_id": found.key_id,
        "made_at": found.made_at,
        "files": len(found.files),
        "bytes": sum(file.bytes for file in found.files),
    }


def _named(found: "Backup") -> str:
    size = sum(file.bytes for file in found.files) / 1e6
    files = counted(len(found.files), "file")
    return f"commit {found.seq}, backed up at {found.made_at}: {files}, {size:,.1f} MB"
