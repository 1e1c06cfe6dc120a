"""Which counts of a group with a published total are hidden, for a threshold of 5."""

import pytest


@pytest.fixture
def of_group(hidden):
    """Values of the group that are hidden."""

    def hide(*values):
        named = {"total": sum(values), **{f"{place}": value for place, value in enumerate(values)}}
        found = hidden(named, [list(named)])
        assert "total" not in found or set(named) == found
        return sorted(named[name] for name in found - {"total"})

    return hide


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((2, 2, 6), [2, 2, 6]),
        ((2, 10, 8), [2, 8]),
        ((1, 10, 10), [1, 10, 10]),
        ((2, 2, 2, 2), [2, 2, 2, 2]),
        ((7, 8, 9), []),
        ((0, 0, 9), []),
        ((3, 0, 10, 20), [3, 10]),
    ],
)
def test_a_small_count_takes_others_with_it(of_group, values, expected):
    """As few people as protect it; a single person knows their own count; zeros stay."""
    assert of_group(*values) == expected
