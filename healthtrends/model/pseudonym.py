"""Pseudonyms: keyed hashes of identifiers; the same id always gives the same one, and none can be reversed.

Keyed BLAKE2b (RFC 7693), 128 bits as 32 hex digits. 128 bits keep the chance of two patients in 10^9
sharing a pseudonym below 10^-20.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

DIGEST_BYTES = 16
SHORTEST_KEY = 16
LONGEST_KEY = 64

Pseudonymise = Callable[[str], str]


class KnownKey(NamedTuple):
    """A key that made pseudonyms which are still stored."""

    id: str
    pseudonymise: Pseudonymise

    def __repr__(self) -> str:
        return f"KnownKey({self.id})"


def pseudonymiser(key: bytes) -> Pseudonymise:
    """Return the function from an id to its pseudonym under `key` (16 to 64 bytes).

    Raises ValueError for a key outside that length.
    """
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError(f"a pseudonym key has {SHORTEST_KEY} to {LONGEST_KEY} bytes")
    # A copy of the keyed state costs a quarter less than taking the key in again.
    keyed = hashlib.blake2b(digest_size=DIGEST_BYTES, key=key).copy

    def pseudonymise(identifier: str) -> str:
        state = keyed()
        state.update(identifier.encode())
        return state.hexdigest()

    return pseudonymise


def key_id(key: bytes) -> str:
    """Identify a key without revealing it: 16 hex digits, kept in every manifest."""
    return hashlib.blake2b(key, digest_size=8, person=b"ht key id").hexdigest()
