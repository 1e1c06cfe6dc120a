"""Order of facts of which some give no time of their own, such as the deletion of a FHIR resource."""

from collections.abc import Sequence

from healthtrends.model.facts import Order


def effective_orders(given: Sequence[tuple[Order, bool]]) -> list[Order]:
    """Sort keys of facts about one thing; `given`: the order of each, and whether its place decides.

    A fact whose place decides comes right after what the topic had before it, whatever times that says. So a
    version that was sent after a deletion counts again, also where its time is long ago.
    """
    if not any(is_placed for _, is_placed in given):
        return [order for order, _ in given]
    found: dict[int, Order] = {}
    latest = "", ""
    for number in sorted(range(len(given)), key=lambda number: given[number][0][2:]):
        order, is_placed = given[number]
        if is_placed:
            found[number] = (*latest, *order[2:])
        else:
            found[number] = order
            latest = max(latest, order[:2])
    return [found[number] for number in range(len(given))]
