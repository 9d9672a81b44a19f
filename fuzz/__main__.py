"""Look for bytes that break a promise, guided by what code they reach.

    pip install -e '.[fuzz]'
    python -m fuzz lines                    until interrupted
    python -m fuzz requests --seconds 60

What breaks is written to `fuzz/found/<target>/broke-...`: move it to `fuzz/corpus/<target>/` together with
the repair, and the tests try it for ever. Bytes that reach new code go to `fuzz/found/` too, which is not
kept.
"""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
LONGEST = 2048
"""Bytes of one try: more only makes it slower."""


def main() -> None:
    """Run the fuzzer on one target."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0], prog="fuzz")
    parser.add_argument("target", help="one of lines, requests, answers, names, texts, commands, ...")
    parser.add_argument(
        "--seconds", type=int, default=0, help="stop after so long; 0 goes on until interrupted"
    )
    options = parser.parse_args()
    fuzzer = _fuzzer()
    # what is imported in here is watched; so this can not stand at the top
    with fuzzer.instrument_imports(include=["chat", "fuzz"]):
        targets: dict[str, Callable[[bytes], None]] = import_module("fuzz.targets").TARGETS
    if options.target not in targets:
        parser.error(f"there is no target {options.target!r}; there are {', '.join(targets)}.")
    found = HERE / "found" / options.target
    found.mkdir(parents=True, exist_ok=True)
    corpus = HERE / "corpus" / options.target
    # the first folder is where it writes
    arguments = [
        sys.argv[0],
        str(found),
        str(corpus),
        f"-max_len={LONGEST}",
        f"-artifact_prefix={found}/broke-",
    ]
    if options.seconds:
        arguments.append(f"-max_total_time={options.seconds}")
    fuzzer.Setup(arguments, targets[options.target])
    fuzzer.Fuzz()


def _fuzzer() -> ModuleType:
    try:
        return import_module("atheris")
    except ImportError:
        sys.exit(
            "Fuzzing needs the package 'atheris', which is not installed: pip install -e '.[fuzz]'. "
            "It exists for Linux and macOS; the tests try the same targets without it."
        )


if __name__ == "__main__":
    main()
