"""Frames come out as they went in, however the bytes are cut; any bytes at all are borne."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.mllp.framing import Frame, FrameSplitter
from tests.mllp.door import framed, message

CONTENTS = st.lists(
    st.binary(max_size=40).filter(lambda content: b"\x1c\r" not in content + b"\r" and b"\x0b" not in content)
)


def split(data: bytes, cuts: list[int], limit: int = 1000) -> tuple[list[Frame], FrameSplitter]:
    """Feed the data in pieces that end at the cuts."""
    splitter = FrameSplitter(limit)
    frames = []
    for begin, end in itertools.pairwise([0, *sorted(cuts), len(data)]):
        splitter.feed(data[begin:end])
        while (frame := splitter.next_frame()) is not None:
            frames.append(frame)
    return frames, splitter


@given(CONTENTS, st.data())
def test_any_cutting_gives_the_contents_that_were_framed(contents, data):
    """In order, byte for byte; what lies between them is dropped and counted."""
    stray = st.binary(max_size=5).map(lambda some: some.replace(b"\x0b", b"\n"))
    noise = [data.draw(stray) for _ in contents]
    stream = b"".join(some + framed(content) for some, content in zip(noise, contents, strict=True))
    cuts = data.draw(st.lists(st.integers(0, len(stream))))
    frames, splitter = split(stream, cuts)
    assert frames == [Frame(content) for content in contents]
    assert splitter.stray_bytes == sum(map(len, noise))
    assert not splitter.is_inside


@given(st.lists(st.binary(max_size=300)), st.integers(1, 50))
def test_any_bytes_are_borne_and_no_more_than_a_frame_is_held(pieces, limit):
    """Nothing raises, and the same bytes in one piece give the same frames."""
    splitter = FrameSplitter(limit)
    frames = []
    for piece in pieces:
        splitter.feed(piece)
        while (frame := splitter.next_frame()) is not None:
            frames.append(frame)
        assert len(splitter._buffer) <= limit + 1
    assert all(len(frame.content) <= limit for frame in frames)
    assert frames == split(b"".join(pieces), [], limit)[0]


@given(st.integers(0, 30), st.integers(1, 30), st.data())
def test_the_limit_is_that_of_the_content(length, limit, data):
    """At the limit it passes; one byte more ends everything, its end seen or not."""
    stream = framed(b"x" * length) + framed(b"next")[: 6 if limit >= 4 else 0]
    frames, _ = split(stream, data.draw(st.lists(st.integers(0, len(stream)))), limit)
    if length <= limit:
        assert frames[0] == Frame(b"x" * length)
    else:
        assert frames == [Frame(b"x" * limit, is_too_long=True)]


def test_nothing_is_read_behind_a_frame_that_is_too_long():
    """What follows may be its rest."""
    frames, splitter = split(framed(b"x" * 20) + framed(b"next"), [], 10)
    assert [frame.is_too_long for frame in frames] == [True]
    splitter.feed(framed(b"more"))
    assert splitter.next_frame() is None


def test_a_frame_that_begins_anew_was_cut_off():
    """Only what came whole is given out; the half message is not acknowledged with it."""
    half = message("half")[:60]
    frames, splitter = split(b"\x0b" + half + framed(message("whole")), [])
    assert frames == [Frame(message("whole"))]
    assert splitter.cut_off == 1


@pytest.mark.parametrize("content", [b"a\x1cb", b"a\x0bb", b"\x1c\x1c", b"a\rb\nc", b"\x00\xff"])
def test_bytes_of_a_frame_inside_the_content_stay(content):
    """The end is the pair, and a new beginning has a segment behind it."""
    assert split(framed(content), [])[0] == [Frame(content)]
