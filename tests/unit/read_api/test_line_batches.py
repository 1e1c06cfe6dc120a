"""Lines of records as Arrow, however they are cut into pieces."""

import msgspec
import pytest

from healthtrends.analyze import line_batches as module
from healthtrends.analyze.line_batches import line_batches
from healthtrends.model.record import Cancellation, PatientRecord

LINES = [
    PatientRecord(
        "synthetic-1",
        40,
        "F",
        "E11.9",
        "2025-12-22",
        'T"1\\ \u2028é',
        "ongoing",
        recorded_at="2025-12-22T23:59:60Z",
    ),
    Cancellation(
        patient_id="synthetic-1", visit_date="2025-12-22", record_id="r", recorded_at="2025-12-23T00:00:00Z"
    ),
]
CONTENT = b"".join(msgspec.json.encode(line) + b"\n" for line in LINES) * 50


@pytest.mark.parametrize("block", [1, 100, 8 * 1024 * 1024])
@pytest.mark.parametrize("piece", [7, 300, len(CONTENT)])
def test_every_line_is_a_row_wherever_pieces_end(monkeypatch, block, piece):
    """Texts byte for byte, times as texts, what a cancellation lacks as null."""
    monkeypatch.setattr(module, "_BLOCK", block)
    pieces = [CONTENT[at : at + piece] for at in range(0, len(CONTENT), piece)]
    rows = [row for batch in line_batches(pieces) for row in batch.to_pylist()]
    assert len(rows) == 100
    record, cancellation = rows[:2]
    assert rows == [record, cancellation] * 50
    assert (record["treatment_code"], record["recorded_at"]) == ('T"1\\ \u2028é', "2025-12-22T23:59:60Z")
    assert (cancellation["status"], cancellation["record_id"], cancellation["age"]) == (
        "cancelled",
        "r",
        None,
    )


def test_a_batch_is_bounded_whatever_the_file(monkeypatch):
    """Blocks of some bytes give batches of some lines."""
    monkeypatch.setattr(module, "_BLOCK", 1000)
    pieces = (CONTENT[at : at + 300] for at in range(0, len(CONTENT), 300))
    assert max(batch.num_rows for batch in line_batches(pieces)) < 10
