"""Small released tables."""

import pytest

from healthtrends.audit.description import parse_description
from healthtrends.audit.judge import audit


@pytest.fixture
def judge():
    """Audit these files under this description; findings by table and the values of the keys."""

    def judged(description, **files):
        content = {f"{name}.csv": text.encode() for name, text in files.items()}
        found = audit(parse_description(description.encode()), content)
        return {(each.table, *each.keys.values()): each for each in found}

    return judged
