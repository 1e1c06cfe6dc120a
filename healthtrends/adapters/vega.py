"""JavaScript bundle of the pages' charts: Vega, Vega-Lite and Vega-Embed, from vl-convert; and pictures.

Making the script takes seconds and its result never changes for a version, so it is kept in the cache folder.
A cache that cannot be written costs these seconds each time, nothing else.
"""

import hashlib
import tempfile
import threading
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from healthtrends.config.permissions import make_folders
from healthtrends.observe import event

SNIPPET = "window.vegaEmbed = vegaEmbed;"
_ONE_AT_A_TIME = threading.Lock()


def chart_library(cache: Path) -> str:
    """Give the script that defines `vegaEmbed`; from the cache when it is there and whole."""
    with _ONE_AT_A_TIME:
        return _library(cache)


def draw_svg(chart: Mapping[str, object]) -> bytes:
    """Draw a chart in Vega-Lite that holds its own data."""
    import vl_convert

    return vl_convert.vegalite_to_svg(dict(chart), allowed_base_urls=[]).encode()


def _library(cache: Path) -> str:
    snippet = hashlib.sha256(SNIPPET.encode()).hexdigest()[:8]
    kept = cache / "pages" / f"vega-{version('vl-convert-python')}-{snippet}.js"
    found = _read(kept)
    if found is None:
        import vl_convert

        found = vl_convert.javascript_bundle(SNIPPET)
        _keep(kept, found)
    return found


def _read(path: Path) -> str | None:
    """A script with its digest in the first line; None when it is missing or damaged."""
    try:
        digest, _, script = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return script.decode() if digest == _digest_line(script) else None


def _keep(path: Path, script: str) -> None:
    content = script.encode()
    try:
        make_folders(path.parent, 0o755)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(_digest_line(content) + b"\n" + content)
        Path(file.name).replace(path)
    except OSError as error:
        event("page.library_not_kept", path=str(path), error=str(error))


def _digest_line(script: bytes) -> bytes:
    return b"// sha256 " + hashlib.sha256(script).hexdigest().encode()
