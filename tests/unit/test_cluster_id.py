"""Kafka's cluster id, as the local stack makes it."""

import base64

from healthtrends.devstack.kafka import new_cluster_id


def test_no_cluster_id_looks_like_an_option():
    """Of 2,000 ids some 30 would begin with a dash by chance."""
    assert not [made for made in (new_cluster_id() for _ in range(2000)) if made.startswith("-")]


def test_a_cluster_id_is_sixteen_bytes():
    """22 characters of URL-safe base64."""
    assert len(base64.urlsafe_b64decode(new_cluster_id() + "==")) == 16
