"""What `doctor` says of the folders on HDFS: whether others may read more than the settings want."""

from collections.abc import Iterator

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding
from healthtrends.errors import HealthTrendsError
from healthtrends.storage.access_rights import AccessRights, differences, root_rights
from healthtrends.storage.layout import Layout


def rights_of(settings: Settings) -> AccessRights:
    """Modes and names of the configured root."""
    hdfs = settings.hdfs
    return root_rights(Layout(hdfs.root), hdfs.mode, hdfs.owner, hdfs.group)


def rights_findings(settings: Settings) -> Iterator[Finding]:
    """One for each folder that is wider, or somebody else's; folders keep what they were made with."""
    store = HdfsStore(settings.hdfs.url or "", settings.hdfs.client)
    rights = rights_of(settings)
    try:
        found = list(differences(rights, store.access))
    except HealthTrendsError:
        return  # the check of HDFS itself says why
    for folder, text, command in found:
        yield Finding("rights", "warning", f"{folder}: {text}", f"`hdfs dfs {command} {folder}`")
    if not found:
        yield Finding("rights", "ok", f"no folder of {settings.hdfs.root} is wider than the settings")
