"""Sections `[kafka]` and `[hdfs]`: where the records come from and where they go."""

from typing import Annotated

from msgspec import Meta, Struct, field

# Engines take some signs for patterns or parts of a URL, and HDFS refuses others.
_HDFS_PATH = r"^(/(?!\.{1,2}(/|\Z))[^/\s\x00-\x1f\x7f-\x9f%*?\[\]{}#:\\]+)+\Z"

_ACCOUNT = r"^[^\s:/\x00-\x1f\x7f-\x9f-][^\s:/\x00-\x1f\x7f-\x9f]*\Z"


class Kafka(Struct, frozen=True, kw_only=True):
    """Kafka, where the records come from."""

    bootstrap_servers: (
        Annotated[
            str,
            Meta(
                pattern=r"^[^\s,]+:\d+(,[^\s,]+:\d+)*\Z",
                description="Brokers to ask first. This and `hdfs.url` not set: the local stack.",
                extra={"allowed": "host:port, several parted by commas without blanks"},
            ),
        ]
        | None
    ) = None
    topic: Annotated[
        str,
        Meta(
            pattern=r"^(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}\Z",
            description="The topic that holds the records.",
            extra={"allowed": "1 to 249 of letters, digits, '.', '_' and '-', but not '.' or '..'"},
        ),
    ] = "patient-records"
    partitions: Annotated[
        int, Meta(ge=1, le=10_000, description="Partitions of the topic, when it has to be made.")
    ] = 3
    replication: Annotated[
        int, Meta(ge=1, le=100, description="Copies of each partition, when the topic has to be made.")
    ] = 1
    accept_compacted: Annotated[
        bool,
        Meta(
            description="Read a topic with `cleanup.policy=compact`, of which Kafka deletes unread messages."
        ),
    ] = False
    accept_no_topic_id: Annotated[
        bool,
        Meta(
            description="Read from Kafka before 2.8, which gives topics no id; then a topic that is made "
            "again may go unnoticed."
        ),
    ] = False
    client: Annotated[
        dict[str, str], Meta(description="Any librdkafka key, as it is spelled there, for every client.")
    ] = field(default_factory=dict)


class Hdfs(Struct, frozen=True, kw_only=True):
    """HDFS, where the records go."""

    url: (
        Annotated[
            str,
            Meta(
                pattern=r"^(hdfs|viewfs)://\S+\Z",
                description="The file system. This and `kafka.bootstrap_servers` not set: the local stack.",
                extra={"allowed": "hdfs://host:port or hdfs://name-service"},
            ),
        ]
        | None
    ) = None
    root: Annotated[
        str,
        Meta(
            pattern=_HDFS_PATH,
            description="The folder that holds everything the pipeline writes.",
            extra={
                "allowed": "an absolute path without '/' at its end, blanks, control characters, "
                "any of % * ? [ ] { } # : \\, and names '.' and '..'"
            },
        ),
    ] = "/healthTrend"
    mode: (
        Annotated[
            str,
            Meta(
                pattern=r"^07[057][05]\Z",
                description="Mode of new folders below the root; of a new file without the right to execute. "
                "State, rejects, facts and cubes stay 0700. Not set: 0755.",
                extra={
                    "allowed": "four octal digits in quotes, such as 0750: never one that all may write to"
                },
            ),
        ]
        | None
    ) = None
    owner: (
        Annotated[
            str,
            Meta(
                pattern=_ACCOUNT,
                description="Owner of the folders right below the root; only a superuser can set it.",
                extra={"allowed": "a name of an account"},
            ),
        ]
        | None
    ) = None
    group: (
        Annotated[
            str,
            Meta(
                pattern=_ACCOUNT,
                description="Group of the folders right below the root, which all below gets; the user of "
                "the pipeline has to be in it.",
                extra={"allowed": "a name of a group"},
            ),
        ]
        | None
    ) = None
    client: Annotated[
        dict[str, str], Meta(description="Any Hadoop client key, as in core-site.xml and hdfs-site.xml.")
    ] = field(default_factory=dict)
