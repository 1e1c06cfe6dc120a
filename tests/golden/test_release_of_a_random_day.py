"""A day whose release gives small counts away at first: an audit finds them, the next attempt hides them."""

import datetime as dt
import random

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.audit.own_reports import audit_release
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.issue_store import Issues
from healthtrends.release import suppress
from healthtrends.release.disclose import release
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.random_day import DATE, line, random_lines

DAY = dt.date.fromisoformat(DATE)


@pytest.fixture
def place(tmp_path):
    """A day of 300 lines of 120 people, published."""
    place = LocalPipeline(tmp_path / "data", open_engine(EngineOptions(work=tmp_path / "work")))
    place.send(random_lines(1, 300, patients=120, ids=True))
    place.run([DAY])
    yield place
    place.close()


@pytest.fixture
def hasty(monkeypatch):
    """What hides counts looks at all relations together only where an audit found something."""
    known = suppress._Suppressor._look_at_all_together
    monkeypatch.setattr(
        suppress._Suppressor,
        "_look_at_all_together",
        lambda self, places: known(self, places) if self._is_thorough else None,
    )


@pytest.mark.usefixtures("hasty")
def test_what_the_audit_finds_is_protected_and_then_released(place):
    """Without that nothing could be released."""
    issues = Issues(place.pool, place.layout)
    exact = issues.read_reports(issues.newest(DAY))
    first = {name: each.report.csv() for name, each in release(exact).reports.items()}
    assert any(finding.is_exposed for finding in audit_release(first, 11))
    assert Pipeline(place).releases.release(DAY, ReleaseOptions(force=True)).action == "released"
    assert not any(finding.is_exposed for finding in Pipeline(place).releases.audit(DAY))


@pytest.fixture
def many_codes(tmp_path):
    """Exact reports of a day of 300 codes, each record of which is a visit of its own."""
    draw = random.Random(3)
    codes = [f"{letter}{number:02d}.{end}" for letter in "ABC" for number in range(10, 60) for end in (0, 1)]
    lines = [
        line(
            patient_id=f"{draw.randrange(1_500):032x}",
            age=draw.randrange(90),
            gender="MF"[draw.randrange(2)],
            diagnosis_code=codes[min(int(draw.expovariate(0.015)), len(codes) - 1)],
            visit_date=DATE,
            treatment_code="T1",
            outcome="recovered",
        )
        for _ in range(3_000)
    ]
    place = LocalPipeline(tmp_path / "data", open_engine(EngineOptions(work=tmp_path / "work")))
    place.send(lines)
    place.run([DAY])
    issues = Issues(place.pool, place.layout)
    yield issues.read_reports(issues.newest(DAY))
    place.close()


def test_a_day_of_many_codes_passes_its_audit_at_once(many_codes):
    """All visits are as many as all records, so the sum over all codes has to be looked at, too."""
    files = {name: each.report.csv() for name, each in release(many_codes).reports.items()}
    assert all(finding.passes for finding in audit_release(files, 11))


def test_a_day_of_many_codes_shows_all_visits(many_codes):
    """Of all records it is hidden how many there are, since that tells less."""
    quality = release(many_codes).reports["quality"].report.records()
    shown = {row["metric"]: row["value"] for row in quality}
    assert (shown["visits"], shown["records"]) == ("3000", None)
