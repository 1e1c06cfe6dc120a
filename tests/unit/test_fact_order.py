"""Facts without a time of their own come right after what the topic had before them."""

from healthtrends.visits.ordering import effective_orders


def order(at, offset, tie=""):
    return at, tie, 1_000 + offset, 0, offset, 0


def ranked(*given):
    """Numbers of the facts in the order in which they count."""
    keys = effective_orders(given)
    return sorted(range(len(given)), key=keys.__getitem__)


def test_facts_with_a_time_are_in_its_order():
    """Wherever they lie."""
    assert ranked((order("2025", 1), False), (order("2024", 2), False)) == [1, 0]


def test_a_placed_fact_comes_after_what_lies_before_it():
    """Whatever times that has; older facts that come later are before it, newer ones behind it."""
    placed = order("2026", 2), True
    assert ranked((order("2025", 1), False), placed, (order("2024", 3), False)) == [2, 0, 1]
    assert ranked((order("2024", 1), False), placed, (order("2025", 3), False)) == [0, 1, 2]


def test_a_placed_fact_before_all_others_is_the_first():
    """Nothing lies before it."""
    assert ranked((order("2024", 2), False), (order("2026", 1), True)) == [1, 0]


def test_placed_facts_are_in_the_order_of_their_places():
    """Whatever the broker's times say of their hours."""
    assert ranked((order("2026", 3), True), (order("2026", 1), True), (order("2026", 2), True)) == [1, 2, 0]
