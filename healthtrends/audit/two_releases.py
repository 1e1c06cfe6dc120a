"""Two releases of one date as one: what hides in one may be told by what shows in the other.

Between them lines only came, or a person's lines went. So each count is no less in the one than in the other,
and where a total stays all of its parts do. That holds for most counts; where it fits no numbers nothing is
taken of it, and what is left are differences of published counts (`over_time`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from healthtrends.audit.description import AtMost, Description, Settled, Within
from healthtrends.audit.judge import Finding, audit
from healthtrends.errors import UsageError

_RELEASE: Final = "release"
_EARLIER, _LATER, _BETWEEN = "earlier", "later", "difference"
Files = Mapping[str, bytes]
"""By name."""


def audit_together(description: Description, before: Files, after: Files) -> list[Finding]:
    """Give counts that two releases tell together, and neither alone; not under a policy that rounds."""
    if description.policy.rounds:
        return []
    files = {
        f"{name} {file}": content
        for name, found in ((_EARLIER, before), (_LATER, after))
        for file, content in found.items()
    }
    try:
        alone = {_name(each) for each in _exposed(_both(description, ()), files)}
    except UsageError:
        return []  # they were made under two rules, or one of them contradicts itself
    for order in ((_EARLIER, _LATER), (_LATER, _EARLIER)):
        less, more = ({_RELEASE: name} for name in order)
        tie = AtMost(less=less, more=more, rest={_RELEASE: _BETWEEN})
        try:
            found = _exposed(_both(description, (tie,)), files)
        except UsageError:
            continue  # some counts are greater, and some less
        new = [each for each in found if _name(each) not in alone]
        if new:
            return new
    return []


def _exposed(description: Description, files: Files) -> list[Finding]:
    return [each for each in audit(description, files) if each.is_exposed]


def _name(finding: Finding) -> tuple[object, ...]:
    return (finding.table, *finding.keys.items())


def _both(about: Description, more: Sequence[AtMost]) -> Description:
    """Describe the files of both; each count has its release among its keys."""
    names = (_EARLIER, _LATER)
    return msgspec.structs.replace(
        about,
        tables=tuple(
            msgspec.structs.replace(
                table,
                file=f"{name} {table.file}",
                name=f"{table.file} of the {name} release",
                fixed={**table.fixed, _RELEASE: name},
            )
            for name in names
            for table in about.tables
        ),
        sums=tuple(
            msgspec.structs.replace(tie, where=_of(tie.where, name)) for name in names for tie in about.sums
        ),
        adds=tuple(
            msgspec.structs.replace(
                tie,
                whole=_of(tie.whole, name),
                and_also=tuple(_of(each, name) for each in tie.and_also),
                parts=tuple(_of(each, name) for each in tie.parts),
            )
            for name in names
            for tie in about.adds
        ),
        at_most=(*about.at_most, *more),
        within=tuple(_within(about.within)),
        settled=tuple(_settled(about.settled)),
        frequent=tuple(
            msgspec.structs.replace(
                tie,
                visits=_of(tie.visits, name),
                classes=tuple(_of(each, name) for each in tie.classes),
            )
            for name in names
            for tie in about.frequent
        ),
        derived=(), statistics=(), shares=(), groupings=(), recomputed=(),
    )  # fmt: skip


def _of(where: Mapping[str, str], name: str) -> dict[str, str]:
    return {**where, _RELEASE: name}


def _within(ties: Iterable[Within]) -> Iterator[Within]:
    for name in (_EARLIER, _LATER):
        for tie in ties:
            table = f"{name} {tie.table}" if tie.table else ""
            yield msgspec.structs.replace(tie, where=_of(tie.where, name), table=table)


def _settled(ties: Iterable[Settled]) -> Iterator[Settled]:
    for name in (_EARLIER, _LATER):
        for tie in ties:
            yield msgspec.structs.replace(
                tie, where=_of(tie.where, name), all=_of(tie.all, name), records=_of(tie.records, name)
            )
