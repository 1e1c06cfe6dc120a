"""The local stack as the commands use it: started when nothing is configured."""

from healthtrends.cli.show import Show
from healthtrends.config import Settings, cache, home
from healthtrends.devstack.stack import LocalStack, StackAddresses


def local_stack() -> LocalStack:
    """The stack of HEALTHTRENDS_HOME; started or not."""
    return LocalStack(home(), cache())


def start(settings: Settings, show: Show) -> StackAddresses:
    """Start what is down, wait until all can be used, make the topic when missing."""
    from healthtrends.orchestrate import wiring

    return wiring.start(local_stack(), settings, show.note)


def resolved(settings: Settings, show: Show) -> Settings:
    """The settings with addresses in any case: those configured, or those of the stack, which is started."""
    from healthtrends.orchestrate.wiring import with_addresses

    return with_addresses(settings, start(settings, show)) if settings.uses_local_stack else settings
