"""What has just been done, said on the next page with a way to undo it."""

from dataclasses import dataclass

from flask import flash, get_flashed_messages, session

_DONE = "done"
_MOST = 4  # a device may enter much before it shows a page, and a cookie holds little


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence («Véhicule enregistré») and, if it can be undone, the address to post to."""

    text: str
    undo: str | None


def done(text: str, undo: str | None = None) -> None:
    """Say on the next page what was done; of very many, the last ones."""
    session["_flashes"] = session.get("_flashes", [])[1 - _MOST :]
    flash("\n".join((text, undo or "")), _DONE)


def notices() -> list[Notice]:
    """What is to be said on this page."""
    pairs = [str(message).partition("\n") for message in get_flashed_messages(category_filter=[_DONE])]
    return [Notice(text, undo or None) for text, _, undo in pairs]
