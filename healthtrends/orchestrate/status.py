"""What of a pipeline's status needs a person: each a sentence that says what, and what to do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

_ENDED_WELL = (0, 130)  # 130: a person stopped it
_SHOWN = 3


def attention(status: Mapping[str, Any]) -> list[str]:
    """Look at the last run, the dates and the topic, as `Pipeline.status` tells them."""
    return [*_of_run(status["last_run"]), *_of_dates(status["dates"]), *_of_topic(status["kafka"])]


def _of_run(run: Mapping[str, Any] | None) -> Iterator[str]:
    if run is None or run["exit_code"] in _ENDED_WELL:
        return
    error = run["error"] or {}
    what = error.get("what") or "no reason is on record"
    yield f"the last run, of {run['ran_at']}, ended with exit code {run['exit_code']}: {what}"


def _of_dates(dates: list[Mapping[str, Any]]) -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in dates:
        found[each["report"]].append(each["date"])
    for state in ("missing", "stale"):
        if named := found.get(state):
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            noun = "date" if len(named) == 1 else "dates"
            yield (
                f"the reports of {len(named)} {noun} are {state}: {', '.join(named[-_SHOWN:])}{more}; "
                f"`healthtrends run --reprocess {state}` makes them"
            )


def _of_topic(kafka: Mapping[str, Any]) -> Iterator[str]:
    if kafka["hidden"]:
        yield f"an open transaction hides {kafka['hidden']:,} offsets of the topic; end its producer"
