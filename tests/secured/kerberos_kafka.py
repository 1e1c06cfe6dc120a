"""A broker that lets users in by their Kerberos tickets."""

from pathlib import Path

from healthtrends.devstack.kerberos import REALM
from healthtrends.devstack.process import Server
from tests.secured.kafka_servers import Brokers
from tests.secured.kafka_settings import KERBEROS, OPEN
from tests.secured.realm import KAFKA, Realm

_LOGIN = "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true"


class KerberosBrokers(Brokers):
    """One broker with rights, a member of `realm`, which runs already."""

    def __init__(self, folder: Path, realm: Realm) -> None:
        super().__init__(folder, listeners=(OPEN, KERBEROS))
        self._realm = realm

    def keys(self) -> dict[str, str]:
        """Of `[kafka.client]`; who the client is, its environment says."""
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "GSSAPI",
            "sasl.kerberos.service.name": KAFKA.partition("/")[0],
            "sasl.kerberos.min.time.before.relogin": "0",
            "ssl.ca.location": str(self.identity.authority.file),
        }

    def _java_for(self, server: Server) -> list[str]:
        java, *arguments = super()._java_for(server)
        return [java, f"-Djava.security.krb5.conf={self._realm.kdc.krb5_conf}", *arguments]

    def _of_a_broker(self, number: int) -> dict[str, str | int]:
        who = f'keyTab="{self._realm.kdc.keytab(KAFKA)}" principal="{KAFKA}@{REALM}"'
        own = {
            "sasl.enabled.mechanisms": "GSSAPI",
            "gssapi.sasl.jaas.config": f"{_LOGIN} {who};",
            "sasl.kerberos.service.name": KAFKA.partition("/")[0],
        }
        prefix = f"listener.name.{KERBEROS.lower()}."
        return super()._of_a_broker(number) | {prefix + key: value for key, value in own.items()}
