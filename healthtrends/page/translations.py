"""The text of the pages in the language of its readers: one message file a language, English as the ground.

A message file is one JSON object of texts; `{name}` in a text is filled in. What a file leaves out is
English.
"""

import datetime as dt
import functools
import importlib.resources
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from healthtrends.errors import ConfigError
from healthtrends.page.icd10_titles import Title, bundled_titles, find_title, groups, spoken

ENGLISH = "en"
FOR_SCRIPTS = "js."
FOR_SCRIPTS_TOO = ("number.", "trend.", "explore.", "dictionary.", "top.show", "months_short")


@dataclass(frozen=True, slots=True, eq=False)
class Translations:
    """All texts of one language."""

    texts: Mapping[str, str]
    own_titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the operator by code; they go before those that come with the program."""

    def __call__(self, key: str, **values: object) -> str:
        """Give one text, filled in. Raises KeyError when there is no such text."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def of(self, kind: str, name: str) -> str:
        """Give the text `kind.name`; for a name that is not known, the name itself in words."""
        return self.texts.get(f"{kind}.{name}") or name.replace("_", " ")

    def title(self, code: str) -> Title | None:
        """Give the title of a diagnosis code; None when nothing is known of it."""
        return find_title(code, self.texts["language"], self.own_titles)

    def all_titles(self) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
        """Give all that `title` looks in, for scripts: titles by code; first, last and title of groups."""
        language = spoken(self.texts["language"])
        return {**bundled_titles(language), **self.own_titles}, groups(language)

    def all_of(self, kind: str) -> dict[str, str]:
        """Give all texts `kind.name` by name."""
        begin = f"{kind}."
        return {key.removeprefix(begin): text for key, text in self.texts.items() if key.startswith(begin)}

    def first_of(self, *keys: str) -> str:
        """Give the first of these texts that there is; empty when there is none."""
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
        """Say a relative change in percent, always with its sign."""
        text = self.decimal(100 * share, 0)
        return ("+" if share > 0 and text != "0" else "") + text + self.texts["number.percent"]

    def day(self, date: dt.date) -> str:
        """Say a date in full, with its weekday."""
        return self("date.long", weekday=self.weekday(date), **self._parts(date))

    def plain_day(self, date: dt.date) -> str:
        """Say a date in full, without its weekday."""
        return self("date.plain", **self._parts(date))

    def short_day(self, date: dt.date) -> str:
        """Say a date without weekday and year."""
        return self("date.short", **self._parts(date))

    def weekday(self, date: dt.date) -> str:
        """Name the day of the week."""
        return self.listed("weekdays")[date.weekday()]

    def month(self, date: dt.date) -> str:
        """Name month and year."""
        return self("date.month", **self._parts(date))

    def moment(self, time: dt.datetime) -> str:
        """Say a time in UTC, to the minute."""
        return self("date.time", date=self.plain_day(time.date()), time=f"{time:%H:%M}")

    def listed(self, key: str) -> list[str]:
        """Split a text that holds several words, such as the months."""
        return self.texts[key].split()

    def in_row(self, words: list[str]) -> str:
        """List words in a sentence."""
        return self.texts["list.comma"].join(words)

    def for_scripts(self) -> dict[str, str]:
        """Give the texts that the page's script shows."""
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
    """Read somebody's own message file, called `name`. Raises ConfigError with what is wrong in it."""
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
    """Name the places to fill in; None when the text cannot be read as one."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return None
