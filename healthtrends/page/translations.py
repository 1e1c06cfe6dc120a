"""Texts of the pages by language: one message file a language; what it leaves out is English.

A message file is one JSON object of texts; `{name}` in a text is filled in.
"""

import datetime as dt
import functools
import importlib.resources
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from healthtrends.errors import ConfigError
from healthtrends.icd.edition import Edition, icd10cm
from healthtrends.icd.titles import Title, bundled_titles, find_title, groups, title_language

ENGLISH = "en"
FOR_SCRIPTS = "js."
FOR_SCRIPTS_TOO = ("number.", "trend.", "explore.", "dictionary.", "top.show", "months_short")


@dataclass(frozen=True, slots=True, eq=False)
class Translations:
    """All texts of one language."""

    texts: Mapping[str, str]
    own_titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the operator by code; they go before those that come with the program."""
    edition: Edition = field(default_factory=icd10cm)
    """Edition of ICD-10 of the codes."""

    def __call__(self, key: str, **values: object) -> str:
        """Fill in one text. Raises KeyError when there is no such text."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def of(self, kind: str, name: str) -> str:
        """Find the text `kind.name`; for an unknown name, the name itself with blanks."""
        return self.texts.get(f"{kind}.{name}") or name.replace("_", " ")

    def title(self, code: str) -> Title | None:
        """Find the title of a diagnosis code; None: there is none."""
        return find_title(code, self.texts["language"], self.own_titles, is_icd10cm=self.edition.is_icd10cm)

    def revised(self, code: str, date: dt.date) -> str:
        """What a code was divided from within the year before a date, in words; empty: it was not."""
        validity = self.edition.validity
        earlier = validity.revised_from(code, date) if validity else None
        return self("code.revised_from", code=earlier) if earlier else ""

    def all_titles(self) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
        """All titles, for scripts: titles by code; first, last and title of groups."""
        language = title_language(self.texts["language"])
        return {**bundled_titles(language, is_icd10cm=self.edition.is_icd10cm), **self.own_titles}, groups(
            language
        )

    def all_of(self, kind: str) -> dict[str, str]:
        """All texts `kind.name` by name."""
        begin = f"{kind}."
        return {key.removeprefix(begin): text for key, text in self.texts.items() if key.startswith(begin)}

    def first_of(self, *keys: str) -> str:
        """First of these texts that exists; empty: none does."""
        return next((self.texts[key] for key in keys if key in self.texts), "")

    def number(self, value: int) -> str:
        """Group a whole number by thousands."""
        return f"{value:,}".replace(",", self.texts["number.thousands"])

    def decimal(self, value: float, places: int = 1) -> str:
        """Round a number to some places."""
        whole, _, part = f"{abs(value):,.{places}f}".partition(".")
        grouped = whole.replace(",", self.texts["number.thousands"])
        sign = "\N{MINUS SIGN}" if value < 0 and (float(part or 0) or whole != "0") else ""
        return sign + grouped + (self.texts["number.decimal"] + part if part else "")

    def change(self, share: float) -> str:
        """Format a relative change in percent, always with its sign."""
        text = self.decimal(100 * share, 0)
        return ("+" if share > 0 and text != "0" else "") + text + self.texts["number.percent"]

    def day(self, date: dt.date) -> str:
        """Format a date in full, with its weekday."""
        return self("date.long", weekday=self.weekday(date), **self._parts(date))

    def plain_day(self, date: dt.date) -> str:
        """Format a date in full, without its weekday."""
        return self("date.plain", **self._parts(date))

    def short_day(self, date: dt.date) -> str:
        """Format a date without weekday and year."""
        return self("date.short", **self._parts(date))

    def weekday(self, date: dt.date) -> str:
        """Name the day of the week."""
        return self.listed("weekdays")[date.weekday()]

    def month(self, date: dt.date) -> str:
        """Format month and year."""
        return self("date.month", **self._parts(date))

    def time(self, time: dt.datetime) -> str:
        """Format a time in UTC, to the minute."""
        return self("date.time", date=self.plain_day(time.date()), time=f"{time:%H:%M}")

    def listed(self, key: str) -> list[str]:
        """Split a text that holds several words, such as the months."""
        return self.texts[key].split()

    def join(self, words: list[str]) -> str:
        """Join words as a list in a sentence."""
        return self.texts["list.comma"].join(words)

    def for_scripts(self) -> dict[str, str]:
        """Texts that the page's script shows."""
        return {
            key.removeprefix(FOR_SCRIPTS): text
            for key, text in self.texts.items()
            if key.startswith((FOR_SCRIPTS, *FOR_SCRIPTS_TOO))
        }

    def _parts(self, date: dt.date) -> dict[str, object]:
        names, short = self.listed("months"), self.listed("months_short")
        return {
            "day": date.day,
            "month": names[date.month - 1],
            "short": short[date.month - 1],
            "year": date.year,
        }


def languages() -> list[str]:
    """Languages that come with the program."""
    folder = importlib.resources.files(__package__).joinpath("messages")
    return sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))


_TEXTS = msgspec.json.Decoder(dict[str, str])


@functools.cache
def bundled(language: str) -> Translations:
    """Read the message file of one of `languages`."""
    folder = importlib.resources.files(__package__).joinpath("messages")
    return Translations(_TEXTS.decode(folder.joinpath(f"{language}.json").read_bytes()))


def parse_translations(content: bytes, name: str) -> Translations:
    """Parse an operator's own message file, called `name`. Raises ConfigError with what is wrong in it."""
    english = bundled(ENGLISH).texts
    try:
        own = _TEXTS.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{name} is no message file", str(error), "it is one JSON object of texts, like messages/en.json"
        ) from error
    for key, text in own.items():
        if key not in english or placeholders(text) != placeholders(english[key]):
            wanted = ", ".join(sorted(placeholders(english.get(key, "")) or ())) or "none"
            raise ConfigError(
                f"{name}: the text {key!r} does not fit",
                f"places to fill in: {wanted}" if key in english else "there is no such text",
                "compare it with messages/en.json",
            )
    return Translations({**english, **own})


def placeholders(text: str) -> set[str] | None:
    """Names of the places to fill in; None: the text is not valid."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return None
