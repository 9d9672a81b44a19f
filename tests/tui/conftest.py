"""What the tests of the full-screen client share."""

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.support.snapshots import snap_compare

__all__ = ["snap_compare"]


@pytest.fixture(scope="session", autouse=True)
def _one_parse_for_all_apps() -> Iterator[None]:
    """Let apps share what was parsed of their style sheets: it is the same for all, and much of the work."""
    parsed: dict[Any, list[RuleSet]] = {}
    parse = Stylesheet._parse_rules  # noqa: SLF001 - there is no other way to it, and tests alone take it

    def shared(sheet: Stylesheet, css: str, *where: Any, **how: Any) -> list[RuleSet]:
        variables = sheet._variables  # noqa: SLF001
        key = (tuple(variables), tuple(variables.values()), css, where, tuple(how.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, *where, **how)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", shared)
        yield
