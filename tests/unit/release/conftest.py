"""Small tables of counts."""

import pytest

from healthtrends.release.constraints import Constraint
from healthtrends.release.counts import Counts
from healthtrends.release.rule import Label, Rule
from healthtrends.release.suppress import suppress


@pytest.fixture
def hidden():
    """Names of the counts that are hidden, where lines of names add up to their first."""

    def hide(values, lines, threshold=5, exposed=()):
        counts = Counts()
        for name, value in values.items():
            counts.add((("of", name),), value)
        names = list(values)
        constraints = [
            Constraint([names.index(name) for name in line], [-1] + [1] * (len(line) - 1), 0, 0)
            for line in lines
        ]
        places = [names.index(name) for name in exposed]
        labels = suppress(counts, constraints, Rule("test", threshold), places)
        return {name for name, label in zip(names, labels, strict=True) if label != Label.SHOWN}

    return hide
