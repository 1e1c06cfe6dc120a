"""Translates errors of engines into one line: the root cause, from the client or from Spark's own log."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthtrends.adapters.engines.login_errors import login_error
from healthtrends.analyze.ports import EngineBroken
from healthtrends.errors import ConfigError, DependencyDown, EngineFailed, HdfsUnavailable, HealthTrendsError

LONGEST = 300
"""Characters of a cause that are kept; a plan can be printed over pages."""

_UNREACHABLE = re.compile(
    r"connection (refused|reset)|connectexception|no route to host|unknownhostexception|timed? ?out"
    r"|safe ?mode|standbyexception|could not obtain block|blockmissing|failed to connect"
    r"|name or service not known|temporary failure in name resolution|alignment context",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(r"permission denied|accesscontrolexception", re.IGNORECASE)
_FILES = re.compile(
    r"path_not_found|path does not exist|file ?not ?found|no such file|failed_read_file|json error",
    re.IGNORECASE,
)
_MEMORY = re.compile(
    r"OutOfMemoryError|Memory Exhausted|Java heap space|GC overhead limit|total memory pool|maxResultSize"
)
_DISK = re.compile(r"No space left on device|used disk space during the spilling")
_TOKEN = re.compile(r"StatusCode\.UNAUTHENTICATED")
_TLS = re.compile(r"handshake failed")
_NO_CONNECT = re.compile(r"StatusCode\.UNIMPLEMENTED|http1\.x server|with non-200 HTTP code")
_FORGOTTEN = re.compile(r"INVALID_HANDLE\.SESSION|SESSION_CHANGED")
_GONE = re.compile(r"StatusCode\.UNAVAILABLE|Stream removed")
_GRPC_DETAILS = re.compile(r'^details = "(.*)"$', re.MULTILINE)
_GRPC_PREAMBLE = re.compile(
    r"failed to connect to all addresses; last error: \w+: (?:ipv[46]:)?|Failed to connect to remote host: "
)
_CALLED = re.compile(r"\bCall From \S+ to (\S+) failed")
_CHECK_HDFS = "check HDFS with `healthtrends doctor`"
_OTHER_ENGINE = "try the other engine: `--engine spark` or `--engine embedded`"
_MORE_MEMORY = {
    "embedded": "give it more with `engine.memory`, or use `--engine spark`",
    "spark": "give the driver more with `engine.memory`, executors with `spark.executor.memory`",
    "connect": "give the server more: `spark.driver.memory` and `spark.executor.memory` at its start",
}
_ABOUT_DATA = re.compile(r"json (token|error|record)|pars(e|ing)|cast|malformed|numeric value", re.IGNORECASE)
_CONDITION = re.compile(r"\[([A-Z_.]+)\]")
_QUOTED_DATA = re.compile(r"'[^']*'|\"[^\"]*\"")


@contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Raise what goes wrong inside as an error of the project.

    HdfsUnavailable when the files' server did not answer, DependencyDown when the Connect server did not,
    ConfigError when one of them would have nothing to do with this client,
    EngineFailed when the files are at fault (the next engine would read the same), else EngineBroken.
    """
    try:
        with warnings.catch_warnings():
            # The client warns and raises; one of them is enough.
            warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]", UserWarning)
            yield
    except HealthTrendsError:
        raise
    except Exception as error:
        raise _translate(name, error) from error


def _translate(name: str, error: Exception) -> HealthTrendsError:
    cause, text = root_cause(error), str(error)
    if name == "connect" and (ours := _server_error(text, cause)) is not None:
        return ours
    if _GONE.search(text):
        return EngineBroken(f"the {name} engine no longer answers", cause, _OTHER_ENGINE)
    return resource_error(name, text, cause) or _file_error(name, text, cause)


def _server_error(text: str, cause: str) -> HealthTrendsError | None:
    """Error of the connection between this client and a server elsewhere."""
    if _TOKEN.search(text):
        return ConfigError(
            "the Spark Connect server refused the token", cause, "set HEALTHTRENDS_ENGINE__TOKEN to its token"
        )
    if _TLS.search(text):
        return ConfigError(
            "no TLS with the Spark Connect server",
            cause,
            "leave out `use_ssl=true` when it speaks none (WRONG_VERSION_NUMBER); name its authority in "
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH when its certificate is refused (CERTIFICATE_VERIFY_FAILED)",
        )
    if _NO_CONNECT.search(text):
        return ConfigError("this is no Spark Connect server", cause, "check host and port in `engine.master`")
    if _FORGOTTEN.search(text):
        return DependencyDown("the Spark Connect server lost the session", cause, "run the same again")
    if _GONE.search(text):
        return DependencyDown("the Spark Connect server does not answer", cause, "check `engine.master`")
    return None


def resource_error(name: str, text: str, cause: str) -> EngineBroken | None:
    """Error for memory or disk that was too small, by an engine's `text`; None: neither."""
    if _MEMORY.search(text):
        return EngineBroken(
            f"the {name} engine ran out of memory", cause, _MORE_MEMORY.get(name, "give it more")
        )
    if _DISK.search(text):
        return EngineBroken(
            f"the {name} engine ran out of disk space", cause, "free some, or raise `engine.memory`"
        )
    return None


def _file_error(name: str, text: str, cause: str) -> HealthTrendsError:
    what = f"the {name} engine gave no result"
    if (refused := login_error(name, text, cause)) is not None:
        return refused
    if _UNREACHABLE.search(text):
        there = "; the server reads the files itself and must reach it too" if name == "connect" else ""
        return HdfsUnavailable(
            f"the {name} engine could not reach the data files", cause, f"{_CHECK_HDFS}{there}"
        )
    if _FORBIDDEN.search(text):
        return EngineFailed(what, cause, "let the user that the engine runs as read below `hdfs.root`")
    if _FILES.search(text):
        return EngineFailed(what, cause, "run `healthtrends verify DATE` to see whether a file is damaged")
    return EngineBroken(what, cause, _OTHER_ENGINE)


def root_cause(error: BaseException) -> str:
    """Find the innermost cause and give its one line.

    A Java trace names it after its last `Caused by:`, else the message's first line is it. What may be a
    piece of a data line is left out: all that stands in quotes, and an error about a line's content whole.
    """
    while (
        inner := error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    ) is not None:
        error = inner
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    caused = [line.removeprefix("Caused by:").strip() for line in lines if line.startswith("Caused by:")]
    details = _GRPC_DETAILS.findall("\n".join(lines))
    line = (caused or details or lines[:1] or [""])[-1]
    called = _CALLED.search(lines[0]) if lines else None
    redacted = redact_line(f"{called[1]}: {line}" if called and called[1] not in line else line)
    return f"{type(error).__name__}: {redacted}" if redacted else type(error).__name__


def redact_line(line: str) -> str:
    """Return a line of a foreign message without what may be a piece of a record."""
    if _ABOUT_DATA.search(line):
        condition = _CONDITION.search(line)
        return "a line of a data file cannot be read" + (f" [{condition[1]}]" if condition else "")
    return _QUOTED_DATA.sub("...", _GRPC_PREAMBLE.sub("", line))[:LONGEST]


_TAIL_BYTES = 200_000
_CAUSE = re.compile(
    r'^(?:Exception in thread "[^"]*" |Caused by: )?(?:[a-z]\w*\.)+(?P<kind>\w+(?:Exception|Error))'
    r'(?P<why>: .*)?$'
    r"|^(?P<java>(?:Error: (?!A fatal exception)|Invalid ).*)$",
    re.MULTILINE,
)  # fmt: skip
_OUT_OF_MEMORY = "OutOfMemoryError"


def last_cause(log: Path) -> str | None:
    """Give the last exception of the log, in one line without data; None when there is none."""
    found = [_line(match) for match in _CAUSE.finditer(_tail(log))]
    memory = [line for line in found if line.startswith(_OUT_OF_MEMORY)]
    causes = memory or found  # what follows the lack of memory is its consequence
    return causes[-1] if causes else None


def _line(match: re.Match[str]) -> str:
    return redact_line(match["java"] or f"{match['kind']}{match['why'] or ''}")


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
