"""Encoding of a page's data in few bytes: most counts are zeros, and cells of a column are alike.

`unpacked` in tools.js decodes it.
"""

import base64
import zlib
from collections.abc import Sequence
from itertools import groupby

import msgspec

LETTERS = "abcdefghijklmnopqrstuvwxy"
"""The counts 1 to 25; greater ones are digits between two z."""


# A `</script>` or `<!--` in a value would end or change the script element; U+2028 and U+2029 are line ends
# to older JavaScript. Inside a JSON string each may be written as an escape instead.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def script_json(value: object) -> str:
    """JSON that may stand inside a script element, whatever it holds."""
    return msgspec.json.encode(value).decode().translate(_IN_SCRIPT)


def packed(data: object) -> str:
    """JSON, compressed (zlib), as Base64; so no value can end the script element that it is in."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(data), 9)).decode()


def packed_counts(counts: Sequence[int | None]) -> str:
    """Encode counts as text: digits are so many zeros, a letter is a small count, `-` is not known."""
    return "".join(
        str(sum(1 for _ in run)) if count == 0 else "".join(_one(count) for _ in run)
        for count, run in groupby(counts)
    )


def _one(count: int | None) -> str:
    if count is None:
        return "-"
    return LETTERS[count - 1] if count <= len(LETTERS) else f"z{count}z"


def by_column(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Transpose a table: its cells, column after column."""
    return [list(column) for column in zip(*rows, strict=True)]
