"""`up` and `down`: the local stack, which outlives the command that starts it."""

import click

from healthtrends.cli.context import CommandContext, command


@command("up")
@click.option("--wait", is_flag=True, help="Wait until Kafka and HDFS can be used; `up` always does.")
@click.option(
    "--secure/--no-secure",
    default=None,
    help="With Kerberos for HDFS and TLS for Kafka, for machines that others use too; or no longer so. "
    "By default as it was.",
)
def up(context: CommandContext, *, wait: bool, secure: bool | None) -> None:
    """Start a real Kafka and HDFS here, with the topic.

    They go on running when the command ends; `healthtrends down` stops them. What runs already
    is left alone, what died is started again. All commands use a stack with --secure as they use any other.
    """
    from healthtrends.orchestrate.wiring.local_stack import local_stack, open_to_others, start

    del wait  # there is nothing to gain from an address that does not answer yet
    settings = context.settings(stack__secure=secure)
    if not settings.uses_local_stack:
        context.output.note("note: a cluster is configured; `run` will use that, not this stack")
    addresses = start(settings, context.output.note, take_back_security=secure is False)
    if stays_open := open_to_others(addresses):
        context.output.note(f"note: {stays_open}")
    found = {
        "home": str(local_stack().home),
        "bootstrap_servers": addresses.bootstrap_servers,
        "hdfs_url": addresses.hdfs_url,
        "secure": addresses.is_secure,
        "topic": settings.kafka.topic,
    }
    context.output.document(found)
    for name, value in found.items():
        context.output.text(f"{name}: {value}")


@command("down")
@click.option("--purge", is_flag=True, help="Also remove all data in the home; the pseudonym key stays.")
def down(context: CommandContext, purge: bool) -> None:
    """Stop the local stack and remove temporary files. Its data and addresses stay.

    With --purge its data are removed too: topic, file system, pages and all else that was made in the home.
    Only the pseudonym key stays, since data elsewhere may need it.
    """
    from healthtrends.orchestrate.wiring.local_stack import local_stack, remove_temporary

    stack = local_stack()
    held = stack.home.exists()
    was_running = stack.down(purge=purge)
    remove_temporary(stack.home)
    context.output.document({"home": str(stack.home), "was_running": was_running, "purged": purge})
    context.output.text("stopped" if was_running else "was not running")
    if purge:
        gone = f"the data in {stack.home} are removed"
        context.output.text(gone if held else f"there is nothing to remove: {stack.home} is not there")
        if stack.key_file.exists():
            context.output.text(f"the key {stack.key_file} stays: data elsewhere may need it")
