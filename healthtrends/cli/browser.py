"""A page opened in the browser of whoever sits here; where nobody does, the path must do."""

import os
import sys
import webbrowser
from pathlib import Path


def open_in_browser(page: Path) -> bool:
    """Open a file; False when there is no browser with a window.

    Without a display Python would start a browser in the terminal, and the command would wait for its end.
    """
    has_display = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if sys.platform not in ("win32", "darwin") and not has_display:
        return False
    try:
        return webbrowser.open(page.as_uri())
    except webbrowser.Error:
        return False
