"""What `doctor` says of files that monitors read."""

from healthtrends.config import Settings
from healthtrends.config.health import Health
from healthtrends.config.metrics import Metrics
from healthtrends.orchestrate.wiring.monitors_check import monitors_findings


def test_a_folder_that_is_not_there_is_a_warning(tmp_path):
    """A command would only log that it could not write."""
    settings = Settings(metrics=Metrics(textfile=f"{tmp_path}/gone/ht.prom"))
    (found,) = monitors_findings(settings)
    assert (found.level, found.text) == ("warning", f"{tmp_path}/gone is no folder")
    assert "metrics.textfile" in found.next_step


def test_a_folder_that_can_be_written_is_fine(tmp_path):
    """So each configured file has a line."""
    (found,) = monitors_findings(Settings(health=Health(file=f"{tmp_path}/alive")))
    assert (found.name, found.level) == ("health.file", "ok")


def test_nothing_is_said_of_what_is_not_configured():
    """Monitors are off by default."""
    assert list(monitors_findings(Settings())) == []
