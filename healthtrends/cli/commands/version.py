"""`version`: which program this is."""

import platform

from healthtrends import __version__
from healthtrends.cli.context import CommandContext, command


@command("version")
def version(context: CommandContext) -> None:
    """Print the program's version. One that ends in .dev0 is no release."""
    context.output.document({"version": __version__, "python": platform.python_version()})
    context.output.text(f"healthtrends {__version__}")
