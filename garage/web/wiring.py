"""Everything the web needs, bound to one application, in one order."""

from pathlib import Path
from typing import Final

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from garage.db.session import Database
from garage.web import access, addresses, assets, context, errors, filters, headers, sign_in
from garage.web.blueprints import BLUEPRINTS
from garage.web.options import WebOptions
from garage.web.sessions import Sessions

__all__ = ["TEMPLATES", "WebOptions", "build", "new_app"]

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"


def new_app(secret_key: str) -> Flask:
    """A Flask with our folders and a key to sign sessions; `build` does the rest."""
    app = Flask("garage", template_folder=str(TEMPLATES), static_folder=None)
    app.secret_key = secret_key
    return app


def build(app: Flask, database: Database, options: WebOptions) -> None:
    """Register all that answers; refuses a route that does not say who may reach it."""
    context.keep(app, database, options)
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-garage" if options.secure_cookies else "garage",
        SESSION_COOKIE_SECURE=options.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME="https" if options.secure_cookies else "http",
        WTF_I18N_ENABLED=False,  # WTForms' own French, see GarageForm
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
    )
    addresses.register(app)
    errors.register(app)
    headers.register(app)
    filters.register(app)
    sign_in.register(app)
    # Before the access check: what was typed under an ended session is kept.
    CSRFProtect(app)  # type: ignore[no-untyped-call]
    access.protect(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.check(app)
    assets.serve(app)
