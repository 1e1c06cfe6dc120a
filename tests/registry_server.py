"""A schema registry of our own on loopback: what serializers and readers ask of Confluent's HTTP interface.

Schemas are kept in memory. `status` lets it fail, `authorization` asks for credentials, and a TLS context for
certificates of clients.
"""

import json
import uuid
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from tests.loopback_http import LoopbackHttp


class RegistryServer(LoopbackHttp):
    """Serves until `close`; `asked` has the paths of all requests."""

    def __init__(self, tls=None) -> None:
        self.schemas = {}
        self.subjects = {}
        self.asked = []
        self.status = None
        self.authorization = None
        self.answer = None
        super().__init__(_handler(self), tls)
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"

    def add(self, schema, kind="AVRO", references=(), subject="s"):
        """Keep a schema under the next id; the same one keeps its id."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        kept = {"schema": text, "schemaType": kind, "references": list(references)}
        number = next((each for each, found in self.schemas.items() if found == kept), None)
        if number is None:
            number = len(self.schemas) + 1
            self.schemas[number] = kept
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def guid(self, number):
        """GUID of a schema."""
        return uuid.UUID(int=0xABCDEF << 96 | number)

    def described(self, number, subject=None):
        """A schema as the interface gives it."""
        found = {"id": number, "guid": str(self.guid(number)), **self.schemas[number]}
        if found["schemaType"] == "AVRO":
            del found["schemaType"]
        if subject is not None:
            found |= {"subject": subject, "version": self.subjects[subject].index(number) + 1}
        return found

    def reply(self, method, path, body):
        """Status and content of an answer."""
        match [unquote(part) for part in path.strip("/").split("/")], method:
            case ["schemas", "types"], "GET":
                return 200, ["AVRO", "JSON", "PROTOBUF"]
            case ["schemas", "ids", number], "GET" if int(number) in self.schemas:
                return 200, self.described(int(number))
            case ["schemas", "guids", text], "GET":
                number = uuid.UUID(text).int & 0xFFFFFFFF
                if number in self.schemas and str(self.guid(number)) == text:
                    return 200, self.described(number)
            case ["subjects", subject, "versions", version], "GET" if subject in self.subjects:
                return 200, self.described(self.subjects[subject][int(version) - 1], subject)
            case ["subjects", subject, *_], "POST":
                number = self.add(
                    body["schema"], body.get("schemaType") or "AVRO", body.get("references") or (), subject
                )
                return 200, self.described(number, subject)
        return 404, {"error_code": 40403, "message": "not found"}


def _handler(registry):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = urlsplit(self.path).path
            registry.asked.append(path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            if registry.status is not None:
                status, content = registry.status, {}
            elif registry.authorization not in (None, self.headers.get("Authorization")):
                status, content = 401, {}
            else:
                status, content = registry.reply(self.command, path, body)
            text = registry.answer if registry.answer is not None else json.dumps(content).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            """Say nothing."""

    return Handler
