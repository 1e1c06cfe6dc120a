"""The two folders outside the cluster: the local stack's data, and what was fetched."""

import os
from pathlib import Path


def home() -> Path:
    """Data of the local stack: `HEALTHTRENDS_HOME`, else the platform's user data folder."""
    return _chosen("HEALTHTRENDS_HOME", "user_data_path")


def cache() -> Path:
    """Fetched jars: `HEALTHTRENDS_CACHE`, else the platform's user cache folder."""
    return _chosen("HEALTHTRENDS_CACHE", "user_cache_path")


def _chosen(variable: str, default: str) -> Path:
    given = os.environ.get(variable)
    if given:
        return Path(given).expanduser().absolute()
    import platformdirs  # noqa: PLC0415  not needed when the variable is set

    path: Path = getattr(platformdirs, default)("healthtrends", appauthor=False)
    return path
