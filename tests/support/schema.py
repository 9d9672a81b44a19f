"""Lines held against the published schema, the file that strangers read, not the structs it was made from.

Any thread. The file is read once.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from fastjsonschema import JsonSchemaValueException
from fastjsonschema import compile as compile_schema
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

from chat.protocol.schema import CLIENT_LINE, SCHEMA_FILE, SERVER_LINE

PUBLISHED = Path(__file__).parents[2] / SCHEMA_FILE


def _is_utc(value: object) -> bool:
    """Return whether a text is a moment in UTC, written with the Z that the document asks for."""
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(_is_utc)
"""The formats that the schema names."""


def validate_client_line(line: bytes) -> None:
    """Raise `AssertionError` when the schema knows no such line of a client."""
    _validate(CLIENT_LINE, line)


def validate_server_line(line: bytes) -> None:
    """Raise `AssertionError` when the schema knows no such line of a server."""
    _validate(SERVER_LINE, line)


def published_schema() -> dict[str, Any]:
    """Return the published schema."""
    schema: dict[str, Any] = json.loads(PUBLISHED.read_bytes())
    return schema


@lru_cache(maxsize=4096)  # many hear the same line, and both ends of a link look at it
def _validate(definition: str, line: bytes) -> None:
    frame = json.loads(line)
    if not is_quickly_seen(definition, frame):
        error = explained(definition, frame)
        assert error is None, f"off the schema at {error}; the line was {line[:500]!r}"


def explained(definition: str, frame: Any) -> str | None:
    """Return what is off the schema and where, by the reference validator; None for a good frame."""
    error = best_match(_validator(definition).iter_errors(frame))
    return None if error is None else f"{error.json_path}: {error.message}"


def is_quickly_seen(definition: str, frame: Any) -> bool:
    """Return whether compiled code finds a frame good, in a twentieth of the time; if not, more is asked."""
    kind = frame.get("type") if isinstance(frame, dict) else None
    try:
        check = _compiled(definition, kind) if isinstance(kind, str) else None
        return check is not None and check(frame) is frame
    except JsonSchemaValueException:
        return False


@cache
def _compiled(definition: str, kind: str) -> Callable[[Any], Any] | None:
    """Compile the one definition of a type; what the schema's language is called makes no difference here."""
    schema = published_schema()
    chosen = schema["$defs"][definition]["discriminator"]["mapping"].get(kind)
    if chosen is None:
        return None
    root = {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": chosen, "$defs": schema["$defs"]}
    check: Callable[[Any], Any] = compile_schema(root, formats={"date-time": _is_a_moment}, use_default=False)
    return check


def _is_a_moment(text: str) -> bool:
    try:
        return _is_utc(text)
    except ValueError:
        return False


@cache
def _validator(definition: str) -> Any:
    schema = published_schema()
    root = {"$schema": schema["$schema"], "$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    chosen = extend(Draft202012Validator, {"anyOf": _chosen_by_type})
    return chosen(root, format_checker=FORMATS)


def _chosen_by_type(
    validator: Any, choices: list[Any], instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Hold a value against the one definition that its `type` names: all others exclude that word.

    Trying them all, as `anyOf` does without this, takes 20 times longer and blames the wrong one.
    """
    if "discriminator" not in schema or not isinstance(instance, dict):
        yield from Draft202012Validator.VALIDATORS["anyOf"](validator, choices, instance, schema)
        return
    kind = instance.get("type")
    chosen = schema["discriminator"]["mapping"].get(kind) if isinstance(kind, str) else None
    if chosen is None:
        yield ValidationError(f"there is no type {kind!r} here")
    else:
        yield from validator.descend(instance, {"$ref": chosen})
