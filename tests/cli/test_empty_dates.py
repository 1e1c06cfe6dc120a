"""Dates and feeds that hold nothing: told, not published as if all were well."""

import json


def lines(count, **changes):
    """So many records of one date, as JSON lines."""
    fields = {
        "patient_id": "P", "age": 40, "gender": "F", "diagnosis_code": "E11", "visit_date": "2025-12-22",
        "treatment_code": "T", "outcome": "ongoing", **changes,
    }  # fmt: skip
    return b"".join(json.dumps({**fields, "patient_id": f"P{n}"}).encode() + b"\n" for n in range(count))


def test_an_ingest_whose_messages_were_all_rejected_ends_with_3_and_alerts(cli_on_stack):
    """Everything is in the quarantine by then; a second ingest has nothing to judge."""
    told = cli_on_stack.folder / "told.json"
    hook = {"HEALTHTRENDS_ALERT__COMMAND": json.dumps(["sh", "-c", f"cat > '{told}'"])}
    assert cli_on_stack("produce", "--force", "-", stdin=lines(120, age="40")).code == 0
    done = cli_on_stack("ingest", **hook)
    assert (done.code, "120 of the 120 messages read now were rejected" in done.err) == (3, True), done.err
    assert json.loads(told.read_text())["rejected"] == 120
    assert cli_on_stack("rejects", "list", "--json").document()["count"] == 120
    again = cli_on_stack("ingest", "--json", **hook)
    assert (again.code, again.document()["error"]) == (0, None)


def test_an_empty_date_published_by_mistake_is_taken_back(cli_on_stack):
    """It is called empty until then, and the history keeps both entries; its page goes too."""
    pages = cli_on_stack.folder / "pages"
    cli_on_stack.environ["HEALTHTRENDS_PUBLISH__LOCAL_DIR"] = str(pages)
    assert cli_on_stack("produce", "-", stdin=lines(3)).code == 0
    refused = cli_on_stack("run", "2024-12-22")
    assert (refused.code, "no records can be expected of 2024-12-22" in refused.err) == (2, True)
    assert cli_on_stack("run", "--from", "2024-12-22", "--to", "2024-12-22", "--allow-empty").code == 0
    assert cli_on_stack("run", "2025-12-22").code == 0
    states = {row["date"]: row["report"] for row in cli_on_stack("status", "--json").document()["dates"]}
    assert states == {"2024-12-22": "empty", "2025-12-22": "provisional"}
    page = pages / "date=2024-12-22" / "index.html"
    assert "No record of 22 December 2024 has come" in page.read_text("utf-8")
    done = cli_on_stack("unpublish", "2024-12-22")
    assert (done.code, done.out) == (0, "2024-12-22: unpublished, issue 2 says so\n"), done.err
    assert (page.exists(), "2024-12-22" in (pages / "index.html").read_text("utf-8")) == (False, False)
    assert cli_on_stack("report", "2024-12-22").code == 2
    assert (
        cli_on_stack("report", "2024-12-22", "--issue", "1").out == "diagnosis,count,avg_age,gender_ratio\n"
    )
    listed = cli_on_stack("report", "2024-12-22", "--issues").out.splitlines()
    assert [line.split(",")[4] for line in listed[1:]] == ["empty", "unpublished"]
    assert cli_on_stack("verify").code == 0
    states = {row["date"]: row["report"] for row in cli_on_stack("status", "--json").document()["dates"]}
    assert states["2024-12-22"] == "unpublished"
    assert cli_on_stack("unpublish", "2024-12-23").code == 2
