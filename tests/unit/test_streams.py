"""Pipes and standard input: opened once, and damage is told after what came before it."""

import gzip
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends.errors import UsageError
from healthtrends.sources.input_files import read_files

READING = "import sys; from healthtrends.sources.input_files import read_files\n"
READING += "for record in read_files(sys.argv[1:]): print(record.value.decode(), flush=True)"


@pytest.fixture
def piped(tmp_path):
    """Make a named pipe to which a thread writes this content, once; returns its path."""
    writers = []

    def pipe(name: str, content: bytes) -> str:
        path = tmp_path / name
        os.mkfifo(path)
        writers.append(threading.Thread(target=path.write_bytes, args=(content,)))
        writers[-1].start()
        return str(path)

    yield pipe
    for writer in writers:
        writer.join(10)
        assert not writer.is_alive()


def values(*names: str) -> list[bytes]:
    """The messages that these inputs give."""
    return [record.value for record in read_files(names)]


@pytest.mark.parametrize("name", ["pipe", "pipe.jsonl", "pipe.json"])
def test_a_pipe_gives_all_its_lines(piped, name):
    """It is opened once: a second time would find nothing. Without an ending it holds lines of JSON."""
    lines = [b'{"n":%d}' % n for n in range(20_000)]
    assert values(piped(name, b"\n".join(lines) + b"\n")) == lines


def test_a_pipe_is_read_by_its_ending(piped):
    """As a file is."""
    names = piped("a.csv", b"patient_id,visit_date\np,d\n"), piped("b.jsonl.gz", gzip.compress(b"{}\n"))
    assert values(*names) == [b'{"patient_id":"p","visit_date":"d"}', b"{}"]


def test_pipes_and_files_are_read_in_their_order(piped, tmp_path):
    """A pipe waits for its turn, and its writer with it."""
    (tmp_path / "b.jsonl").write_text('{"b":1}\n')
    names = piped("a", b'{"a":1}\n'), str(tmp_path / "b.jsonl"), piped("c", b'{"c":1}\n')
    assert values(*names) == [b'{"a":1}', b'{"b":1}', b'{"c":1}']


def test_a_substituted_process_is_a_pipe_too():
    """As bash names it."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as writer:
        writer.write(b'{"a":1}\n{"a":2}\n')
    assert values(f"/dev/fd/{reading}") == [b'{"a":1}', b'{"a":2}']
    os.close(reading)


def test_a_damaged_file_is_found_before_a_pipe_is_opened(tmp_path):
    """The writer of the pipe does not lose a line; there is none here, and nobody waits for one."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bad.jsonl").write_text("{}{}\n")
    with pytest.raises(UsageError, match=r"bad\.jsonl, line 1"):
        read_files([str(tmp_path / "pipe"), str(tmp_path / "bad.jsonl")])


@pytest.mark.parametrize("name", ["pipe.txt", "pipe.gz.xml"])
def test_a_pipe_with_a_strange_ending_is_refused(tmp_path, name):
    """As a file is."""
    os.mkfifo(tmp_path / name)
    with pytest.raises(UsageError, match="cannot tell what"):
        read_files([str(tmp_path / name)])


def test_damage_in_a_pipe_comes_behind_the_records_before_it(piped):
    """With its line."""
    records = read_files([piped("pipe", b'{"a":1}\n{"a":2}\n{"a":3}{"a":4}\n')])
    assert [next(records).value, next(records).value] == [b'{"a":1}', b'{"a":2}']
    with pytest.raises(UsageError, match="pipe, line 3: several JSON objects"):
        next(records)


def test_a_line_is_a_record_as_soon_as_it_is_complete():
    """Whoever follows a log with `tail -f` does not wait for a full block."""
    reading, writing = os.pipe()
    records: Iterator[object] = read_files([f"/dev/fd/{reading}"])
    for number in range(3):
        os.write(writing, b'{"n":%d}\n{"n":' % number)
        assert next(records).value.endswith(b'"n":%d}' % number)
        os.write(writing, b"0,")
    os.close(writing)
    assert len(list(records)) == 1
    os.close(reading)


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
@pytest.mark.parametrize("begin", [0, 8])
def test_a_file_as_standard_input_is_read_from_where_it_stands(tmp_path, name, begin):
    """Looked through first where that can be undone, and no line is lost by it."""
    (tmp_path / "a").write_text('{"a":1}\n{"a":2}\n')
    with (tmp_path / "a").open("rb") as file:
        file.seek(begin)
        done = subprocess.run(
            [sys.executable, "-c", READING, name], stdin=file, capture_output=True, check=True
        )
    expected = ['{"a":1}', '{"a":2}'][begin // 8 if name == "-" else 0 :]
    assert done.stdout.decode().split() == expected


def test_damage_of_a_file_as_standard_input_is_found_before_the_first_record(tmp_path):
    """It can be read twice."""
    (tmp_path / "a").write_text('{"a":1}\n' * 3 + '{\n"a":1}\n')
    with (tmp_path / "a").open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", READING, "-"], stdin=file, capture_output=True, check=False
        )
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"standard input, line 4: a JSON object goes on" in done.stderr


def test_closed_standard_input_is_an_error(tmp_path):
    """And no traceback of something else."""
    code = f"exec {sys.executable} -c '{READING}' - <&-"
    done = subprocess.run(["sh", "-c", code], capture_output=True, check=False, cwd=tmp_path)
    assert b"UsageError: standard input is closed" in done.stderr


def test_ctrl_c_ends_the_wait_for_the_writer_of_a_pipe(tmp_path):
    """Nobody may ever open it."""
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True)\n" + READING, str(tmp_path / "pipe")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == b"1\n"
        for _ in range(50):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                continue
        assert process.returncode == -signal.SIGINT
        assert Path(tmp_path / "pipe").exists()
