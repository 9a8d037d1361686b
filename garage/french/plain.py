"""Text without case or accents, for searching and for comparing words people type. Nothing here is shown."""

import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "’": "'"})


def plain_text(text: str) -> str:
    """Lower case, accents off, one space between words.

    >>> plain_text("  Œuvre  d’ÉTÉ ")
    "oeuvre d'ete"
    """
    if text.isascii():
        return " ".join(text.lower().split())
    taken_apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return " ".join("".join(letter for letter in taken_apart if not unicodedata.combining(letter)).split())


def same_number(one: str, other: str) -> bool:
    """Whether two numbers that people copied from a paper are one: case, accents and spaces say nothing.

    >>> same_number("FÉ 12", "fe12")
    True
    """
    return plain_text(one).replace(" ", "") == plain_text(other).replace(" ", "")
