"""`sql`: views and tables over published reports, for DuckDB, Spark, Hive and Trino."""

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.publish.sql_tables import DIALECTS, Dialect


@command("sql")
@click.option(
    "--dialect", type=click.Choice(DIALECTS), default="duckdb", show_default=True, help="For which."
)
@click.option(
    "--released/--internal",
    "released",
    default=True,
    help="What may leave the house (the default), or the exact reports, for the house alone.",
)
@click.option(
    "--location",
    metavar="URL",
    help="Address of the root where the program that runs it finds the files; default: that on HDFS.",
)
def sql(context: CommandContext, dialect: Dialect, location: str | None, *, released: bool) -> None:
    """Print SQL that makes reports tables of another program; nothing is executed, and no server is asked.

    Other programs get released tables. Exact ones need --internal, and their names begin with `internal_`.

    Example: healthtrends sql --dialect spark > tables.sql
    """
    from healthtrends.publish.sql_tables import statements

    found = list(statements(dialect, (location or _root(context)).rstrip("/"), released=released))
    context.output.document({"dialect": dialect, "released": released, "statements": found})
    for each in found:
        context.output.text(f"{each};\n")


def _root(context: CommandContext) -> str:
    settings = context.settings()
    if not settings.uses_local_stack:
        return f"{settings.hdfs.url}{settings.hdfs.root}"
    from healthtrends.orchestrate.wiring.local_stack import running_addresses

    return f"{running_addresses().hdfs_url}{settings.hdfs.root}"
