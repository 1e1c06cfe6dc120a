"""The alarms of a date: each with its picture, its reason, its origin, and what people said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from healthtrends.model.signals import STRATA
from healthtrends.page.alarm_data import AlarmCurve, AlarmEntry, AlarmList, LastYear, Remark
from healthtrends.page.alarm_picture import AlarmPicture, alarm_picture
from healthtrends.page.components import NamedCode, named_code
from healthtrends.page.data import DayPage
from healthtrends.page.sparkline import DAYS, Sparkline, greatest, sparkline
from healthtrends.page.translations import Translations

KEYS = ("observed", "expected", "band", "alarm", "baseline", "guard", "known")
"""Marks of the picture."""
CODES = ("diagnosis", "category")
"""Levels whose series have a title by their code, and a curve further down."""
LEAST_PERCENT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlarm:
    """One entry."""

    name: NamedCode
    is_linked: bool
    """Whether its curve is further down on the page."""
    level: str
    severity: str
    severity_name: str
    reason: str
    no_alarm: str
    """What would have to be lower."""
    origin: str
    last_year: str
    picture: AlarmPicture | None
    rows: Sequence[tuple[str, ...]]
    """The picture as a table, newest day first."""
    parts: Sequence[tuple[str, Sparkline]]
    """By gender and age, each with its number of the date."""
    remarks: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The section."""

    lead: str
    none: str
    """Why there is no entry; empty: there are some."""
    entries: Sequence[ShownAlarm]
    head: Sequence[str]
    """Columns of `ShownAlarm.rows`."""
    keys: Sequence[tuple[str, str]]


def alarms(page: DayPage, translations: Translations) -> Alarms | None:
    """Make the section; None: the issue is of a version that had no such report."""
    found = page.alarms
    if found is None:
        return None
    lead = translations(
        "alarms.lead",
        tested=translations.number(found.tested),
        untested=translations.number(found.untested),
        days=found.days,
    )
    return Alarms(
        lead=lead if found.tested else "",
        none="" if found.entries else _none(found, translations),
        entries=[_shown(page, found, each, translations) for each in found.entries],
        head=[translations(f"alarms.{name}") for name in ("day", "observed", "expected", "limit", "note")],
        keys=[(key, translations(f"alarms.key_{key}")) for key in KEYS],
    )


def _none(found: AlarmList, translations: Translations) -> str:
    return translations.first_of(f"alarms.none_{found.answer}", "alarms.none_tested")


def _shown(page: DayPage, found: AlarmList, entry: AlarmEntry, translations: Translations) -> ShownAlarm:
    name, curve = _name(page, entry, translations), entry.curve
    reason = _reason(entry, curve, translations)
    label = f"{name.code} {name.title}: {reason}" if name.title else f"{name.code}: {reason}"
    return ShownAlarm(
        name=name,
        is_linked=entry.level in CODES and entry.code in page.history.patients,
        level=translations(f"alarms.level_{entry.level}"),
        severity=entry.severity,
        severity_name=translations(f"alarms.severity_{entry.severity}"),
        reason=reason,
        no_alarm=translations("alarms.no_alarm", upper=translations.number(entry.upper)),
        origin=_origin(page, found, entry, translations),
        last_year=_last_year(curve.last_year if curve else None, translations),
        picture=alarm_picture(curve, label, translations) if curve else None,
        rows=list(_rows(curve, translations)) if curve else (),
        parts=list(_parts(curve, translations)) if curve else (),
        remarks=[_remark(each, translations) for each in entry.remarks],
    )


def _name(page: DayPage, entry: AlarmEntry, translations: Translations) -> NamedCode:
    if entry.level in CODES:
        return named_code(entry.code, page.date, translations)
    title = entry.title
    if entry.level in STRATA:
        return named_code(entry.code.partition(" ")[0], page.date, translations)._replace(code=entry.code)
    if entry.level == "chapter":
        title = translations.first_of(f"chapter.{entry.code}") or title
    return NamedCode(entry.code, title, None, "")


def _reason(entry: AlarmEntry, curve: AlarmCurve | None, translations: Translations) -> str:
    """`21 patients; expected 6.4, upper limit 13, from 26 days up to 19 Dec; day 3, since 20 Dec`."""
    parts = [translations("alarms.patients", observed=translations.number(entry.observed))]
    if entry.expected is not None:
        limits = {"upper": translations.number(entry.upper), "expected": translations.decimal(entry.expected)}
        parts.append(translations("alarms.usual", **limits))
    if curve is not None and curve.baseline_end:
        places = range(curve.baseline_begin, curve.baseline_end)
        known = sum(curve.observed[each] is not None and not curve.is_known[each] for each in places)
        last = translations.short_day(curve.dates[curve.baseline_end - 1])
        parts.append(translations("alarms.from_days", days=known, last=last))
    key = "alarms.first_day" if entry.days == 1 else "alarms.later_day"
    parts.append(translations(key, number=entry.days, since=translations.short_day(entry.since)))
    if entry.also:
        also = [f"{translations(f'alarms.level_{level}')} {code}" for level, code in entry.also]
        parts.append(translations("alarms.with", series=translations.join(also)))
    return "; ".join(parts) + "."


def _origin(page: DayPage, found: AlarmList, entry: AlarmEntry, translations: Translations) -> str:
    parameters = "".join(f", {name} = {value}" for name, value in found.parameters.items())
    chance = _chance(entry.p, translations) if entry.p is not None else ""
    origin = translations(
        "alarms.origin",
        detector=entry.detector + parameters,
        issue=page.provenance.issue,
        seq=page.provenance.seq,
    )
    return f"{origin} {chance}".strip()


def _chance(p: float, translations: Translations) -> str:
    percent = 100 * p
    if percent < LEAST_PERCENT:
        return translations("alarms.rare", p=translations.decimal(LEAST_PERCENT, 2))
    return translations("alarms.chance", p=translations.decimal(percent, 2))


def _last_year(found: LastYear | None, translations: Translations) -> str:
    if found is None:
        return ""
    return translations(
        "alarms.last_year",
        now=translations.number(found.now),
        then=translations.number(found.then),
        until=translations.plain_day(found.until),
    )


def _rows(curve: AlarmCurve, translations: Translations) -> Iterator[tuple[str, ...]]:
    days = zip(curve.dates, curve.observed, curve.expected, curve.upper, strict=True)
    for place, (date, observed, expected, upper) in reversed(list(enumerate(days))):
        notes = [
            translations(f"alarms.key_{key}")
            for key, holds in (("alarm", curve.is_alarm[place]), ("known", curve.is_known[place]))
            if holds
        ]
        yield (
            date.isoformat(),
            "" if observed is None else translations.number(observed),
            "" if expected is None else translations.decimal(expected),
            "" if upper is None else translations.number(upper),
            translations.join(notes),
        )


def _parts(curve: AlarmCurve, translations: Translations) -> Iterator[tuple[str, Sparkline]]:
    """Small curves by gender and by age, those of a kind on one scale."""
    genders = {translations(f"column.{name}"): counts for name, counts in curve.genders.items()}
    ages = {translations("alarms.ages", ages=name): counts for name, counts in curve.ages.items()}
    for kind in (genders, ages):
        top = greatest(count for counts in kind.values() for count in counts[-DAYS:])
        for name, counts in kind.items():
            shown = "" if counts[-1] is None else translations.number(counts[-1])
            yield f"{name}: {shown}", sparkline(counts, name, top)


def _remark(remark: Remark, translations: Translations) -> str:
    said = translations(
        "alarms.remark",
        kind=translations(f"alarms.said_{remark.kind}"),
        by=remark.by,
        at=translations.time(remark.at),
        date=translations.short_day(remark.date),
    )
    return f"{said}: {remark.note}" if remark.note else said
