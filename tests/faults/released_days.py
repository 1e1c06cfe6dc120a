"""Dates that can be released: enough people, of one code and treatment."""

import json
from collections.abc import Sequence

from tests.faults.sandbox import Sandbox

PEOPLE = 30


def release_days(sandbox: Sandbox, days: Sequence[str]) -> Sandbox:
    """Send records of some dates, publish these, and release each once."""
    file = sandbox.folder / "days.jsonl"
    file.write_text(
        "".join(json.dumps(_record(day, number)) + "\n" for day in days for number in range(PEOPLE))
    )
    sandbox.start("produce", str(file)).end()
    sandbox.start("run", "--from", days[0], "--to", days[-1]).end()
    sandbox.start("release", "--from", days[0], "--to", days[-1]).end()
    return sandbox


def _record(day: str, number: int) -> dict[str, object]:
    return {
        "patient_id": f"synthetic-{day}-{number}", "age": 40, "gender": "MF"[number % 2],
        "diagnosis_code": "E11", "visit_date": day, "treatment_code": "T1", "outcome": "ongoing",
    }  # fmt: skip
