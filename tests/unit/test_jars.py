"""Fetching the locked jars from a repository on loopback that can cut, forget and lie."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.artifacts import Artifact
from healthtrends.devstack.maven_repositories import repositories
from healthtrends.errors import ConfigError, DependencyDown


class Repository:
    """A Maven repository of made-up files; what it is to do wrong is set by its attributes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.logins: list[str | None] = []
        self.cut_after: int | None = None  # bytes of one answer, until it is set to None again
        self.cuts = 10**9  # answers that are cut
        self.ranges = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"repository": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def add(self, name: str, size: int) -> Artifact:
        """Publish a file; its lock entry."""
        body = hashlib.shake_128(name.encode()).digest(size)
        digest = hashlib.sha256(body).hexdigest()
        artifact = Artifact(group="org.example", name=name, version="1.0", sha256=digest, size=size)
        self.files[f"/{artifact.path}"] = body
        return artifact


class _Handler(BaseHTTPRequestHandler):
    repository: Repository

    def do_GET(self) -> None:
        repository = self.repository
        wanted = self.headers.get("Range")
        repository.requests.append((self.path, wanted))
        repository.logins.append(self.headers.get("Authorization"))
        body = repository.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and repository.ranges else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if repository.cut_after is not None and repository.cuts > 0:
            repository.cuts -= 1
            self.wfile.write(body[start : start + repository.cut_after])
            self.close_connection = True
            return
        self.wfile.write(body[start:])

    def log_message(self, *_: object) -> None:
        """Keep stderr for the tests' own words."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A repository that the user's Maven settings name as the mirror of everything."""
    found = Repository()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "JGO_CONFIG_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(jar_download, "PAUSE", 0.01)
    maven_settings(tmp_path, f"<mirror><mirrorOf>*</mirrorOf><url>{found.url}/</url></mirror>")
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def maven_settings(home: Path, mirrors: str, servers: str = "") -> Path:
    """Write `~/.m2/settings.xml` as Maven's manual shows it, name space included."""
    path = home / ".m2" / "settings.xml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">'
        f"<mirrors>{mirrors}</mirrors><servers>{servers}</servers></settings>"
    )
    return path


def there(cache: Path) -> dict[str, int]:
    """Every file under the jars folder but the lock, with its size."""
    root = cache / "jars"
    return {
        file.name: file.stat().st_size for file in root.rglob("*") if file.is_file() and file.name != ".lock"
    }


def test_every_jar_arrives_under_its_maven_path(repository, tmp_path):
    """Both servers' jars, one shared by both fetched once, each with the locked bytes."""
    one, two, shared = (repository.add(name, 100_000) for name in ("one", "two", "shared"))
    lock = {"kafka": (one, shared), "hdfs": (two, shared)}
    assert jar_download.fetch(tmp_path, lock) == 3
    assert len(repository.requests) == 3
    assert artifacts.damaged(tmp_path, lock) == []
    assert [path.relative_to(tmp_path).as_posix() for path in artifacts.class_path(tmp_path, (one,))] == [
        "jars/org/example/one/1.0/one-1.0.jar"
    ]


def test_nothing_is_asked_when_all_is_there(repository, tmp_path):
    """A later start works without a network: no repository is even looked up."""
    lock = {"kafka": (repository.add("one", 1000),)}
    jar_download.fetch(tmp_path, lock)
    (tmp_path / ".m2" / "settings.xml").write_text("not XML: reading it would fail")
    repository.requests.clear()
    assert jar_download.fetch(tmp_path, lock) == 0
    assert repository.requests == []


def test_a_cut_download_goes_on_where_it_ended(repository, tmp_path):
    """The second request asks for the rest only."""
    lock = {"kafka": (repository.add("big", 3_000_000),)}
    repository.cut_after, repository.cuts = 1 << 20, 1
    jar_download.fetch(tmp_path, lock)
    path = f"/{lock['kafka'][0].path}"
    assert repository.requests == [(path, None), (path, "bytes=1048576-")]
    assert there(tmp_path) == {"big-1.0.jar": 3_000_000}
    assert artifacts.damaged(tmp_path, lock) == []


def test_a_server_that_cannot_resume_sends_all_again(repository, tmp_path):
    """A server may ignore the range; the whole file then replaces the part."""
    lock = {"kafka": (repository.add("big", 3_000_000),)}
    repository.cut_after, repository.cuts, repository.ranges = 1 << 20, 1, False
    jar_download.fetch(tmp_path, lock)
    assert artifacts.damaged(tmp_path, lock) == []
    assert there(tmp_path) == {"big-1.0.jar": 3_000_000}


def test_a_download_given_up_leaves_only_a_part_for_the_next_start(repository, tmp_path):
    """Nothing half-written has a jar's name, and the next start fetches the rest only."""
    lock = {"kafka": (repository.add("big", 3_000_000),)}
    repository.cut_after = 1 << 18
    with pytest.raises(DependencyDown, match=r"org\.example:big:1\.0 cannot be fetched"):
        jar_download.fetch(tmp_path, lock)
    assert there(tmp_path) == {"big-1.0.jar.part": 1 << 20}
    repository.cut_after = None
    jar_download.fetch(tmp_path, lock)
    assert repository.requests[-1][1] == "bytes=1048576-"
    assert there(tmp_path) == {"big-1.0.jar": 3_000_000}


def test_a_wrong_hash_is_refused_with_artifact_and_both_hashes(repository, tmp_path):
    """A mirror that gives other bytes of the right size: nothing of them stays."""
    artifact = repository.add("one", 1000)
    repository.files[f"/{artifact.path}"] = b"x" * 1000
    found = hashlib.sha256(b"x" * 1000).hexdigest()
    with pytest.raises(
        jar_download.WrongHash, match=rf"org\.example:one:1\.0 .*expected {artifact.sha256}, found {found}"
    ):
        jar_download.fetch(tmp_path, {"kafka": (artifact,)})
    assert there(tmp_path) == {}


def test_a_part_of_something_else_is_thrown_away(repository, tmp_path):
    """A resumed file with the wrong hash is fetched once more from its beginning."""
    artifact = repository.add("one", 1000)
    part = tmp_path / "jars" / f"{artifact.path}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"other" * 100)
    jar_download.fetch(tmp_path, {"kafka": (artifact,)})
    assert [wanted for _, wanted in repository.requests] == ["bytes=500-", None]
    assert artifacts.damaged(tmp_path, {"kafka": (artifact,)}) == []


def test_an_artifact_nobody_has_is_named_without_asking_again(repository, tmp_path):
    """Not found is final: one request, and the answer says what to look at."""
    artifact = Artifact(group="org.example", name="gone", version="1.0", sha256="0" * 64, size=1)
    with pytest.raises(DependencyDown, match=r"org\.example:gone:1\.0 .*HTTP 404") as caught:
        jar_download.fetch(tmp_path, {"kafka": (artifact,)})
    assert len(repository.requests) == 1
    assert "settings.xml" in caught.value.next_step


def test_two_starts_on_one_cache_fetch_each_jar_once(repository, tmp_path):
    """The second waits for the first and finds everything there."""
    lock = {"kafka": tuple(repository.add(f"jar{n}", 200_000) for n in range(20))}
    with ThreadPoolExecutor(2) as pool:
        fetched = [pool.submit(jar_download.fetch, tmp_path, lock) for _ in range(2)]
    assert sorted(each.result() for each in fetched) == [0, 20]
    assert len(repository.requests) == 20


def test_progress_counts_each_byte_once_even_when_cut(repository, tmp_path, capsys):
    """The bar's end is the size of the jars, whatever was sent twice."""
    lock = {"kafka": (repository.add("big", 3_000_000),)}
    repository.cut_after, repository.cuts, repository.ranges = 1 << 20, 1, False
    jar_download.fetch(tmp_path, lock)
    assert "done, 3.0 MB" in capsys.readouterr().err.splitlines()[-1]


def test_a_damaged_jar_is_found_by_its_hash(repository, tmp_path):
    """Same size, one byte changed after it was fetched."""
    lock = {"kafka": (repository.add("one", 1000),)}
    jar_download.fetch(tmp_path, lock)
    file = artifacts.class_path(tmp_path, lock["kafka"])[0]
    file.write_bytes(b"\0" + file.read_bytes()[1:])
    assert artifacts.damaged(tmp_path, lock) == list(lock["kafka"])


def test_a_mirror_gets_the_login_of_its_server_entry(repository, tmp_path):
    """As Maven does it: `<server>` and `<mirror>` share an id; the login stays out of the text form."""
    maven_settings(
        tmp_path,
        f"<mirror><id>house</id><mirrorOf>central</mirrorOf><url>{repository.url}</url></mirror>",
        "<server><id>house</id><username>someone</username><password>made-up</password></server>",
    )
    jar_download.fetch(tmp_path, {"kafka": (repository.add("one", 10),)})
    assert repository.logins == ["Basic c29tZW9uZTptYWRlLXVw"]
    assert "made-up" not in str(repositories())


@pytest.mark.parametrize(
    ("mirror_of", "used"),
    [
        ("*", True),
        ("central", True),
        ("external:*", True),
        ("other, central", True),
        ("*,!central", False),
        ("x", False),
    ],
)
def test_mirror_patterns_mean_what_maven_means(repository, tmp_path, mirror_of, used):
    """Only a mirror that covers `central` takes its place."""
    maven_settings(tmp_path, f"<mirror><mirrorOf>{mirror_of}</mirrorOf><url>{repository.url}</url></mirror>")
    assert (repositories()[0].url == repository.url) is used


def test_settings_that_are_no_xml_are_an_error_of_the_configuration(repository, tmp_path):
    """The message names the file."""
    maven_settings(tmp_path, "").write_text("<settings>")
    with pytest.raises(ConfigError, match=r"settings\.xml cannot be read"):
        repositories()


def test_the_lock_names_no_address_and_every_hash():
    """What is committed: coordinates, hash and size of each jar, usable behind any mirror."""
    lock = artifacts.load_lock()
    assert set(lock) == set(artifacts.SERVERS)
    lock |= artifacts.load_lock(artifacts.SPARK_LOCK_NAME)
    for artifact in (artifact for locked in lock.values() for artifact in locked):
        assert len(artifact.sha256) == 64
        assert artifact.size > 0
        assert "/" not in str(artifact)
