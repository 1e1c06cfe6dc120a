"""`verify`: whether all that was committed is there, once, and nothing else."""

import datetime as dt
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import EARLIEST, LATEST, Day, check_order
from healthtrends.config import Settings
from healthtrends.errors import DamageFound, UsageError

if TYPE_CHECKING:
    from healthtrends.storage.verify import Finding, Witness


class _Looks(TypedDict):
    """What to look at beside, or instead."""

    expect: str | None
    against_topic: bool
    is_since: bool


@command("verify")
@click.argument("date", type=Day(latest=True), required=False, metavar="[DATE]")
@click.option("--from", "first", type=Day(), metavar="D", help="Only the files of this date and later ones.")
@click.option("--to", "last", type=Day(), metavar="D", help="Only the files of this date and earlier ones.")
@click.option("--against-topic", is_flag=True, help="Also read the topic, as far as Kafka still holds it.")
@click.option(
    "--expect",
    metavar="SEQ:HASH",
    help="A head that was printed before: the log must still have that commit.",
)
@click.option(
    "--since",
    "is_since",
    is_flag=True,
    help="Only what is new since the last proof without a fault; what is older is not looked at.",
)
def verify(
    context: CommandContext,
    date: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    **looks: Unpack[_Looks],
) -> int:
    """Prove that nothing is lost, doubled, cut or strange.

    Checks the commit log, the sums over all messages, each file's content, each issue of the reports, and
    what is published; with dates only their files and issues. One line a check, or one a fault with the file,
    its date and the repair; then the exit code is 4. At the end the head of the log: keep it elsewhere, and
    give it to --expect later. Exit code 6 when nothing was ever stored under the root.

    A proof of everything without a fault is kept in the root. With --since only what came later is proved:
    the commits, their files, and the reports of the dates they touched.

    With --against-topic every message that Kafka still holds, and the log has passed, must lie in a file.
    """
    from healthtrends.orchestrate.wiring.recorded_job import recorded_job
    from healthtrends.storage.verify import parse_witness

    expect = looks["expect"]
    days = _days(date, first, last)
    witness = parse_witness(expect) if expect is not None else None
    if looks["is_since"] and (days is not None or witness is not None or looks["against_topic"]):
        raise UsageError(
            "--since goes with no DATE, --from, --to, --expect or --against-topic",
            "these look at more",
            "leave one of them out",
        )
    settings = context.settings()
    with recorded_job(settings, "verify") as job:
        job.exit_code = _verify(context, settings, days, witness, looks)
    return job.exit_code


def _verify(
    context: CommandContext,
    settings: Settings,
    days: tuple[dt.date, dt.date] | None,
    witness: "Witness | None",
    looks: _Looks,
) -> int:
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    context.check_servers(settings)
    with open_pipeline(settings, context.output.note) as pipeline:
        if days is not None and days[0] == LATEST:
            days = (pipeline.latest(),) * 2
        maintenance = pipeline.maintenance
        if looks["is_since"]:
            proof = maintenance.verify_since()
        else:
            proof = maintenance.verify(days, witness, against_topic=looks["against_topic"])
        if days is None and not looks["is_since"]:
            maintenance.keep_proof(proof)
    findings, state = proof
    failed = [finding for finding in findings if not finding["ok"]]
    mac = state.newest.mac if state.newest else None
    context.output.document({"ok": not failed, "head": state.head_name, "mac": mac, "checks": findings})
    _print(context, findings)
    context.output.text(f"head {state.head_name or 'not known: an earlier version wrote the newest commit'}")
    if mac:
        context.output.text(f"mac  {mac}")
    return DamageFound.exit_code if failed else 0


def _print(context: CommandContext, findings: "list[Finding]") -> None:
    for finding in findings:
        repair = f"; repair: {finding['repair']}" if finding["repair"] else ""
        state = "ok    " if finding["ok"] else "FAILED"
        context.output.text(f"{state} {finding['check']}: {finding['detail']}{repair}")


def _days(
    date: dt.date | None, first: dt.date | None, last: dt.date | None
) -> tuple[dt.date, dt.date] | None:
    if date is not None and (first or last):
        raise UsageError("both DATE and --from/--to are given", "they say the same", "Give one of the two.")
    if first and last:
        check_order(first, last)
    if date is None and first is None and last is None:
        return None
    return date or first or EARLIEST, date or last or dt.date.max
