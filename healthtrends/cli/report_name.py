"""The name of a report on the command line: one of the registry, looked up when it is asked for."""

from typing import Any

import click
from click.shell_completion import CompletionItem


class ReportName(click.ParamType[str]):
    """A choice of the registered reports, so that one that is registered later is there too."""

    name = "choice"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Names for the help."""
        return _choice().get_metavar(param, ctx)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401  click's signature
        """Give the name. Raises click.BadParameter."""
        return _choice().convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names that begin like this."""
        return _choice().shell_complete(ctx, param, incomplete)


def _choice() -> click.Choice[str]:
    from healthtrends.reports.registry import schemas

    return click.Choice(tuple(schemas()))
