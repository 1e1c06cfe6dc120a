"""Dates and feeds that hold nothing: told, not published as if all were well."""

import json


def lines(count, **changes):
    """So many records of one date, as JSON lines."""
    fields = {
        "patient_id": "P", "age": 40, "gender": "F", "diagnosis_code": "E11", "visit_date": "2025-12-22",
        "treatment_code": "T", "outcome": "ongoing", **changes,
    }  # fmt: skip
    return b"".join(json.dumps({**fields, "patient_id": f"P{n}"}).encode() + b"\n" for n in range(count))


def test_an_ingest_whose_messages_were_all_rejected_ends_with_3_and_alerts(place):
    """Everything is in the quarantine by then; a second ingest has nothing to judge."""
    told = place.folder / "told.json"
    hook = {"HEALTHTRENDS_ALERT__COMMAND": json.dumps(["sh", "-c", f"cat > '{told}'"])}
    assert place("produce", "-", stdin=lines(120, age="40")).code == 0
    done = place("ingest", **hook)
    assert (done.code, "120 of the 120 messages read now were rejected" in done.err) == (3, True), done.err
    assert json.loads(told.read_text())["rejected"] == 120
    assert place("rejects", "list", "--json").document()["count"] == 120
    again = place("ingest", "--json", **hook)
    assert (again.code, again.document()["error"]) == (0, None)
