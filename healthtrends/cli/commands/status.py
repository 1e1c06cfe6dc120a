"""`status`: where everything is and how far it got."""

from typing import Any

from healthtrends.cli.session import Session, command
from healthtrends.config import Settings


@command("status")
def status(session: Session) -> None:
    """Show where everything is and how far it got.

    Addresses, lag, the last commit, and which dates have which reports. Starts nothing.
    """
    settings = session.settings()

    from healthtrends.cli.commands.summary import show_status
    from healthtrends.cli.local import local_stack

    if not settings.uses_local_stack:
        show_status(session.show, _asked(session, settings))
        return
    stack = local_stack().status()
    if stack.running and stack.addresses is not None:
        from healthtrends.orchestrate.wiring import with_addresses

        show_status(session.show, _asked(session, with_addresses(settings, stack.addresses)))
        return
    known = stack.addresses
    show_status(
        session.show,
        {
            "stack": {"running": False, "home": str(stack.home)},
            "kafka": {
                "bootstrap_servers": known.bootstrap_servers if known else None,
                "topic": settings.kafka.topic,
                "lag": None,
                "hidden": None,
                "client_file": str(known.kafka_client_file) if known else None,
            },
            "hdfs": {"url": known.hdfs_url if known else None, "root": settings.hdfs.root},
            "commits": {"last_seq": None, "records": None, "rejects": None},
            "dates": [],
        },
    )
    session.show.note("the local stack does not run; start it with `healthtrends up`")


def _asked(session: Session, settings: Settings) -> dict[str, Any]:
    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        return pipeline.status()
