"""`evaluate` from the outside."""

import json

import pytest

from healthtrends.detect.daily_simulation import DETECTORS


def test_the_tables_come_on_stdout_and_the_numbers_as_json(cli):
    """The same seed, the same figures."""
    text = cli("evaluate", "--weekly", "--replicates", "10")
    document = json.loads(cli("evaluate", "--weekly", "--replicates", "10", "--json").out)
    whole = document["weekly"][0]["false_alarms"][0]
    assert (text.code, whole["name"], whole["published"]) == (0, "all", 0.0091)
    assert f"| all | {whole['ours']:.4f} | 0.0091 |" in text.out


def test_it_asks_what_to_evaluate(cli):
    """Another simulation may follow."""
    done = cli("evaluate")
    assert (done.code, "--weekly" in done.err) == (2, True)


def test_the_daily_tables_have_a_row_for_each_detector(cli):
    """False alarms, found outbreaks and delays."""
    done = cli("evaluate", "--daily", "--replicates", "10")
    assert (done.code, done.out.count("\n| switch |")) == (0, 3)


def test_plots_need_something_to_draw(cli, tmp_path):
    """Nothing is written."""
    done = cli("evaluate", "--alarms", "--plot", str(tmp_path / "pictures"))
    assert (done.code, "--daily" in done.err, list(tmp_path.iterdir())) == (2, True, [])


@pytest.mark.long
def test_each_daily_detector_has_its_picture(cli, tmp_path):
    """In a folder that is made, beside the tables."""
    done = cli("evaluate", "--daily", "--replicates", "10", "--plot", str(tmp_path / "pictures"))
    assert (done.code, done.out.count("\n| ewma |")) == (0, 3)
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == sorted(
        f"{name}.svg" for name in DETECTORS
    )


def test_the_table_of_the_lists_names_the_setting_that_it_chooses(cli):
    """Or says that none reaches both goals."""
    done = cli("evaluate", "--alarms", "--replicates", "10")
    assert (done.code, done.out.count("\n| ewma, ")) == (0, 9)
    assert "Chosen: " in done.out or "No setting reaches both goals." in done.out


@pytest.mark.long
def test_ones_own_data_are_evaluated_from_the_log_and_the_cubes(cli_on_stack):
    """Three days are too little history, and that is an answer."""
    assert (
        cli_on_stack("produce", "--synthetic", "300", "--from", "2025-12-20", "--to", "2025-12-22").code == 0
    )
    assert cli_on_stack("run", "--from", "2025-12-20", "--to", "2025-12-22").code == 0
    done = cli_on_stack("evaluate", "--nowcast", "--history")
    assert (done.code, done.out.count("Too little history")) == (0, 2)
