"""A file beside the index with the dates that have a page, which every page reads.

A page is as old as its issue. This file is written with the index, so a page that is opened later, from disk
too, can tell that a newer issue exists, that records came after it, and which dates there are beside its own.
It is a script, since a page from disk may not read any other file.
"""

import datetime as dt
from collections.abc import Mapping

from healthtrends.page.data import DateState
from healthtrends.page.packing import script_json

DATES_NAME = "dates.js"


def render_dates(pages: Mapping[dt.date, tuple[int, DateState]]) -> bytes:
    """Render the file; by date, number and state of the newest issue."""
    known = {date.isoformat(): entry for date, entry in pages.items()}
    return f'"use strict";\nconst DATES = {script_json(known)};\n'.encode()
