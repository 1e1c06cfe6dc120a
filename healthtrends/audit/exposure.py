"""When what is known of a hidden count is too much."""

from healthtrends.audit.description import Policy
from healthtrends.audit.released import Bounds


def is_exposed(bounds: Bounds, policy: Policy, *, has_gap: bool = False) -> bool:
    """Whether bounds, or with a gap the whole numbers between them, are fewer than those of small counts.

    Under a policy that rounds, also whether a count that is not 0 can be told exactly.
    """
    greatest = policy.hidden_below - 1
    if policy.rounds and bounds.exact and bounds.lower > 0:
        return True
    is_small = bounds.lower >= 1 and bounds.upper <= greatest
    return is_small and (has_gap or bounds.upper - bounds.lower + 1 < greatest)
