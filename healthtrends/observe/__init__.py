"""Log events and progress on stderr, for a person or a script.

The command line calls `configure` once; everything else calls `event`, `debug_event` and
`progress` and need not know about terminals. Events have fixed dotted names with fields, so that
they can be searched for; no field may hold a patient value.
"""

from healthtrends.observe.amount import counted
from healthtrends.observe.log import debug_event, event
from healthtrends.observe.output import Mode, configure, mode
from healthtrends.observe.progress import Bar, progress
from healthtrends.observe.streams import guard
from healthtrends.observe.visible import for_stream, visible

__all__ = [
    "Bar", "Mode", "configure", "counted", "debug_event", "event", "for_stream", "guard", "mode", "progress",
    "visible",
]  # fmt: skip
