"""Maven repositories to use: jgo's default and settings, through the user's Maven mirror.

No address stands in this project. Order: a `<mirror>` of `~/.m2/settings.xml` takes the place of
the repositories it names, as Maven does it; `[repositories]` of jgo's configuration file add to
or replace the default `central`.
"""

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from healthtrends.errors import ConfigError


class Repository(msgspec.Struct, frozen=True):
    """One place to fetch from; `login` is (user, password) of Maven's `<server>`, or None."""

    url: str
    login: tuple[str, str] | None = None

    def __repr__(self) -> str:
        """Without the login, which must not reach a log."""
        return f"Repository({self.url!r})"


def repositories(settings: Path | None = None) -> list[Repository]:
    """Repositories to try in this order, never empty.

    `settings` is Maven's settings file, by default `~/.m2/settings.xml`; it need not exist.
    Raises ConfigError when it is there and cannot be read.
    """
    known = {**MavenContext().remote_repos, **GlobalSettings.load().repositories}
    maven = _parse(settings or Path.home() / ".m2" / "settings.xml")
    found = [_mirrored(name, url, maven) for name, url in known.items()]
    return list({repository.url: repository for repository in found}.values())


def _parse(settings: Path) -> ET.Element:
    try:
        root = ET.fromstring(settings.read_bytes())  # noqa: S314  the user's own file
    except FileNotFoundError:
        return ET.Element("settings")
    except (OSError, ET.ParseError) as error:
        raise ConfigError(
            f"Maven's settings {settings} cannot be read", str(error), "repair or remove the file"
        ) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # with or without Maven's namespace
    return root


def _mirrored(name: str, url: str, maven: ET.Element) -> Repository:
    for mirror in maven.iterfind("mirrors/mirror"):
        target = (mirror.findtext("url") or "").strip()
        if target and _covers(mirror.findtext("mirrorOf") or "", name):
            return Repository(target.rstrip("/"), _login(mirror.findtext("id") or "", maven))
    return Repository(url.rstrip("/"), _login(name, maven))


def _covers(pattern: str, name: str) -> bool:
    """Whether a `<mirrorOf>` list (`*`, `external:*`, `central,!other`) covers a repository."""
    words = [word.strip() for word in pattern.split(",")]
    if f"!{name}" in words:
        return False
    return name in words or "*" in words or "external:*" in words


def _login(server: str, maven: ET.Element) -> tuple[str, str] | None:
    for entry in maven.iterfind("servers/server"):
        user, word = entry.findtext("username"), entry.findtext("password")
        if (entry.findtext("id") or "").strip() == server and user and word:
            return user.strip(), word.strip()
    return None
