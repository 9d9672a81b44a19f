"""TOML settings into a struct, with every mistake of the file told at once.

Shared by both commands. Reads one file, writes none; knows no setting by name. Any thread.
"""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chat.errors import BadConfig

_T = TypeVar("_T", bound=msgspec.Struct)


def read_settings(path: Path, settings: type[_T], *, must_exist: bool = False) -> _T:
    """Return the settings of a file over the defaults of the struct.

    Args:
        path: the file; when it is missing, the defaults count unless `must_exist`.
        settings: a frozen struct whose fields all have defaults.
        must_exist: whether the file was asked for by name.

    Raises:
        BadConfig: it can't be read, is no TOML, or has keys or values that do not fit; all are listed, each
            with the file, the key and the nearest valid one.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if must_exist:
            raise BadConfig(f"There is no config file {path}.") from None
        return settings()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"The config file {path} can't be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path} is no TOML: {error}.") from None
    problems = [problem for key, value in given.items() if (problem := _problem(settings, key, value))]
    if problems:
        raise BadConfig("\n".join(f"{path}: {problem}" for problem in problems))
    return msgspec.convert(given, settings)


def _problem(settings: type[msgspec.Struct], key: str, value: Any) -> str:
    """Say what is wrong with one key, or nothing."""
    types = {field.name: field.type for field in msgspec.structs.fields(settings)}
    if key not in types:
        near = get_close_matches(key, types, n=1, cutoff=0.5)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(types))}."
        return f"there is no setting {key!r}; {advice}"
    try:
        msgspec.convert(value, types[key])
    except msgspec.ValidationError as error:
        return f"the value of {key!r} does not fit: {error}."
    return ""
