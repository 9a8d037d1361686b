"""A kept file of the finance application recorded (see `runner`)."""

from garage.db.session import Database
from garage.operations import recovery_return
from garage.operations.recovery import By
from tests.factories import garage as make


def main(url: str, return_id: int) -> None:
    """Record one file."""
    with Database(url).transaction() as session:
        recovery_return.apply(session, return_id, By(make.CLERK, make.NOW, make.TODAY))
