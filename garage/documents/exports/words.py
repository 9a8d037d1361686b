"""French words as old file formats take them: fewer letters, cut where a field ends (rule E18)."""

import re
import unicodedata

_ALIKE = str.maketrans(
    {
        "Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "ß": "ss", "ẞ": "SS", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l",
        "Đ": "D", "đ": "d", "’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-",
        "−": "-", "…": "...", "€": "EUR", "×": "x", "•": "-", "™": "TM",
    }
)  # fmt: skip
_ASCII_ONLY = str.maketrans({"«": "", "»": "", "°": "o", "º": "o", "ª": "a", "·": "-", "²": "2", "³": "3", "µ": "u"})


def capitals(text: str | None, limit: int) -> str:
    """Capitals without accents, semicolon or quote, at most `limit` letters: a field of a Magnus file.

    >>> capitals("Communauté d’agglomération « Œuvre & Cie »; 12 €", 50)
    "COMMUNAUTE D'AGGLOMERATION OEUVRE & CIE, 12 EUR"
    """
    bare = _spelled((text or "").translate(_ALIKE).translate(_ASCII_ONLY), "ascii")
    return _one_line(bare.upper().replace(";", ",").replace('"', "'"))[:limit].strip().replace(" ,", ",")


def latin(text: str | None, limit: int) -> str:
    """The text in the letters of ISO-8859-1, on one line, at most `limit` of them.

    >>> latin("L’Œuvre « à 5 € »", 12)
    "L'OEuvre « à"
    """
    return _one_line(_spelled((text or "").translate(_ALIKE), "latin-1"))[:limit].strip()


def halves(text: str, limit: int) -> tuple[str, str]:
    """A long text in two fields, cut between words where it can be; what is left over is lost.

    >>> halves("Syndicat intercommunal de Saint-Germain", 24)
    ('Syndicat intercommunal', 'de Saint-Germain')
    """
    if len(text) <= limit:
        return text, ""
    place = text.rfind(" ", 0, limit + 1)
    place = place if place > 0 else limit
    return text[:place].strip(), text[place:].strip()[:limit].strip()


def _spelled(text: str, encoding: str) -> str:
    """Letters that the encoding lacks lose their accent, or go."""
    return "".join(one if _fits(one, encoding) else _bare(one, encoding) for one in unicodedata.normalize("NFC", text))


def _bare(letter: str, encoding: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if _fits(part, encoding))


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x20\x7f-\xa0]+", " ", text).split())
