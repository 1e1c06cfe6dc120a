"""What holds for every row: no exception, and two paths that agree."""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from healthtrends.formats import open_decoder
from healthtrends.model.decoder import DecoderOptions, Outcome, facts
from healthtrends.model.facts import VisitFact
from healthtrends.model.pseudonym import pseudonymiser
from tests.unit.mapped.mapping import LATEST, MS, ROW, decoder, source

EXAMPLES = settings().max_examples
KEY = pseudonymiser(b"k" * 32)
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(), st.text(max_size=40),
    st.sampled_from(["", " ", "w", "M", "01", "E11", "e119", " E11.9 ", "20.12.2025 08:30", "41", "41,5"]),
    st.lists(st.text(max_size=3), max_size=2), st.dictionaries(st.text(max_size=3), st.text(max_size=3)),
)  # fmt: skip
PLAIN = {"record_id": "Nr", "visit_id": "Fall", "facility_id": "Haus", "recorded_at": "Zeit"}
MAPPINGS = [
    {},
    PLAIN,
    {"age": {"birth_date": "Geb", "format": "%d.%m.%Y"}, "treatment_code": {"constant": "NONE"}},
    {"status": {"column": "Storno", "values": {"1": "cancelled"}, "default": "active"}, **PLAIN},
    {"diagnosis_code": {"column": "ICD", "code_rule": "icd10gm"}},
]
DECODERS = [decoder(KEY, **rules) for rules in MAPPINGS]
MANY = decoder(KEY, diagnosis_code={"columns": ["ICD", "a.0.b"], "split": ";"}, previous_visit_date="Zeit")
SNAPSHOTS = open_decoder(
    DecoderOptions(
        LATEST, KEY, source=source(diagnosis_code={"columns": ["ICD", "Haus"], "split": ";"}, record_id="Nr")
    )
)
NAMES = st.sampled_from([*ROW, "Nr", "Fall", "Haus", "Zeit", "Geb", "Storno", "a", "Zimmer"])
ROWS = st.dictionaries(NAMES, CELLS, max_size=4).map(lambda cells: {**ROW, "Geb": "01.02.1990", **cells})
VALUES = (
    ROWS.map(lambda row: json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    | ROWS.map(lambda row: json.dumps(row).encode() + b"\xff")
    | st.binary(max_size=60)
)


@settings(max_examples=6 * EXAMPLES)
@given(VALUES, st.sampled_from(DECODERS))
def test_the_fast_path_gives_what_the_slow_one_gives(value, read):
    """Record for record, also where it met the cell before."""
    slow: Outcome = read.decode_slowly(value, MS)
    assert read.decode(value, MS) == slow
    assert read.decode(value, MS) == slow


@settings(max_examples=3 * EXAMPLES)
@given(VALUES | st.none())
def test_any_row_gives_an_outcome(value):
    """Also a null value and lists of codes; the patients in it can be asked for."""
    found = MANY.decode(value, MS)
    assert not isinstance(found, tuple) or found
    MANY.patients(value)


@settings(max_examples=3 * EXAMPLES)
@given(ROWS)
def test_a_row_of_several_codes_gives_a_fact_that_can_be_stored(row):
    """Also with times and ids of any form."""
    found = SNAPSHOTS.decode(json.dumps(row).encode(), MS)
    for fact in facts(found, 0, 0):
        assert msgspec.json.decode(msgspec.json.encode(fact), type=VisitFact) == fact
