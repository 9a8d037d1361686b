"""A part's card over a time, and where it was fitted (rules S2, S6)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import billing, stock_cards
from garage.db.queries import stock as parts
from garage.db.queries.paging import AnyRow, every
from garage.db.queries.stock_cards import CardRow, Cause
from garage.documents.stock_value import render
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Permission
from garage.french import formats
from garage.french import stock_value as words
from garage.french.labels import label
from garage.operations.stock_papers import card as card_paper
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.stock_value import SpanForm, since
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked
from garage.web.stock_value import pdf

blueprint = Blueprint("stock_cards", __name__, url_prefix="/stock")
_BATCH: Final = 500
_HEADER: Final = (
    "N°", "Jour", "Mouvement", "Cause", "Magasin", "Casier", "Quantité", "Coût unitaire", "Variation de valeur",
    "Écart de prix", "En stock", "Coût moyen", "Valeur", "Bon de livraison", "Fournisseur", "Ordre", "Inventaire",
    "Achat pour un ordre", "Par", "Motif",
)  # fmt: skip
_FITTED: Final = (
    "Jour", "Ordre", "Parc", "Immatriculation", "Marque", "Modèle", "Objet", "Quantité", "Compteur",
    "Jours jusqu’à la suivante", "Compteur jusqu’à la suivante",
)  # fmt: skip
# The page that tells each kind of cause, and what its key is called there.
_CAUSES: Final = {
    "order": ("orders.show", "number"),
    "receipt": ("goods_receipts.show", "receipt_id"),
    "count": ("counts.show", "count_id"),
}


def _default(session: Session, part: AnyRow) -> tuple[date, date]:
    """From the first movement of the part, a year ago at the most, until today."""
    today = clock.today()
    year_ago = date(today.year - 1, 1, 1)
    first = stock_cards.first_day(session, part.id) or today
    return max(first, year_ago), today


def _span(session: Session, part: AnyRow) -> tuple[SpanForm, tuple[date, date] | None]:
    default = _default(session, part)
    if "du" not in request.args and "au" not in request.args:
        return _form(default), default
    form = SpanForm(request.args)
    if "du" not in request.args and form.au.data is not None:
        form = since(min(default[0], form.au.data.replace(month=1, day=1)), form)
    form.du.label.text = "Du"
    return form, form.span


def _form(span: tuple[date, date]) -> SpanForm:
    form = SpanForm(None, data={"du": span[0], "au": span[1]})
    form.du.label.text = "Du"
    return form


def href(cause: Cause) -> str | None:
    """The page that tells a cause, when there is one."""
    endpoint, name = _CAUSES.get(cause.kind, ("", ""))
    values: dict[str, Any] = {name: cause.key}
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


@blueprint.get("/<path:reference>/fiche")
@allow(Permission.READ_VALUE)
def card(reference: str) -> ResponseReturnValue:
    """The movements of a part from a day to another, each with what it left: quantity, weighted average cost, value."""
    with reading() as session:
        part = parts.part(session, reference)
        form, span = _span(session, part)
        if span is None:
            return form_page("stock_value/card.html", form, part=part, span=None)
        rows, following = stock_cards.card(session, part.id, span, paging.day_key(request.args.get("apres")))
        opening = stock_cards.before(session, part.id, span[0])
        closing = stock_cards.before(session, part.id, span[1], paging.GREATEST)
    return form_page(
        "stock_value/card.html",
        form,
        part=part,
        span=span,
        rows=[(row, href(row.cause)) for row in rows],
        opening=opening,
        closing=closing,
        first_page="apres" not in request.args,
        after=_address("stock_cards.card", reference, span, apres=paging.written(*following)) if following else None,
        csv=_address("stock_cards.table", reference, span),
        paper=_address("stock_cards.paper", reference, span),
        average=words.AVERAGE,
    )


def _address(endpoint: str, reference: str, span: tuple[date, date], **more: Any) -> str:
    first, last = (formats.day(day) for day in span)
    return url_for(endpoint, reference=reference, du=first, au=last, **more)


def _asked(session: Session, reference: str) -> tuple[AnyRow, tuple[date, date]]:
    """The part and the days of a file's address. Raises NotFound when there is none to tell of."""
    part = parts.part(session, reference)
    span = _span(session, part)[1]
    if span is None:
        raise NotFound("day", paging.words(request.args.get("au")))
    return part, span


def _every(session: Session, part_id: int, span: tuple[date, date]) -> Iterator[CardRow]:
    after: tuple[date, int] | None = None
    while True:
        rows, after = stock_cards.card(session, part_id, span, after, _BATCH)
        yield from rows
        if after is None:
            return


@blueprint.get("/<path:reference>/fiche.csv")
@allow(Permission.READ_VALUE)
def table(reference: str) -> Response:
    """The card for a spreadsheet."""
    with reading() as session:
        part, span = _asked(session, reference)
    return csv_response(f"{_file_name(part, span)}.csv", _HEADER, _rows(part.id, span))


def _file_name(part: AnyRow, span: tuple[date, date]) -> str:
    """Of a part's card: its reference in letters that any disk takes, and its last day."""
    return f"fiche_{_slug(part)}_{span[1].isoformat()}"


def _slug(part: AnyRow) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", part.reference)


def _rows(part_id: int, span: tuple[date, date]) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for row in _every(session, part_id, span):
            one: Any = row.told
            yield (
                one.id, row.moved_on, label(one.kind), row.cause.text, one.store, one.bin, row.quantity, row.unit_cost,
                one.value_change, one.variance, row.on_hand, row.average_cost, row.worth, one.delivery_note,
                one.supplier, one.order_number, one.count_number, "oui" if one.through else None, row.actor, row.reason,
            )  # fmt: skip


@blueprint.get("/<path:reference>/fiche.pdf")
@allow(Permission.READ_VALUE)
def paper(reference: str) -> Response:
    """The card as a PDF."""
    with reading() as session:
        part, span = _asked(session, reference)
        rows = list(_every(session, part.id, span))
        opening = stock_cards.before(session, part.id, span[0])
        issuer = billing.issuer(session)
    made = card_paper((part.reference, part.label), span, rows, opening, issuer.name if issuer else "")
    return pdf(render(made), f"{_file_name(part, span)}.pdf")


@blueprint.get("/<path:reference>/poses.csv")
@allow(Permission.READ_STOCK)
def fitted_table(reference: str) -> Response:
    """The same for a spreadsheet."""
    with reading() as session:
        part = parts.part(session, reference)
    return csv_response(f"poses_{_slug(part)}.csv", _FITTED, _fitted_rows(part.id))


def _fitted_rows(part_id: int) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for page in every(lambda key: stock_cards.fitted(session, part_id, key, _BATCH)):
            for row, days, meters in stock_cards.lasted(page.rows):
                yield (
                    row.done_on, row.number, row.fleet_number, row.registration, row.make, row.model, row.object_label,
                    row.quantity, row.meter, days, meters,
                )  # fmt: skip


@blueprint.get("/<path:reference>/poses")
@allow(Permission.READ_STOCK)
def fitted(reference: str) -> str:
    """Where a part was fitted: vehicle, order, day, meter, and how long until the next one on the same vehicle."""
    with reading() as session:
        part = parts.part(session, reference)
        page = stock_cards.fitted(session, part.id, key_asked())
    return render_template(
        "stock_value/fitted.html",
        part=part,
        rows=stock_cards.lasted(page.rows),
        links=around(page, "stock_cards.fitted", reference=reference),
    )
