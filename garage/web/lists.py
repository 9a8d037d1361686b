"""What every list by key reads from its address and puts back into it: words, the key of the page, links around it."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from garage.db.queries.paging import Key, Page

_LONGEST = 200


def typed(name: str) -> str:
    """A word of the address, without what cannot be seen."""
    text = "".join(letter for letter in request.args.get(name, "") if letter.isprintable())
    return " ".join(text.split())[:_LONGEST]


def key_asked() -> Key:
    """Where the page begins: `apres` a key, or `avant` it when going back."""
    if back := typed("avant"):
        return Key(back, backwards=True)
    return Key(typed("apres") or None)


@dataclass(frozen=True, slots=True)
class Around:
    """The addresses of the pages around one."""

    previous: str | None
    next: str | None


def around(page: Page, endpoint: str, **values: Any) -> Around:
    """The pages around one, with the same filters."""
    return Around(
        url_for(endpoint, **values, avant=page.previous) if page.previous else None,
        url_for(endpoint, **values, apres=page.next) if page.next else None,
    )


def address(endpoint: str, words: dict[str, str]) -> str:
    """A list with these filters."""
    values: dict[str, Any] = {**words}
    return url_for(endpoint, **values)
