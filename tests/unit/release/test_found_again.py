"""Counts that an audit found exposed, once or again: whole numbers may tell more than fractions."""

VALUES = {"total": 20, "small": 2, "middle": 10, "great": 8}
LINES = [list(VALUES)]


def test_a_count_that_nothing_tells_stays_as_it_is(hidden):
    """Programs with fractions show that it is free."""
    assert hidden(VALUES, LINES, exposed=["small"]) == {"small", "great"}


def test_beside_a_count_that_was_found_again_one_more_is_hidden(hidden):
    """The next audit looks at it once more."""
    assert hidden(VALUES, LINES, exposed=["small", "small"]) == {"small", "great", "middle"}
