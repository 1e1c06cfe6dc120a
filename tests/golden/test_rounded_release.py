"""The golden day under the policies that round, and faults that the audit of rounded tables finds."""

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from healthtrends.audit.own_reports import audit_release, column_of
from healthtrends.audit.page import audit_page
from healthtrends.errors import UsageError
from healthtrends.page import released as page
from healthtrends.page.translations import bundled
from healthtrends.release import form
from healthtrends.release.disclose import Exposed, release
from healthtrends.release.rule import MIDPOINT6, OPENSAFELY, Rule
from healthtrends.release.shown_counts import ShownCounts
from healthtrends.reports.registry import decode_reports, schemas
from healthtrends.reports.relations import Quotient
from healthtrends.reports.suppressed import ROUNDED
from tests.golden.test_release_mutants import PAGE_MUTANTS

GOLDEN_DAY = Path(__file__).parent / "day/expected"
RULES = pytest.mark.parametrize("rule", [OPENSAFELY, MIDPOINT6], ids=lambda rule: rule.name)
ATTEMPTS = 8
COUNTED = ("patients", "visits", "records")
"""Units of columns of counts."""


@pytest.fixture(scope="module")
def exact():
    """All exact reports of the golden day."""
    files = {name: (GOLDEN_DAY / f"{name}.csv").read_bytes() for name in schemas()}
    return decode_reports(files, is_fed=True)


@pytest.fixture(scope="module")
def larger(exact):
    """A day with every person of the golden day seven times, so that more counts show."""
    return {
        name: replace(report, rows=list(map(partial(seven_times, report), report.rows)))
        for name, report in exact.items()
    }


def seven_times(report, row):
    """Counts of a row times seven; the value of a metric is one where its unit says so."""
    fields = dict(zip(report.column_names, row, strict=True))
    counted = {column.name for column in report.columns if column.unit in COUNTED}
    if report.name == "quality" and fields["unit"] in COUNTED:
        counted.add("value")
    return tuple(7 * value if name in counted and value else value for name, value in fields.items())


def attempt(exact, rule, told=()):
    """Files of a release, and what its audit finds."""
    released = release(exact, rule, exposed=told)
    files = {name: each.report.csv() for name, each in released.reports.items()}
    found = audit_release(files, rule.hidden_below, rule.name)
    return released, [each for each in found if each.is_exposed]


def protected(exact, rule):
    """Attempts, until the audit passes."""
    told = []
    for _ in range(ATTEMPTS):
        released, found = attempt(exact, rule, told)
        yield released, found
        if not found:
            break
        told.append([Exposed(*column_of(each), each.keys) for each in found])


@RULES
def test_the_audit_passes_after_what_it_found_was_protected(exact, rule):
    """Classes of linked counts tell one another more closely here and there."""
    found = [found for _, found in protected(exact, rule)]
    assert found[0]
    assert not found[-1]


@RULES
def test_every_count_that_shows_is_the_number_of_a_class(exact, rule):
    """0, a multiple of 5, or the middle of six."""
    released, _ = attempt(exact, rule)
    shown = {
        fields[column.name]
        for each in released.reports.values()
        for column in each.report.columns
        for fields in each.report.records()
        if column.kind == "whole" and column.unit in COUNTED
    } - {None, 0}
    assert all(number % 5 == 0 for number in shown) if rule is OPENSAFELY else all(n % 6 == 3 for n in shown)
    assert min(shown) == (10 if rule is OPENSAFELY else 3)


@RULES
def test_no_count_of_people_reads_0(exact, rule):
    """What is hidden or rounded is empty or a number above 0; nobody is 0."""
    *_, (released, _) = protected(exact, rule)
    for name, each in released.reports.items():
        keys = exact[name].schema.keys
        shown = {tuple(row[key] for key in keys): row for row in each.report.records()}
        for fields in exact[name].records():
            row = shown.get(tuple(fields[key] for key in keys), {})
            for column in exact[name].columns:
                value = row.get(f"{column.name}{ROUNDED}", row.get(column.name))
                if column.kind == "whole" and column.unit in COUNTED and value is not None:
                    assert (value == 0) == (fields[column.name] == 0), (name, column.name, fields)


@RULES
def test_what_was_found_by_exact_counts_is_left_out(exact, rule):
    """Alarms and trends of counts that are rounded."""
    released, _ = attempt(exact, rule)
    assert not released.reports["alarms"].report.rows
    assert not released.reports["trends"].report.rows


def exact_counts(monkeypatch):
    """A count is not rounded."""
    monkeypatch.setattr(Rule, "shown", lambda _, count: count)


def exact_totals(monkeypatch):
    """Counts of codes are not rounded, those of genders are."""
    known = ShownCounts.of
    monkeypatch.setattr(
        ShownCounts,
        "of",
        lambda self, key: (
            known(self, key)
            if known(self, key) is None or "gender" in dict(key)
            else self.counts.values[self.counts.places[key]]
        ),
    )


@RULES
@pytest.mark.parametrize("mutate", [exact_counts, exact_totals])
def test_the_audit_refuses_exact_counts(exact, monkeypatch, rule, mutate):
    """It names the first that is none of the policy."""
    mutate(monkeypatch)
    with pytest.raises(UsageError, match="is not rounded"):
        attempt(exact, rule)


def test_the_audit_refuses_totals_that_are_rounded_beside_their_parts(larger, monkeypatch):
    """They tell more than the parts."""
    monkeypatch.setattr(ShownCounts, "_recompute", lambda *_: None)
    with pytest.raises(UsageError, match="is not the sum over"):
        attempt(larger, OPENSAFELY)


QUOTIENTS = [
    "trend_summary", "diagnosis_detail", "top_diagnoses", "gender_breakdown", "treatment_outcomes",
    "diagnosis_groups", "places",
]  # fmt: skip


@RULES
@pytest.mark.parametrize("report", QUOTIENTS)
def test_the_audit_refuses_ratios_of_exact_counts(larger, monkeypatch, rule, report):
    """In whichever report; it says which numbers do not fit."""
    known = form.Former._row

    def row(self, of, relations, fields):
        if of.name != report:
            return known(self, of, relations, fields)
        with monkeypatch.context() as patched:
            patched.setattr(form.Former, "_value", keep_quotients(form.Former._value))
            return known(self, of, relations, fields)

    monkeypatch.setattr(form.Former, "_row", row)
    with pytest.raises(UsageError, match="contradict"):
        attempt(larger, rule)


def keep_quotients(known):
    """Shares that show are taken from the report of the house."""

    def value(self, meaning, where, exact):
        found = known(self, meaning, where, exact)
        return (exact, "") if isinstance(meaning, Quotient) and found[0] is not None else found

    return value


@RULES
def test_the_audit_finds_means_whose_digits_tell_of_how_many(exact, monkeypatch, rule):
    """41.58 years are those of 12 people, not of 10."""
    monkeypatch.setattr(form.Former, "_mean_or_median", lambda *given: given[-1])
    _, found = attempt(exact, rule)
    assert any("digits" in words for each in found for words in each.reasons)


def test_the_audit_finds_a_mean_beside_a_small_count(exact, monkeypatch):
    """Under midpoint6 3 may be one person, whose age it is."""
    known = form.Former._mean_or_median

    def whole(self, meaning, where, exact):
        shown = known(self, meaning, where, exact)
        return float(round(exact)) if shown is None and exact is not None else shown

    monkeypatch.setattr(form.Former, "_mean_or_median", whole)
    _, found = attempt(exact, MIDPOINT6)
    assert any("beside a small count" in words for each in found for words in each.reasons)


@RULES
@pytest.mark.parametrize(
    "mutant",
    ["charts with hidden values", "page data island with exact numbers", "tables with hidden values"],
)
def test_the_audit_of_the_page_finds_exact_numbers(exact, monkeypatch, rule, mutant):
    """The files themselves are as they should be."""
    released, _ = attempt(exact, rule)
    reports = {name: each.report for name, each in released.reports.items()}
    assert shown(reports, rule) == []
    PAGE_MUTANTS[mutant](monkeypatch, exact)
    assert any(finding.is_exposed for finding in shown(reports, rule))


def shown(reports, rule):
    """What an audit says of the page of these reports."""
    facts = page.ReleaseFacts(
        date=dt.date(2025, 12, 22), policy=rule.name, hidden_below=rule.hidden_below, issue=1, audited=9,
        hidden={"complementary": 9},
    )  # fmt: skip
    html = page.render_released(facts, reports, bundled("en"))
    return audit_page(html, {name: report.csv() for name, report in reports.items()}, rule.hidden_below)
