"""The checks of `doctor` on HDFS: the root, its format, the right to write, and what quotas leave."""

from collections.abc import Iterator
from contextlib import closing

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding
from healthtrends.errors import HealthTrendsError
from healthtrends.observe import counted
from healthtrends.orchestrate.preflight import check_writable
from healthtrends.orchestrate.wiring.rights_check import rights_of
from healthtrends.storage.layout import Layout
from healthtrends.storage.root_format import FORMAT, root_format
from healthtrends.storage.store_pool import StorePool

_REPLICAS = 3  # Hadoop's default; a space quota counts each


def hdfs_findings(settings: Settings) -> Iterator[Finding]:
    """Check the root; it can be listed in safe mode too."""
    url, root = settings.hdfs.url or "", settings.hdfs.root
    try:
        names = HdfsStore(url, settings.hdfs.client).list(root)
    except HealthTrendsError as error:
        yield Finding("hdfs", "error", str(error), error.next_step)
        return
    yield Finding("hdfs", "ok", f"{url}{root}: {counted(len(names), 'name')}")
    yield from root_findings(settings)


def root_findings(settings: Settings) -> Iterator[Finding]:
    """Check its format, and then, as every run first, that the pipeline can write there."""
    yield (form := _format(settings))
    if form.level == "ok":
        yield _writable(settings)


def _writable(settings: Settings) -> Finding:
    """The check that every run begins with."""
    layout = Layout(settings.hdfs.root)
    store = HdfsStore(settings.hdfs.url or "", settings.hdfs.client, rights_of(settings))
    with closing(StorePool(store)) as pool:
        try:
            check_writable(pool, layout)
        except HealthTrendsError as error:
            return Finding("writing", "error", str(error), error.next_step)
    return Finding("writing", "ok", f"a file below {layout.root} was written, measured and deleted")


def _format(settings: Settings) -> Finding:
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


def quota_findings(settings: Settings) -> Iterator[Finding]:
    """Say what the quotas of the root leave, and whether an ingest fits."""
    needed = {"bytes": _REPLICAS * reserved_bytes_of(settings), "names": 2 * settings.ingest.batch_dates}
    try:
        quotas = list(HdfsStore(settings.hdfs.url or "", settings.hdfs.client).quotas(settings.hdfs.root))
    except HealthTrendsError:
        return  # the check of HDFS itself says why
    for quota in quotas:
        text = f"{quota.folder}: {quota.left:,} of {quota.limit:,} {quota.kind} left"
        if quota.left >= needed[quota.kind]:
            yield Finding("quota", "ok", text)
        else:
            text += f", an ingest needs up to {needed[quota.kind]:,}"
            yield Finding("quota", "warning", text, "ask for more, or remove what is not needed")


def reserved_bytes_of(settings: Settings) -> int:
    """Bytes that HDFS reserves at most while an ingest writes, per replica."""
    from healthtrends.ingest.date_files import reserved_bytes
    from healthtrends.orchestrate.wiring.ingest_settings import worker_count

    return worker_count(settings) * reserved_bytes(settings.ingest.batch_bytes)
