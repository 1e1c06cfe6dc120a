"""The person whose data an erasure takes out: ids under every known key, and how lines and bytes name them.

Held in memory for one command. Nothing of it is printed, logged or stored, and its `repr` is empty.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec

from healthtrends.model.opt_out import OptOutList, is_pseudonym
from healthtrends.model.pseudonym import Pseudonymise

SHORTEST_SEARCHED: Final = 4
"""Characters of an id below which no bytes are searched for it: it would be found in any message."""
_ENCODINGS: Final = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class ErasedPerson:
    """One person, or several that are erased together."""

    ids: frozenset[str] = field(repr=False)
    """As records store them: pseudonyms under all known keys, and the ids as they came."""
    given: frozenset[str] = field(default=frozenset(), repr=False)
    """Ids as they came; none where only pseudonyms are known."""

    @property
    def listed(self) -> OptOutList:
        """The same as an opt-out list, by which decoders find what a message says of them."""
        return OptOutList(dict.fromkeys(self.ids, 0))

    @property
    def is_searched(self) -> bool:
        """Whether bytes can be searched for every id."""
        return bool(self.given) and all(len(each) >= SHORTEST_SEARCHED for each in self.given)

    @property
    def pseudonyms(self) -> frozenset[str]:
        """Those of `ids` that are no id as it came; an id that looks like a pseudonym is one of them."""
        return frozenset(each for each in self.ids if each not in self.given or is_pseudonym(each))

    def joined(self, more: Iterable[str]) -> "ErasedPerson":
        """The same person with further ids, as records store them."""
        return ErasedPerson(self.ids | frozenset(more), self.given)

    def may_be_in(self, content: bytes) -> bool:
        """Whether stored lines may name the person; quick, so that only such lines are decoded."""
        return self._stored.search(content) is not None

    def is_in_bytes(self, content: bytes) -> bool:
        """Whether any bytes hold an id as it came, with no letter or digit on either side."""
        return self._raw is not None and self._raw.search(content) is not None

    @cached_property
    def _stored(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(re.escape(msgspec.json.encode(each)) for each in sorted(self.ids)))

    @cached_property
    def _raw(self) -> re.Pattern[bytes] | None:
        words = [
            pattern
            for each in sorted(self.given)
            if len(each) >= SHORTEST_SEARCHED
            for pattern in _spellings(each)
        ]
        return re.compile(b"|".join(dict.fromkeys(words))) if words else None


def parse_person(
    given: Iterable[str], pseudonyms: Iterable[str], keys: Sequence[Pseudonymise]
) -> ErasedPerson:
    """Make the person of ids as they came, and of pseudonyms; `keys` are all known ones.

    What has the form of a pseudonym is taken as both, as in an opt-out list.
    """
    raw = frozenset(given)
    like_pseudonyms = {each.lower() for each in raw if is_pseudonym(each)}
    under_keys = {pseudonymise(each) for pseudonymise in keys for each in raw}
    stored = {each.lower() if is_pseudonym(each) else each for each in pseudonyms}
    return ErasedPerson(raw | under_keys | like_pseudonyms | stored, raw)


def _spellings(identifier: str) -> Iterable[bytes]:
    for encoding in _ENCODINGS:
        try:
            found = re.escape(identifier.encode(encoding))
        except UnicodeEncodeError:
            continue
        yield found if encoding.startswith("utf-16") else rb"(?<![0-9A-Za-z])" + found + rb"(?![0-9A-Za-z])"
