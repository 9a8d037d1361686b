"""What stands behind a scanned code: opaque tags of our own labels, bins, and codes of others."""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from garage.domain.errors.tags import UnusableCode

# Without I L O U: what is read aloud or typed from a dirty label is not mistaken.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
BIN_PREFIX: Final = "B."
LONGEST: Final = 100

_MISREAD: Final = str.maketrans("ILO", "110")
_OWN_ADDRESS = re.compile(r"/q/([^/?#]+)/?(?:[?#].*)?$", re.IGNORECASE | re.DOTALL)
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
# A trade item in the GS1 writings: (01)…, 01… at the head of an element string, …/01/… in a digital link.
_TRADE_ITEM = re.compile(r"(?:^\(01\)|^https?://.*/01/)(\d{14})(?!\d)")
_TRADE_ITEM_BARE = re.compile(r"^01(\d{14})(?=.|$)", re.DOTALL)
_GTIN_LENGTHS: Final = (8, 12, 13, 14)
_FNC1 = "\x1d"
# What a French keyboard driver makes of the keys that a scanner set for a US keyboard presses.
_US_ON_FRENCH: Final = str.maketrans("&é\"'(-è_çà)aqzwAQZWmM,?;.:/!§", "1234567890-qawzQAWZ;:mM,<.>/?")
_SIGNS_OF_IT: Final = frozenset("&é\"'(èçà!")


class Thing(StrEnum):
    """What a code can lead to."""

    VEHICLE = "vehicle"
    PART = "part"
    ORDER = "order"
    BIN = "bin"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was scanned or typed: `text` in one line, `tag` when it may be of our own labels, `bin` when it says so.

    `codes` are the ways the same code may be kept: as read, in capitals, an EAN with or without its leading zeros.
    """

    text: str
    tag: str | None
    bin: str | None
    codes: tuple[str, ...]


def new_tag() -> str:
    """An opaque tag of 60 random bits for one vehicle, part or order: says nothing of it, is never given again."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read(scanned: str) -> Reading:
    """What a scanner or somebody gave: an address of ours, a bare code, a GS1 element string, words.

    The domain of an address is not looked at, so labels outlive a change of it.

    >>> read("https://garage.test/q/7k3m9xq2abcd").tag, read(" 7K3M-9XQ2 ABCD ").tag, read("B.Rayon 2").bin
    ('7K3M9XQ2ABCD', '7K3M9XQ2ABCD', 'Rayon 2')
    >>> read("]C10103400930000014").codes[0], read("3400930000014").codes[0]
    ('3400930000014', '3400930000014')
    """
    own = _OWN_ADDRESS.search(scanned.strip())
    given = unquote(own[1]) if own else _bare(scanned)
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in given).split())
    bin_name = text[len(BIN_PREFIX) :].strip() if text.upper().startswith(BIN_PREFIX) else ""
    return Reading(text, as_tag(text), bin_name or None, _codes(text))


def read_us_keys(scanned: str) -> Reading | None:
    """What a keyboard scanner set for the United States meant on a French keyboard; None when nothing tells so.

    >>> read_us_keys("'àà_(ç&'é'&&_").text
    '4008591424118'
    """
    if _SIGNS_OF_IT.isdisjoint(scanned):
        return None
    return read(scanned.translate(_US_ON_FRENCH))


def as_tag(text: str) -> str | None:
    """A text as one of our own tags, in any case, with or without spaces and hyphens; None when it cannot be one.

    >>> as_tag("7k3m 9xq2 abco"), as_tag("AB-123-CD")
    ('7K3M9XQ2ABC0', None)
    """
    tag = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    return tag if len(tag) == LENGTH and set(tag) <= set(ALPHABET) else None


def code_to_keep(scanned: str) -> str:
    """The form under which a code of others is kept: an EAN without useless zeros, anything else as it was read.

    Raises UnusableCode when nothing of it can be read, or beyond 100 characters: cut, it would be another code.
    """
    reading = read(scanned)
    if not reading.text or len(reading.codes[0]) > LONGEST:
        raise UnusableCode(reading.text[:LONGEST])
    return reading.codes[0]


def bin_key(code: str, store: str | None = None) -> str:
    """What tells a bin from all others: its code, followed by the code of its store unless that is the main one.

    >>> bin_key("A1-01"), bin_key("A1-01", "DEPOT")
    ('A1-01', 'A1-01@DEPOT')
    """
    return f"{code}@{store}" if store else code


def bin_code(key: str) -> str:
    """The code of a bin's label."""
    return BIN_PREFIX + key


def _bare(scanned: str) -> str:
    """The code inside what a reader adds: the name of the symbology, FNC1, the application identifier of an item."""
    text = scanned.strip(f" \t\r\n{_FNC1}")
    named = _SYMBOLOGY.match(text) is not None
    text = _SYMBOLOGY.sub("", text).lstrip(_FNC1)
    text = re.sub(r"^(https?):/+", r"\1://", text, flags=re.IGNORECASE)
    found = _TRADE_ITEM.match(text)
    if found is None and (named or _FNC1 in scanned):
        found = _TRADE_ITEM_BARE.match(text)
    return found[1] if found else text


def _codes(text: str) -> tuple[str, ...]:
    if not (text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS):
        return tuple(dict.fromkeys((text, text.upper(), text.lower())))
    bare = text.lstrip("0") or "0"
    kept = text if len(text) == _GTIN_LENGTHS[0] else bare.zfill(13)
    return tuple(dict.fromkeys((kept, *(bare.zfill(size) for size in _GTIN_LENGTHS if len(bare) <= size))))
