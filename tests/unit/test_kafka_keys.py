"""Keys of [kafka.client] that a configuration cannot change."""

import pytest

from healthtrends.adapters.kafka_client import merged
from healthtrends.config import load
from healthtrends.config.kafka_keys import RESERVED, required
from healthtrends.errors import ConfigError

REFUSED = [each.key for each in RESERVED if each.is_refused]
IGNORED = [each for each in RESERVED if not each.is_refused]


def loaded(**client):
    return load(None, {}, {f"HEALTHTRENDS_KAFKA__CLIENT__{key}": value for key, value in client.items()})


@pytest.mark.parametrize("key", REFUSED)
def test_a_key_that_cannot_be_meant_is_refused_by_its_name(key):
    """And its value is not shown."""
    with pytest.raises(ConfigError, match=f"may not set {key}") as caught:
        loaded(**{key: "secret-value"})
    assert "secret-value" not in f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize("reserved", IGNORED, ids=lambda each: each.key)
def test_a_common_key_of_another_value_is_ignored_with_a_word(reserved, capsys):
    """The clients never get it, and one line names it and says why."""
    settings = loaded(**{reserved.key: "other"})
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert f"key=kafka.client.{reserved.key}" in told[0]
    assert "other" not in merged({}, "b:1", settings.kafka.client).values()


@pytest.mark.parametrize("reserved", IGNORED, ids=lambda each: each.key)
def test_the_programs_own_value_needs_no_word(reserved, capsys):
    """As in many properties files."""
    loaded(**{reserved.key: reserved.value or ""})
    assert capsys.readouterr().err == ""


def test_clients_always_get_what_exactly_once_delivery_rests_on():
    """Written out here, so that no key leaves the table unnoticed."""
    assert required("consumer") == {
        "auto.offset.reset": "error", "enable.auto.commit": "false", "enable.auto.offset.store": "false",
        "enable.partition.eof": "false", "isolation.level": "read_committed", "check.crcs": "true",
        "allow.auto.create.topics": "false",
    }  # fmt: skip
    assert required("producer") == {"enable.idempotence": "true", "acks": "all"}


@pytest.mark.parametrize("key", ["bootstrap.servers", "metadata.broker.list", "transactional.id"])
def test_keys_that_lead_the_clients_elsewhere_are_refused(key):
    """Written out here, so that none leaves the table unnoticed."""
    assert key in REFUSED


def test_what_is_required_wins_over_defaults_and_configuration():
    """Whatever the order they are given in."""
    found = merged({"isolation.level": "x"}, "b:1", {"isolation.level": "y"}, required("consumer"))
    assert found["isolation.level"] == "read_committed"
