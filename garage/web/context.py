"""What a view needs of the application it runs in: the database and the options."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from garage.db.queries.settings import current
from garage.db.session import Database
from garage.domain.invoices.composition import BillingRules
from garage.web.options import WebOptions

_DATABASE = "garage.database"
_OPTIONS = "garage.options"


def keep(app: Flask, database: Database, options: WebOptions) -> None:
    """Bind an application to its database and options."""
    app.extensions[_DATABASE] = database
    app.extensions[_OPTIONS] = options


def options() -> WebOptions:
    """The options of the application that answers."""
    return cast("WebOptions", current_app.extensions[_OPTIONS])


def database() -> Database:
    """The database of the application that answers, for what opens its own transactions."""
    return cast("Database", current_app.extensions[_DATABASE])


def rules(session: Session) -> BillingRules:
    """The rules of billing that accounting chose, as they are now."""
    return BillingRules.of(current(session))


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed at the end, or undone whole by any exception."""
    with database().transaction() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that reads one consistent state and never writes."""
    with database().reading() as session:
        yield session
