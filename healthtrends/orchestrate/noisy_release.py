"""Noisy releases of a date: patients by code with differential privacy, in a folder of their own.

    spend    a commit takes the cost from the budget; without it nothing is drawn
    draw     the engine counts, noise is added, and the noisy counts are stored under the number of the spend
    install  drop _SUCCESS, rename the files over the old ones, write _SUCCESS

A process that dies leaves a spend without a draw, or a draw without its files; the same command goes on from
there. So nobody ever sees two draws of one spend, whose mean would have less noise than was paid for.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import DamageFound, UsageError
from healthtrends.model.annotation import time_text
from healthtrends.model.privacy_budget import Budget, Spend, refusal
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.steps import Steps
from healthtrends.publish.issue_store import Issues
from healthtrends.publish.report_folders import CSV_NAME, META_NAME, SUCCESS_NAME
from healthtrends.storage.budget import commit_spend
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog


class Noise(Protocol):
    """A measurement: counts in, noisy counts out."""

    @property
    def cost(self) -> Budget:
        """What one draw spends."""
        ...

    def draw(self, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Draw once."""
        ...


@dataclass(frozen=True, slots=True)
class NoisePlan:
    """How a date is to be released."""

    noise: Noise
    scale: float
    """Of the noise, in patients."""
    max_codes: int
    threshold: int | None
    """Noisy patients from which a code is released; None: the codes are known before."""
    ceiling: Budget
    month: Budget
    """Ceiling over the dates of one month."""


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a release before its files: nothing exact."""

    spend: int
    """Number of its spend."""
    commit_seq: int
    """Number of the log up to which records were counted."""
    epsilon: float
    delta: float
    scale: float
    max_codes: int
    threshold: int | None
    drawn_at: str
    counts: dict[str, int]
    """Noisy patients by code."""


@dataclass(frozen=True, slots=True)
class NoisyRelease:
    """A release as it stands in its folder."""

    date: dt.date
    folder: str
    draw: Draw
    is_new: bool
    """Whether this call spent for it, or finished what another had begun."""


_DRAW = msgspec.json.Decoder(Draw)


class NoisyReleases:
    """Noisy releases of one root."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, issues: Issues) -> None:
        self._dependencies = dependencies
        self._log = log
        self._issues = issues
        self._pool, self._layout = dependencies.pool, dependencies.layout

    def spends(self) -> Sequence[Spend]:
        """All that was ever spent, oldest first. Raises DamageFound, HdfsUnavailable."""
        return self._log.read_state(since=self._log.newest_seen).spends

    def release(self, date: dt.date, plan: NoisePlan, *, again: bool = False) -> NoisyRelease:
        """Release a date once, or `again` with new noise and at the same cost once more.

        Raises UsageError when the date is not final or the budget does not allow it, EngineFailed,
        HdfsUnavailable.
        """
        self._check_final(date)
        steps = Steps(self._dependencies.deadline)
        number = self._newest(date)
        drawn = self._read_draw(number) if number else None
        if not number or (drawn is None and not self._is_at_cost(number, plan)) or (drawn and again):
            number, drawn = self._spend(steps, date, plan), None
        is_new = drawn is None or not self._is_installed(date, drawn)
        if drawn is None:
            drawn = steps.run("draw", lambda _: self._draw(date, number, plan), date)
        if is_new:
            steps.run("install", lambda _: self._install(date, drawn), date)
        return NoisyRelease(date, self._layout.noisy_release(date), drawn, is_new)

    def _is_at_cost(self, number: int, plan: NoisePlan) -> bool:
        """Whether a spend that nothing was drawn for is what the plan costs."""
        spend, cost = self.spends()[number - 1], plan.noise.cost
        return (spend.epsilon, spend.delta) == (cost.epsilon, cost.delta)

    def _check_final(self, date: dt.date) -> None:
        issue = self._issues.newest(date)
        state = issue.source.state_on(self._dependencies.settings.today()) if issue else "missing"
        if state != "final":
            raise UsageError(
                f"{date} cannot be released",
                f"its reports are {state}, and later records would need a second release at the same cost",
                f"`healthtrends run {date}` once no more records are expected",
            )

    def _newest(self, date: dt.date) -> int | None:
        """Number of the last spend of a date."""
        numbers = [number for number, each in enumerate(self.spends(), 1) if each.date == date.isoformat()]
        return numbers[-1] if numbers else None

    def _spend(self, steps: Steps, date: dt.date, plan: NoisePlan) -> int:
        cost = plan.noise.cost
        wanted = Spend(
            date=date.isoformat(), at=time_text(clock.now()), epsilon=cost.epsilon, delta=cost.delta
        )
        return steps.run(
            "spend",
            lambda _: commit_spend(
                self._log, wanted, lambda before: refusal(before, wanted, plan.ceiling, plan.month)
            ),
            date,
        )

    def _draw(self, date: dt.date, number: int, plan: NoisePlan) -> Draw:
        """Count, draw, and store the draw; of several attempts or processes the first one's is kept."""
        state = self._log.read_state()
        paths = self._log.locate(state.paths(date.isoformat()))
        counts = self._dependencies.day_computer().count_bounded(paths, plan.max_codes, new_nonce())
        draw = Draw(
            spend=number,
            commit_seq=state.seq,
            epsilon=plan.noise.cost.epsilon,
            delta=plan.noise.cost.delta,
            scale=plan.scale,
            max_codes=plan.max_codes,
            threshold=plan.threshold,
            drawn_at=time_text(clock.now()),
            counts=dict(sorted(plan.noise.draw(counts).items())),
        )
        aside = f"{self._layout.noisy_draw(number)}.{new_nonce()}"
        self._pool.write(aside, msgspec.json.encode(draw))
        try:
            self._pool.store.rename(aside, self._layout.noisy_draw(number))
        except FileExistsError:
            self._pool.store.delete(aside)
        stored = self._read_draw(number)
        if stored is None:
            raise DamageFound(
                f"{self._layout.noisy_draw(number)} is gone", "somebody deleted it", "run the command again"
            )
        return stored

    def _read_draw(self, number: int) -> Draw | None:
        path = self._layout.noisy_draw(number)
        try:
            return _DRAW.decode(self._pool.store.read(path))
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error

    def _is_installed(self, date: dt.date, draw: Draw) -> bool:
        folder = self._layout.noisy_release(date)
        if self._pool.store.length(f"{folder}/{SUCCESS_NAME}") is None:
            return False
        try:
            meta = json.loads(self._pool.store.read(f"{folder}/{META_NAME}"))
        except (FileNotFoundError, ValueError):  # died while it was replaced
            return False
        return bool(meta["spend"] == draw.spend)

    def _install(self, date: dt.date, draw: Draw) -> None:
        folder, store = self._layout.noisy_release(date), self._pool.store
        rows = "".join(f"{code},{patients}\n" for code, patients in draw.counts.items())
        files = {
            CSV_NAME: f"diagnosis,patients\n{rows}".encode(),
            META_NAME: json.dumps(_meta(date, draw), indent=2).encode() + b"\n",
        }
        store.delete(f"{folder}/{SUCCESS_NAME}")
        for name, content in files.items():
            aside = f"{folder}/_{name}.{new_nonce()}"
            self._pool.write(aside, content)
            store.rename(aside, f"{folder}/{name}", replace=True)
        self._pool.write(f"{folder}/{SUCCESS_NAME}", b"")


def _meta(date: dt.date, draw: Draw) -> dict[str, object]:
    facts = {name: value for name, value in msgspec.to_builtins(draw).items() if name != "counts"}
    return {
        "report": "patients_by_diagnosis",
        "date": date.isoformat(),
        "policy": "differential_privacy",
        "mechanism": "discrete Laplace",
        "text": "Each count has random noise; a count below 0 stands for few or none. One patient counts "
        f"in at most {draw.max_codes} codes of the date. Epsilon and delta limit what the release tells of "
        "whether somebody is in the data.",
        "program_version": __version__,
        **facts,
    }
