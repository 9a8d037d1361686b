"""Pages by key: the first page and the thousandth cost the same. No OFFSET, no count of all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Row, Select

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page begins: after this key in the order of the list, or before it when going back."""

    value: str | None = None
    backwards: bool = False


FIRST: Final = Key()
# The greatest id that a column of either database holds.
GREATEST: Final = 2**31 - 1


def whole(text: str | None) -> int | None:
    """An id as an address says it, or nothing.

    >>> whole("12"), whole("-1"), whole("12345678901234567890"), whole(None)
    (12, None, None, None)
    """
    if not text or not (text.isascii() and text.isdigit()) or len(text) > len(str(GREATEST)):
        return None
    return int(text) if int(text) <= GREATEST else None


def id_of(key: Key) -> int | None:
    """The id that a key is; None when it is none."""
    return whole(key.value)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the list, and the keys of the pages around them."""

    rows: tuple[AnyRow, ...]
    previous: str | None = None
    next: str | None = None


class _Follows(Protocol):
    @property
    def next(self) -> str | None: ...


_Page = TypeVar("_Page", bound=_Follows)


def every(ask: Callable[[Key], _Page]) -> Iterator[_Page]:
    """Each page of a list, from the first to the last, as `ask` gives them by key."""
    page = ask(FIRST)
    yield page
    while page.next:
        page = ask(Key(page.next))
        yield page


def cut(rows: Sequence[AnyRow], key: Key, size: int, key_of: Callable[[AnyRow], str]) -> Page:
    """The page out of `size + 1` rows at most, in the order of the list: the odd one tells that there are more."""
    more = len(rows) > size
    if key.backwards:
        shown = tuple(rows[-size:])
        return Page(shown, key_of(shown[0]) if more else None, key_of(shown[-1]) if shown else None)
    shown = tuple(rows[:size])
    back = key_of(shown[0]) if shown and key.value is not None else None
    return Page(shown, back, key_of(shown[-1]) if more else None)
