"""Tables of `evaluate`, in Markdown, as docs/explanation/detectors.md has them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthtrends.detect.alarm_evaluation import ListRates
    from healthtrends.detect.daily_simulation import DailyRates, Estimate
    from healthtrends.detect.history_evaluation import BandRates, HistoryRates
    from healthtrends.detect.weekly_evaluation import Evaluation, Figure
    from healthtrends.orchestrate.nowcast_evaluation import PastNowcasts


def weekly(found: "Sequence[Evaluation]") -> Iterator[str]:
    """Give the tables of the weekly simulation."""
    names = [f"{each.detector}: {what}" for each in found for what in ("ours", "R", "standard errors")]
    rates, shares = (each.false_alarms for each in found), (each.found for each in found)
    yield from _table(("false alarms: share of usual weeks", *names), map(_row, zip(*rates, strict=True)))
    heading = "found outbreaks: share, by size in standard deviations"
    yield from _table((heading, *names), map(_row, zip(*shares, strict=True)))


def _row(figures: "Sequence[Figure]") -> Iterator[str]:
    yield figures[0].name
    for each in figures:
        is_known = each.published is not None and each.distance is not None
        mark = "" if each.is_expected else " outside"
        yield f"{each.ours:.4f}"
        yield f"{each.published:.4f}" if is_known else ""
        yield f"{each.distance:+.1f}{mark}" if is_known else ""


def daily(found: "Sequence[DailyRates]") -> Iterator[str]:
    """Give the tables of the daily simulation."""
    from healthtrends.detect.daily_simulation import BASES, SHAPES, SIZES

    heading = "false alarms a code and year, with the half of a 95 % interval"
    rates = ([f"{rate.value:.1f} ± {rate.half:.1f}" for rate in each.false_alarms] for each in found)
    names = [each.detector for each in found]
    yield from _table((heading, *(f"{base:g} a day" for base in BASES)), _named(names, rates))
    kinds = [f"{shape}, {size:g} sd" for shape in SHAPES for size in SIZES]
    shares = ([_pm(share) for share in each.found] for each in found)
    yield from _table(("found outbreaks: share", *kinds), _named(names, shares))
    delays = ([f"{delay:.1f}" for delay in each.delay] for each in found)
    yield from _table(("mean days to the first alarm, of those found", *kinds), _named(names, delays))


def alarms(found: "Sequence[ListRates]") -> Iterator[str]:
    """Give the table of the lists of alarms, and the setting that is chosen from it."""
    from healthtrends.detect.alarm_evaluation import MIN_COUNTS, choose

    heading = "false alarms a 100 codes and week, by limit and minimum count"
    names = (*(f"from {count}" for count in MIN_COUNTS), "found", "found of 1,000 codes", "mean days")
    yield from _table((heading, *names), map(_limit_row, _by_limit(found)))
    chosen = choose(found)
    yield "\nWhat reaches both goals is marked *."
    if chosen is None:
        yield "No setting reaches both goals."
    else:
        least = chosen.rule.min_count
        yield f"Chosen: {chosen.detector}, {_limit(chosen)}, from {least:g} patients a day on."


def nowcasts(found: "PastNowcasts") -> Iterator[str]:
    """Give the table of the nowcasts of the past, by how far their days were known."""
    if not found.delays:
        yield "Too little history for a nowcast of any day that is complete by now."
        return
    yield f"Nowcasts made on the days {found.first} to {found.last}:"
    names = ("days known", "nowcasts", "in the 50 % interval", "in the 90 % interval", "WIS, lines")
    more = ("WIS, share of a day", "still to come, lines")
    rows = (
        (
            str(each.delay),
            str(each.score.nowcasts),
            f"{each.score.covered_50:.2f}",
            f"{each.score.covered_90:.2f}",
            f"{each.score.interval_score:.1f}",
            f"{each.score.relative_score:.3f}",
            f"{each.score.stored_error:.1f}",
        )
        for each in found.delays
    )
    yield from _table((*names, *more), rows)


def history(found: "HistoryRates | None") -> Iterator[str]:
    """Give what the settings of the alarms do on a history, by frequency of the codes."""
    if found is None:
        yield "Too little history: 28 counted days and the 28 before them are needed."
        return
    from healthtrends.detect.history_evaluation import OUTBREAKS

    yield (
        f"{found.days} days of {found.codes} codes: {found.alarms_a_week:.1f} alarms a week, "
        f"{found.new_a_week:.1f} of them new; {found.quiet_days:.0%} of the days have none."
    )
    names = ("patients a day", "codes", "alarms a week", *(f"found: {kind}" for kind in OUTBREAKS))
    yield from _table(names, map(_band_row, found.bands))


def _band_row(band: "BandRates") -> Iterator[str]:
    yield f"below {band.high:g}" if math.isfinite(band.high) else f"from {band.low:g}"
    yield str(band.codes)
    yield f"{band.alarms_a_week:.2f}"
    for share in band.found.values():
        yield "" if share is None else _pm(share)


def _by_limit(found: "Sequence[ListRates]") -> "Iterator[list[ListRates]]":
    """Group those that differ in their minimum count alone; they follow each other."""
    return (list(group) for _, group in groupby(found, lambda each: (each.detector, _limit(each))))


def _limit_row(settings: "Sequence[ListRates]") -> Iterator[str]:
    """One limit of one detector; `found` is that of the greatest minimum count."""
    last = settings[-1]
    yield f"{last.detector}, {_limit(last)}"
    for each in settings:
        yield f"{_pm(each.false_alarms)}{' *' if each.reaches_goals else ''}"
    yield _pm(last.found)
    yield _pm(last.found_of_thousand)
    yield f"{last.delay:.1f}"


def _limit(rates: "ListRates") -> str:
    rule = rates.rule
    if rule.max_holm < 1:
        return f"p of Holm at most {rule.max_holm:g}"
    if rule.max_q < 1:
        return f"p of Benjamini-Hochberg at most {rule.max_q:g}"
    return f"p below {rule.max_p:g}" if rule.max_p < 1 else "own limit"


def _pm(estimate: "Estimate") -> str:
    return f"{estimate.value:.2f} ± {estimate.half:.2f}"


def _named(names: Iterable[str], rows: Iterable[list[str]]) -> Iterator[list[str]]:
    return ([name, *row] for name, row in zip(names, rows, strict=True))


def _table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"\n| {' | '.join(header)} |"
    yield f"|---|{'---|' * (len(header) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
