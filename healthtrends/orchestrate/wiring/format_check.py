"""The check of `doctor` that looks at the format of the root."""

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding
from healthtrends.errors import HealthTrendsError
from healthtrends.storage.layout import Layout
from healthtrends.storage.root_format import FORMAT, root_format


def format_finding(settings: Settings) -> Finding:
    """Say the format; an error for a root that this program may not use."""
    layout = Layout(settings.hdfs.root)
    try:
        found = root_format(HdfsStore(settings.hdfs.url or "", settings.hdfs.client), layout)
    except HealthTrendsError as error:
        return Finding("root format", "error", str(error), error.next_step)
    if found is None:
        return Finding("root format", "ok", f"{layout.root} is not made yet; it will have format {FORMAT}")
    if found < FORMAT:
        text = f"{found}, of an earlier version, which is read and continued as it is"
        return Finding("root format", "ok", f"{text}; `healthtrends upgrade` makes it {FORMAT}")
    return Finding("root format", "ok", str(found))
