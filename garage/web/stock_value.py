"""The stock's value at the end of any day: total, families, parts, bins, what changed between two days (rule S6)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import billing, stock_years
from garage.db.queries.stock_value import (
    PartFilter,
    Values,
    bins,
    every_line,
    lines,
    parts,
    place,
    several_stores,
    stores,
)
from garage.documents.stock_value import render
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.domain.stock_value import cost_of_day
from garage.french import formats
from garage.french import stock_value as words
from garage.operations.stock_papers import valuation
from garage.operations.stores import MAIN
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.stock_value import DayForm
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked

blueprint = Blueprint("stock_value", __name__, url_prefix="/valeur-stock")
HEADER: Final = (
    "Référence", "Désignation", "Famille", "Magasin", "Casier", "Quantité", "Unité", "Coût moyen", "Valeur",
)  # fmt: skip


def day_form() -> DayForm:
    """The day of the address; today without one."""
    return DayForm(request.args if "au" in request.args else None, data={"au": clock.today()})


def asked_day(form: DayForm) -> date | None:
    """The day of the address, today without one; None when it cannot be told of."""
    return form.day if "au" in request.args else clock.today()


def day_of_file() -> date:
    """The day of a file's address. Raises NotFound when there is none to tell of."""
    found = asked_day(day_form())
    if found is None:
        raise NotFound("day", paging.words(request.args.get("au")))
    return found


def bars(values: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal, str]]:
    """Values as bars; what is below nothing has no length."""
    return [(name, max(value, ZERO), formats.euros(value)) for name, value in values]


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> ResponseReturnValue:
    """The value of a day, by family, and its course over twelve months."""
    form = day_form()
    day = asked_day(form)
    if day is None:
        return form_page("stock_value/index.html", form, day=None)
    with reading() as session:
        values = Values.of(session)
        families, curve = values.by_family(day), values.curve(day)
        frozen = stock_years.year(session, day.year) if (day.month, day.day) == (12, 31) else None
    named = [(words.family(name), value) for name, value in families.items()]
    return form_page(
        "stock_value/index.html",
        form,
        day=day,
        total=sum(families.values(), ZERO),
        families=[(name, words.family(name), value) for name, value in families.items()],
        bars=bars(named),
        curve=curve,
        course=bars([(formats.day(end), value) for end, value in curve]),
        frozen=frozen,
        method=words.METHOD,
    )


def _wanted() -> tuple[PartFilter, dict[str, Any]]:
    asked, bin_id = request.args.get("famille"), paging.whole(request.args.get("casier"))
    family = None if asked is None else paging.words(asked)
    kept = {"famille": family, "casier": bin_id}
    return PartFilter(family, bin_id), {name: value for name, value in kept.items() if value is not None}


@blueprint.get("/pieces")
@allow(Permission.READ_VALUE)
def by_part() -> ResponseReturnValue:
    """What each part was worth, page by page; of a family or of a bin when the address says so."""
    form = day_form()
    day = asked_day(form)
    if day is None:
        return form_page("stock_value/parts.html", form, day=None, active="")
    wanted, kept = _wanted()
    with reading() as session:
        page = parts(session, day, wanted, key_asked())
        held = lines(session, day, page.rows) if wanted.bin_id is not None else []
        where = place(session, wanted.bin_id) if wanted.bin_id is not None else None
    family = None if wanted.family is None else words.family(wanted.family)
    return form_page(
        "stock_value/parts.html",
        form,
        day=day,
        rows=[(row, cost_of_day(row.quantity, row.value, row.average)) for row in page.rows],
        held={line.part_id: line for line in held if line.bin_id == wanted.bin_id},
        in_bin=wanted.bin_id is not None,
        active=", ".join(text for text in (family, where) if text),
        kept=kept,
        links=around(page, "stock_value.by_part", au=formats.day(day), **kept),
    )


@blueprint.get("/casiers")
@allow(Permission.READ_VALUE)
def by_bin() -> ResponseReturnValue:
    """What each bin was worth, page by page; each store when asked, which reads every part of all but the main one."""
    form = day_form()
    day = asked_day(form)
    if day is None:
        return form_page("stock_value/bins.html", form, day=None)
    with reading() as session:
        page, places = bins(session, day, key_asked())
        several = several_stores(session)
        asked = several and "magasins" in request.args
        whole = stores(session, day, Values.of(session).total(day), MAIN) if asked else []
    return form_page(
        "stock_value/bins.html",
        form,
        day=day,
        places=[(one, words.place(one.store, one.bin)) for one in places],
        stores=whole,
        several=several,
        links=around(page, "stock_value.by_bin", au=formats.day(day)),
    )


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> Response:
    """Every part in every bin at the end of a day, for a spreadsheet, sent while it is read."""
    day = day_of_file()
    return csv_response(f"valeur_stock_{day.isoformat()}.csv", HEADER, _rows(day, _wanted()[0]))


def _rows(day: date, wanted: PartFilter) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for line in every_line(session, day, wanted):
            if wanted.bin_id in (None, line.bin_id):
                yield cells(line)


def cells(line: Any) -> tuple[Cell, ...]:
    """A line of a valuation for a spreadsheet."""
    return (
        line.reference, line.label, words.family(line.family), line.store, line.bin, line.quantity, line.unit,
        line.average_cost, line.value,
    )  # fmt: skip


@blueprint.get("/etat.pdf")
@allow(Permission.READ_VALUE)
def paper() -> Response:
    """The valuation of a day as a PDF."""
    day = day_of_file()
    with reading() as session:
        issuer = billing.issuer(session)
        told = ("", words.foot(day, clock.today()))
        made = valuation(day, issuer.name if issuer else "", every_line(session, day), told)
    return pdf(render(made), f"valeur_stock_{day.isoformat()}.pdf")


def pdf(content: bytes, name: str) -> Response:
    """A PDF shown by the browser under this name."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
