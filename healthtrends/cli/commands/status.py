"""`status`: where everything is and how far it got."""

from healthtrends.cli.session import Session, command


@command("status")
def status(session: Session) -> None:
    """Show where everything is and how far it got.

    Addresses, lag, the last commit, and which dates have which reports. Starts nothing.
    """
    settings = session.settings()

    from healthtrends.cli.commands.summary import show_status
    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, start_stack=False) as pipeline:
        show_status(session.show, pipeline.status())
