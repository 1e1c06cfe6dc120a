"""MLLP frames out of a stream of bytes: `0B`, the content, `1C 0D`.

Bytes between two frames are dropped. Inside a frame a `1C` without a `0D` behind it belongs to the content.
A frame that begins anew with `0B MSH` before it has ended was cut off by its sender: only the last beginning
counts, and what is before it is dropped without an answer, so that its sender sends it again.
"""

import dataclasses

START = b"\x0b"
END = b"\x1c\r"
_AGAIN = START + b"MSH"


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `is_too_long`: the content is only its beginning, and nothing more can be read behind it."""

    content: bytes
    is_too_long: bool = False


class FrameSplitter:
    """Splits what it is fed, in any pieces; holds at most one frame of `limit` bytes and one piece."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0  # of the buffer, how much holds no end of a frame
        self._is_closed = False
        self.is_inside = False
        """True between the first byte of a frame and its last."""
        self.stray_bytes = 0
        """Bytes outside of frames."""
        self.cut_off = 0
        """Frames that began anew before they ended."""

    def feed(self, data: bytes) -> None:
        """Add bytes; call `next_frame` until it gives None before the next call."""
        if not self._is_closed:
            self._buffer += data

    def next_frame(self) -> Frame | None:
        """Take the next frame out; None when there is no whole one. After one that is too long: None."""
        if not self.is_inside and not self._find_start():
            return None
        end = self._buffer.find(END, self._searched)
        if self._content_length(end) > self._limit:
            return self._close()
        if end < 0:
            self._searched = max(0, len(self._buffer) - 1)
            return None
        content = bytes(self._buffer[:end])
        del self._buffer[: end + len(END)]
        self._searched, self.is_inside = 0, False
        if (again := content.rfind(_AGAIN)) >= 0:
            self.cut_off += 1
            content = content[again + 1 :]
        return Frame(content)

    def _find_start(self) -> bool:
        start = self._buffer.find(START)
        if start < 0:
            self.stray_bytes += len(self._buffer)
            self._buffer.clear()
            return False
        self.stray_bytes += start
        del self._buffer[: start + 1]
        self.is_inside = True
        return True

    def _content_length(self, end: int) -> int:
        """Bytes of the content as far as it has come; a last `1C` may be the first half of the end."""
        if end >= 0:
            return end
        return len(self._buffer) - self._buffer.endswith(END[:1])

    def _close(self) -> Frame:
        content = bytes(self._buffer[: self._limit])
        self._buffer.clear()
        self._searched, self.is_inside, self._is_closed = 0, False, True
        return Frame(content, is_too_long=True)
