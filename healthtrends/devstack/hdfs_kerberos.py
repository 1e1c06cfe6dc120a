"""Settings of an HDFS that asks for Kerberos and encrypts every connection, and of its clients."""

from healthtrends.devstack.kerberos import REALM, Kdc

NAMENODE = "nn/localhost"
DATANODE = "dn/localhost"
WEB = "HTTP/localhost"
SERVERS = (NAMENODE, DATANODE, WEB)
"""Principals that the servers need."""
CLIENT = "healthtrends"
"""Principal of the pipeline in the local stack, and the superuser's name there."""
PRIVACY = "privacy"


class HdfsKerberos:
    """Hadoop's keys by who needs them."""

    def __init__(self, kdc: Kdc, owner: str) -> None:
        """`owner` is the name that the NameNode goes by: a user of that name is the superuser."""
        self._kdc = kdc
        self._owner = owner

    @property
    def jvm_options(self) -> tuple[str, ...]:
        """For every Java that is server or client."""
        return (f"-Djava.security.krb5.conf={self._kdc.krb5_conf}",)

    def core(self) -> dict[str, str | int]:
        """Of servers and clients alike."""
        return {
            "hadoop.security.authentication": "kerberos",
            "hadoop.security.authorization": "true",
            "hadoop.rpc.protection": PRIVACY,
            "hadoop.security.auth_to_local": f"RULE:[2:$1@$0](nn@{REALM})s/.*/{self._owner}/\nDEFAULT",
        }

    def client_keys(self) -> dict[str, str]:
        """All that a client needs beside the address."""
        return {key: str(value) for key, value in {**self.core(), **self.client()}.items()}

    def environ(self, principal: str = CLIENT) -> dict[str, str]:
        """Variables by which a process, and its children, are `principal`, whoever had a ticket here before.

        Tickets stay in the memory of each process: the center makes new keys at each start, and a ticket in a
        file would outlive them.
        """
        return {
            "KRB5_CONFIG": str(self._kdc.krb5_conf),
            "KRB5_CLIENT_KTNAME": f"FILE:{self._kdc.keytab(principal)}",
            "KRB5CCNAME": "MEMORY:healthtrends",
        }

    def spark(self, principal: str = CLIENT) -> dict[str, str]:
        """Keys of Spark, whose Java looks at no such variable."""
        return {
            "spark.kerberos.principal": f"{principal}@{REALM}",
            "spark.kerberos.keytab": str(self._kdc.keytab(principal)),
            "spark.driver.extraJavaOptions": " ".join(self.jvm_options),
        }

    def client(self) -> dict[str, str | int]:
        """Of servers and clients alike, beside `core`."""
        return {
            "dfs.data.transfer.protection": PRIVACY,
            # Without a cipher SASL wraps each message, and the client also the empty rest of a block's last
            # packet: a DataNode may have closed the block by then, and the write fails.
            "dfs.encrypt.data.transfer.cipher.suites": "AES/CTR/NoPadding",
            "dfs.namenode.kerberos.principal": f"{NAMENODE}@{REALM}",
            "dfs.datanode.kerberos.principal": f"{DATANODE}@{REALM}",
        }

    def server(self) -> dict[str, str | int]:
        """Of servers only."""
        web, keytab = f"{WEB}@{REALM}", self._kdc.keytab
        return {
            "dfs.namenode.keytab.file": str(keytab(NAMENODE)),
            "dfs.datanode.keytab.file": str(keytab(DATANODE)),
            "dfs.block.access.token.enable": "true",
            "dfs.web.authentication.kerberos.principal": web,
            "dfs.web.authentication.kerberos.keytab": str(keytab(WEB)),
            "dfs.namenode.kerberos.internal.spnego.principal": web,
        }
