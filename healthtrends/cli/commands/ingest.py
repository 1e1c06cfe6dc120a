"""`ingest`: from the topic to HDFS, each message exactly once."""

import dataclasses
import re

import click

from healthtrends.cli import interrupt
from healthtrends.cli.session import Session, command


class ShardText(click.ParamType[str]):
    """I/N: the part of the partitions that this process takes, 1/N to N/N."""

    name = "shard"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form and the range."""
        found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", str(value))
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r}: a shard is I/N with I from 1 to N, e.g. 1/3.", param, ctx)
        return str(value)


@command("ingest")
@click.option("--follow", is_flag=True, help="Go on with what arrives until SIGTERM or Ctrl-C.")
@click.option(
    "--shard", type=ShardText(), metavar="I/N", help="Take only this part of the partitions, 1/N to N/N."
)
@click.option(
    "--on-data-loss",
    type=click.Choice(["stop", "skip"]),
    help="When the topic no longer holds the next offset: stop, or record the gap and go on.",
)
@click.option("--new-key", is_flag=True, help="Accept another pseudonym key than the one used so far.")
def ingest(session: Session, follow: bool, shard: str | None, on_data_loss: str | None, new_key: bool) -> int:
    """Store what the topic holds up to its present end.

    A second ingest of the same partitions takes them over, and this one stops with exit 0.
    """
    settings = session.settings(ingest__on_data_loss=on_data_loss)
    session.show.settings(settings)

    from healthtrends.cli.commands.summary import show_ingest
    from healthtrends.ingest.plan import Shard
    from healthtrends.orchestrate.wiring import open_pipeline

    number, of = map(int, (shard or "1/1").split("/"))
    with interrupt.stop_request() as request, open_pipeline(settings, session.show.note) as pipeline:
        summary = pipeline.ingest(follow, Shard(number - 1, of), request.event, new_key=new_key)
    show_ingest(session.show, dataclasses.asdict(summary))
    return interrupt.EXIT_CODE if request.interrupted else 0
