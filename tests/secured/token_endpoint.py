"""A token endpoint of a test, over TLS: client credentials against tokens that a broker can check.

The tokens are JWTs with an RSA signature; the public key goes to a file that the broker reads. With `status`
the endpoint refuses everybody, and after `close` nobody answers.
"""

import base64
import hmac
import json
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from healthtrends.devstack.atomic_files import write_whole
from tests.loopback_http import LoopbackHttp
from tests.secured.authority import Issued

CLIENT, SECRET = "pipeline", "secret-of-the-client"
AUDIENCE = "kafka"
LIFE_SECONDS = 300
_KEY_ID = "k1"


class TokenKey:
    """The key of the tokens; `file` is its public half as a JSON Web Key Set."""

    def __init__(self, folder: Path) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self.file = folder / "tokens.jwks.json"
        public = self._key.public_key().public_numbers()
        numbers = {"n": _number(public.n), "e": _number(public.e)}
        keys = [{"kty": "RSA", "kid": _KEY_ID, "use": "sig", "alg": "RS256", **numbers}]
        write_whole(self.file, json.dumps({"keys": keys}).encode())

    def token(self, subject: str, life: int = LIFE_SECONDS) -> str:
        """Sign a token that ends after `life` seconds."""
        now = int(time.time())  # noqa: TID251  the broker looks at the real clock
        claims = {"sub": subject, "aud": AUDIENCE, "iss": "tests", "iat": now, "exp": now + life}
        head = {"alg": "RS256", "typ": "JWT", "kid": _KEY_ID}
        text = f"{_json(head)}.{_json(claims)}"
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_base64(signature)}"


class TokenEndpoint(LoopbackHttp):
    """Serves until `close`."""

    def __init__(self, key: TokenKey, issued: Issued) -> None:
        self.key = key
        self.status: int | None = None
        """Answer everybody with this one."""
        self.life = LIFE_SECONDS
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(issued.chain, issued.key)
        super().__init__(_handler(self), tls)
        self.url = f"https://localhost:{self.port}/token"

    def answer(self, authorization: str | None) -> tuple[int, dict[str, object]]:
        """Status and content for one request."""
        if self.status is not None:
            return self.status, {"error": "temporarily_unavailable"}
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not hmac.compare_digest(authorization or "", expected):
            return 401, {"error": "invalid_client", "error_description": "Invalid client secret"}
        token = self.key.token(CLIENT, self.life)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.life}


def _handler(endpoint: TokenEndpoint):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = endpoint.answer(self.headers.get("Authorization"))
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_) -> None:
            """Say nothing."""

    return Handler


def _json(value: dict[str, object]) -> str:
    return _base64(json.dumps(value).encode())


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
