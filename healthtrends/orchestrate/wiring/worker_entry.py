"""Entry of a worker process of the ingest: settings from the first line, then tasks until they end."""

import gc
import os
import signal
import sys

import msgspec

from healthtrends.ingest.worker import Reports, serve
from healthtrends.observe import configure, guard
from healthtrends.orchestrate.wiring.ingest_settings import WorkerOrders
from healthtrends.orchestrate.wiring.real_dependencies import open_stager

_ALLOCATIONS_BETWEEN_COLLECTIONS = 500_000
_ORDERS = msgspec.json.Decoder(WorkerOrders)


def main() -> None:
    """Serve until standard input ends."""
    # Ctrl-C reaches all processes of a terminal; the writer alone decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders = _ORDERS.decode(sys.stdin.buffer.readline())
    guard()
    configure(quiet=orders.quiet, verbose=orders.verbose, json=orders.json, log_format=orders.log_format)
    # What a library prints must not run into the reports.
    reports = Reports(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    # Messages come and go by the million, none in a cycle: look for cycles seldom.
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    serve(open_stager(orders.settings, reports), sys.stdin.buffer, reports)


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)  # a call to HDFS that was given up would come back into a dying interpreter, and abort
