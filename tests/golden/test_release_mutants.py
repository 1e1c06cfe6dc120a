"""Faults of what hides counts, each of which the audit finds: it shares no code, and reads files alone."""

import datetime as dt
from pathlib import Path

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.audit.page import audit_page
from healthtrends.page import document
from healthtrends.page import released as page
from healthtrends.page.translations import bundled
from healthtrends.release import constraints, form, outsider, suppress
from healthtrends.release.disclose import release
from healthtrends.release.rule import Label
from healthtrends.reports.registry import decode_reports, schemas
from healthtrends.reports.relations import (
    AtMost,
    Quotient,
    Statistic,
    Sum,
    Surplus,
    VisitClasses,
    Within,
)

GOLDEN_DAY = Path(__file__).parent / "day/expected"


@pytest.fixture(scope="module")
def exact():
    """All exact reports of the golden day."""
    files = {name: (GOLDEN_DAY / f"{name}.csv").read_bytes() for name in schemas()}
    return decode_reports(files, is_fed=True)


def without_tie(is_left_out):
    """The suppressor does not know some relations."""

    def mutate(monkeypatch):
        known = constraints._constraints
        monkeypatch.setattr(
            constraints, "_constraints", lambda tie, counts: () if is_left_out(tie) else known(tie, counts)
        )

    return mutate


def as_it_is(kind):
    """Numbers of some kind are released whatever they are made of."""

    def mutate(monkeypatch):
        known = form.Former._value
        monkeypatch.setattr(
            form.Former,
            "_value",
            lambda self, meaning, where, exact: (
                (exact, "") if isinstance(meaning, kind) else known(self, meaning, where, exact)
            ),
        )

    return mutate


def no_complementary_counts(monkeypatch):
    """Small counts alone are hidden."""
    monkeypatch.setattr(suppress._Suppressor, "_hide_more", lambda *_: False)


def no_programs(monkeypatch):
    """Each relation is looked at by itself."""
    monkeypatch.setattr(suppress._Suppressor, "_look_at_all_together", lambda *_: None)


def repeat_visits_may_be_told(monkeypatch):
    """Visits show beside patients whatever their difference is."""
    known = outsider.Outsider.is_sensitive
    monkeypatch.setattr(
        outsider.Outsider,
        "is_sensitive",
        lambda self, place: self.labels[place] != Label.IMPLIED and known(self, place),
    )


MUTANTS = {
    "no complementary pass": no_complementary_counts,
    "each relation by itself": no_programs,
    "mean beside a hidden count": as_it_is(Statistic),
    "ratio beside hidden counts": as_it_is(Quotient),
    "total beside its parts": without_tie(lambda tie: isinstance(tie, Sum) and not tie.beside),
    "genders beside the row's count": without_tie(lambda tie: isinstance(tie, Sum) and tie.over == "gender"),
    "category beside codes": without_tie(lambda tie: isinstance(tie, Within)),
    "visits beside patients": without_tie(lambda tie: isinstance(tie, AtMost | Surplus)),
    "visit classes and windows": without_tie(lambda tie: isinstance(tie, VisitClasses)),
    "outcomes over treatments": without_tie(
        lambda tie: isinstance(tie, Sum) and tie.over == "treatment_code"
    ),
}


@pytest.mark.parametrize("mutate", MUTANTS.values(), ids=MUTANTS)
def test_the_audit_finds_what_the_fault_gives_away(exact, monkeypatch, mutate):
    """At least one count is exposed."""
    mutate(monkeypatch)
    files = {name: each.report.csv() for name, each in release(exact).reports.items()}
    assert any(finding.is_exposed for finding in audit_release(files, 11))


def test_the_audit_finds_a_few_repeat_visits_that_the_fault_gives_away(monkeypatch):
    """Of a table in which nothing else has to be hidden."""
    repeat_visits_may_be_told(monkeypatch)
    places = b"level,place,patients,visits,percent_of_visits\nfacility,H1,50,53,\n"
    released = release(decode_reports({"places": places}, is_fed=True)).reports["places"].report.csv()
    assert any(finding.is_exposed for finding in audit_release({"places": released}, 11))


def exact_bars(monkeypatch, exact):
    """Bars as long as the hidden counts are."""
    drawn = page._charts
    monkeypatch.setattr(page, "_charts", lambda _, words: drawn(exact, words))


def exact_lengths(monkeypatch, exact):
    """A bar says that it is hidden, and has a length all the same."""
    del exact
    known = document.render

    def render(*args, **values):
        return known(*args, **values).replace(
            '<span class="length"><span', '<span class="length"><rect width="3.1"></rect><span'
        )

    monkeypatch.setattr(document, "render", render)


def exact_data(monkeypatch, exact):
    """The exact numbers lie in the page, for a script."""
    known = page.document
    rows = {name: list(report.rows) for name, report in exact.items()}
    monkeypatch.setattr(page, "document", lambda *args, **values: known(*args, **{**values, "data": rows}))


def exact_tooltips(monkeypatch, exact):
    """A hidden field says what it hides when it is pointed at."""
    del exact
    monkeypatch.setitem(bundled("en").texts, "released.rule.primary", "The count itself is small: 3.")


def exact_tables(monkeypatch, exact):
    """The tables of the page are those of the house."""
    known = page._table
    monkeypatch.setattr(page, "_table", lambda report, words: known(exact[report.name], words))


PAGE_MUTANTS = {
    "charts with hidden values": exact_bars,
    "bars as long as hidden values": exact_lengths,
    "page data island with exact numbers": exact_data,
    "tooltips with hidden values": exact_tooltips,
    "tables with hidden values": exact_tables,
}


def shown(reports):
    """What an audit says of the page of these reports."""
    facts = page.ReleaseFacts(
        date=dt.date(2025, 12, 22), policy="cms", hidden_below=11, issue=1, audited=9, hidden={"primary": 9}
    )
    html = page.render_released(facts, reports, bundled("en"))
    return audit_page(html, {name: report.csv() for name, report in reports.items()}, 11)


@pytest.mark.parametrize("mutate", PAGE_MUTANTS.values(), ids=PAGE_MUTANTS)
def test_the_audit_of_the_page_finds_what_the_files_do_not_say(exact, monkeypatch, mutate):
    """The files themselves are as they should be."""
    reports = {name: each.report for name, each in release(exact).reports.items()}
    assert shown(reports) == []
    mutate(monkeypatch, exact)
    assert any(finding.is_exposed for finding in shown(reports))
