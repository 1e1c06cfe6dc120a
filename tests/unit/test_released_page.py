"""The page of a release: made from released reports alone, hidden numbers said in words."""

import datetime as dt
import re

import pytest

from healthtrends.page.released import MOST_ROWS, ReleaseFacts, render_released
from healthtrends.page.translations import bundled
from healthtrends.reports.registry import decode_reports

FACTS = ReleaseFacts(
    date=dt.date(2025, 12, 22),
    policy="cms",
    hidden_below=11,
    issue=3,
    audited=42,
    hidden={"primary": 2, "complementary": 1},
    place_name="Ward <7>",
)
FILES = {
    "trend_summary": b"diagnosis,count,avg_age,gender_ratio,suppressed\n"
    b"E11,1234,48.0,0.5,\nJ10,,,,count=primary avg_age=statistic_of_few\nZ00,0,,,\n",
    "age_distribution": b"age_band,patients,visits,suppressed\n"
    b"0-4,60,61,\n5-9,,,patients=complementary visits=whole_row\n",
}


def page(files=FILES, language="en"):
    reports = decode_reports(files, is_fed=True)
    return render_released(FACTS, reports, bundled(language)).decode()


def fields(text, table):
    """Texts of the fields of a table, row by row."""
    found = re.search(f'<table aria-label="{table}">.*?</table>', text, re.DOTALL)[0]
    rows = found.split("<tbody>")[1].split("<tr>")[1:]
    return [[re.sub(r"<[^>]*>", "", field) for field in re.split(r"<td[^>]*>", row)[1:]] for row in rows]


def test_a_hidden_number_is_a_word_with_its_rule_and_a_zero_is_a_zero():
    """Nobody takes one for the other."""
    assert fields(page(), "trend_summary") == [
        ["E11", "1,234", "48.0", "0.5"],
        ["J10", "hidden: small", "hidden: of few", ""],
        ["Z00", "0", "", ""],
    ]


def test_the_rule_of_a_hidden_number_is_shown_when_it_is_pointed_at():
    """And stands in the text besides."""
    text = page()
    assert '<span class="withheld" title="The count itself is small.">hidden: small</span>' in text
    assert "Counts from 1 to 10 are hidden (policy cms)" in text
    assert "Hidden is not zero" in text


def test_a_chart_leaves_no_gap_that_looks_like_zero():
    """The hidden bar says that it is hidden."""
    chart = re.search('<section id="chart-age_distribution".*?</section>', page(), re.DOTALL)[0]
    bars = re.findall("<li>.*?(?=<li>|</ul>)", chart, re.DOTALL)
    assert "<rect" in bars[0]
    assert ("<rect" in bars[1], "hidden: protects others" in bars[1]) == (False, True)


def test_there_is_no_script_and_no_data_beside_the_tables():
    """What is not seen cannot be read out either."""
    text = page()
    assert re.findall(r"<script[^>]*>", text) == ['<script type="text/plain" id="data">']
    empty = page({name: content.split(b"\n")[0] + b"\n" for name, content in FILES.items()})
    data = r'<script type="text/plain" id="data">(.*?)</script>'
    assert re.search(data, text)[1] == re.search(data, empty)[1]


def test_values_are_escaped():
    """The name of a place, say."""
    assert "Ward &lt;7&gt;" in page()


def test_a_long_table_says_how_many_rows_its_file_has_besides():
    """The page stays small."""
    rows = "".join(f"A{number:02d},{200 - number},1.0,0.5,\n" for number in range(MOST_ROWS + 9))
    text = page({"trend_summary": FILES["trend_summary"].split(b"\n")[0] + b"\n" + rows.encode()})
    assert len(fields(text, "trend_summary")) == MOST_ROWS
    assert "9 more rows are in the file of the report." in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_rule_has_a_word_and_a_sentence(language):
    """In each language."""
    from healthtrends.release.form import FEW, REPEATS, WORDS

    words = bundled(language)
    for rule in (*WORDS.values(), FEW, REPEATS):
        assert words(f"released.word.{rule}")
        assert words(f"released.rule.{rule}")
