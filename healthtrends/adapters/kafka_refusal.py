"""Why a Kafka cluster refuses a client: its own words, and the setting to look at.

librdkafka tells it through its error callback only, and goes on trying for ever; a question to the broker
would end with "timed out".
"""

import re
import threading
from collections import deque
from collections.abc import Callable

from confluent_kafka import KafkaError

from healthtrends import clock
from healthtrends.adapters.kafka_access import Access
from healthtrends.adapters.kafka_listener import Listener, certificate_fault, look_at_listener
from healthtrends.errors import ConfigError, HealthTrendsError, KafkaUnavailable
from healthtrends.observe import debug_event

GRACE_SECONDS = 1.0
"""How long other brokers may still answer when one refuses; with one address there is no other."""
HEARD = 100
"""Errors that are kept of a client; `mllp` has one for months."""

_SECTION = "of [kafka.client]"
_BEFORE = re.compile(r"^\w+://[^/ ]+/\S+: |^\S+:\d+/\S+: ")
_BEHIND = re.compile(r"\s*\(after \d+ms in state \w+\)|: SSL alert number \d+|, verify that ssl\.ca.*$")
_CAUSE = re.compile(r"^.*GSSAPI Error: [^(]*\((.*)\)\W*$", re.DOTALL)
_CODES = re.compile(r"error:[0-9A-F]{8}:[\w ]+::")
_ADDRESS = re.compile(r"^(?:\w+://)?([^/ ]+:\d+)/")
_ALERT = re.compile(r"ssl/tls alert|tlsv1\d? alert|alert (bad|certificate|unknown|handshake)", re.IGNORECASE)
_TOKEN = "Failed to acquire SASL OAUTHBEARER token: "  # noqa: S105  words of the client
_ENDPOINT = "sasl.oauthbearer.token.endpoint.url"
_AUTHENTICATION = KafkaError._AUTHENTICATION  # noqa: SLF001  public, although its name begins so
_SSL, _TRANSPORT = KafkaError._SSL, KafkaError._TRANSPORT  # noqa: SLF001
_ALL_DOWN = KafkaError._ALL_BROKERS_DOWN  # noqa: SLF001


class Refusals:
    """What one client hears through its error callback; `note` is that callback."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._heard: deque[KafkaError] = deque(maxlen=HEARD)
        self._looked: set[str] = set()
        self._found: ConfigError | None = None
        self._grace: clock.Deadline | None = None

    def note(self, error: KafkaError) -> None:
        """Keep an error of a connection."""
        debug_event("kafka.error", error=error.name())
        with self._lock:
            self._heard.append(error)

    def forget(self) -> None:
        """Drop what was heard: a broker has answered since."""
        with self._lock:
            self._heard.clear()

    def with_last_words(self, cause: str) -> str:
        """Return the cause of a failure, and behind it why no connection stands."""
        return ": ".join(filter(None, (cause, self.last_words())))

    def last_words(self) -> str:
        """Why no connection stands, as the client said it last; "": it said nothing."""
        with self._lock:
            named = [each for each in self._heard if each.code() != _ALL_DOWN]
        if named:
            return words(named[-1].str())
        url = self._access.conf.get(_ENDPOINT)
        # The client waits for a token before it connects, and says nothing while it asks again.
        return f"no token has come from {url} yet" if url and not self._heard else ""

    def raise_refusal(self) -> None:
        """Raise what speaks against this client, once no other broker can be hoped for.

        ConfigError when the cluster never answered in this process, else KafkaUnavailable.
        """
        found = self._refusal()
        if found is None:
            return
        if self._grace is None:
            self._grace = clock.Deadline(GRACE_SECONDS if "," in self._access.servers else 0.0)
        if self._grace.passed():
            raise as_of_now(self._access, found)

    def _refusal(self) -> ConfigError | None:
        with self._lock:
            heard = list(self._heard)
        if self._found is None:
            self._found = next(filter(None, (refusal(self._access, each) for each in heard)), None)
        if self._found is None and any(each.code() in (_ALL_DOWN, _TRANSPORT) for each in heard):
            self._found = self._mismatch()
        return self._found

    def _mismatch(self) -> ConfigError | None:
        """Look at each address once, as nothing is told of a wrong `security.protocol`."""
        for address in self._access.servers.split(","):
            if address not in self._looked:
                self._looked.add(address)
                listener = look_at_listener(address)
                if listener and (found := mismatch(self._access, address, listener)):
                    return found
        return None


def as_of_now(access: Access, found: ConfigError) -> HealthTrendsError:
    """Return the refusal, as worth another try when the cluster has accepted this client before."""
    return KafkaUnavailable(found.what, found.why, found.next_step) if access.is_accepted else found


def refusal(access: Access, error: KafkaError) -> ConfigError | None:
    """Return what an error of a connection says against this client; None: nothing."""
    text = error.str()
    address = _ADDRESS.match(text)
    where = address[1] if address else access.servers
    if error.code() == _AUTHENTICATION:
        return _of_token(access, text) if text.startswith(_TOKEN) else _of_login(access, where, words(text))
    if error.code() in (_SSL, _TRANSPORT) and "certificate verify failed" in text:
        return _of_their_certificate(access, where, words(text))
    if error.code() in (_SSL, _TRANSPORT) and _ALERT.search(text):
        return _of_our_certificate(access, where, words(text))
    return None


def mismatch(access: Access, address: str, listener: Listener) -> ConfigError | None:
    """Return in what the listener differs from `security.protocol`; None: nothing, or it did not say."""
    has_sasl = access.has_sasl if listener.has_sasl is None else listener.has_sasl
    if (listener.has_tls, has_sasl) == (access.has_tls, access.has_sasl):
        return None
    speaks = "speaks TLS" if listener.has_tls else "speaks no TLS"
    asks = f"asks for {'a login' if has_sasl else 'no login'}" if listener.has_sasl is not None else ""
    wanted = f"{'SASL_' if has_sasl else ''}{'SSL' if listener.has_tls else 'PLAINTEXT'}"
    offered = f', and "sasl.mechanism" one of {", ".join(listener.mechanisms)}' if listener.mechanisms else ""
    return ConfigError(
        f"Kafka at {address} {' and '.join(filter(None, (speaks, asks)))}",
        f"security.protocol is {access.protocol}",
        f'set "security.protocol" = "{wanted}"{offered} {_SECTION}, or name another port in '
        "kafka.bootstrap_servers",
    )


def words(text: str) -> str:
    """Return a message of librdkafka without its address, state and numbers."""
    return _CODES.sub("", _BEHIND.sub("", _BEFORE.sub("", text))).strip()


def _of_login(access: Access, where: str, text: str) -> ConfigError:
    return ConfigError(
        f"Kafka at {where} refuses {access.principal}",
        _CAUSE.sub(r"\1", text.removeprefix("SASL authentication error: ")),
        _of_mechanism(access, text) or f"check sasl.username and sasl.password {_SECTION}",
    )


def _of_mechanism(access: Access, text: str) -> str:
    if "SASL state" in text:  # the broker's answer where it asks for no login
        wanted = "SSL" if access.has_tls else "PLAINTEXT"
        return f'set "security.protocol" = "{wanted}" {_SECTION}, or name the port of a SASL listener'
    if "mechanism handshake" in text:
        return f"set sasl.mechanism {_SECTION} to one that the broker has"
    if access.mechanism == "GSSAPI" and not access.conf.get("sasl.username"):  # it is the default too
        return (
            "check the ticket or the keytab (KRB5CCNAME, KRB5_CLIENT_KTNAME), the realm in KRB5_CONFIG, "
            f"and sasl.kerberos.service.name {_SECTION}"
        )
    if access.mechanism == "OAUTHBEARER":
        return f"check sasl.oauthbearer.scope {_SECTION}, and what the broker expects of a token"
    return ""


def _of_token(access: Access, text: str) -> ConfigError:
    why = text.removeprefix(_TOKEN)
    remedies: list[tuple[Callable[[str], object], str]] = [
        (re.compile("certificate", re.IGNORECASE).search, f"check https.ca.location {_SECTION}"),
        (re.compile("connect|resolve|time|URL|HTTP", re.IGNORECASE).search, f"check {_ENDPOINT} {_SECTION}"),
    ]
    secret = f"check sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret {_SECTION}"
    return ConfigError(
        f"no token for Kafka at {access.servers} from {access.conf.get(_ENDPOINT, 'anywhere')}",
        why,
        next((remedy for fits, remedy in remedies if fits(why)), secret),
    )


def _of_their_certificate(access: Access, where: str, text: str) -> ConfigError:
    why = certificate_fault(where, access) or text
    if "expired" in why:
        next_step = "the broker needs a new one; check the clock of this machine too"
    elif "ostname mismatch" in why or "not valid for" in why:
        next_step = (
            "name the broker as its certificate does, in kafka.bootstrap_servers and as it advertises itself"
        )
    else:
        next_step = f"set ssl.ca.location {_SECTION} to the authority that issued it"
    return ConfigError(f"the certificate of Kafka at {where} is not accepted", why, next_step)


def _of_our_certificate(access: Access, where: str, text: str) -> ConfigError:
    files = "ssl.certificate.location and ssl.key.location"
    if access.has_certificate:
        who = "the certificate of this client"
        next_step = f"check {files} {_SECTION}: who issued it, until when it is valid, whom the broker trusts"
    else:
        who, next_step = "a client without certificate", f"set {files} {_SECTION}"
    why = text.removeprefix("Receive failed: ").removeprefix("SSL handshake failed: ")
    return ConfigError(f"Kafka at {where} refuses {who}", why, next_step)
