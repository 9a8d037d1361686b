"""What every answer says to the browser: nothing from elsewhere, nothing inline, nothing kept; and compression."""

import gzip
from typing import Final

from flask import Flask, request
from flask.wrappers import Response

from garage.web.context import options

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_WORTH_IT = 500


def register(app: Flask) -> None:
    """Dress every answer of the application."""
    app.after_request(_compress)
    app.after_request(_dress)


def _dress(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if options().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def _compress(response: Response) -> Response:
    """Compress pages. Tokens are signed anew for each page and cookies stay same-site, so length tells nothing."""
    if response.direct_passthrough or response.is_streamed or response.content_encoding:
        return response
    if not ((response.mimetype or "").startswith(("text/", "application/json"))):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= _WORTH_IT and request.accept_encodings["gzip"]:
        response.set_data(gzip.compress(body, compresslevel=6, mtime=0))
        response.content_encoding = "gzip"
    return response
