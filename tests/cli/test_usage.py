"""What is refused before anything starts, and how it is said."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from healthtrends import __version__
from healthtrends.devstack import stack_state as states

PIPELINE = str(Path(__file__).resolve().parents[2] / "patient_data_pipeline.py")
HALF = {"HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"}
NOWHERE = HALF | {
    "HEALTHTRENDS_HDFS__URL": "hdfs://127.0.0.1:1",
    "HEALTHTRENDS_PRIVACY__PSEUDONYMISE": "false",
}
NOON = {"HEALTHTRENDS_NOW": "2025-12-22T12:00:00+00:00"}


SYNTHETIC = ["produce", "--synthetic", "1", "--from", "2025-12-20", "--to", "2025-12-20"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "2025-02-30", "--log-format", "json"],
        ["--log-format=json", "run", "2025-12-24"],
        ["status", "--nonsense", "--log-format", "json"],
        ["ingest", "--log-format", "json", "--quiet"],
    ],
)
def test_with_a_json_log_all_of_stderr_is_json(cli, arguments):
    """An error at the end and the settings are lines of the log, for whoever parses each line."""
    done = cli(*arguments, **NOON, **HALF)
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert (done.code, done.out, lines[-1]["event"]) == (2, "", "error")
    assert lines[-1].keys() == {"time", "event", "what", "why", "next"}


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["run", "2025-02-30"], "real calendar day"),
        (["run", "20251222"], "YYYY-MM-DD"),
        (["run", "1899-12-31"], "not before 1900-01-01"),
        (["ingest", "--engine", "spark", "--follow"], "does not go with --follow"),
        (["ingest", "--engine", "spark", "--shard", "1/2"], "does not go with --shard"),
        (["ingest", "--engine", "spark", "--restage", "f"], "does not go with --restage"),
        (["ingest", "--master", "yarn"], "--master belongs to --engine spark"),
        (["run", "2025-12-24"], "latest possible visit date is 2025-12-23"),
        (["run", "--from", "2025-12-22", "--to", "2025-12-20"], "begins with its first day"),
        (["run", "--from", "2025-12-22"], "both --from and --to"),
        (["run"], "one DATE, or a range"),
        (["run", "2025-12-22", "--to", "2025-12-22"], "Give one of the two"),
        (["run", "2025-12-22", "--only", "everything"], "preflight"),
        (["run", "2025-12-22", "--engine", "flink"], "embedded"),
        (["report", "2025-13-01"], "real calendar day"),
        (["report", "2025-12-22", "--as-of", "2025-12-22T08:00:00"], "like 2025-12-23T08:30:00Z"),
        (["report", "2025-12-22", "--issue", "1", "--issues"], "both --issue and --issues"),
        (["report", "2025-12-22", "--diff", "1", "2", "--open"], "both --diff and --open"),
        (["ingest", "--shard", "3/2"], "I from 1 to N"),
        (["ingest", "--shard", "one"], "I from 1 to N"),
        (["produce"], "nothing to send"),
        (["produce", "--synthetic", "10", "x.ndjson"], "both"),
        (["produce", "--save", "new.jsonl", "x.ndjson"], "--save is for synthetic messages"),
        ([*SYNTHETIC, "--format", "csv"], "makes a table"),
        ([*SYNTHETIC, "--format", "hl7v2", "--save", "new.hl7"], "one a line"),
        ([*SYNTHETIC, "--save", "/dev/null/new.jsonl"], "cannot be written"),
        (["nonsense"], "No such command"),
        (["run", "2025-12-22", "--nonsense"], "No such option"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_the_rule(cli, arguments, rule):
    """Nothing is started for it."""
    done = cli(*arguments, **NOON)
    assert (done.code, done.out) == (2, "")
    assert rule in done.err
    assert "Traceback" not in done.err
    assert not (cli.folder / "home").exists()


def test_tomorrow_is_a_possible_date(cli):
    """A clinic east of Greenwich is a day ahead; only the missing Kafka stops this."""
    done = cli("run", "2025-12-23", **NOON, **HALF)
    assert "latest possible" not in done.err


def test_messages_that_cannot_be_made_leave_no_file(cli):
    """A table of visits of more than a year; the next try is not refused for a file that is there."""
    done = cli(
        *SYNTHETIC[:3], "--from", "2023-01-01", "--to", "2025-12-20", "--format", "csv", "--save", "new.csv"
    )
    assert (done.code, "choose a shorter range" in done.err) == (2, True)
    assert [file.name for file in cli.folder.iterdir() if "new.csv" in file.name] == []


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"HEALTHTRENDS_KAFKA__TOPC": "x"}, "HEALTHTRENDS_KAFKA__TOPIC"),
        ({"HEALTHTRENDS_KAFKA_TOPIC": "x"}, "HEALTHTRENDS_KAFKA__TOPIC"),
        ({"HEALTHTRENDS_KAFKA__PARTITIONS": "0"}, "at least 1"),
        (HALF, "hdfs.url"),
    ],
)
@pytest.mark.parametrize("command", [["run", "2025-12-22"], ["ingest"], ["status"], ["watch"], ["verify"]])
def test_a_wrong_configuration_ends_with_2_and_what_to_correct(cli, command, environ, named):
    """Whatever the command."""
    done = cli(*command, **environ)
    assert (done.code, done.out) == (2, "")
    assert named in done.err


def test_down_does_not_take_another_home_for_the_one_that_was_misspelled(cli):
    """It reads no settings, but `--purge` deletes."""
    done = cli("down", "--purge", HEALTHTRENDS_HOEM="/srv/ht")
    assert (done.code, done.out) == (2, "")
    assert "the nearest known one is HEALTHTRENDS_HOME" in done.err


@pytest.mark.parametrize(
    "command",
    [
        ["run", "2025-12-20"],
        ["ingest"],
        SYNTHETIC,
        ["verify"],
        ["watch"],
        ["report", "2025-12-20"],
        ["rejects", "list"],
        ["compact", "--all"],
        ["forget", "--pseudonym", "0" * 32, "--yes"],
        ["expire"],
        ["delta", "write"],
    ],
)
def test_without_terminal_and_configuration_no_servers_are_started(cli, command):
    """A cron job that lost its configuration published empty reports of a new, empty stack."""
    done = cli(*command)
    assert (done.code, done.out) == (2, "")
    for place in (
        f"{cli.folder}/healthtrends.toml (not there)",
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS and HEALTHTRENDS_HDFS__URL (not set)",
        f"{cli.folder}/home (holds no local stack)",
    ):
        assert place in done.err
    assert not (cli.folder / "home").exists()


def test_a_configuration_that_names_no_servers_is_named(cli):
    """It was found, and is not what was meant."""
    (cli.folder / "ht.toml").write_text('[publish]\nlanguage = "de"\n')
    done = cli("run", "2025-12-20", "--config", "ht.toml")
    assert (done.code, f"{cli.folder}/ht.toml (names no servers)" in done.err) == (2, True)


@pytest.mark.parametrize("way", ["--local", "a terminal", "a stack in the home"])
def test_a_local_stack_that_is_wanted_may_be_used(cli, way):
    """A dry run starts nothing, but gets as far as the stack that does not run."""
    command = [sys.executable, "-m", "healthtrends.cli", "run", "2025-12-20", "--dry-run"]
    if way == "a stack in the home":
        (cli.folder / "home" / "stack").mkdir(parents=True)
        states.save(cli.folder / "home" / "stack", states.chosen(secure=False))
    ends = os.openpty()
    where = {"stdin": ends[1] if way == "a terminal" else subprocess.DEVNULL, "cwd": cli.folder}
    command += ["--local"] if way == "--local" else []
    done = subprocess.run(command, env=cli.environ, stderr=subprocess.PIPE, check=False, **where)
    for end in ends:
        os.close(end)
    assert (done.returncode, b"the local stack does not run" in done.stderr) == (5, True), done.stderr


def test_an_alert_program_that_is_not_there_ends_a_run_before_any_work(cli):
    """And doctor tells of it, exit 1; other commands send no alert, and do not need it."""
    hook = {"HEALTHTRENDS_ALERT__COMMAND": '["mail-nobody"]'}
    done = cli("run", "2025-12-20", **NOWHERE, **hook)
    assert (done.code, done.out) == (2, "")
    assert "alert.command names mail-nobody" in done.err
    started = cli("demo", HEALTHTRENDS_ALERT__COMMAND='["mail-nobody"]')
    assert (started.code, "alert.command names mail-nobody" in started.err) == (2, True)
    found = cli("doctor", "--json", **hook)
    levels = {each["name"]: each["level"] for each in found.document()["findings"]}
    assert (found.code, levels["alert"]) == (1, "error")
    assert cli("status", **hook).code == 0


def test_local_beside_a_configured_cluster_is_a_contradiction(cli):
    """One of the two is a mistake."""
    done = cli("run", "2025-12-20", "--local", **NOWHERE)
    assert (done.code, "--local is of no use here" in done.err) == (2, True)


def test_a_config_file_that_is_not_there_ends_with_2(cli):
    """It is named, and the defaults are not used instead."""
    done = cli("run", "2025-12-22", "--config", "nowhere.toml")
    assert done.code == 2
    assert "nowhere.toml" in done.err


@pytest.mark.parametrize("named", [[], ["--config", "healthtrends.toml"]])
def test_a_config_file_that_others_may_write_ends_with_2(cli, named):
    """Its hook would run as whoever runs a command there."""
    file = cli.folder / "healthtrends.toml"
    file.write_text('[alert]\ncommand = ["touch", "ran"]\n[retry]\ndeadline = 0.1\n')
    cli.folder.chmod(0o777)
    done = cli("run", "2025-12-22", *named, **NOWHERE)
    assert (done.code, done.out, (cli.folder / "ran").exists()) == (2, "", False)
    assert "may be written by others (drwxrwxrwx)" in done.err
    trusted = cli("run", "2025-12-22", *named, **NOWHERE, HEALTHTRENDS_TRUST_CONFIG=str(file))
    assert (trusted.code, (cli.folder / "ran").exists()) == (5, True), trusted.err


@pytest.mark.parametrize("arguments", [["--json", "run", "2025-02-30"], ["run", "2025-02-30", "--json"]])
def test_with_json_an_error_is_the_one_document(cli, arguments):
    """Before or after the command's name, and also for what the parser itself refuses."""
    document = cli(*arguments).document()
    assert document["error"]["exit_code"] == 2
    assert "real calendar day" in document["error"]["what"]


def test_a_users_mistake_shows_a_traceback_only_with_v(cli):
    """Whoever asks for it gets it."""
    assert "Traceback" not in cli("run", "2025-12-22", **HALF).err
    assert "Traceback" in cli("-v", "run", "2025-12-22", **HALF).err


def test_the_documented_command_is_run(cli):
    """From any folder, also with the rule for dates."""
    done = cli.python(PIPELINE, "2025-02-30")
    assert done.code == 2
    assert "real calendar day" in done.err


def test_secrets_print_as_stars_in_the_settings(cli):
    """The settings come first, before anything can fail."""
    environ = {"HEALTHTRENDS_KAFKA__CLIENT__SASL_PASSWORD": "s3cr3t", **HALF}
    environ |= {"HEALTHTRENDS_HDFS__URL": "hdfs://127.0.0.1:1", "HEALTHTRENDS_RETRY__DEADLINE": "0.2"}
    done = cli("-v", "run", "2025-12-22", **environ)
    assert "kafka.client.sasl.password = ***" in done.err
    assert "s3cr3t" not in done.err + done.out


def test_help_lists_every_command_and_exits_0(cli):
    """Each with its first sentence."""
    done = cli("--help")
    assert done.code == 0
    for name in ("run", "up", "down", "status", "produce", "ingest", "verify", "rejects", "report", "doctor"):
        assert f"\n  {name} " in done.out


@pytest.mark.parametrize("group", [[], ["rejects"]])
def test_a_group_alone_prints_its_help(cli, group):
    """It is no error to ask what there is."""
    done = cli(*group)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: {' '.join(['healthtrends', *group])} ")


def test_version_is_a_command_too(cli):
    """As `--version`."""
    assert cli("version").out == f"healthtrends {__version__}\n"
    assert cli("version", "--json").document()["version"] == __version__


def test_the_shell_completes_names_of_reports_and_words_for_dates(cli):
    """As the completion script of bash asks."""
    asked = {"COMP_WORDS": "healthtrends report latest --name t", "COMP_CWORD": "4"}
    entry = "import sys; from healthtrends.cli.main import main; sys.exit(main([]))"
    found = cli.python("-c", entry, _HEALTHTRENDS_COMPLETE="bash_complete", **asked)
    names = ("trend_summary", "top_diagnoses", "treatment_outcomes", "trends")
    assert found.out.split() == [f"plain,{name}" for name in names]


def test_a_home_that_cannot_be_made_is_an_error_in_words(cli):
    """A part of the path is a file."""
    (cli.folder / "file").touch()
    done = cli("up", HEALTHTRENDS_HOME=str(cli.folder / "file" / "home"))
    assert (done.code, "cannot be made" in done.err, "HEALTHTRENDS_HOME" in done.err) == (2, True, True)


def test_status_check_of_a_stack_that_does_not_run_ends_with_5(cli):
    """Without the flag, status only says so."""
    assert cli("status").code == 0
    done = cli("status", "--check")
    assert (done.code, "attention: the local stack does not run" in done.out) == (5, True)


def test_watch_shows_a_stack_that_does_not_run_and_asks_again(cli):
    """It may be started any time; one look alone ends with 5, and starts nothing."""
    (cli.folder / "home" / "stack").mkdir(parents=True)
    states.save(cli.folder / "home" / "stack", states.chosen(secure=False))
    done = cli("watch", "--json")
    assert (done.code, done.document()["error"]["exit_code"]) == (5, 5)
    command = [sys.executable, "-m", "healthtrends.cli", "watch", "--every", "0.5"]
    with subprocess.Popen(
        command, cwd=cli.folder, env=cli.environ, stdout=subprocess.PIPE, text=True
    ) as process:
        lines = [process.stdout.readline() for _ in range(14)]
        process.terminate()
        assert process.wait(60) == 0
    assert sum("fault: the local stack does not run" in line for line in lines) == 2


@pytest.mark.parametrize(
    "command", [[], ["run"], ["produce"], ["demo"], ["doctor"], ["rejects", "list"], ["watch"]]
)
def test_help_loads_nothing_heavy(cli, command):
    """An import of one of these alone would take longer than help may."""
    code = (
        "import sys\nfrom healthtrends.cli.main import main\n"
        f"assert main([*{command!r}, '--help']) == 0\n"
        "heavy = {'pyspark', 'pandas', 'pyarrow', 'numpy', 'confluent_kafka', 'hdfs_native', 'pysail',"
        " 'rich', 'stamina'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = cli.python("-c", code)
    assert (done.code, done.err) == (0, "")


def test_the_settings_of_a_client_are_those_of_the_configured_cluster(cli):
    """In Java's form too; the password is printed, since that is what was asked for."""
    client = {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.password": "word"}
    environ = {
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": "b:9092",
        "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(client),
        "HEALTHTRENDS_HDFS__URL": "hdfs://n:8020",
    }
    done = cli("status", "--kafka-client", "java", **environ)
    assert done.code == 0
    assert "bootstrap.servers=b:9092\n" in done.out
    assert 'password="word"' in done.out


def test_a_stack_that_was_never_started_has_no_client(cli):
    """And says how to start it."""
    done = cli("status", "--kafka-client", "librdkafka")
    assert (done.code, done.out) == (5, "")
    assert "`healthtrends up`" in done.err


def test_status_starts_nothing(cli):
    """It says so, with all the keys that a script relies on."""
    done = cli("status", "--json")
    document = done.document()
    assert done.code == 0
    assert document["stack"] == {"running": False, "home": str(cli.folder / "home"), "secure": False}
    assert document["kafka"] == {
        "bootstrap_servers": None,
        "topic": "patient-records",
        "lag": None,
        "hidden": None,
        "client_file": None,
    }
    assert document["hdfs"] == {"url": None, "root": "/healthTrend"}
    assert document["commits"] == {"last_seq": None, "records": None, "rejects": None}
    assert document["dates"] == []


def test_down_without_a_stack_has_nothing_to_do(cli):
    """Which is no fault."""
    done = cli("down")
    assert (done.code, done.out) == (0, "was not running\n")


def test_a_purge_of_a_home_that_is_not_there_says_so(cli):
    """Not that its data are removed: it may be misspelled."""
    home = cli.folder / "none"
    done = cli("down", "--purge", HEALTHTRENDS_HOME=str(home))
    said = f"was not running\nthere is nothing to remove: {home} is not there\n"
    assert (done.code, done.out, home.exists()) == (0, said, False)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.csv", 'patient_id,visit_date\np,"d\n' + "q,d\n" * 500, "a.csv, line 2: not CSV"),
        ("a.json", "[\n{},\n{}\n]\n", "a.json, line 1: a JSON array"),
    ],
)
def test_a_damaged_file_ends_with_2_and_its_line(cli, name, content, place):
    """Before anything is started, so nothing is sent."""
    (cli.folder / name).write_text(content)
    done = cli("produce", name)
    assert (done.code, done.out) == (2, "")
    assert place in done.err
    assert "nothing was sent" in done.err
    assert not (cli.folder / "home").exists()
