"""`topic`: which topics a root has stored, and the decision to go on with another one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click
import msgspec

from healthtrends.cli.context import CommandContext, command
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.storage.topic_identity import Offsets

_WORDS = {
    "same": "at the same offsets",
    "start": "at the start of each partition",
    "end": "behind what it holds now",
}


@click.group("topic")
def topic() -> None:
    """Show the topics of a root, or go on with another one."""


@command("adopt")
@click.option(
    "--offsets",
    type=click.Choice(["same", "start", "end"]),
    required=True,
    help="same: it holds the same messages at the same offsets. start, end: it holds other messages, and all"
    " of them, or only those that come from now on, are stored.",
)
@click.option("--why", required=True, metavar="TEXT", help="Reason, kept in the log.")
@click.option("--dry-run", is_flag=True, help="Only look, and say where it would go on.")
def adopt(context: CommandContext, *, offsets: "Offsets", why: str, dry_run: bool) -> None:
    """Let this root go on with the topic that kafka.topic names now, which is another one than its log holds.

    Such as one that was renamed, mirrored to another cluster, or deleted and made again. The decision and
    its reason become a commit of the log. A writer of the topic before stops. Messages that the topic before
    still held are not stored: read them first, where that topic is still there.
    """
    settings = context.settings()
    context.check_servers(settings)
    if not why.strip():
        raise click.BadParameter("Give the reason in a few words.", param_hint="--why")

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    # A name that is mistyped must not become a topic, and be adopted.
    with open_pipeline(settings, context.output.note, make_topic=False) as pipeline:
        done = pipeline.topics.adopt(offsets, why.strip(), dry_run=dry_run)
    output, adoption = context.output, done.adoption
    output.document(
        {
            "dry_run": dry_run,
            "seq": done.seq,
            "adoption": msgspec.to_builtins(adoption),
            "stored": done.stored,
            "starts": done.starts,
        }
    )
    before, after = adoption.before, adoption.after
    would = "would go" if dry_run else "goes"
    output.text(f"before: {before.topic}, id {before.topic_id}, stored up to {_offsets(done.stored)}")
    output.text(f"now: {after.topic}, id {after.topic_id}")
    output.text(f"the log {would} on {_WORDS[offsets]}: {_offsets(done.starts)}")
    if done.seq:
        output.text(f"commit {done.seq}")


@command("list")
def list_(context: CommandContext) -> None:
    """List the topics that were stored under this root, oldest first, and why each next one was adopted."""
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        known = pipeline.topics.known()
    present = msgspec.to_builtins(known.present)
    context.output.document(
        {"present": present, "adoptions": [msgspec.to_builtins(each) for each in known.adoptions]}
    )
    for each in known.adoptions:
        context.output.text(f"{each.before.topic}, id {each.before.topic_id}, until commit {each.seq}")
        context.output.text(f"  {each.committed_at}: went on {_WORDS[each.offsets]} of the next; {each.why}")
    if known.present is None:
        context.output.text("no topic yet: the log is empty")
    else:
        context.output.text(f"{known.present.topic}, id {known.present.topic_id}, present")


def _offsets(found: Mapping[int, int]) -> str:
    shown = ", ".join(f"{partition}:{offset}" for partition, offset in sorted(found.items()))
    return f"{counted(len(found), 'partition')} ({shown})" if found else "nothing"


topic.add_command(adopt)
topic.add_command(list_)
