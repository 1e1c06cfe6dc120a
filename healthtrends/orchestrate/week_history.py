"""Alarms of a whole week, from the history of patients by code that is stored."""

import datetime as dt
from collections.abc import Sequence

from healthtrends.detect.farrington import Farrington
from healthtrends.detect.farrington_flexible import FarringtonFlexible
from healthtrends.detect.week_alarms import AlarmsOfWeek, alarms_of_week, days_read, last_day
from healthtrends.model.known_days import KnownOutbreak
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.signals import read_syndromes
from healthtrends.orchestrate.views import Views


def find_week_alarms(
    dependencies: Dependencies,
    views: Views,
    outbreaks: Sequence[KnownOutbreak],
    date: dt.date,
    method: tuple[str, int],
) -> AlarmsOfWeek:
    """Test the newest week that is over at the end of a date.

    `method`: name of the detector, and years that it looks back. Raises HdfsUnavailable.
    """
    name, years = method
    detector = Farrington(b=years) if name == Farrington.name else FarringtonFlexible(b=years)
    system = dependencies.publish.epi_week
    history = views.history(last_day(date, system), days_read(detector))
    syndromes = read_syndromes(dependencies.alarms)
    return alarms_of_week(history, detector, system, dependencies.edition, syndromes, outbreaks)
