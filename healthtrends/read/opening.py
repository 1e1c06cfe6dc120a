"""`healthtrends.open`: from a configuration to what can be read."""

import os
from contextlib import ExitStack
from pathlib import Path

from healthtrends.config import check_names, load
from healthtrends.read.data import Data


def open(config: str | os.PathLike[str] | None = None) -> Data:  # noqa: A001  `healthtrends.open`
    """Open the root that a configuration names, for reading; nothing is started or written.

    `config`: path of a `healthtrends.toml`; None: the one in the working directory, if there is one.
    Variables of the environment (`HEALTHTRENDS_HDFS__URL`) go before the file, as for the commands. Close it
    when done, or use it in a `with` statement.

    Raises ConfigError, and DependencyDown when nothing is configured and the local stack does not run.
    """
    from healthtrends.orchestrate.wiring.real_dependencies import open_reader  # noqa: PLC0415  the clients

    check_names(os.environ)
    settings = load(None if config is None else Path(config), {}, os.environ)
    closing = ExitStack()
    return Data(closing.enter_context(open_reader(settings)), closing)
