"""Rejections of a text that is no JSON, or JSON of another shape than the envelope has."""

import msgspec

from healthtrends.model.rejection import Reason, Rejection


def parse_failure(error: Exception, part: str) -> Rejection:
    """Say why msgspec could not read a text; `part` is what an envelope of this kind must have."""
    if isinstance(error, UnicodeDecodeError):
        return Rejection(Reason.INVALID_UTF8)
    if isinstance(error, msgspec.ValidationError):
        return Rejection(Reason.OTHER_ENVELOPE, part)
    return Rejection(Reason.INVALID_JSON)
