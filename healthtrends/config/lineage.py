"""Section `[lineage]`: where events of each run go, for a catalogue of data flows."""

from typing import Annotated

from msgspec import Meta, Struct


class Lineage(Struct, frozen=True, kw_only=True):
    """Events of each run in the form of OpenLineage."""

    endpoint: (
        Annotated[
            str,
            Meta(
                pattern=r"^https?://[^\s/@]+(/[^\s@]*)?\Z",
                description="URL that takes OpenLineage events by POST, whole, for Marquez "
                "`http://HOST:5000/api/v1/lineage`. A failure is one line in the log and fails no command.",
                extra={"allowed": "an http or https URL, without a password"},
            ),
        ]
        | None
    ) = None
    token: (
        Annotated[
            str,
            Meta(
                pattern=r"^[\x21-\x7e]+\Z",
                description="Bearer token that is sent to `lineage.endpoint`.",
                extra={"allowed": "printable ASCII without blanks", "secret": True},
            ),
        ]
        | None
    ) = None
    file: Annotated[
        str | None, Meta(description="File that gets the events, a line of JSON each, behind those it holds.")
    ] = None
    namespace: Annotated[
        str,
        Meta(
            pattern=r"^\S{1,200}\Z",
            description="Namespace of the jobs. Pipelines that share a catalogue need different ones.",
            extra={"allowed": "1 to 200 characters without blanks"},
        ),
    ] = "healthtrends"
    timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=60,
            description="Seconds that an answer may take, and that a command waits at its end for events "
            "that are still on their way.",
        ),
    ] = 5.0

    @property
    def is_on(self) -> bool:
        """Whether events go anywhere."""
        return bool(self.endpoint or self.file)
