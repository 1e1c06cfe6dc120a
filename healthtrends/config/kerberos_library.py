"""The system's library for Kerberos, which no Python package brings: the HDFS client loads it by name."""

import ctypes

from healthtrends.errors import ConfigError

LIBRARY = "libgssapi_krb5.so.2"
PACKAGES = "Debian, Ubuntu: `apt-get install libgssapi-krb5-2`; Fedora, RHEL: `dnf install krb5-libs`"
"""How it is installed."""


def check_library() -> None:
    """Raise ConfigError, naming the package, where it is missing."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise ConfigError(
            f"HDFS with Kerberos needs the system's library {LIBRARY}", str(error), PACKAGES
        ) from error
