"""CSV for programs, byte for byte, and for spreadsheets, without formulas."""

import pytest

from healthtrends.model.csvtext import csv_bytes, csv_rows, for_spreadsheet

COLUMNS = ("diagnosis", "treatment_code", "change")


def with_treatment(code):
    return csv_bytes(COLUMNS, [("E11", code, "-0.5")])


@pytest.mark.parametrize("code", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"])
def test_the_contracts_file_is_never_altered(code):
    """A changed value would be a wrong value."""
    assert csv_rows(with_treatment(code))[1][1] == code


@pytest.mark.parametrize("code", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\uff1d1+1"])
def test_a_formula_is_text_in_the_file_for_spreadsheets(code):
    """The apostrophe is what makes it text."""
    assert list(for_spreadsheet(csv_rows(with_treatment(code))))[1][1] == f"'{code}"


@pytest.mark.parametrize("code", ["T1", "-1", "+4.5", "a=b", "1-2"])
def test_all_else_stays_as_it_is_in_the_file_for_spreadsheets(code):
    """Numbers too, the negative among them."""
    lines = csv_rows(with_treatment(code))
    assert list(for_spreadsheet(lines)) == lines


def test_a_line_separator_inside_a_value_ends_no_row():
    """U+2028 is a legal character of a treatment code."""
    assert len(csv_rows(with_treatment("T\u2028,x"))) == 2


def test_a_carriage_return_starts_no_formula_either():
    """No stored value can hold one, but some programs skip it before they look for the sign."""
    assert list(for_spreadsheet([("x", "\r=1")])) == [("x", "'\r=1")]
