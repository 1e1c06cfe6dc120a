"""Log events and progress: on stderr for a person or a script, and for any other sink.

The command line calls `configure` once; everything else calls `event`, `debug_event`, `measure` and
`progress` and need not know about terminals. Events have fixed dotted names with fields, so that
they can be searched for; no field may hold a patient value.
"""

from healthtrends.observe.log import (
    Event,
    LogFormat,
    Mode,
    Sink,
    attached,
    configure,
    debug_event,
    event,
    is_measured,
    measure,
    mode,
)
from healthtrends.observe.progress import Bar, SilentBar, counted, progress
from healthtrends.observe.streams import for_stream, guard, has_lost_reader

__all__ = [
    "Bar", "Event", "LogFormat", "Mode", "SilentBar", "Sink", "attached", "configure", "counted",
    "debug_event", "event", "for_stream", "guard", "has_lost_reader", "is_measured", "measure", "mode",
    "progress",
]  # fmt: skip
