"""Openers of HTTP requests: through which proxy, and without redirects where these would tell secrets."""

import urllib.request
from typing import Any

from healthtrends.adapters.engines.master import is_loopback


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """For requests with credentials, which a redirect would carry elsewhere."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401  as urllib declares it
        """Follow none."""


def opener_for(host: str, *handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """Through the proxy of the environment, as everything for elsewhere; never to this machine."""
    direct = [urllib.request.ProxyHandler({})] if is_loopback(host) else []
    return urllib.request.build_opener(*handlers, *direct)
