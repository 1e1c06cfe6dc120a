"""Section `[metrics]`: where numbers of the operation go."""

from typing import Annotated

from msgspec import Meta, Struct


class Metrics(Struct, frozen=True, kw_only=True):
    """Metrics for Prometheus."""

    textfile: (
        Annotated[
            str,
            Meta(
                pattern=r"\.prom\Z",
                description="File that a command writes when it ends, for the textfile collector of "
                "node_exporter. What it does not measure stays as the command before left it, and counters "
                "go on.",
                extra={"allowed": "a path that ends with .prom"},
            ),
        ]
        | None
    ) = None
    pushgateway: (
        Annotated[
            str,
            Meta(
                pattern=r"^https?://[^\s/@]+(/[^\s@]*)?\Z",
                description="Pushgateway that a command sends its metrics to when it ends. A failure leaves "
                "the last success as it is.",
                extra={"allowed": "an http or https URL, without a password"},
            ),
        ]
        | None
    ) = None
    listen: (
        Annotated[
            str,
            Meta(
                pattern=r"^(\[[^\s\[\]]+\]|[^\s:\[\]]+):\d{1,5}\Z",
                description="Address at which `ingest --follow` and `mllp` serve `/metrics`. Other machines "
                "reach it only when it is not of loopback.",
                extra={"allowed": "host:port, or [host]:port for IPv6; port 0 takes any free one"},
            ),
        ]
        | None
    ) = None
