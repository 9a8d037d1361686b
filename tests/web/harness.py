"""A whole site for tests: real database, one person per role, and a client that can sign in."""

import copy
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from garage import clock
from garage.archive import Archive
from garage.db.migrating import upgrade
from garage.db.models.collectivities import Collectivity
from garage.db.models.users import User
from garage.db.session import Database
from garage.domain.collectivities import CollectivityKind
from garage.domain.permissions import Role
from garage.photos import PhotoStore
from garage.web import context
from garage.web.wiring import WebOptions, build, new_app

PASSWORD = "une phrase assez longue"
_BUILT: dict[tuple[bool, bool], tuple[Flask, dict[str, Any]]] = {}
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def email_of(role: Role) -> str:
    """The address of the person who holds a role."""
    return f"{role.value}@exemple.test"


@dataclass(frozen=True)
class Site:
    """An application on its own database."""

    app: Flask
    database: Database

    def client(self, role: Role | None = None) -> FlaskClient:
        """A browser without pictures; signed in when a role is given."""
        client = self.app.test_client()
        if role:
            answer = client.post("/connexion", data={"email": email_of(role), "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client


def build_site(
    folder: Path,
    options: WebOptions | None = None,
    *,
    csrf: bool = False,
    url: str | None = None,
    prepare: Callable[[Flask], None] | None = None,
) -> Site:
    """A site in a folder, on a SQLite file there unless an address is given; `prepare` may add routes first."""
    if url is None:
        url = f"sqlite:///{folder / 'garage.sqlite'}"
        upgrade(url, ROOT / "migrations")
    database = Database(url)
    with database.transaction() as session:
        session.add(Collectivity(code="OEUILLY", name="Œuilly", kind=CollectivityKind.COMMUNE))
        session.flush()
        session.add_all(_person(place, role) for place, role in enumerate(Role, start=1))
    options = options or WebOptions(
        secure_cookies=False, archive=Archive(folder / "invoices"), photos=PhotoStore(folder / "photos")
    )
    try:
        app = _own(database, options, csrf, prepare) if prepare else _alike(database, options, csrf)
    except BaseException:
        database.dispose()
        raise
    return Site(app, database)


def _own(database: Database, options: WebOptions, csrf: bool, prepare: Callable[[Flask], None]) -> Flask:
    app = new_app("une clé de session pour les essais seulement")
    app.config["WTF_CSRF_ENABLED"] = csrf
    prepare(app)
    build(app, database, options)
    return app


def _alike(database: Database, options: WebOptions, csrf: bool) -> Flask:
    """An application with the routes and templates of one built before, a database and options of its own.

    What a test changed in the settings of Flask is put back as `build` left it.
    """
    alike = (csrf, options.secure_cookies)
    if alike not in _BUILT:
        first = _own(database, options, csrf, lambda _app: None)
        _BUILT[alike] = first, dict(first.config)
    first, settings = _BUILT[alike]
    first.config.clear()
    first.config.update(settings)
    app = copy.copy(first)
    app.extensions = dict(first.extensions)
    app.wsgi_app = copy.copy(first.wsgi_app)
    app.wsgi_app.application = types.MethodType(type(app).wsgi_app, app)
    context.keep(app, database, options)
    return app


def _person(place: int, role: Role) -> User:
    return User(
        email=email_of(role),
        name=f"Personne {place}",
        role=role,
        collectivity_id=1 if role is Role.COLLECTIVITY else None,
        password_hash=_CHEAP,
        session_token=f"jeton{place}",
        active=True,
        created_at=clock.now(),
    )
