"""What stands behind a scanned code: opaque tags of our own labels, bins, and codes of others."""

import secrets
from typing import Final

# Without I L O U: what is read aloud or typed from a dirty label is not mistaken.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
BIN_PREFIX: Final = "B."


def new_tag() -> str:
    """An opaque tag of 60 random bits for one vehicle, part or order: says nothing of it, is never given again."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
