"""Stored JSON is read by many threads, and the decoding library is safe there only after its first look."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import healthtrends

pytestmark = pytest.mark.slow

PACKAGE = Path(healthtrends.__file__).parent

MANY_THREADS = """
import sys, threading
from healthtrends.storage import manifest
sys.setswitchinterval(1e-6)
written = manifest.encode(manifest.Manifest(
    seq=1, nonce="n", kind="fence", mode="once", cluster_id="c", topic="t", topic_id="i",
    clock_date="2025-12-22", key_id=None, program_version="1", committed_at="", parts={},
))
together = threading.Barrier(24)
def read():
    together.wait()
    manifest.decode(written, "path")
threads = [threading.Thread(target=read) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

MANY_MAPPINGS = """
import datetime as dt, json, sys, threading
from healthtrends.config.mapping import FieldRule, Mapping
from healthtrends.config.source import Source
from healthtrends.formats import open_decoder
from healthtrends.model.decoder import DecoderOptions
sys.setswitchinterval(1e-6)
own = FieldRule(constant="unknown")
mapping = Mapping(patient_id="p", age="a", gender="g", diagnosis_code="d", visit_date="v", treatment_code=own,
                  outcome=own)
options = DecoderOptions(dt.date(2025, 12, 23), source=Source(format="mapped", mapping=mapping))
row = json.dumps({"p": "1", "a": 4, "g": "F", "d": "E11", "v": "2025-12-20"}).encode()
together = threading.Barrier(24)
found = []
def read():
    together.wait()
    for _ in range(20):
        found.append(len(open_decoder(options).decode(row, 0)))
threads = [threading.Thread(target=read) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [1] * 480
"""
OWN_TYPES = {"formats/mapped/fast_rows.py"}
"""Modules whose decoders are each of a new type, which no other thread can know."""


def makes_a_decoder(node: ast.AST) -> bool:
    """A call that describes a type to the decoding library: `decode(..., type=X)`, `Decoder(X)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    typed = any(keyword.arg == "type" for keyword in node.keywords)
    return (node.func.attr == "decode" and typed) or node.func.attr == "Decoder"


def test_the_first_manifests_can_be_read_by_many_threads():
    """Two threads at the same new type crashed the process, in one of two runs of this."""
    for _ in range(6):
        done = subprocess.run([sys.executable, "-c", MANY_THREADS], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_many_threads_make_decoders_of_types_of_their_own():
    """The columns of a mapping are a new type for each decoder, so no two threads look at the same one."""
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", MANY_MAPPINGS], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_decoders_are_made_at_import():
    """None is made in a function, which several threads may call first; but for types of its own."""
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if makes_a_decoder(node)
    }
    assert found == OWN_TYPES
