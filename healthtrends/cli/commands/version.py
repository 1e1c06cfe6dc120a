"""`version`: which program this is."""

import platform

from healthtrends import __version__
from healthtrends.cli.session import Session, command


@command("version")
def version(session: Session) -> None:
    """Print the program's version. One that ends in .dev0 is no release."""
    session.show.document({"version": __version__, "python": platform.python_version()})
    session.show.text(f"healthtrends {__version__}")
