"""Series of a date from its cube and those of the days before: days x codes, for alarms and trends.

Counts are distinct patients at every level, as the cubes hold them: of a code, category, block and chapter. A
syndrome has no distinct patients in a cube; its count is the sum over its codes, so a patient with two of
them on a day counts twice. By age, gender, facility and region full codes alone are told apart, and a day
whose cube does not say who they were is not known.

Three kinds of days say nothing of a series, and are no zeros: those without any record; of days before the
date, those on which the feed was quiet; and those before a code became valid, unless it had patients then: a
code that was renamed on 1 October has no past.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from healthtrends.analyze.code_counts import DayCounts, count_by_name
from healthtrends.analyze.code_strata import code_of
from healthtrends.detect.day_series import DaySeries, SeriesName
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.icd.codes import CATEGORY
from healthtrends.icd.edition import Edition
from healthtrends.icd.titles import block_title, find_title
from healthtrends.model.signals import LEVELS, STRATA, Level
from healthtrends.model.syndrome import Syndrome
from healthtrends.page.translations import bundled

ENGLISH = "en"


class SeriesBuilder:
    """Puts the series of a date together."""

    def __init__(self, levels: Sequence[Level], syndromes: Sequence[Syndrome], edition: Edition) -> None:
        self._levels = levels
        self._syndromes = syndromes
        self._edition = edition

    def build(
        self, dates: Sequence[dt.date], days: Sequence[DayCounts | None], quiet: BoolArray
    ) -> DaySeries:
        """Build the series of `dates`, the last of which is the date; `quiet` days before it do not count."""
        left_out = quiet.copy()
        left_out[-1] = False
        kept = [None if out else day for day, out in zip(days, left_out, strict=True)]
        names: list[SeriesName] = []
        columns: list[FloatArray] = []
        for level_names, counts in self._by_level(dates, kept):
            names += level_names
            columns.append(counts)
        counts = np.hstack(columns) if columns else np.empty((len(dates), 0))
        visits = np.array([np.nan if day is None else day.visits for day in kept], float)
        series = Series(dates[0], [each.code for each in names], counts, visits)
        return DaySeries(series, names, self._title)

    def _by_level(
        self, dates: Sequence[dt.date], days: Sequence[DayCounts | None]
    ) -> Iterator[tuple[list[SeriesName], FloatArray]]:
        codes, counts = count_by_name(days, "diagnosis")
        members = self._members(codes)
        zeros = np.array([np.nan if day is None else 0.0 for day in days])
        for level in (each for each in LEVELS if each in self._levels):
            if level == "syndrome":
                yield self._of_syndromes(codes, counts, zeros)
                continue
            found, patients = (codes, counts.copy()) if level == "diagnosis" else count_by_name(days, level)
            if level in ("diagnosis", "category", *STRATA):
                self._blank_before_valid(dates, found, patients)
            of_level = members["diagnosis" if level in STRATA else level]
            yield (
                [SeriesName(level, name, of_level.get(code_of(name), frozenset())) for name in found],
                patients,
            )

    def _of_syndromes(
        self, codes: Sequence[str], counts: FloatArray, zeros: FloatArray
    ) -> tuple[list[SeriesName], FloatArray]:
        """Sums over the codes of each; `zeros`: 0 on each day that counts, else NaN."""
        names, columns = [], []
        for each in self._syndromes:
            places = [place for place, code in enumerate(codes) if code in each]
            names.append(SeriesName("syndrome", each.name, frozenset(codes[place] for place in places)))
            columns.append(zeros + counts[:, places].sum(axis=1))
        return names, np.column_stack([zeros, *columns])[:, 1:]

    def _members(self, codes: Sequence[str]) -> Mapping[Level, Mapping[str, frozenset[str]]]:
        """Codes of each group."""
        found: dict[Level, dict[str, set[str]]] = {level: {} for level in LEVELS}
        for code in codes:
            chapter, block = self._edition.group(code)
            found["diagnosis"].setdefault(code, set()).add(code)
            found["category"].setdefault(code[:CATEGORY], set()).add(code)
            found["block"].setdefault(block, set()).add(code)
            found["chapter"].setdefault(chapter, set()).add(code)
        return {
            level: {name: frozenset(each) for name, each in names.items()} for level, names in found.items()
        }

    def _blank_before_valid(self, dates: Sequence[dt.date], codes: Sequence[str], counts: FloatArray) -> None:
        """Make the days NaN on which a code was not valid yet, where nobody had it on any of them."""
        validity = self._edition.validity
        if validity is None:
            return
        for column in np.flatnonzero(~(counts[0] > 0)).tolist():
            begin = validity.begin(code_of(codes[column]), dates[-1])
            before = 0 if begin is None else max(0, (begin - dates[0]).days)
            if not (counts[:before, column] > 0).any():
                counts[:before, column] = np.nan

    def _title(self, level: Level, code: str) -> str:
        edition = self._edition
        if level == "syndrome":
            return next(each.patterns for each in self._syndromes if each.name == code)
        if level == "chapter":
            return bundled(ENGLISH).first_of(f"chapter.{code}")
        if level == "block":
            return block_title(code, ENGLISH)
        own = edition.titles if edition.language in (None, ENGLISH) else {}
        title = find_title(code_of(code), ENGLISH, own, is_icd10cm=edition.is_icd10cm)
        return title.text if title else ""
