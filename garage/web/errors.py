"""From a refusal or a failure to a page in French. Nothing of an exception is ever shown."""

import logging
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, g, has_request_context, make_response, render_template, request, url_for
from flask.wrappers import Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from garage import clock
from garage.domain.errors.base import Conflict, GarageError, NotFound, NotVisible
from garage.domain.errors.users import TooManyAttempts
from garage.french.refusals import sentence
from garage.web.access import person_or_nobody, record_refusal
from garage.web.htmx import is_htmx

MAX_BODY: Final = 16 * 1024 * 1024
_OWN_PAGE: Final = {400, 403, 404, 413, 429, 500}
_ALIKE: Final = {405: 404, 410: 404}
_SECRET_WORDS: Final = ("csrf_token", "password", "mot_de_passe")
_SECRETS: Final = ("pin", "badge", "current", "again")


def register(app: Flask) -> None:
    """Answer every refusal and failure with a page, or a fragment for htmx."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.register_error_handler(GarageError, _refusal)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _failure)
    app.logger.addFilter(_name_failure)


def reference() -> str:
    """The number by which a failure is found in the log; one per request."""
    if "reference" not in g:
        g.reference = secrets.token_hex(4).upper()
    return str(g.reference)


def _page(status: int, name: str, **values: Any) -> Response:
    fragment = is_htmx()
    response = make_response(render_template(f"errors/{name}.html", fragment=fragment, **values), status)
    if fragment:
        response.headers["HX-Retarget"] = "#avis"
        response.headers["HX-Reswap"] = "innerHTML"
        response.headers["HX-Push-Url"] = "false"
    return response


def _refusal(refusal: GarageError) -> Response:
    if isinstance(refusal, NotVisible) and person_or_nobody() is not None:
        record_refusal("not_visible", refusal.what, refusal.key)
    if isinstance(refusal, NotFound | NotVisible):
        return _page(404, "404")
    if isinstance(refusal, Conflict):
        return _page(409, "409", sentence=sentence(refusal), typed=_typed(), address=_page_sent())
    if isinstance(refusal, TooManyAttempts):
        response = _page(429, "429", sentence=sentence(refusal))
        response.headers["Retry-After"] = str(max(1, int((refusal.retry_at - clock.now()).total_seconds())))
        return response
    return _page(422, "422", sentence=sentence(refusal))


def _http(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    shown = _ALIKE.get(code, code)
    if shown not in _OWN_PAGE:
        shown = 400 if code < 500 else 500
    if shown == 500:
        return _failure(error)
    response = _page(code, str(shown), roles=g.get("roles_allowed", []), sentence="")
    if valid := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def _csrf(_error: CSRFError) -> Response:
    """The page outlived its session: offer to send again. A request from another site is offered nothing."""
    trusted = _same_site()
    return _page(
        422,
        "csrf",
        typed=_typed() if trusted else [],
        trusted=trusted,
        files=bool(request.files) and trusted,
        action=request.full_path.rstrip("?"),
    )


def _failure(_error: Exception) -> Response:
    g.bare = True  # the database may be what failed: this page asks it nothing
    return _page(500, "500", reference=reference())


_UNTYPED = frozenset({"version", "seen", "form_token"})


def _typed() -> list[tuple[str, str]]:
    """What the form held, secrets left out."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _UNTYPED and name not in _SECRETS and not any(word in name.lower() for word in _SECRET_WORDS)
    ]


def _page_sent() -> str:
    """The page whose form was sent: this address when it can be read, else the one that the browser tells."""
    if request.url_rule is not None and "GET" in (request.url_rule.methods or ()):
        return request.full_path.rstrip("?")
    told = urlsplit(request.headers.get("Referer", ""))
    return told.path if told.netloc == request.host and told.path else url_for("pages.home")


def _same_site() -> bool:
    """Whether the form was on one of our own pages, as the browser tells."""
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.host


def _name_failure(record: logging.LogRecord) -> bool:
    """Put the reference shown on the page beside the failure in the log."""
    if record.levelno >= logging.ERROR and has_request_context():
        record.reference = reference()
    return True
