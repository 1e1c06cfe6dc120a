"""Calls of the HDFS client: each has a time limit, goes to a NameNode that answers, and fails in words."""

import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple, ParamSpec, TypeVar

from hdfs_native import Client

from healthtrends.adapters.hdfs_errors import LOOK, translate
from healthtrends.adapters.namenodes import NameNodes
from healthtrends.adapters.timeouts import NoAnswer, within_or_hopeless
from healthtrends.errors import ConfigError, HdfsUnavailable, HealthTrendsError

# The client's own patience is minutes; ours is `retry.deadline`, with a line for every attempt.
_DEFAULTS = {
    "dfs.client.failover.max.attempts": "3",
    "dfs.client.failover.sleep.base.millis": "200",
    "dfs.client.failover.sleep.max.millis": "1000",
}

# Hadoop's key for it, which the native client does not know. Half of a step's usual deadline: one silent call
# leaves time for another attempt.
_PATIENCE = "ipc.client.rpc-timeout.ms"
_PATIENCE_MS = "30000"

P = ParamSpec("P")
T = TypeVar("T")


class Link(NamedTuple):
    """A client, and the NameNodes that hang and that it is not told of."""

    client: Client
    left_out: frozenset[str]


class HdfsCalls:
    """A client of one name service, which is replaced when the server at its other end hangs."""

    def __init__(self, url: str, client_settings: Mapping[str, str]) -> None:
        """Connect lazily to `url`; settings are Hadoop client keys."""
        self.data_came = False
        """A DataNode has taken or given data, so its doors are open to us."""
        self._url = url
        self._namenodes = NameNodes(url, client_settings)
        self._settings = {**_DEFAULTS, **client_settings}
        self._patience = take_patience(self._settings)
        self._turning = threading.Lock()
        self.link = self._new_link(self._namenodes.left_out)
        """What calls go by now."""

    def repeatable(self, function: Callable[[Client], T]) -> T:
        """Make a call that does no harm twice; again when its NameNode hung and there is another."""
        asked = self.link
        try:
            return self.call(asked, function, asked.client)
        except HdfsUnavailable:
            if self.link is asked or not self._namenodes.are_several:
                raise
        return self.once(function)

    def once(self, function: Callable[[Client], T]) -> T:
        """Make a call that may have taken effect when it fails: the caller looks before another try."""
        asked = self.link
        return self.call(asked, function, asked.client)

    def call(self, asked: Link, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call of a client, or of what it gave. Raises what `hdfs_errors` makes of its errors."""
        try:
            return within_or_hopeless(self._patience, lambda: self._hangs(asked), function, *args, **kwargs)
        except (FileExistsError, FileNotFoundError) as error:
            raise type(error)(_first_line(error)) from None
        except NoAnswer as silence:
            self._turn(asked, self._namenodes.silent() if self._namenodes.are_several else frozenset())
            raise HdfsUnavailable(
                f"HDFS at {self._namenodes.where} is silent", str(silence), LOOK
            ) from silence
        except Exception as error:  # the client raises RuntimeError, OSError and others for the same
            ours = self._translated(error)
            if asked.left_out and isinstance(ours, HdfsUnavailable):
                self._turn(asked, frozenset())  # the one left may only stand by
            raise ours from error

    def _new_link(self, left_out: frozenset[str]) -> Link:
        """Connects at its first call, to a NameNode that is not left out."""
        try:
            client = Client(self._url, {**self._settings, **self._namenodes.without(left_out)})
        except Exception as error:  # as in `call`
            raise self._translated(error) from error
        return Link(client, left_out)

    def _hangs(self, asked: Link) -> bool:
        """Whether a call that waits had better be given up: a NameNode hangs that its client knows of.

        Others may have turned away from that client meanwhile, which does not help this call.
        """
        return self._namenodes.are_several and bool(self._namenodes.silent() - asked.left_out)

    def _turn(self, asked: Link, left_out: frozenset[str]) -> None:
        """Take a new client: the other end of the old one's connection may be gone for good.

        Calls that waited at the same time find that one of them has done so.
        """
        with self._turning:
            if self.link is asked:
                self._namenodes.left_out = left_out
                self.link = self._new_link(left_out)

    def _translated(self, error: Exception) -> HealthTrendsError:
        return translate(error, self._namenodes, data_came=self.data_came)


def take_patience(settings: dict[str, str]) -> float:
    """Take the time limit of a call, in seconds, out of the settings of a client. Raises ConfigError."""
    milliseconds = settings.pop(_PATIENCE, _PATIENCE_MS)
    try:
        return float(milliseconds) / 1000
    except ValueError as error:
        raise ConfigError(
            f"{_PATIENCE} is no number of milliseconds", milliseconds, "check [hdfs.client]"
        ) from error


def _first_line(error: Exception) -> str:
    """Text of an error, without the Java stack trace that follows it."""
    return (str(error).splitlines() or [type(error).__name__])[0]
