"""Faults of what hides counts, each of which the audit finds: it shares no code, and reads files alone."""

from pathlib import Path

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release import constraints, form, suppress
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports, schemas
from healthtrends.reports.relations import AtMost, Quotient, Statistic, Sum, VisitClasses, Within

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


MUTANTS = {
    "no complementary pass": no_complementary_counts,
    "each relation by itself": no_programs,
    "mean beside a hidden count": as_it_is(Statistic),
    "ratio beside hidden counts": as_it_is(Quotient),
    "total beside its parts": without_tie(lambda tie: isinstance(tie, Sum) and not tie.beside),
    "genders beside the row's count": without_tie(lambda tie: isinstance(tie, Sum) and tie.over == "gender"),
    "category beside codes": without_tie(lambda tie: isinstance(tie, Within)),
    "visits beside patients": without_tie(lambda tie: isinstance(tie, AtMost)),
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
