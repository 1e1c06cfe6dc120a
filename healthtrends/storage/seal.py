"""Seals of files: an HMAC over the content, stored in the file. Without the key nobody can renew it.

The seal replaces 64 zeros that the content had when the seal was computed.
"""

import hashlib
import hmac
from dataclasses import dataclass

ZEROS = "0" * 64


@dataclass(frozen=True, slots=True)
class Seal:
    """Makes and checks seals: HMAC-SHA256 under a key; without a key SHA-256, which anybody can make."""

    key: bytes | None = None

    @property
    def kind(self) -> str:
        """Algorithm of the seals."""
        return "sha256" if self.key is None else "hmac-sha256"

    def of(self, content: bytes) -> str:
        """Seal, 64 hex digits, of `content`, in which 64 zeros hold its place."""
        if self.key is None:
            return hashlib.sha256(content).hexdigest()
        return hmac.new(self.key, content, hashlib.sha256).hexdigest()

    def put(self, content: bytes) -> bytes:
        """Return `content` with its seal in place of the 64 zeros."""
        return content.replace(ZEROS.encode(), self.of(content).encode(), 1)

    def fits(self, content: bytes, found: str) -> bool:
        """Whether `found`, which is part of `content`, is its seal."""
        blank = content.replace(found.encode(), ZEROS.encode(), 1)
        return hmac.compare_digest(self.of(blank).encode(), found.encode())
