"""Errors of the HDFS client in words: what was refused, by whom, and which setting to look at.

The client names its own classes, quotes Java with its stack, and spells out whole protocol messages. The type
of the result says whether another try may help.
"""

import re
from typing import NamedTuple

from healthtrends.adapters.namenodes import NameNodes
from healthtrends.config.kerberos_library import LIBRARY, PACKAGES
from healthtrends.errors import ConfigError, HdfsUnavailable, WriteFailed

LOOK = "see that the NameNode runs and has left safe mode: `healthtrends doctor`"
_DATANODES = (
    "see that all DataNodes run; until the NameNode misses a dead one, it sends writers there "
    "(`dfs.namenode.avoid.write.stale.datanode` shortens that)"
)
_LOST_WRITE = "All nodes failed for write"
_WRAPPED = (
    "see that the DataNodes run and have `dfs.encrypt.data.transfer.cipher.suites = AES/CTR/NoPadding`: "
    "without it the client can lose writes when processors are busy"
)
_TICKET = "`kinit`, or KRB5_CLIENT_KTNAME names a keytab"
_REALM = "see the realm's `kdc` in krb5.conf (KRB5_CONFIG names another file)"

# The client quotes what Java said, its line breaks spelled out.
_ESCAPED_BREAK = r"\n"
_GSSAPI = re.compile(
    r'GSSAPIError\(.*?\}, \d+, "(?P<text>.*)"\)\s*\Z|GSSAPI error: .*?\} \d+ (?P<other>.*)', re.DOTALL
)
_JAVA = re.compile(r'(?:Fatal)?RPCError\("(?:[\w$]+\.)*(?P<kind>[\w$]+)", "(?P<text>.*)"\)\s*\Z', re.DOTALL)
_DATANODE = re.compile(r'ip_addr: \\?"(?P<host>[^"\\]*)\\?".*?xfer_port: (?P<port>\d+)')
_KEYS = re.compile(
    r'OperationFailed\("(?P<text>KMS .*|File is in an HDFS encryption zone .*)"\)\s*\Z', re.DOTALL
)
_KEYS_REFUSED = re.compile(r"KMS request failed \(4\d\d [^)]*\): (?P<text>.*)", re.DOTALL)
# Of the address that was asked; it may hold a token.
_QUERY = re.compile(r"\?[^\s)]*")
_PROVIDER = "hadoop.security.key.provider.path"
_DUMP = re.compile(r"\w*Proto \{.*", re.DOTALL)

# Java exceptions (and the client's own words) after which the same call may succeed.
_PASSING = (
    "SafeModeException",
    "StandbyException",
    "RetriableException",
    "ObserverRetryOnActiveException",
    "NotReplicatedYetException",
    "LeaseExpiredException",
    "AlreadyBeingCreatedException",
    "RecoveryInProgressException",
    "Connection",
    "connection",
    "DataTransfer",
    "timed out",
    "Failed to complete file in time",  # no DataNode has reported the last block yet
    "IOException",
)

# Somebody may make room meanwhile; the third is also what a NameNode says that knows no DataNode yet.
_FULL = {
    "DSQuotaExceededException": (
        "has no room: a space quota is used up",
        "raise it (`hdfs dfsadmin -setSpaceQuota`), or remove files; each open file counts as a whole block",
    ),
    "NSQuotaExceededException": (
        "has no room: a quota of names is used up",
        "raise it (`hdfs dfsadmin -setQuota`), or merge files: `healthtrends compact`",
    ),
    "could only be written to 0 of the": (
        "has no room: no DataNode takes a block",
        "see that DataNodes run and have space: each open file reserves a whole block; then run again",
    ),
    "No space": ("has no room", "make room on the DataNodes, then run again"),
}
# Of a file under erasure coding: a DataNode is away, and the client does not make up for it.
_NOT_REBUILT = ("Not enough valid shards", 'UnsupportedErasureCodingPolicy("codec')
# As Linux and as the client spell it.
_TOO_MANY_FILES = ("Too many open files", "os error 24")


class _Refusal(NamedTuple):
    """What Kerberos says, in words, and what to do."""

    said: re.Pattern[str]
    what: str
    next_step: str
    passes: bool = False
    """Whether another try may help."""


_KERBEROS = (
    _Refusal(
        re.compile(r"Cannot contact any KDC|Cannot resolve network address|temporarily unavailable"),
        "no Kerberos server answers",
        _REALM,
        passes=True,
    ),
    _Refusal(
        re.compile(r"Cannot find KDC|No default realm|Configuration file"),
        "Kerberos is not set up here",
        _REALM,
    ),
    _Refusal(re.compile(r"[Ee]xpired"), "the Kerberos ticket has expired", f"get a new one: {_TICKET}"),
    _Refusal(
        re.compile(r"^Server .* not found"),
        "Kerberos does not know the NameNode",
        "see `dfs.namenode.kerberos.principal` of the cluster, and host names in `hdfs.url`",
    ),
    _Refusal(
        re.compile(r"not found in Kerberos database"),
        "Kerberos does not know this user",
        "see the principal in the keytab that KRB5_CLIENT_KTNAME names",
    ),
    _Refusal(
        re.compile(r"[Pp]reauthentication failed|integrity check|Password incorrect"),
        "the key in the keytab is not that of the user any more",
        "ask for a new keytab; KRB5_CLIENT_KTNAME names it",
    ),
    _Refusal(
        re.compile(r"[Cc]lock skew"),
        "the clock differs from that of Kerberos",
        "set the clock of this machine",
    ),
    _Refusal(
        re.compile(r"No Kerberos credentials|[Kk]eytab|[Kk]ey table"),
        "there is no Kerberos ticket",
        f"get one: {_TICKET}",
    ),
)


def translate(
    error: Exception, namenodes: NameNodes, *, data_came: bool
) -> HdfsUnavailable | WriteFailed | ConfigError:
    """Turn a client error into ours. `data_came`: a DataNode has taken or given data before."""
    where, raw = f"HDFS at {namenodes.where}", str(error)
    if found := _GSSAPI.search(raw):
        return _kerberos(where, _minor(found["text"] or found["other"] or ""))
    if "Failed to load libgssapi" in raw:
        return ConfigError(
            f"{where} wants Kerberos, and the system's library {LIBRARY} cannot be loaded", "", PACKAGES
        )
    if found := _KEYS.search(raw):
        return _keys(where, _QUERY.sub("", found["text"]))
    text = _words(raw, type(error).__name__)
    return _refused(where, raw, text) or _server_trouble(error, text, namenodes, data_came)


def _refused(where: str, raw: str, text: str) -> ConfigError | None:
    """Error of a server that knows the user and says no, or does not want this kind of login."""
    if "AccessControlException" in raw or "AuthorizationException" in raw:
        if "authentication is not enabled" in raw:
            return _no_kerberos(where)
        return ConfigError(
            f"{where} refused the call", text, "check the user's rights on `hdfs.root`, or whose ticket it is"
        )
    if "SaslException" in raw or "NoSASLMechanism" in raw:
        return ConfigError(
            f"{where} refused the login",
            text,
            "check `hadoop.security.authentication` in [hdfs.client], and the ticket",
        )
    return None


def _server_trouble(
    error: Exception, text: str, namenodes: NameNodes, data_came: bool
) -> HdfsUnavailable | WriteFailed | ConfigError:
    where, raw = f"HDFS at {namenodes.where}", str(error)
    if any(word in raw for word in _TOO_MANY_FILES):
        return WriteFailed(
            "this process may not open more files", text, "raise the limit, `ulimit -n 4096`, then run again"
        )
    for word, (problem, remedy) in _FULL.items():
        if word in raw:
            return HdfsUnavailable(f"{where} {problem}", text, remedy)
    if any(word in raw for word in _NOT_REBUILT):
        return HdfsUnavailable(
            f"a DataNode of {where} is away, and the client does not rebuild what it holds",
            text,
            "start it again; of the policies for erasure coding only RS is rebuilt: `hdfs ec -getPolicy`",
        )
    return _connection(error, text, namenodes, data_came) or WriteFailed(
        f"{where} failed", text, "see the NameNode's log"
    )


def _kerberos(where: str, said: str) -> HdfsUnavailable | ConfigError:
    for refusal in _KERBEROS:
        if refusal.said.search(said):
            kind = HdfsUnavailable if refusal.passes else ConfigError
            return kind(f"{where} wants Kerberos, and {refusal.what}", said, refusal.next_step)
    return ConfigError(f"{where} wants Kerberos, and this login failed", said, f"check the ticket: {_TICKET}")


def _keys(where: str, said: str) -> HdfsUnavailable | ConfigError:
    """Error of a file in an encryption zone, or of the server of its key."""
    if not said.startswith("KMS"):
        return ConfigError(
            f"{where} keeps these files encrypted, and no server of their keys is named",
            "",
            f'set "{_PROVIDER}" in [hdfs.client], such as "kms://https@kms.example.org:9600/kms"',
        )
    if refused := _KEYS_REFUSED.search(said):
        return ConfigError(
            f"the key server of {where} refuses this user",
            refused["text"],
            "have DECRYPT_EEK on the key of the zone given to the user, in kms-acls.xml of the key server",
        )
    return HdfsUnavailable(
        f"the key server of {where} does not answer", said, f"see that it runs; {_PROVIDER} names it"
    )


def _minor(text: str) -> str:
    """The second of its two sentences; the first says of all failures the same."""
    return text.partition(": ")[2] or text


def _no_kerberos(where: str) -> ConfigError:
    return ConfigError(
        f"{where} lets nobody in without Kerberos",
        "this client is not set up for it",
        'set "hadoop.security.authentication" = "kerberos" in [hdfs.client], or HADOOP_CONF_DIR',
    )


def _connection(
    error: Exception, text: str, namenodes: NameNodes, data_came: bool
) -> HdfsUnavailable | ConfigError | None:
    """Error of a connection that ended; a server that wants another kind of client ends it without a word."""
    if not (isinstance(error, OSError) or any(word in str(error) for word in _PASSING)):
        return None
    where, uses = f"HDFS at {namenodes.where}", namenodes.uses_kerberos
    if not uses and "disconnected" in text and namenodes.wants_kerberos():
        return _no_kerberos(where)
    ended = "reset by peer" in text or "All DataNodes failed" in text or "end of file" in text
    if uses and ended and not data_came and not namenodes.protects_data:
        return ConfigError(
            f"a DataNode of {where} ends connections that are not protected",
            text,
            'set "dfs.data.transfer.protection" in [hdfs.client] to the cluster\'s value, such as "privacy"',
        )
    if "refused" in text and namenodes.all_answer():
        return HdfsUnavailable(f"a DataNode of {where} does not serve the call", text, _DATANODES)
    look = _WRAPPED if uses and _LOST_WRITE in text else LOOK
    return HdfsUnavailable(f"{where} does not serve the call", text, look)


def _words(raw: str, name: str) -> str:
    """One line of an error: without Java's stack, and with addresses in place of protocol messages."""
    java = _JAVA.search(raw)
    line = (f"{java['kind']}: {java['text']}" if java else raw).partition(_ESCAPED_BREAK)[0]
    line = (line.splitlines() or [name])[0].replace('\\"', '"')
    if "Proto {" in line:
        datanodes = ", ".join(f"{each['host']}:{each['port']}" for each in _DATANODE.finditer(raw))
        line = _DUMP.sub("", line).rstrip(" [(") + f" {datanodes}"
    return re.sub(r'^DataTransferError\("', "", line)
