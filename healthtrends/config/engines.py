"""Sections `[engine]` and `[spark]`: what runs the PySpark code, and how much it may use."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

EngineName = Literal["embedded", "spark", "connect"]
"""Engines that can be configured; `--engine` and adapters/engines/factory.py follow."""
_MIB = 1024 * 1024
_FROM_512M = r"^((51[2-9]|5[2-9]\d|[6-9]\d\d|[1-9]\d{3,6})m|(0\.[5-9]\d?|[1-9]\d{0,4}(\.\d{1,2})?)g)\Z"


class EngineChoice(Struct, frozen=True, kw_only=True):
    """Engine that runs the PySpark code."""

    name: Annotated[
        EngineName,
        Meta(
            description="`embedded`: in this process, no Java. `spark`: Apache Spark, here or on a cluster. "
            "`connect`: a Spark Connect server that runs already."
        ),
    ] = "embedded"
    master: Annotated[
        str | None,
        Meta(
            description="For `spark`: master URL, e.g. `local[*]` (used when not set). "
            "For `connect`: `sc://host:15002`, with parameters as Spark has them (`/;use_ssl=true`)."
        ),
    ] = None
    token: (
        Annotated[
            str,
            Meta(
                pattern=r"^[\x21-\x7e]+\Z",
                description="For `connect`: the token that the server asks for.",
                extra={"allowed": "printable ASCII without blanks", "secret": True},
            ),
        ]
        | None
    ) = None
    memory: (
        Annotated[
            str,
            Meta(
                pattern=_FROM_512M,
                description="Working memory of queries on this machine; what needs more goes to disk. "
                "`spark`: the driver's heap. Not set: half of what machine or container has.",
                extra={"allowed": "from 512m on, such as 900m or 1.5g"},
            ),
        ]
        | None
    ) = None
    fallback: Annotated[
        bool, Meta(description="Try `spark` once when the embedded engine itself fails and Java is there.")
    ] = True

    @property
    def memory_bytes(self) -> int | None:
        """`memory` in bytes."""
        if self.memory is None:
            return None
        return int(float(self.memory[:-1]) * (_MIB if self.memory.endswith("m") else 1024 * _MIB))


class Spark(Struct, frozen=True, kw_only=True):
    """Passed on to Apache Spark."""

    conf: Annotated[dict[str, str], Meta(description="Any Spark key, as in spark-defaults.conf.")] = field(
        default_factory=dict
    )
