"""What retention took out for good, as a commit of it says, and what a state keeps of it."""

import msgspec

Retired = tuple[int, int]
"""Numbers of issues of a date: up to the first all of them are deleted, up to the second their reports."""


class ExpiredDate(msgspec.Struct, frozen=True, array_like=True):
    """A date whose record files are gone; cube and reports stay, and are final."""

    lines: int
    """Lines that it had."""
    inputs: str
    """Digest of the names of what its lines came in, by which its cube is found."""
    seq: int = 0
    """Number of the commit; filled in by the state."""


class Expiry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one commit of retention took out."""

    dates: dict[str, ExpiredDate] = {}
    """By visit date; a date that expired before, and lost late lines now, is not among them."""
    lines: int = 0
    """Lines of the record files that it removes."""
    rejects: int = 0
    """Lines of the reject files that it removes."""
    issues: dict[str, Retired] = {}
    """By date."""
