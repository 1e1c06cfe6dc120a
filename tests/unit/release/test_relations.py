"""Every report says what its numbers count, so that it can be released."""

import dataclasses

import pytest

from healthtrends.release.disclose import release
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import make_report


@pytest.mark.parametrize("schema", schemas().values(), ids=lambda schema: schema.name)
def test_each_column_has_a_meaning(schema):
    """All but the keys; a new column has to be thought of before it can leave the house."""
    assert schema.relations is not None
    assert {*schema.relations.meanings} == {*schema.column_names} - {*schema.keys}


def test_a_report_without_relations_is_not_released():
    """It is an error, not an empty file."""
    bare = dataclasses.replace(schemas()["places"], relations=None)
    with pytest.raises(ValueError, match="places has no relations"):
        release({"places": make_report(bare, (), is_fed=True)})
