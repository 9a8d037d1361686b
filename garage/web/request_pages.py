"""Requests to read: the list, one of them, its photos. An agent sees those of their collectivity alone."""

from typing import Any, Final

from flask import Response, render_template, url_for

from garage.db.queries import requests as queries
from garage.db.queries.requests import RequestFilter
from garage.domain.errors.base import NotVisible
from garage.domain.permissions import Permission
from garage.domain.requests import RequestState
from garage.web import paging
from garage.web.access import actor, allow, person
from garage.web.context import reading
from garage.web.forms.fields import choices
from garage.web.forms.requests import RequestFilters
from garage.web.lists import around, key_asked, typed
from garage.web.request_reports import TONES, picture

_STATES: Final = {
    "recues": ("À traiter", RequestState.RECEIVED),
    "acceptees": ("Acceptées", RequestState.ACCEPTED),
    "refusees": ("Refusées", RequestState.REFUSED),
    "toutes": ("Toutes", None),
}


def _own() -> int | None:
    """The collectivity whose requests alone are seen; None for the workshop, which sees all."""
    if person().may(Permission.READ_ORDERS):
        return None
    mine = actor().collectivity_id
    if mine is None:
        raise NotVisible("request", "")
    return mine


@allow(Permission.READ_ORDERS, Permission.READ_OWN)
def index() -> str:
    """Requests, the newest first: those that wait for the workshop, all of its own for a collectivity."""
    own = _own()
    usual = "toutes" if own is not None else "recues"
    asked = typed("etat") if typed("etat") in _STATES else usual
    vehicle = paging.whole(typed("vehicule"))
    with reading() as session:
        page = queries.page(session, RequestFilter(_STATES[asked][1], own, vehicle), key_asked())
        waiting = queries.waiting(session) if own is None else 0
        only = queries.fleet_number(session, vehicle, own) if vehicle is not None else None
    kept: dict[str, Any] = {"etat": asked if asked != usual else None, "vehicule": vehicle}
    filters = RequestFilters(data={"etat": asked})
    filters.etat.choices = choices((word, text) for word, (text, _) in _STATES.items())
    return render_template(
        "requests/index.html",
        page=page,
        links=around(page, "requests.index", **kept),
        filters=filters,
        asked=asked,
        waiting=waiting,
        own=own is not None,
        only=only,
        active=[(f"Véhicule {only}", url_for("requests.index", etat=asked))] if only else [],
        step=queries.step,
        thing=queries.thing,
        tones=TONES,
    )


@allow(Permission.READ_ORDERS, Permission.READ_OWN)
def show(number: str) -> str:
    """One request: what happens, photos, whom to call, what became of it."""
    own = _own()
    with reading() as session:
        row = queries.one(session, number, own)
        photos = queries.photos(session, row.id)
        followed = queries.followed(session, row.follow_token)
    return render_template(
        "requests/show.html",
        request_=row,
        photos=photos,
        followed=followed,
        own=own is not None,
        decides=person().may(Permission.CHECK_ORDERS),
        tones=TONES,
        state=RequestState,
    )


@allow(Permission.READ_ORDERS, Permission.READ_OWN)
def photo(number: str, photo_id: int) -> Response:
    """A photo of a request."""
    own = _own()
    with reading() as session:
        row = queries.one(session, number, own)
        return picture(queries.photos(session, row.id), photo_id)
