"""Settings: precedence, refusals that help, and secrets that stay secret."""

import pwd
import re
from pathlib import Path

import pytest

import healthtrends
from healthtrends.config import Settings, cache, check_names, expanded, home, load, printed
from healthtrends.config.variables import VARIABLES
from healthtrends.devstack.doctor import examine
from healthtrends.devstack.stack import LocalStack
from healthtrends.errors import ConfigError

CLUSTER = {
    "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": "broker:9092",
    "HEALTHTRENDS_HDFS__URL": "hdfs://namenode:8020",
}

BAD_ROOTS = (
    "/", "/a/", "//a", "/a//b", "/a/..", "/../a", "/a/./b", "/.", "/a b", "/a%20b", "/a*", "/a?", "/[a]",
    "/{a}", "/a#b", "/a:b",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    """No stray healthtrends.toml decides a test."""
    monkeypatch.chdir(tmp_path)


def toml(text: str) -> Path:
    """Write the file that the working directory offers."""
    path = Path("healthtrends.toml")
    path.write_text(text, encoding="utf-8")
    return path


def refused(environ: dict[str, str] | None = None, file: Path | None = None, **flags: object) -> ConfigError:
    """Load and hand over the error."""
    with pytest.raises(ConfigError, match=r".") as caught:
        load(file, {key.replace("__", "."): value for key, value in flags.items()}, environ or {})
    return caught.value


def test_with_nothing_configured_the_defaults_mean_the_local_stack():
    """No flag, no variable, no file."""
    assert load(None, {}, {}) == Settings()
    assert Settings().uses_local_stack


def test_a_configured_cluster_is_not_the_local_stack():
    """Both addresses are given."""
    assert not load(None, {}, CLUSTER).uses_local_stack


def test_the_file_of_the_working_directory_beats_the_default():
    """Without --config the file is found by its name."""
    toml('[kafka]\ntopic = "from-file"')
    assert load(None, {}, {}).kafka.topic == "from-file"


def test_the_environment_beats_the_file():
    """A key in both takes the variable's value."""
    toml('[kafka]\ntopic = "from-file"')
    assert load(None, {}, {"HEALTHTRENDS_KAFKA__TOPIC": "from-env"}).kafka.topic == "from-env"


def test_a_flag_beats_the_environment():
    """A flag that was not given (None) does not."""
    environ = {"HEALTHTRENDS_ENGINE__NAME": "spark"}
    assert load(None, {"engine.name": "embedded"}, environ).engine.name == "embedded"
    assert load(None, {"engine.name": None}, environ).engine.name == "spark"


def test_files_are_not_merged():
    """With --config the file of the working directory is not read at all."""
    toml("[kafka]\npartitions = 7")
    other = Path("other.toml")
    other.write_text('[kafka]\ntopic = "other"', encoding="utf-8")
    assert load(other, {}, {}).kafka.partitions == 3


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("KAFKA__PARTITIONS", "12", ("kafka", "partitions"), 12),
        ("RETRY__DEADLINE", "2.5", ("retry", "deadline"), 2.5),
        ("PRIVACY__PSEUDONYMISE", "false", ("privacy", "pseudonymise"), False),
        ("ALERT__COMMAND", '["mail", "-s", "x"]', ("alert", "command"), ["mail", "-s", "x"]),
        ("KAFKA__TOPIC", "", ("kafka", "topic"), "patient-records"),
    ],
)
def test_a_variable_is_text_and_becomes_the_type_of_its_key(variable, text, key, value):
    """Numbers, booleans and lists; an empty variable counts as not set."""
    settings = load(None, {}, {f"HEALTHTRENDS_{variable}": text})
    assert getattr(getattr(settings, key[0]), key[1]) == value


def test_a_table_comes_as_json_or_key_by_key():
    """The single keys win over those of the object, and capitals stand for dots."""
    environ = {
        "HEALTHTRENDS_KAFKA__CLIENT": '{"sasl.username": "a", "linger.ms": 5}',
        "HEALTHTRENDS_KAFKA__CLIENT__SASL_USERNAME": "b",
        "HEALTHTRENDS_KAFKA__CLIENT__sasl.mechanism": "PLAIN",
    }
    assert load(None, {}, environ).kafka.client == {
        "sasl.username": "b",
        "linger.ms": "5",
        "sasl.mechanism": "PLAIN",
    }


def test_dotted_keys_of_a_table_need_no_quotes_in_the_file():
    """TOML reads `sasl.username` as nested tables; a client library wants the dotted name."""
    toml('[kafka.client]\nsasl.username = "u"\n"linger.ms" = 5\nenable.idempotence = true')
    assert load(None, {}, {}).kafka.client == {
        "sasl.username": "u",
        "linger.ms": "5",
        "enable.idempotence": "true",
    }


def test_a_relative_key_file_lies_beside_the_file_that_names_it(tmp_path):
    """The command may be run from anywhere."""
    folder = tmp_path / "etc"
    folder.mkdir()
    file = folder / "ht.toml"
    file.write_text('[privacy]\nkey_file = "k.hex"', encoding="utf-8")
    assert load(file, {}, {}).privacy.key_file == str(folder / "k.hex")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("[kafka]\ntopc = 'x'", "kafka.topic"),
        ("[kafak]\ntopic = 'x'", "kafka.topic"),
        ("[kafka]\nurl = 'hdfs://a:1'", "hdfs.url"),
        ("topic = 'x'", "kafka.topic"),
        ("[kafka.topic]\nname = 'x'", "kafka.topic"),
    ],
)
def test_an_unknown_key_of_the_file_names_the_nearest_known_one(text, nearest):
    """A typing slip must not pass for a default."""
    error = refused(file=toml(text))
    assert nearest in str(error)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("HEALTHTRENDS_KAFKA__TOPC", "HEALTHTRENDS_KAFKA__TOPIC"),
        ("HEALTHTRENDS_KAFKA_TOPIC", "HEALTHTRENDS_KAFKA__TOPIC"),
        ("HEALTHTRENDS_TOPIC", "HEALTHTRENDS_KAFKA__TOPIC"),
        ("HEALTHTRENDS_KAFKA__TOPIC__X", "HEALTHTRENDS_KAFKA__TOPIC"),
        ("HEALTHTRENDS_HDFS_ROOT", "HEALTHTRENDS_HDFS__ROOT"),
        ("HEALTHTRENDS__HOME", "HEALTHTRENDS_HOME"),
        ("HEALTHTRENDS_HOEM", "HEALTHTRENDS_HOME"),
        ("HEALTHTRENDS_FAIL_POINT", "HEALTHTRENDS_FAILPOINT"),
    ],
)
def test_an_unknown_variable_names_the_nearest_known_one(name, found):
    """One underscore too few would lead the run to another topic, and a slip in HOME to another home."""
    with pytest.raises(ConfigError, match=f"^unknown environment variable {name} ") as caught:
        check_names({name: "s3cr3t"})
    assert caught.value.why.endswith(f" {found}")
    assert "s3cr3t" not in f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize("name", ["FOO", "PORT", "DEBUG", "LOG_LEVEL", "SERVICE_HOST"])
def test_a_name_that_is_like_no_known_one_gets_none_named(name):
    """A far one is a riddle; where all names are listed is said instead. The same for a key of the file."""
    with pytest.raises(ConfigError) as caught:
        check_names({f"HEALTHTRENDS_{name}": "x"})
    for error in (caught.value, refused(file=toml(f"{name.lower()} = 'x'"))):
        assert error.why.endswith("; no known one is near")
        assert error.next_step.endswith("it. All names: docs/reference/configuration.md.") or (
            error.next_step == "Remove it. All settings: docs/reference/configuration.md."
        )


def test_each_variable_that_the_program_reads_is_a_known_name():
    """And one that is empty counts as not set, whatever its name."""
    package = Path(healthtrends.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    read = set(re.findall(r"""environ\S*["'](HEALTHTRENDS_\w+)|= ["'](HEALTHTRENDS_\w+)["']""", text))
    names = {name for pair in read for name in pair if name}
    assert {"HEALTHTRENDS_NOW", "HEALTHTRENDS_FAILPOINT", "HEALTHTRENDS_TRUST_CONFIG"} <= names
    assert names <= set(VARIABLES)
    check_names(dict.fromkeys(VARIABLES, "x") | {"HEALTHTRENDS_KAFKA_TOPIC": "", "HEALTHTREND_X": "x"})


def test_variables_that_are_no_settings_change_none():
    """HEALTHTRENDS_HOME and its like."""
    assert load(None, {}, {"HEALTHTRENDS_HOME": "/x", "HEALTHTRENDS_NOW": "y"}) == Settings()


@pytest.mark.parametrize(
    ("section", "line", "allowed"),
    [
        ("kafka", "partitions = 0", "at least 1"),
        ("kafka", "partitions = '3'", "a whole number"),
        ("kafka", "partitions = true", "a whole number"),
        ("kafka", "topic = 'a b'", "letters, digits"),
        ("kafka", "bootstrap_servers = 'broker'", "host:port"),
        ("hdfs", "url = 'namenode:8020'", "hdfs://host:port"),
        ("hdfs", "root = 'data/'", "an absolute path"),
        *(("hdfs", f"root = '{path}'", "an absolute path") for path in BAD_ROOTS),
        ("kafka", "topic = '.'", "not '.' or '..'"),
        ("kafka", "topic = '..'", "not '.' or '..'"),
        ("ingest", "commit_interval = 0", "more than 0"),
        ("ingest", "on_data_loss = 'ignore'", "skip, stop"),
        ("privacy", "pseudonymise = 'no'", "true or false"),
        ("engine", "name = 'flink'", "embedded, spark"),
        ("retry", "deadline = -1", "more than 0"),
        ("retry", "deadline = inf", "at most"),
        ("retry", "deadline = nan", "more than 0"),
        ("quality", "max_reject_share = 1.1", "at most 1"),
        ("alert", "command = 'mail'", "a list of texts"),
        ("hdfs", "url = 'webhdfs://namenode:9870'", "allowed: hdfs://host:port"),
        ("hdfs", "url = 'https://knox.example.org:8443/gateway'", "allowed: hdfs://host:port"),
    ],
)
def test_a_wrong_value_is_refused_with_key_value_origin_and_range(section, line, allowed):
    """All four are needed to correct it."""
    name, _, value = line.partition(" = ")
    error = refused(file=toml(f"[{section}]\n{line}"))
    assert f"{section}.{name}" in error.what
    assert value.strip("'").lower() in error.what.lower()
    assert "healthtrends.toml" in error.why
    assert allowed in error.why


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kafka.topic", "a\n"),
        ("hdfs.root", "/a\n"),
        ("hdfs.root", "/a\tb"),
        ("hdfs.root", "/a\\b"),
        ("hdfs.root", "/a\x7fb"),
        ("hdfs.url", "hdfs://a:1\n"),
        ("publish.local_dir", "/a\0b"),
        ("alert.command", ["a\0b"]),
    ],
)
def test_control_characters_and_backslashes_are_refused(key, value):
    """A line end at the end of a value too, which a pattern overlooks easily."""
    with pytest.raises(ConfigError, match="is not allowed"):
        load(None, {key: value}, {})


@pytest.mark.parametrize("root", ["/a", "/a/b.c", "/..a/b..", "/Umläute/ß", "/a=1,b+c~d@e_f-g'h"])
def test_other_roots_are_as_they_were(root):
    """What engines and HDFS take as it is."""
    assert load(None, {"hdfs.root": root}, {}).hdfs.root == root


def test_a_byte_order_mark_before_toml_is_read_over():
    """Editors of some systems write one."""
    Path("healthtrends.toml").write_bytes(b'\xef\xbb\xbf[kafka]\ntopic = "from-file"')
    assert load(None, {}, {}).kafka.topic == "from-file"


def test_a_table_that_is_no_table_is_refused():
    """Its keys are the user's, so a single value means nothing."""
    assert refused(file=toml("[kafka]\nclient = 'x'")).what == "kafka.client is not a table"


@pytest.mark.parametrize(
    "environ",
    [
        {"HEALTHTRENDS_ALERT__WEBHOOK": "ftp://s3cr3t"},
        {"HEALTHTRENDS_KAFKA__CLIENT": '{"sasl.password": ["s3cr3t"]}'},
        {"HEALTHTRENDS_KAFKA__CLIENT": '{"sasl.password": "s3cr3t"'},
    ],
)
def test_no_error_shows_a_secret(environ):
    """Neither what, nor why, nor what to do next."""
    error = refused(environ)
    assert "s3cr3t" not in f"{error.what} {error.why} {error.next_step}"


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("KAFKA__CLIENT", "sasl.password"),
        ("KAFKA__CLIENT", "ssl.key.password"),
        ("KAFKA__CLIENT", "ssl.key.pem"),
        ("KAFKA__CLIENT", "sasl.oauthbearer.client.secret"),
        ("KAFKA__CLIENT", "sasl.oauthbearer.config"),
        ("HDFS__CLIENT", "hadoop.security.group.mapping.ldap.bind.password"),
        ("SPARK__CONF", "spark.hadoop.fs.s3a.access.key"),
        ("SPARK__CONF", "spark.authenticate.secret"),
    ],
)
def test_secrets_print_as_stars(section, key):
    """Whatever the table they stand in."""
    shown = printed(load(None, {}, {f"HEALTHTRENDS_{section}__{key}": "s3cr3t"}))
    assert "s3cr3t" not in str(shown)
    assert "***" in shown.values()


def test_a_webhook_prints_as_stars_and_a_missing_one_as_none():
    """The address alone lets anyone post."""
    set_ = load(None, {}, {"HEALTHTRENDS_ALERT__WEBHOOK": "https://hooks.example/s3cr3t"})
    assert printed(set_)["alert.webhook"] == "***"
    assert printed(Settings())["alert.webhook"] is None


@pytest.mark.parametrize("given", list(CLUSTER))
def test_half_a_cluster_is_refused(given):
    """A real Kafka into a local file system, or the reverse, is nobody's wish."""
    error = refused({given: CLUSTER[given]})
    assert "kafka.bootstrap_servers" in f"{error.what} {error.next_step}"
    assert "hdfs.url" in f"{error.what} {error.next_step}"


def test_a_missing_config_file_is_named():
    """And not silently replaced by the defaults."""
    assert "nowhere.toml" in refused(file=Path("nowhere.toml")).what


@pytest.mark.parametrize("content", [b"[kafka", b"a = \xff", b"\xff\xfea\0", b"a = " + b"[" * 9999])
def test_a_file_that_is_no_toml_is_refused_with_the_place(content):
    """Broken syntax, or no UTF-8."""
    path = Path("healthtrends.toml")
    path.write_bytes(content)
    assert "not valid TOML" in refused(file=path).what


def test_home_and_cache_follow_their_variables(monkeypatch, tmp_path):
    """So that two stacks can live side by side."""
    monkeypatch.setenv("HEALTHTRENDS_HOME", str(tmp_path / "h"))
    monkeypatch.setenv("HEALTHTRENDS_CACHE", str(tmp_path / "c"))
    assert (home(), cache()) == (tmp_path / "h", tmp_path / "c")


@pytest.fixture
def no_entry(monkeypatch):
    """A user without HOME and without an entry in /etc/passwd, as in a container of OpenShift."""

    def missing(_):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", missing)
    for name in ("HOME", "HEALTHTRENDS_HOME", "HEALTHTRENDS_CACHE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("folder", "variable"), [(home, "HEALTHTRENDS_HOME"), (cache, "HEALTHTRENDS_CACHE")])
def test_a_user_without_a_home_is_told_which_variable_to_set(no_entry, monkeypatch, folder, variable):
    """And then it works."""
    with pytest.raises(ConfigError, match="there is no folder for this user's data") as caught:
        folder()
    assert variable in caught.value.next_step
    monkeypatch.setenv(variable, "/data/ht")
    assert folder() == Path("/data/ht")


def test_a_path_below_a_home_that_is_not_there_is_refused(no_entry):
    """With the setting's value."""
    with pytest.raises(ConfigError, match="~/key begins with ~, and that user has no home"):
        expanded("~/key")


def test_a_user_without_an_entry_cannot_start_the_local_stack(no_entry, tmp_path):
    """Hadoop ends with a stack trace there; `doctor` knows it too."""
    stack = LocalStack(tmp_path, tmp_path)
    with pytest.raises(ConfigError, match=r"has no entry in /etc/passwd \(HDFS looks up its name there"):
        stack.up(print)
    assert next(examine(stack)).name == "user"


def test_home_and_cache_default_to_the_users_folders(monkeypatch, tmp_path):
    """Of the platform; on Linux these follow XDG."""
    for name in ("HEALTHTRENDS_HOME", "HEALTHTRENDS_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home().name == "healthtrends"
    assert home() != cache()
