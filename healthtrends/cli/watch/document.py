"""A look as the document of `--json`."""

from collections.abc import Mapping
from dataclasses import asdict

from healthtrends.orchestrate.observation import Observation


def look_document(look: Observation) -> Mapping[str, object]:
    """Give a look as JSON has it; times are RFC 3339, what could not be read is null."""
    found = asdict(look)
    where = found.pop("where")
    del found["moment"], found["exit_code"]
    found["at"] = look.at.isoformat(timespec="milliseconds")
    if look.commit is not None and look.commit.committed_at is not None:
        found["commit"]["committed_at"] = look.commit.committed_at.isoformat(timespec="milliseconds")
    if look.partitions is not None:
        found["partitions"] = [{**asdict(each), "lag": each.lag} for each in look.partitions]
    return {"kafka": where["kafka"], "hdfs": where["hdfs"], **found, "lag": look.lag}
