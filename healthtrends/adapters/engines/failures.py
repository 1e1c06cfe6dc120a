"""Engine errors as one line: the root cause, without the hundred frames around it."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from healthtrends.analyze.ports import EngineBroken
from healthtrends.errors import DependencyDown, EngineFailed, HdfsUnavailable, HealthTrendsError

LONGEST = 300
"""Characters of a cause that are kept; a plan can be printed over pages."""

_UNREACHABLE = re.compile(
    r"connection (refused|reset)|connectexception|no route to host|unknownhostexception|timed? ?out"
    r"|safe ?mode|standbyexception|could not obtain block|blockmissing|failed to connect"
    r"|name or service not known|temporary failure in name resolution|alignment context",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"path_not_found|path does not exist|file ?not ?found|no such file|failed_read_file"
    r"|json error|permission denied|accesscontrolexception",
    re.IGNORECASE,
)
_GONE = re.compile(r"StatusCode\.UNAVAILABLE")
_GRPC_DETAILS = re.compile(r'^details = "(.*)"$', re.MULTILINE)
_CHECK_HDFS = "check HDFS with `healthtrends doctor`"
_OTHER_ENGINE = "try the other engine: `--engine spark` or `--engine embedded`"
_ABOUT_DATA = re.compile(r"json (token|error|record)|pars(e|ing)|cast|malformed|numeric value", re.IGNORECASE)
_CONDITION = re.compile(r"\[([A-Z_.]+)\]")
_QUOTED_DATA = re.compile(r"'[^']*'|\"[^\"]*\"")


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise what goes wrong inside as an error of the project.

    HdfsUnavailable when the files' server did not answer, DependencyDown when the Connect server did not,
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
        raise _as_ours(name, error) from error


def _as_ours(name: str, error: Exception) -> HealthTrendsError:
    cause = root_cause(error)
    text = str(error)
    what = f"the {name} engine gave no result"
    if _GONE.search(text):
        if name == "connect":
            return DependencyDown("the Spark Connect server does not answer", cause, "check `engine.master`")
        return EngineBroken(f"the {name} engine no longer answers", cause, _OTHER_ENGINE)
    if _UNREACHABLE.search(text):
        return HdfsUnavailable(
            f"the {name} engine could not reach the data files",
            cause,
            "check HDFS with `healthtrends doctor`",
        )
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
    told = _QUOTED_DATA.sub("...", line)[:LONGEST]
    if _ABOUT_DATA.search(line):
        condition = _CONDITION.search(line)
        told = "a line of a data file cannot be read" + (f" [{condition[1]}]" if condition else "")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
