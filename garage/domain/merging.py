"""Two people write one form: what each changed stands, and the same thing changed by both is asked about."""

from collections.abc import Mapping
from typing import Any


def merged(
    seen: Mapping[str, Any], mine: Mapping[str, Any], present: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What I changed since I read it, and the names that somebody else changed to something else meanwhile.

    >>> merged({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3})
    ({'a': 2}, ())
    >>> merged({"a": 1}, {"a": 2}, {"a": 3})
    ({}, ('a',))
    """
    touched = [name for name, value in mine.items() if value != seen.get(name) and value != present[name]]
    disputed = tuple(name for name in touched if present[name] != seen.get(name))
    return {name: mine[name] for name in touched if name not in disputed}, disputed
