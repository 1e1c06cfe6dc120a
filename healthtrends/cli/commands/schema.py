"""`schema record`: the fields of a record and their rules."""

import click

from healthtrends.cli.context import CommandContext, command


@click.group("schema")
def schema() -> None:
    """Show what messages must look like."""


@command("record")
def record(context: CommandContext) -> None:
    """Print the fields of a record, with type, rule, and what a null or missing value does."""
    from healthtrends.model.record_schema import fields

    found = list(fields())
    context.output.document(
        {
            "record": [
                {"field": f.name, "type": f.type, "rule": f.rule, "required": f.is_required} for f in found
            ]
        }
    )
    context.output.csv(
        "Fields of a record",
        ("field", "type", "required", "rule"),
        [(f.name, f.type, "yes" if f.is_required else "no", f.rule) for f in found],
        wide=True,
    )


schema.add_command(record)
