"""A day whose release gives small counts away at first: an audit finds them, the next attempt hides them."""

import datetime as dt

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
from tests.golden.random_day import DATE, random_lines

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
