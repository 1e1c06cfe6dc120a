"""The systemd units and the Containerfile are in order, by our own look and by that of systemd."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from healthtrends.cli.main import cli

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
PROGRAM = "/srv/healthtrends/.venv/bin/healthtrends"
KNOWN = {
    "Unit": "Description Documentation After Wants StartLimitIntervalSec StartLimitBurst",
    "Service": """
        Type NotifyAccess User Group WorkingDirectory EnvironmentFile Environment ExecStart
        TimeoutStartSec WatchdogSec TimeoutStopSec Restart RestartSec RestartPreventExitStatus
        SuccessExitStatus StateDirectory CacheDirectory ReadWritePaths UMask NoNewPrivileges
        CapabilityBoundingSet AmbientCapabilities ProtectSystem ProtectHome ProtectClock
        ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables
        ProtectControlGroups ProtectProc PrivateTmp PrivateDevices RestrictAddressFamilies
        RestrictNamespaces RestrictRealtime RestrictSUIDSGID LockPersonality SystemCallArchitectures
        SystemCallFilter
    """,
    "Timer": "OnCalendar RandomizedDelaySec Persistent",
    "Install": "WantedBy",
}
"""Directives that are used, by section; a misspelled one would be ignored by systemd."""


def settings(unit: Path, section: str) -> list[tuple[str, str]]:
    """Directives of a section in their order, repeated ones too."""
    lines = unit.read_text("utf-8").split(f"[{section}]\n")[1].split("\n[")[0].splitlines()
    found = [line.partition("=") for line in lines if line and not line.startswith("#")]
    assert all(equals for _, equals, _ in found)
    return [(name, value) for name, _, value in found]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_known_sections_and_directives(unit):
    """And nothing outside of them."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(unit, "utf-8")
    for section in parser.sections():
        assert {name for name, _ in settings(unit, section)} <= set(KNOWN[section].split())


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda u: u.name)
def test_a_service_calls_commands_that_there_are(unit):
    """With options that they have."""
    for name, value in settings(unit, "Service"):
        if name == "ExecStart":
            program, command, *arguments = shlex.split(value)
            assert program == PROGRAM
            cli.commands[command].make_context(command, list(arguments))


def test_the_follower_is_watched_and_not_started_again_in_vain():
    """Type notify, a watchdog, and exit codes that need a person; killed only after it has ended itself."""
    found = dict(settings(DEPLOY / "systemd" / "healthtrends-ingest.service", "Service"))
    assert (found["Type"], found["RestartPreventExitStatus"], found["Restart"]) == (
        "notify",
        "2 4",
        "on-failure",
    )
    assert int(found["WatchdogSec"]) > 0
    assert int(found["TimeoutStopSec"]) > 30


def test_the_timer_starts_the_service_of_its_name():
    """There is no other word that joins them."""
    assert (DEPLOY / "systemd" / "healthtrends.timer").with_suffix(".service").is_file()


def test_systemd_finds_no_fault_where_it_is_there(tmp_path):
    """On copies whose program is there; elsewhere the looks above stand alone."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        assert UNITS
        return
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(PROGRAM, sys.executable))
    done = subprocess.run(
        [analyze, "verify", "--man=no", *(tmp_path / unit.name for unit in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    faults = [line for line in done.stderr.splitlines() if "healthtrends" in line]
    assert faults == []


def test_the_image_runs_as_nobody_and_starts_without_a_shell():
    """Each step is a list of words; the last user is not root."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    steps = re.findall(r"^(RUN|ENTRYPOINT|CMD) (.*)$", text, re.MULTILINE)
    assert steps
    assert all(words.startswith("[") for _, words in steps)
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE)[-1] == "10001:10001"
    names = {
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for name in line.split()
    }
    assert all((DEPLOY.parent / name).exists() for name in names)
