"""Downloads the locked jars: in parallel, resumed after a cut, checked before they get their name.

A file appears under its name only when its SHA-256 is the locked one; until then it is `*.part`,
which a later start continues. A lock on the folder makes a second start wait instead of
fetching the same again.
"""

import fcntl
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from healthtrends.config.permissions import keep_unwritable, make_folders
from healthtrends.devstack.artifacts import Artifact, Lock, folder, missing
from healthtrends.errors import DependencyDown
from healthtrends.observe import progress

if TYPE_CHECKING:
    import requests

    from healthtrends.devstack.maven_repositories import Repository

THREADS = 16  # most jars are small: the round trips, not the line, would set the pace
ATTEMPTS = 4
PAUSE = 1.0  # seconds before the second attempt, doubled before each further one
CHUNK = 1 << 16  # bytes; of a chunk that is cut nothing is kept
TIMEOUT = (10.0, 30.0)  # seconds to connect, seconds without a byte
NEXT_STEP = (
    "check the network; behind a mirror, name it in ~/.m2/settings.xml as for Maven; then run it again"
)


class WrongHash(DependencyDown):
    """A repository gave other bytes than the lock file names."""


class _Cut(Exception):
    """This attempt failed in a way that another may not."""


class _Absent(_Cut):
    """The repository does not have it; asking again is of no use."""


def fetch(cache: Path, lock: Lock) -> int:
    """Bring every missing jar into the cache, with a progress bar; the number of jars fetched.

    The network is not touched when nothing is missing. Raises WrongHash naming artifact, expected
    and found hash; DependencyDown when a jar cannot be had.
    """
    keep_unwritable(cache)
    if not missing(cache, lock):
        return 0
    make_folders(folder(cache), 0o755)
    with _only_one(folder(cache) / ".lock"):
        wanted = missing(cache, lock)  # again: another start may have fetched them while this one waited
        if wanted:
            total = sum(artifact.size for artifact in wanted)
            with progress(f"fetching {len(wanted)} jars", total, "bytes") as bar:
                _fetch_all(cache, wanted, bar.advance)
    return len(wanted)


def _fetch_all(cache: Path, wanted: list[Artifact], advance: Callable[[int], None]) -> None:
    from healthtrends.devstack.maven_repositories import repositories  # noqa: PLC0415  needs jgo, only when fetching

    fetcher = _Fetcher(folder(cache), repositories(), advance)
    with ThreadPoolExecutor(THREADS, "jars") as pool:
        tasks = [pool.submit(fetcher.fetch, artifact) for artifact in wanted]
        try:
            done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            fetcher.stop.set()  # Ctrl-C and the first failure end the others at their next chunk
            pool.shutdown(cancel_futures=True)


class _Fetcher:
    """Fetches single jars; one connection per thread, kept open."""

    def __init__(self, root: Path, repositories: list["Repository"], advance: Callable[[int], None]) -> None:
        self.stop = threading.Event()
        self._root = root
        self._repositories = repositories
        self._advance = advance
        self._turn = threading.Lock()
        self._local = threading.local()

    def fetch(self, artifact: Artifact) -> None:
        """Try every repository, each again after a cut with what has come so far."""
        counter = _Counter(self._advance, self._turn)
        for attempt in range(ATTEMPTS):
            if attempt and self.stop.wait(PAUSE * 2 ** (attempt - 1)):
                return
            failures: list[_Cut] = []
            for repository in self._repositories:
                try:
                    self._attempt(artifact, repository, counter)
                except _Cut as error:
                    failures.append(error)
                else:
                    return
            if all(isinstance(error, _Absent) for error in failures):
                break
        raise DependencyDown(f"{artifact} cannot be fetched", "; ".join(map(str, failures)), NEXT_STEP)

    def _attempt(self, artifact: Artifact, repository: "Repository", counter: "_Counter") -> None:
        target = self._root / artifact.path
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists() and 0 < part.stat().st_size < artifact.size
        digest = self._download(
            f"{repository.url}/{artifact.path}", repository.login, part, artifact, counter
        )
        if self.stop.is_set():
            raise _Cut("stopped")
        if digest != artifact.sha256:
            part.unlink()
            if resumed:  # the old beginning may have been another file's
                raise _Cut("the resumed file was wrong")
            raise WrongHash(
                f"{artifact} has the wrong SHA-256: expected {artifact.sha256}, found {digest}",
                f"from {repository.url}",
                "the file was thrown away; check the mirror that gave it, then run the command again",
            )
        part.replace(target)

    def _download(
        self, url: str, login: tuple[str, str] | None, part: Path, artifact: Artifact, counter: "_Counter"
    ) -> str:
        """Append what is missing to the part file; SHA-256 of the whole of it."""
        import requests  # noqa: PLC0415  a tenth of a second that starts without fetching do not pay

        have = part.stat().st_size if part.exists() else 0
        have = have if have < artifact.size else 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
        try:
            with self._session().get(
                url, headers=headers, auth=login, stream=True, timeout=TIMEOUT
            ) as answer:
                if answer.status_code == 416:  # what is there is no beginning of what the server has
                    part.unlink()
                if answer.status_code not in (200, 206):
                    kind = _Absent if answer.status_code in (403, 404, 410) else _Cut
                    raise kind(f"HTTP {answer.status_code} from {url}")
                keep = have if _continues(answer, have) else 0
                return self._append(answer, part, artifact, keep, counter)
        except (requests.RequestException, OSError) as error:
            raise _Cut(f"{type(error).__name__} from {url}") from error

    def _append(
        self, answer: "requests.Response", part: Path, artifact: Artifact, keep: int, counter: "_Counter"
    ) -> str:
        with part.open("r+b" if keep else "wb") as file:
            file.truncate(keep)
            digest = hashlib.sha256(file.read() if keep else b"")
            counter.reached(keep)
            for chunk in answer.iter_content(CHUNK):
                if self.stop.is_set():
                    break
                file.write(chunk)
                digest.update(chunk)
                counter.reached(file.tell())
                if file.tell() > artifact.size:
                    break
            if file.tell() < artifact.size:
                raise _Cut("it ended too early")
        return digest.hexdigest()

    def _session(self) -> "requests.Session":
        import requests  # noqa: PLC0415  see _download

        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session


class _Counter:
    """Tells the progress bar of each byte of one jar once, however often it is fetched again."""

    def __init__(self, advance: Callable[[int], None], turn: threading.Lock) -> None:
        self._advance = advance
        self._turn = turn  # a bar is not made for several threads
        self._reached = 0

    def reached(self, size: int) -> None:
        """The file has `size` bytes now."""
        if size > self._reached:
            with self._turn:
                self._advance(size - self._reached)
            self._reached = size


def _continues(answer: "requests.Response", have: int) -> bool:
    """Whether the server sends the rest from byte `have`, and not the whole again."""
    return answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold an advisory lock that ends with the process, whatever happens to it."""
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
        yield
