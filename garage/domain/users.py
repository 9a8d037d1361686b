"""People who sign in: addresses, passwords, throttling. Hashing is not a rule and lives in the operations."""

import re
from datetime import datetime, timedelta

from garage.domain.errors.users import BadEmail, BadName, TooManyAttempts, WeakPassword

LEAST_PASSWORD = 12
THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_LIMIT = 10
# A whole town hall may sit behind one public address.
THROTTLE_LIMIT_MACHINE = 100
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def read_email(text: str) -> str:
    """An e-mail address in lower case; raises BadEmail.

    >>> read_email(" Mairie@Exemple.fr ")
    'mairie@exemple.fr'
    """
    email = text.strip().lower()
    if len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise BadEmail(text)
    return email


def read_name(text: str) -> str:
    """A person's name, 1 to 200 characters that print; raises BadName."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise BadName
    return name


def check_password(password: str) -> None:
    """Refuse a password of less than 12 characters (CNIL recommends length over composition): raises WeakPassword."""
    if len(password) < LEAST_PASSWORD:
        raise WeakPassword(LEAST_PASSWORD)


def check_attempts(failures: list[datetime], limit: int = THROTTLE_LIMIT) -> None:
    """Refuse a sign-in after so many failures in 15 minutes: raises TooManyAttempts."""
    if len(failures) >= limit:
        raise TooManyAttempts(min(failures) + THROTTLE_WINDOW)
