"""A second engine for the day the first one breaks on: same code, same numbers, slower."""

from collections.abc import Callable
from typing import TypeVar

from healthtrends.analyze.ports import Engine, EngineBroken
from healthtrends.observe import event

Result = TypeVar("Result")


def with_fallback(
    job: Callable[[Engine], Result], engine: Engine, backup: Callable[[], Engine] | None
) -> tuple[Result, Engine]:
    """Run `job` on `engine`, and once more on the engine `backup` makes if the first breaks.

    Returns the result and the engine that gave it, for `_meta.json`; whoever made the engines closes them.
    Only EngineBroken leads to a second try: damaged or unreachable files are the same for every engine.
    """
    try:
        return job(engine), engine
    except EngineBroken as error:
        if backup is None:
            raise
        other = backup()
        event("engine.fallback", broken=engine.name, using=other.name, cause=error.why)
        return job(other), other
