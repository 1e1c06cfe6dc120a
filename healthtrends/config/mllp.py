"""Section `[mllp]`: the TCP port that takes HL7v2 messages into the topic."""

from typing import Annotated

from msgspec import Meta, Struct

_MIB = 1024 * 1024


class Mllp(Struct, frozen=True, kw_only=True):
    """The MLLP door, `healthtrends mllp`."""

    listen: Annotated[
        str,
        Meta(
            pattern=r"^(\[[^\s\[\]]+\]|[^\s:\[\]]+):\d{1,5}\Z",
            description="Address to listen on. Other machines reach it only when it is not of loopback.",
            extra={"allowed": "host:port, or [host]:port for IPv6; port 0 takes any free one"},
        ),
    ] = "127.0.0.1:2575"
    timeout: Annotated[
        float,
        Meta(
            ge=0.1,
            le=300,
            description="Seconds after which a message that the broker did not confirm is answered with AE.",
        ),
    ] = 10.0
    max_message_bytes: Annotated[
        int,
        Meta(
            ge=1024,
            le=64 * _MIB,
            description="Bytes between the frame bytes above which the answer is AR and the end of the "
            "connection.",
        ),
    ] = _MIB
    tls_certificate: Annotated[
        str | None,
        Meta(
            description="PEM file of the server's certificate, those that signed it behind it. Turns on TLS."
        ),
    ] = None
    tls_key: Annotated[
        str | None, Meta(description="PEM file of its key, without a password, mode 0600.")
    ] = None
    client_ca: Annotated[
        str | None,
        Meta(
            description="PEM file of the authorities that sign senders' certificates; without such a "
            "certificate nobody connects. Needs `mllp.tls_certificate`."
        ),
    ] = None
    max_connections: Annotated[
        int, Meta(ge=1, le=10_000, description="Connections at a time; one more is closed at once.")
    ] = 100
    in_flight: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description="Messages of a connection without an answer, or 1 MiB of them, after which no more "
            "are read from it.",
        ),
    ] = 100
    frame_timeout: Annotated[
        float,
        Meta(
            ge=0.1,
            le=3600,
            description="Seconds from a frame's first byte to its last, and for a sender to read its "
            "answers; then the connection is closed.",
        ),
    ] = 30.0
    idle_timeout: Annotated[
        float,
        Meta(ge=0.1, le=604_800, description="Seconds without a frame after which a connection is closed."),
    ] = 3600.0
