"""What the tests of issues publish, and how it lies there."""

import datetime as dt

from healthtrends.publish.issue_manifest import Provenance
from healthtrends.reports.registry import decode_reports

DATE = dt.date(2025, 12, 22)
FOLDER = "/r/reports/trend_summary/date=2025-12-22"


def source(seq=1):
    return Provenance(
        date=DATE, seq=seq, inputs=(f"/r/f{seq}",), input_records=1, engine="embedded", engine_version="0",
        run_id="run", reason="missing", state="final",
    )  # fmt: skip


def reports(text="E11"):
    contents = {"trend_summary": f"diagnosis\n{text}\n".encode(), "quality": b"metric\n"}
    return decode_reports(contents, is_fed=True)


def summary(lines, *, is_fed=True):
    content = b"diagnosis,count,avg_age,gender_ratio\n" + lines
    return decode_reports({"trend_summary": content}, is_fed=is_fed)


def published(issues):
    """All that lies below `reports/`, by path."""
    root = issues._store._folder / "r/reports"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
