"""The JSON Schema of every line, made from the structs; `python -m chat.protocol.schema` writes it anew.

Knows nothing but the structs, so the schema holds nothing of the machine it was made on. Run it in the
checkout's folder; a test fails while the file there is stale.
"""

from pathlib import Path
from typing import Any

import msgspec

from chat.protocol.codec import VERSION, ServerFrame
from chat.protocol.requests import AnyRequest

SCHEMA_FILE = Path("docs/protocol.schema.json")
"""Where the schema is kept, below the checkout's folder."""

CLIENT_LINE = "ClientLine"
"""Name of the definition of everything that a client may say."""
SERVER_LINE = "ServerLine"
"""Name of the definition of everything that a server may say."""


def build_schema() -> dict[str, Any]:
    """Return the schema, of JSON Schema 2020-12: any line, with one definition per frame and record."""
    (client, server), components = msgspec.json.schema_components(
        [AnyRequest, ServerFrame], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:chat-lan:protocol:{VERSION}",
        "title": f"Chat protocol, version {VERSION}",
        "description": "One line of a link, without its LF. Fields that are not named here are ignored.",
        "anyOf": [{"$ref": f"#/$defs/{CLIENT_LINE}"}, {"$ref": f"#/$defs/{SERVER_LINE}"}],
        "$defs": {CLIENT_LINE: client, SERVER_LINE: server, **components},
    }


def schema_text() -> bytes:
    """Return the schema as the file holds it."""
    return msgspec.json.format(msgspec.json.encode(build_schema()), indent=2) + b"\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_bytes(schema_text())
