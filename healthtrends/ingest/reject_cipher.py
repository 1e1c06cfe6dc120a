"""Encrypts what is kept of rejected messages: their bytes name patients as they came, not by pseudonym.

AES-256-GCM under a key of its own, which HKDF-SHA256 makes of the pseudonym key. Sealed are the bytes and
the key of the message. Position, time, reason and lengths stay readable, and are the associated data: what
is moved to another line, or whose line was changed, cannot be opened. The nonce is a keyed hash of line and
content, so that a file that is made again from the topic has the same bytes (ADR 0025).
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from healthtrends.errors import ConfigError, DamageFound
from healthtrends.ingest.quarantine import Reject
from healthtrends.model.pseudonym import key_id

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_INFO: Final = b"healthtrends rejects v1 "
_NONCE_BYTES: Final = 12
_LOOK: Final = "set privacy.key_file to the key of the time when they were rejected"


class _Content(NamedTuple):
    """What is sealed."""

    raw: bytes | None
    key: bytes | None


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(_Content).decode
_ENCODE_LINE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class RejectCipher:
    """Seals rejects when told to, and opens those that are sealed; plain ones pass as they are."""

    key: bytes | None = field(default=None, repr=False)
    """The pseudonym key; None: there is none."""
    seals: bool = False
    """As `rejects.encrypt`."""
    older: tuple[bytes, ...] = field(default=(), repr=False)
    """Keys that were used before; they only open."""

    def check(self) -> None:
        """Raise ConfigError when it is to seal, and cannot."""
        if self.seals:
            self._derived(b"nonce")

    def seal(self, reject: Reject) -> Reject:
        """Encrypt what is kept of the message, unless nothing is."""
        content = _Content(reject.raw_base64, reject.key_base64)
        if not self.seals or not any(content):
            return reject
        kept = None if content.raw is None else len(content.raw)
        line = msgspec.structs.replace(
            reject, raw_base64=None, key_base64=None, kept_bytes=kept, sealed_key_id=self._key_id
        )
        head, text = _ENCODE_LINE(line), _ENCODE(content)
        nonce = hashlib.blake2b(
            len(head).to_bytes(8, "big") + head + text, key=self._nonce_key, digest_size=_NONCE_BYTES
        ).digest()
        sealed = nonce + self._aead.encrypt(nonce, text, head)
        return msgspec.structs.replace(line, sealed_base64=sealed)

    def open(self, reject: Reject) -> Reject:
        """Return the reject with its content.

        Raises ConfigError without its key, DamageFound when it is not what was sealed.
        """
        sealed = reject.sealed_base64
        if sealed is None:
            return reject
        place = f"partition {reject.partition}, offset {reject.offset}"
        if self.key is None or self._key_id != reject.sealed_key_id:
            if reject.sealed_key_id in self._older:
                return self._older[reject.sealed_key_id].open(reject)
            found = "no key is configured" if self.key is None else f"the configuration gives {self._key_id}"
            raise ConfigError(
                f"the reject at {place} is encrypted", f"under the key {reject.sealed_key_id}; {found}", _LOOK
            )
        aead = self._aead
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  as in `_derived`

        line = msgspec.structs.replace(reject, sealed_base64=None)
        try:
            text = aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _ENCODE_LINE(line))
            content = _DECODE(text)
        except (InvalidTag, ValueError) as error:
            raise DamageFound(
                f"the encrypted reject at {place} was changed",
                "its content does not fit its key and its line",
                "`healthtrends verify` names the file; `healthtrends ingest --restage FILE` makes it again",
            ) from error
        return msgspec.structs.replace(
            line, raw_base64=content.raw, key_base64=content.key, kept_bytes=None, sealed_key_id=None
        )

    @cached_property
    def _older(self) -> "dict[str | None, RejectCipher]":
        return {key_id(key): RejectCipher(key) for key in self.older}

    @cached_property
    def _key_id(self) -> str:
        return key_id(self._key)

    @property
    def _key(self) -> bytes:
        if self.key is None:
            raise ConfigError("rejects.encrypt is on, and there is no key", "", "set privacy.key_file")
        return self.key

    @cached_property
    def _aead(self) -> "AESGCM":
        key = self._derived(b"content")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  as in `_derived`

        return AESGCM(key)

    @cached_property
    def _nonce_key(self) -> bytes:
        return self._derived(b"nonce")

    def _derived(self, purpose: bytes) -> bytes:
        """Key of 256 bits for one purpose, from which the pseudonym key cannot be found."""
        try:
            # An extra, needed for encrypted rejects alone.
            from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  as said above
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415  as said above
        except ImportError as error:
            raise ConfigError(
                "encrypted rejects cannot be written or read",
                "the package cryptography is missing",
                "pip install 'healthtrends[encryption]'",
            ) from error
        return HKDF(SHA256(), 32, None, _INFO + purpose).derive(self._key)


PLAIN: Final = RejectCipher()
"""Seals nothing, and opens nothing that is sealed."""
