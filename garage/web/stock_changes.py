"""What made the stock's value of one day that of another: page, CSV and PDF, to the cent (rules S3, S6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import billing
from garage.db.queries.stock_value import Credited, Values, credited
from garage.documents.stock_value import render
from garage.domain.errors.base import NotFound
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.domain.stock import MovementKind
from garage.french import formats
from garage.french import stock_value as words
from garage.operations.stock_papers import change
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.stock_value import SpanForm, since
from garage.web.htmx import form_page
from garage.web.stock_value import pdf

blueprint = Blueprint("stock_changes", __name__, url_prefix="/valeur-stock/variation")
_NONE: Final = Credited(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Row:
    """A family: its value before, what each line and each group of lines made of it, its value after, in euros."""

    name: str
    opening: Decimal
    lines: Sequence[Decimal]
    columns: Sequence[Decimal]
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """A value by another: named lines, the same by family, what was bought for orders, what suppliers gave back."""

    opening: Decimal
    lines: Sequence[tuple[str, Decimal]]
    closing: Decimal
    rows: Sequence[Row]
    columns: Sequence[Decimal]
    bought: Decimal
    received: Decimal
    credited: Credited


def _asked() -> tuple[SpanForm, tuple[date, date] | None]:
    """The form, and its days; from the last 31 December before the day asked for, when only that one is."""
    today = clock.today()
    default = {"du": date(today.year - 1, 12, 31), "au": today}
    if "du" not in request.args and "au" not in request.args:
        return SpanForm(None, data=default), (default["du"], default["au"])
    form = SpanForm(request.args)
    if "du" not in request.args and form.au.data is not None:
        form = since(date(max(form.au.data.year - 1, 1900), 12, 31), form)
    return form, form.span


def _explained(span: tuple[date, date]) -> Explained:
    with reading() as session:
        values = Values.of(session)
        opening, closing, won = values.by_family(span[0]), values.by_family(span[1]), values.changes(*span)
        back = credited(session, *span)
    parts = {
        (family, kind, part): euros
        for (family, kind), one in won.items()
        for part, euros in one.explained(kind).items()
    }
    told = {(kind, part) for _, kind, part in parts}
    lines = [one for one in words.CHANGES if one in told]
    rows = []
    for name in sorted({*opening, *closing}, key=lambda name: (-closing.get(name, ZERO), name)):
        mine = [parts.get((name, *line), ZERO) for line in lines]
        columns = [ZERO] * len(words.COLUMNS)
        for line, euros in zip(lines, mine, strict=True):
            columns[words.column_of(*line)] += euros
        rows.append(
            Row(words.family(name), opening.get(name, ZERO), mine, columns, closing.get(name, ZERO))
        )  # fmt: skip
    return Explained(
        opening=sum(opening.values(), ZERO),
        lines=[
            (words.CHANGES[line], sum((row.lines[place] for row in rows), ZERO)) for place, line in enumerate(lines)
        ],
        closing=sum(closing.values(), ZERO),
        rows=rows,
        columns=[sum((row.columns[place] for row in rows), ZERO) for place in range(len(words.COLUMNS))],
        bought=sum((one.paid for (_, kind), one in won.items() if kind is MovementKind.ISSUE), ZERO),
        received=sum((one.paid for one in won.values()), ZERO),
        credited=back,
    )


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> ResponseReturnValue:
    """By kind of movement, with a line for each difference of price, and by family."""
    form, span = _asked()
    if span is None:
        return form_page("stock_value/change.html", form, span=None)
    first, last = (formats.day(day) for day in span)
    return form_page(
        "stock_value/change.html",
        form,
        span=span,
        heads=words.COLUMNS,
        told=_explained(span),
        table=url_for("stock_changes.table", du=first, au=last),
        paper=url_for("stock_changes.paper", du=first, au=last),
    )


def _span() -> tuple[date, date]:
    """The days of a file's address. Raises NotFound when there are none to tell of."""
    span = _asked()[1]
    if span is None:
        raise NotFound("day", paging.words(request.args.get("au")))
    return span


@blueprint.get("/export.csv")
@allow(Permission.READ_VALUE)
def table() -> Response:
    """Each family with all its lines, for a spreadsheet."""
    span = _span()
    told = _explained(span)
    first, last = (f"Au soir du {formats.day(day)}" for day in span)
    header = ("Famille", first, *(name for name, _ in told.lines), last)
    return csv_response(f"variation_stock_{span[0].isoformat()}_{span[1].isoformat()}.csv", header, _rows(told))


def _rows(told: Explained) -> Iterator[tuple[Cell, ...]]:
    for row in told.rows:
        yield row.name, row.opening, *row.lines, row.closing
    yield "Total", told.opening, *(euros for _, euros in told.lines), told.closing


@blueprint.get("/etat.pdf")
@allow(Permission.READ_VALUE)
def paper() -> Response:
    """The same as a PDF."""
    span = _span()
    told = _explained(span)
    with reading() as session:
        issuer = billing.issuer(session)
    rows: list[tuple[str | Decimal, ...]] = [(row.name, row.opening, *row.columns, row.closing) for row in told.rows]
    rows.append(("Total", told.opening, *told.columns, told.closing))
    lines = [(words.evening(span[0]), told.opening), *told.lines, (words.evening(span[1]), told.closing)]
    made = change(span, issuer.name if issuer else "", lines, rows, words.beside(told.bought, *told.credited))
    return pdf(render(made), f"variation_stock_{span[1].isoformat()}.pdf")
