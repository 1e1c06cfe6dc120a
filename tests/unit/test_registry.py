"""A report is one module and its registration; everything else is derived from it."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from healthtrends.cli.main import cli
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.schemas import json_schema
from healthtrends.reports.registry import find_schema, longest_look_back, register, schemas, unregister
from healthtrends.reports.schema import Column, ReportSchema
from tests.unit.test_cubes import LAST, Counting

BACK = 60


def make(context):
    """Patients of the date, and of the day 60 days before."""
    earlier = context.prior.patients.get(BACK)
    return [("patients", context.totals.patients, None if earlier is None else sum(earlier.values()))]


TOY = ReportSchema(
    name="toy",
    rows="One row.",
    columns=(
        Column("what", "text", "", "what is counted", is_key=True),
        Column("now", "whole", "patients", "of the date"),
        Column("before", "whole", "patients", "of the day 60 days before"),
    ),
    make=make,
    days_read=(BACK,),
    patients_read=(BACK,),
)


@pytest.fixture
def toy():
    """The report, for the time of a test."""
    register(TOY)
    yield TOY
    unregister(TOY.name)


@pytest.fixture
def place(tmp_path):
    """Records of the date, of the day before, and of the days 27 and 60 days before."""
    place = Counting(tmp_path, None)
    for back, count in ((0, 3), (1, 2), (27, 1), (BACK, 5)):
        place.receive(LAST - dt.timedelta(days=back), count)
    yield place
    place.close()


def published(place, report, date=LAST):
    found = Pipeline(place).published
    return found.read(found.issue(date), report)


def test_a_new_report_is_published_with_the_others(toy, place):
    """Its maker got the totals of the date, and the patients of the day that it reads."""
    place.run([LAST])
    assert published(place, "toy").csv() == b"what,now,before\npatients,3,5\n"


def test_a_new_report_is_in_schema_documentation_and_command_line(toy):
    """Without a line anywhere else."""
    assert "toy" in json.dumps(json_schema())
    shown = CliRunner().invoke(cli, ["report", "--help"]).output
    assert "toy" in shown


def test_a_report_that_looks_back_further_leaves_the_windows_of_others_alone(place):
    """`visit_frequency` has 28 days, also where cubes of 60 days are read."""
    place.run([LAST])
    alone = published(place, "visit_frequency").csv()
    register(TOY)
    try:
        assert longest_look_back() == BACK
        place.receive(LAST, 0)
        place.run([LAST], reprocess="all")
        assert published(place, "visit_frequency").csv() == alone
    finally:
        unregister(TOY.name)


def test_names_are_taken_once(toy):
    """A second report of a name would replace the first without a word."""
    with pytest.raises(ValueError, match="a report toy already"):
        register(TOY)


def test_a_report_of_a_later_version_is_read_as_text():
    """An older program can still show it."""
    assert (find_schema("later").columns, "later" in schemas()) == ((), False)
