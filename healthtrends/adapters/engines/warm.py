"""PySpark's client imported beside other work: 1.8 s of one core, while a run waits for HDFS anyway.

Two threads that import parts of PySpark at once get half-made modules, so whoever goes on to import it
calls `wait` first; every engine does when it starts.
"""

import importlib
import threading
from contextlib import suppress

_importing: list[threading.Thread] = []


def warm_up() -> None:
    """Begin the import; returns at once."""
    thread = threading.Thread(target=_import_client, name="engine-import")
    _importing.append(thread)
    thread.start()


def wait() -> None:
    """Wait for an import that was begun."""
    while _importing:
        _importing.pop().join()


def _import_client() -> None:
    # A process that ends meanwhile refuses the import; one that goes on meets the error when it counts.
    with suppress(Exception):
        importlib.import_module("pyspark.sql.connect.session")
        importlib.import_module("pyspark.sql.functions")
