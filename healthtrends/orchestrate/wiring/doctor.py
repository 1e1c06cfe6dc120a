"""The checks of `doctor`: each looks at one thing and says what it found and what to do next."""

import importlib.metadata
import resource
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from healthtrends import clock
from healthtrends.config import Settings, check_private, expanded, shown_url
from healthtrends.config.kerberos_library import LIBRARY, check_library
from healthtrends.devstack.doctor import DISK, GIB, Finding, Level, examine
from healthtrends.devstack.java import find_java
from healthtrends.devstack.stack import LocalStack
from healthtrends.errors import ConfigError, HealthTrendsError
from healthtrends.orchestrate.wiring.code_edition import open_edition
from healthtrends.orchestrate.wiring.hdfs_check import (
    hdfs_findings,
    quota_findings,
    reserved_bytes_of,
    root_findings,
)
from healthtrends.orchestrate.wiring.lineage_check import lineage_findings
from healthtrends.orchestrate.wiring.mllp_check import mllp_findings
from healthtrends.orchestrate.wiring.monitors_check import monitors_findings
from healthtrends.orchestrate.wiring.opt_out_file import read_opt_out
from healthtrends.orchestrate.wiring.registry_check import registry_findings
from healthtrends.orchestrate.wiring.rights_check import rights_findings
from healthtrends.orchestrate.wiring.topic_check import topic_findings

_PACKAGES = (("pyspark", "all engines"), ("pysail", "embedded engine"), ("pyarrow", "results"))


def findings(settings: Settings, stack: LocalStack) -> Iterator[Finding]:
    """Make every check, quick ones first; the servers are asked last."""
    yield Finding("python", "ok", f"{sys.version.split()[0]} in {sys.prefix}")
    yield from (_package(name, use) for name, use in _PACKAGES)
    yield _kerberos_library(needed=settings.uses_local_stack and _is_secure(settings, stack))
    yield _java(needed=settings.uses_local_stack or settings.engine.name == "spark")
    yield _engine(settings)
    yield _open_files()
    yield _diagnosis_codes(settings)
    if settings.privacy.pseudonymise:
        yield _key(settings, stack)
    if settings.privacy.opt_out_file:
        yield _opt_out(settings)
    if settings.alert.command:
        yield _alert(settings)
    yield from mllp_findings(settings)
    yield from monitors_findings(settings)
    yield from lineage_findings(settings)
    yield from registry_findings(settings)
    if not settings.uses_local_stack:
        yield from hdfs_findings(settings)
        yield from rights_findings(settings)
        yield from quota_findings(settings)
        yield from topic_findings(settings)
        return
    yield from examine(stack)
    yield _room(settings, stack)
    status = stack.status()
    if status.running and status.addresses is not None:
        from healthtrends.orchestrate.wiring.local_stack import with_addresses

        settings = with_addresses(settings, status.addresses)
        yield from root_findings(settings)
        yield from rights_findings(settings)
        yield from topic_findings(settings)


def _package(name: str, use: str) -> Finding:
    try:
        return Finding(name, "ok", f"{importlib.metadata.version(name)} ({use})")
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "error", f"not installed ({use})", "run `make setup`, or `pip install .` again")


def _kerberos_library(*, needed: bool) -> Finding:
    """Loaded by the HDFS client by name, and only when a cluster or the local stack asks for Kerberos."""
    try:
        check_library()
    except ConfigError as error:
        level: Level = "error" if needed else "warning"
        return Finding("kerberos", level, str(error), error.next_step)
    return Finding("kerberos", "ok", LIBRARY)


def _is_secure(settings: Settings, stack: LocalStack) -> bool:
    addresses = stack.status().addresses
    return settings.stack.secure or (addresses is not None and addresses.is_secure)


def _java(*, needed: bool) -> Finding:
    try:
        java = find_java()
    except HealthTrendsError as error:
        return Finding("java", "error" if needed else "warning", str(error), error.next_step)
    return Finding("java", "ok", f"{java.version} in {java.path} ({java.source})")


def _engine(settings: Settings) -> Finding:
    """Versions that fit, and a cluster or server that answers; Java has a finding of its own."""
    from healthtrends.adapters.engines.engine_options import EngineOptions
    from healthtrends.adapters.engines.factory import check

    engine = settings.engine
    master = f" on {shown_url(engine.master)}" if engine.master and engine.name != "embedded" else ""
    options = EngineOptions(
        name=engine.name,
        master=engine.master,
        token=engine.token,
        java_home=Path(),
        hadoop=settings.hdfs.client,
        spark_conf=settings.spark.conf,
        work=Path(),
    )
    try:
        check(options)
    except HealthTrendsError as error:
        return Finding("engine", "error", f"{engine.name}{master}: {error}", error.next_step)
    return Finding("engine", "ok", f"{engine.name}{master}")


def _diagnosis_codes(settings: Settings) -> Finding:
    """Say which edition of ICD-10 is used, and until when its table judges codes."""
    name = "diagnosis codes"
    try:
        edition = open_edition(settings.diagnosis)
    except HealthTrendsError as error:
        return Finding(name, "error", str(error), error.next_step)
    last = edition.validity.last_day if edition.validity else None
    if last is None:
        return Finding(name, "ok", f"{edition.identity}, without an end")
    text = f"{edition.identity}, table until {last}"
    if last >= clock.today(settings.source.timezone):
        return Finding(name, "ok", text)
    step = "codes of later days are not judged: see docs/how-to/icd-10-tables.md"
    return Finding(name, "warning", text, step)


def _opt_out(settings: Settings) -> Finding:
    """Say whether the opt-out list can be used, and how many are on it; never who."""
    try:
        found = read_opt_out(settings, None)
    except HealthTrendsError as error:
        return Finding("opt-out", "error", str(error), error.next_step)
    entries = len(found.lines) if found else 0
    return Finding("opt-out", "ok", f"{settings.privacy.opt_out_file}, {entries:,} on it")


def _key(settings: Settings, stack: LocalStack) -> Finding:
    """Say whether the key can be used; never what it is."""
    configured = settings.privacy.key_file
    if configured is None and not settings.uses_local_stack:
        return Finding(
            "key", "error", "privacy.key_file is not set", "set it, or privacy.pseudonymise = false"
        )
    path = expanded(configured) if configured else stack.key_file
    if configured is None and not path.exists():
        return Finding("key", "ok", f"`healthtrends up` will make {path}")
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return Finding(
            "key", "error", f"{path}: {error.strerror}", "restore the key; all stored ids depend on it"
        )
    try:
        check_private(path, "the key file")
    except HealthTrendsError as error:
        return Finding("key", "error", str(error), error.next_step)
    return Finding("key", "ok", f"{path}, mode {mode:04o}")


def _alert(settings: Settings) -> Finding:
    from healthtrends.adapters.alert import check_hook

    try:
        check_hook(settings.alert)
    except HealthTrendsError as error:
        return Finding("alert", "error", str(error), error.next_step)
    return Finding("alert", "ok", f"{(settings.alert.command or [''])[0]} is there")


def _open_files() -> Finding:
    """Each file that is written at the same time is a socket."""
    from healthtrends.ingest.file_writers import FILES_WANTED

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or allowed >= FILES_WANTED:
        return Finding("open files", "ok", f"{allowed:,} allowed" if allowed > 0 else "no limit")
    return Finding(
        "open files",
        "warning",
        f"{allowed:,} allowed; an ingest of many dates is slower with fewer than {FILES_WANTED}",
        f"`ulimit -n {FILES_WANTED}` or more",
    )


def _room(settings: Settings, stack: LocalStack) -> Finding:
    """A DataNode reserves a block for each open file, and refuses the next when there is no room for it."""
    there = next(parent for parent in (stack.home, *stack.home.parents) if parent.exists())
    free, needed = shutil.disk_usage(there).free, reserved_bytes_of(settings)
    text = f"{free / GIB:.1f} GiB free, an ingest reserves {needed / GIB:.1f} GiB at most"
    if free >= needed + DISK["error"]:
        return Finding("room for writing", "ok", text)
    return Finding("room for writing", "warning", text, "make room, or lower ingest.workers or batch_bytes")
