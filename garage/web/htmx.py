"""Whole page or fragment: one address answers both, from the same template parts."""

import json
from typing import Any, Final

from flask import make_response, render_template, request
from flask.wrappers import Response

from garage.web.forms.fields import GarageForm

# Swapped although they are refusals: our own pages. Anything else (a gateway's page) is announced by garage.js.
CONFIG: Final = json.dumps(
    {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "selfRequestsOnly": True,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "422", "swap": True},
            {"code": "400|403|404|409|413|429|500", "swap": True, "error": True},
            {"code": "...", "swap": False, "error": True},
        ],
    },
    separators=(",", ":"),
)


def is_htmx() -> bool:
    """Whether a fragment is wanted; htmx going back in history wants the whole page."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def page_or_fragment(page: str, fragment: str, /, **values: Any) -> Response:
    """The page, or only its moving part when htmx asks."""
    response = make_response(render_template(fragment if is_htmx() else page, **values))
    response.vary.add("HX-Request")
    return response


def form_page(page: str, form: GarageForm, /, *, fragment: str | None = None, **values: Any) -> Response:
    """The page of a form: 200 as long as nothing is wrong with it, else 422 with what was typed."""
    template = fragment if fragment and is_htmx() else page
    response = make_response(render_template(template, form=form, **values), 422 if form.errors else 200)
    if fragment:
        response.vary.add("HX-Request")
    return response
