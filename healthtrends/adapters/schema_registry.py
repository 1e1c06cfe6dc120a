"""Client of a schema registry with Confluent's HTTP interface: reads schemas by id, once each.

    GET /schemas/ids/ID, /schemas/guids/GUID          a schema
    GET /subjects/SUBJECT/versions/VERSION            one that it refers to
    GET /schemas/types                                whether it answers

No answer, and an answer that it cannot serve now, are transient. No redirect is followed: it would carry the
credentials elsewhere.
"""

import base64
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from healthtrends.adapters.http_opener import NoRedirect, opener_for
from healthtrends.config import registry_keys
from healthtrends.config.registry_keys import RegistrySettings
from healthtrends.errors import ConfigError, HealthTrendsError, RegistryUnavailable
from healthtrends.model.schemas import SchemaId, WriterSchema

T = TypeVar("T")

_ACCEPT: Final = "application/vnd.schemaregistry.v1+json, application/json"
_LARGEST_ANSWER: Final = 16 * 1024 * 1024
_DEEPEST: Final = 50
"""References of references that are followed; a registry does not allow circles."""
_TRANSIENT_STATUS: Final = frozenset({408, 425, 429, *range(500, 600)})
_REFUSED_STATUS: Final = frozenset({401, 403})
_NOT_FOUND: Final = 404


class _Reference(msgspec.Struct):
    name: str
    subject: str
    version: int


class _Schema(msgspec.Struct):
    schema: str
    kind: str = msgspec.field(default="AVRO", name="schemaType")
    references: list[_Reference] | None = None


_SCHEMA: Final = msgspec.json.Decoder(_Schema)
_TYPES: Final = msgspec.json.Decoder(list[str])


class SchemaRegistry:
    """A `SchemaSource`; used by one thread."""

    def __init__(self, settings: RegistrySettings) -> None:
        """Raises ConfigError for a certificate or key that cannot be read."""
        self._settings = settings
        self._context = _tls(settings)
        self._headers = {"Accept": _ACCEPT, "User-Agent": "healthtrends", **_authorization(settings)}
        self._found: dict[SchemaId, WriterSchema] = {}

    def find_schema(self, schema_id: SchemaId) -> WriterSchema:
        """Find one schema; asks the registry once for each id.

        Raises RegistryUnavailable when no answer came, and ConfigError when the registry has no such schema.
        """
        found = self._found.get(schema_id)
        if found is None:
            kind = "ids" if isinstance(schema_id, int) else "guids"
            schema = self._schema(f"/schemas/{kind}/{schema_id}", f"schema {schema_id}")
            references = tuple(self._references(schema.references or [], {}, 0))
            found = self._found[schema_id] = WriterSchema(schema.kind, schema.schema, references)
        return found

    def schema_types(self) -> Sequence[str]:
        """Kinds of schemas that it holds. Raises as `find_schema`."""
        return _decoded(_TYPES, self._get("/schemas/types", "list of types"), self._settings.urls[0])

    def _references(
        self, references: Sequence[_Reference], seen: dict[tuple[str, int], None], depth: int
    ) -> Sequence[str]:
        """Texts of all schemas referred to, each once and behind those that it refers to itself."""
        if depth > _DEEPEST:
            raise ConfigError(
                "schemas of the registry refer to each other without end", "", "correct them there"
            )
        texts: list[str] = []
        for each in references:
            place = each.subject, each.version
            if place in seen:
                continue
            seen[place] = None
            path = f"/subjects/{quote(each.subject, safe='')}/versions/{each.version}"
            schema = self._schema(path, f"version {each.version} of subject {each.subject}")
            texts += [*self._references(schema.references or [], seen, depth + 1), schema.schema]
        return texts

    def _schema(self, path: str, what: str) -> _Schema:
        return _decoded(_SCHEMA, self._get(path, what), self._settings.urls[0])

    def _get(self, path: str, what: str) -> bytes:
        """Ask each address in turn. Raises what the last one gave."""
        failed: HealthTrendsError | None = None
        for url in self._settings.urls:
            try:
                return self._ask(url, path, what)
            except RegistryUnavailable as error:
                failed = error
        raise failed or AssertionError  # pragma: no cover  there is always an address

    def _ask(self, url: str, path: str, what: str) -> bytes:
        # The settings admit http and https only.
        request = urllib.request.Request(url + path, headers=self._headers)  # noqa: S310
        try:
            with self._opener(url).open(request, timeout=self._settings.timeout) as answer:
                content: bytes = answer.read(_LARGEST_ANSWER)
                return content
        except urllib.error.HTTPError as error:
            error.close()
            raise _refusal(url, error.code, what) from None
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise ConfigError(
                    f"the schema registry at {url} is not trusted",
                    reason.verify_message,
                    "set ssl.ca.location of [source.registry] to the authority that signed its certificate",
                ) from error
            raise RegistryUnavailable(
                f"the schema registry at {url} did not answer",
                str(reason) or type(reason).__name__,
                "check source.registry.url and that the registry runs",
            ) from error

    def _opener(self, url: str) -> urllib.request.OpenerDirector:
        https = urllib.request.HTTPSHandler(context=self._context)
        return opener_for(urlsplit(url).netloc, NoRedirect(), https)


def _decoded(decoder: "msgspec.json.Decoder[T]", content: bytes, url: str) -> T:
    try:
        return decoder.decode(content)
    except (ValueError, RecursionError) as error:
        raise RegistryUnavailable(
            f"the schema registry at {url} gives an answer that is none of a registry",
            type(error).__name__,
            "check source.registry.url: it may be a proxy or another server",
        ) from None


def _refusal(url: str, status: int, what: str) -> HealthTrendsError:
    if status == _NOT_FOUND:
        return ConfigError(
            f"the schema registry at {url} has no {what}",
            "a message names it",
            "check that source.registry.url is the registry of the senders, and whether it was deleted there",
        )
    if status in _REFUSED_STATUS:
        return ConfigError(
            f"the schema registry at {url} refuses this client",
            f"HTTP {status} for {what}",
            "check the credentials in [source.registry] and the rights of that user",
        )
    if status in _TRANSIENT_STATUS:
        return RegistryUnavailable(
            f"the schema registry at {url} cannot serve now", f"HTTP {status}", "see its log"
        )
    return ConfigError(
        f"the schema registry at {url} does not give {what}", f"HTTP {status}", "check source.registry.url"
    )


def _authorization(settings: RegistrySettings) -> dict[str, str]:
    keys = settings.keys
    if user := keys.get(registry_keys.USER_INFO):
        return {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}
    token = keys.get(registry_keys.TOKEN)
    if token is None:
        return {}
    headers = {"Authorization": f"Bearer {token}"}
    for key, header in (
        (registry_keys.CLUSTER, "target-sr-cluster"),
        (registry_keys.POOL, "Confluent-Identity-Pool-Id"),
    ):
        if key in keys:
            headers[header] = keys[key]
    return headers


def _tls(settings: RegistrySettings) -> ssl.SSLContext:
    keys = settings.keys
    try:
        context = ssl.create_default_context(cafile=keys.get(registry_keys.CA))
        if registry_keys.CERTIFICATE in keys:
            context.load_cert_chain(
                keys[registry_keys.CERTIFICATE],
                keys.get(registry_keys.KEY),
                # Without one OpenSSL would ask on the terminal.
                keys.get(registry_keys.KEY_PASSWORD, ""),
            )
    except OSError as error:
        raise ConfigError(
            "a certificate or key of [source.registry] cannot be read",
            error.strerror or type(error).__name__,
            "check ssl.ca.location, ssl.certificate.location, ssl.key.location and ssl.key.password",
        ) from error
    return context
