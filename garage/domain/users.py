"""People who sign in: addresses, passwords, throttling. Hashing is not a rule and lives in the operations."""

import re
from datetime import datetime, timedelta

from garage.domain.errors import BadEmail, TooManyAttempts, WeakPassword

LEAST_PASSWORD = 12
THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_LIMIT = 10
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def read_email(text: str) -> str:
    """An e-mail address in lower case; raises BadEmail.

    >>> read_email(" Mairie@Exemple.fr ")
    'mairie@exemple.fr'
    """
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise BadEmail(text)
    return email


def check_password(password: str) -> None:
    """Refuse a password of less than 12 characters (CNIL recommends length over composition): raises WeakPassword."""
    if len(password) < LEAST_PASSWORD:
        raise WeakPassword(LEAST_PASSWORD)


def check_attempts(failures: list[datetime]) -> None:
    """Refuse a sign-in after 10 failures in 15 minutes for one address or one machine: raises TooManyAttempts."""
    if len(failures) >= THROTTLE_LIMIT:
        raise TooManyAttempts(min(failures) + THROTTLE_WINDOW)
