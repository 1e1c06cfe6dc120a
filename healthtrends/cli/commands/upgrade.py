"""`upgrade`: the root of an earlier version gets the format of this one."""

import click

from healthtrends.cli.context import CommandContext, command


@command("upgrade")
@click.option("--dry-run", is_flag=True, help="Only say what would be changed.")
def upgrade(context: CommandContext, *, dry_run: bool) -> None:
    """Bring the root to the format of this program.

    A root of an earlier version is read and continued without it. Nothing of what is stored or published
    changes. Older programs that know the format refuse the root afterwards: stop followers first, and upgrade
    them too. Killed, it is repeated; a root that needs nothing is left as it is.
    """
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        done = pipeline.upgrade(dry_run=dry_run)
    output = context.output
    output.document(
        {"dry_run": dry_run, "format": done.found, "new_format": done.wanted, "changes": done.changes}
    )
    if done.found is None:
        output.text(f"there is no root yet: the first run makes it, with format {done.wanted}")
        return
    if not done.changes:
        output.text(f"nothing to do: the root has format {done.found}")
        return
    output.text(f"the root {'has' if dry_run else 'had'} format {done.found}; the new one is {done.wanted}")
    for change in done.changes:
        output.text(f"{'would write' if dry_run else 'wrote'} {change}")
