"""The settings of alarms that the how-to shows are taken by the detectors, not only by the configuration."""

from pathlib import Path

from healthtrends.config import load
from healthtrends.orchestrate.signals import make_rules, read_syndromes
from tests.docs.fenced import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "alarms.md"


def test_parameters_and_syndromes_of_the_example_are_accepted(tmp_path):
    """And mean what the page says of them."""
    (block,) = [each for each in blocks(PAGE, "toml") if "[alarms]" in each]
    file = tmp_path / "healthtrends.toml"
    file.write_text(block, "utf-8")
    settings = load(file, {}, {}).alarms
    assert make_rules(settings).detector.name == "switch"
    flu, stomach = read_syndromes(settings)
    assert [code in flu for code in ("J10.1", "R50.9", "R50.8")] == [True, True, False]
    assert [code in stomach for code in ("A08.1", "A08.0", "K52.9")] == [True, False, True]
