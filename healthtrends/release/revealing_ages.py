"""Codes and genders whose mean or median age would tell of a hidden age band, so that it is hidden.

The people of a code stand in the bands of the date, and the ages of a band lie between its ends. Where too
few other people can give a mean, it tells of a hidden band; and where nearly everybody has one record, the
people of all codes together are those of the bands. Whether a hidden count is told is a linear program over
the people of each code by band and gender.
"""

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

from healthtrends.release.age_model import AgeModel
from healthtrends.release.ages import CappedAges
from healthtrends.release.counts import Counts, Key, key_of
from healthtrends.release.rule import Label, Rule
from healthtrends.release.shown_ages import Ages, Place, forms_of, patients_of, shown_ages
from healthtrends.reports.relations import Counted, Where
from healthtrends.reports.report import Report

_ENDLESS: Final = math.inf
_NEAR: Final = 1e-6
_TURNS: Final = 7
"""Times that many counts are looked at at once, before each is by itself."""
_RECORDS: Final[Key] = (("of", "records"),)


def revealing_rows(
    counts: Counts,
    labels: Sequence[Label],
    rule: Rule,
    reports: Iterable[Report],
    ages: CappedAges,
) -> set[Where]:
    """Give the rows whose means and medians have to be hidden for hidden age bands, of the fewest people."""
    bands = _Bands(counts, labels, rule)
    codes = shown_ages(counts, labels, rule, reports, ages) if bands.hidden else {}
    shown = dict(codes)
    dropped: list[Where] = []
    while found := bands.telling(shown):
        dropped.append(
            min(found, key=lambda where: (counts.values[counts.places[patients_of(where)]], where))
        )
        del shown[dropped[-1]]
    for where in dropped[-2::-1]:  # the last was needed
        if not bands.telling({**shown, where: codes[where]}):
            shown[where] = codes[where]
    return codes.keys() - shown.keys()


class _Bands:
    """Counts of patients by age band, and what a reader knows of them."""

    def __init__(self, counts: Counts, labels: Sequence[Label], rule: Rule) -> None:
        self._counts = counts
        self._labels = labels
        self._rule = rule
        in_all, by_gender = counts.of("patients", "age_band"), counts.of("patients", "age_band", "gender")
        self._names = [dict(counts.keys[place])["age_band"] for place in in_all]
        self._genders = [*dict.fromkeys(dict(counts.keys[place])["gender"] for place in by_gender)] or [""]
        self._every: list[Place] = list(itertools.product(self._names, self._genders))
        self.hidden = [place for place in (*in_all, *by_gender) if labels[place] != Label.SHOWN]
        """Places of those that a reader does not know."""

    def telling(self, codes: Mapping[Where, Ages]) -> set[Where]:
        """Some of the rows whose means and medians tell of a hidden count; empty: none does."""
        if not codes:
            return set()
        held = self._holding(self._model(codes))
        return {where for where in codes if where in held}

    def _holding(self, model: AgeModel) -> set[Hashable]:
        """What holds the first hidden count that is told, by values that the counts were seen to have."""
        keys = [self._counts.keys[place] for place in self.hidden]
        values = [self._counts.values[place] for place in self.hidden]
        is_asked = [self._rule.is_small(value) or self._rule.rounding is not None for value in values]
        seen: list[list[float]] = [[] for _ in keys]
        for turn in itertools.count():
            narrow = [place for place, ends in enumerate(seen) if is_asked[place] and self._is_narrow(ends)]
            if not narrow:
                break
            is_last = turn >= _TURNS
            asked = narrow[:1] if is_last else narrow
            for sign in (1, -1):
                # By turns half of the counts go up, and half of them down.
                costs: dict[Hashable, float] = {
                    keys[each]: sign if is_last or each >> turn & 1 else -sign for each in asked
                }
                found = model.values(costs, keys)
                if not found:
                    return set()  # what is released of these people does not fit: nothing is told by it
                for ends, value in zip(seen, found, strict=True):
                    ends.append(value)
            if is_last and self._is_narrow(seen[narrow[0]]):
                return model.holding(keys[narrow[0]])
        return set()

    def _is_narrow(self, seen: Sequence[float]) -> bool:
        """Whether the whole numbers between some values of a count tell it too closely."""
        if not seen:
            return True
        return self._rule.is_narrow(math.ceil(min(seen) - _NEAR), math.floor(max(seen) + _NEAR))

    def _model(self, codes: Mapping[Where, Ages]) -> AgeModel:
        model = AgeModel(self._range)
        self._add_sums(model)
        genders = {_of_gender(gender): gender for gender in self._genders}
        for where, ages in codes.items():
            if where in genders:
                own = {(band, genders[where]): self._key(band, genders[where]) for band in self._names}
                self._add_ages(model, where, ages, own)
            else:
                self._add_code(model, where, ages)
        self._add_all_together(model, [where for where in codes if where not in genders])
        model.close()
        return model

    def _range(self, name: Hashable) -> tuple[float, float]:
        """Least and greatest value of a count for a reader; of one that no report has any."""
        place = self._counts.places.get(name) if isinstance(name, tuple) else None
        if place is None:
            return 0, _ENDLESS
        label = self._labels[place]
        if label == Label.SHOWN:
            return self._rule.ends(self._counts.values[place])
        if label == Label.PRIMARY:
            return 1, self._rule.greatest
        return (1 if label in (Label.COMPLEMENTARY, Label.SEX_SPLIT) else 0), _ENDLESS

    def _key(self, band: str, gender: str) -> Key:
        return key_of(Counted("patients"), (("age_band", band), *_of_gender(gender)))

    def _add_sums(self, model: AgeModel) -> None:
        """Bands and genders of the date."""
        genders = [gender for gender in self._genders if gender]
        for band in self._names if genders else ():
            parts = [self._key(band, gender) for gender in genders]
            model.add(_sum(parts, [self._key(band, "")]), 0, 0)
        for gender in ["", *genders]:
            whole = patients_of(_of_gender(gender))
            if whole in self._counts.places:
                model.add(_sum([self._key(band, gender) for band in self._names], [whole]), 0, 0)

    def _add_code(self, model: AgeModel, where: Where, ages: Ages) -> None:
        """Its people by band and gender, no more than all people of these."""
        people: dict[Place, Hashable] = {place: (where, *place) for place in self._every}
        model.add(_sum(people.values(), [patients_of(where)]), 0, 0)
        for place, name in people.items():
            model.add(_sum([self._key(*place)], [name]), 0, _ENDLESS)
        for gender in self._genders:
            whole = patients_of((*where, ("gender", gender)))
            if whole in self._counts.places:
                model.add(_sum([people[band, gender] for band in self._names], [whole]), 0, 0)
        self._add_ages(model, where, ages, people)

    def _add_ages(self, model: AgeModel, where: Where, ages: Ages, people: Mapping[Place, Hashable]) -> None:
        for kind, value in ages.items():
            for form in forms_of(kind, value, people, self._rule):
                model.add(form, -_ENDLESS, 0, where)

    def _add_all_together(self, model: AgeModel, codes: Sequence[Where]) -> None:
        """Who has one record stands in one code; of others some stand in several, or elsewhere in one."""
        values, places = self._counts.values, self._counts.places
        if not {patients_of(()), _RECORDS} <= places.keys():
            return
        further = values[places[_RECORDS]] - values[places[patients_of(())]]
        for place in self._every:
            people = [(where, *place) for where in codes]
            added: list[Hashable] = [*people, ("rest", *place), ("less", *place)]
            model.add(_sum(added, [self._key(*place), ("more", *place)]), 0, 0)
        model.add(_sum(self._slack("more")), 0, 2 * further)
        model.add(_sum(self._slack("less")), 0, further)
        others = {self._counts.keys[place] for place in self._counts.of("patients", "diagnosis")}
        others -= {patients_of(where) for where in codes}
        model.add(_sum(self._slack("rest"), others), 0, 0)

    def _slack(self, name: str) -> list[Hashable]:
        return [(name, *place) for place in self._every]


def _of_gender(gender: str) -> Where:
    return (("gender", gender),) if gender else ()


def _sum(plus: Iterable[Hashable], minus: Iterable[Hashable] = ()) -> dict[Hashable, float]:
    return {**dict.fromkeys(plus, 1.0), **dict.fromkeys(minus, -1.0)}
