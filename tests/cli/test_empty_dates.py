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
    assert place("produce", "--force", "-", stdin=lines(120, age="40")).code == 0
    done = place("ingest", **hook)
    assert (done.code, "120 of the 120 messages read now were rejected" in done.err) == (3, True), done.err
    assert json.loads(told.read_text())["rejected"] == 120
    assert place("rejects", "list", "--json").document()["count"] == 120
    again = place("ingest", "--json", **hook)
    assert (again.code, again.document()["error"]) == (0, None)


def test_an_empty_date_published_by_mistake_is_taken_back(place):
    """It is called empty until then, and the history keeps both entries; its page goes too."""
    pages = place.folder / "pages"
    place.environ["HEALTHTRENDS_PUBLISH__LOCAL_DIR"] = str(pages)
    assert place("produce", "-", stdin=lines(3)).code == 0
    refused = place("run", "2024-12-22")
    assert (refused.code, "no records can be expected of 2024-12-22" in refused.err) == (2, True)
    assert place("run", "--from", "2024-12-22", "--to", "2024-12-22", "--allow-empty").code == 0
    assert place("run", "2025-12-22").code == 0
    states = {row["date"]: row["report"] for row in place("status", "--json").document()["dates"]}
    assert states == {"2024-12-22": "empty", "2025-12-22": "provisional"}
    page = pages / "date=2024-12-22" / "index.html"
    assert "No record of 22 December 2024 has come" in page.read_text("utf-8")
    done = place("unpublish", "2024-12-22")
    assert (done.code, done.out) == (0, "2024-12-22: unpublished, issue 2 says so\n"), done.err
    assert (page.exists(), "2024-12-22" in (pages / "index.html").read_text("utf-8")) == (False, False)
    assert place("report", "2024-12-22").code == 2
    assert place("report", "2024-12-22", "--issue", "1").out == "diagnosis,count,avg_age,gender_ratio\n"
    listed = place("report", "2024-12-22", "--issues").out.splitlines()
    assert [line.split(",")[4] for line in listed[1:]] == ["empty", "unpublished"]
    assert place("verify").code == 0
    states = {row["date"]: row["report"] for row in place("status", "--json").document()["dates"]}
    assert states["2024-12-22"] == "unpublished"
    assert place("unpublish", "2024-12-23").code == 2
