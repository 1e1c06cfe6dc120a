"""`dp`: releases with differential privacy, and the budget that they spend."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import Day

if TYPE_CHECKING:
    from healthtrends.config import Settings
    from healthtrends.orchestrate.noisy_release import NoisyReleases


@click.group("dp")
def dp() -> None:
    """Release counts with random noise (differential privacy), within a budget.

    The noise hides whether any one person is in the data, whatever else an attacker knows. Each release of a
    date spends from the budget of `[dp]`; what was spent is kept as commits of the log.
    """


@command("release")
@click.argument("date", type=Day(latest=True), metavar="DATE")
@click.option("--again", is_flag=True, help="Draw new noise, at the same cost once more.")
def release(context: CommandContext, date: dt.date, *, again: bool) -> None:
    """Write the noisy patients by diagnosis of a final DATE under `release_dp/`.

    A date is drawn once: the same command again spends nothing and changes nothing. Needs the extra `dp`.

    Example: healthtrends dp release 2025-12-22
    """
    settings = context.settings()
    context.check_servers(settings)
    from healthtrends.orchestrate.wiring.noise_plan import open_noise_plan

    plan = open_noise_plan(settings.dp)  # refused, if at all, before a server starts
    with _opened(context, settings) as releases:
        done = releases.release(date, plan, again=again)
    draw = done.draw
    context.output.document(
        {
            "date": date.isoformat(),
            "folder": done.folder,
            "is_new": done.is_new,
            "spend": draw.spend,
            "epsilon": draw.epsilon,
            "delta": draw.delta,
            "scale": draw.scale,
            "codes": len(draw.counts),
        }
    )
    context.output.text(f"{date}: {len(draw.counts)} codes, noise of scale {draw.scale:g} patients")
    context.output.text(f"{done.folder}{'' if done.is_new else ' (drawn before; nothing was spent)'}")
    context.output.note(f"Spend {draw.spend}: epsilon {draw.epsilon:g}, delta {draw.delta:g}.")


@command("budget")
def budget(context: CommandContext) -> None:
    """List what noisy releases have spent, by date, by month and in all.

    Example: healthtrends dp budget --json
    """
    settings = context.settings()
    context.check_servers(settings)
    from healthtrends.model.privacy_budget import spent

    with _opened(context, settings) as releases:
        spends = releases.spends()
    months = sorted({each.date[:7] for each in spends})
    sums = [("all dates", spent(spends)), *((month, spent(spends, month)) for month in months)]
    context.output.document(
        {
            "spends": [
                {"date": each.date, "at": each.at, "epsilon": each.epsilon, "delta": each.delta}
                for each in spends
            ],
            "sums": {name: {"epsilon": total.epsilon, "delta": total.delta} for name, total in sums},
            "most": {"epsilon": settings.dp.max_epsilon, "delta": settings.dp.max_delta},
        }
    )
    rows = [
        (str(number), each.date, each.at, f"{each.epsilon:g}", f"{each.delta:g}")
        for number, each in enumerate(spends, 1)
    ]
    rows += [("", name, "", f"{total.epsilon:g}", f"{total.delta:g}") for name, total in sums]
    context.output.csv("privacy budget", ("spend", "date", "at", "epsilon", "delta"), rows)


dp.add_command(release)
dp.add_command(budget)


@contextmanager
def _opened(context: CommandContext, settings: "Settings") -> "Iterator[NoisyReleases]":
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        yield pipeline.noisy_releases
