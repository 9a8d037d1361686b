"""What does not move and what turns: dormant parts, turnover by family and by part over twelve months (rule S6)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import stock_rotation as queries
from garage.db.queries.paging import every
from garage.domain.errors.base import NotFound
from garage.domain.money import round_half_up
from garage.domain.permissions import Permission
from garage.french import stock_value as words
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.stock_value import MonthsForm
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked
from garage.web.stock_value import bars

blueprint = Blueprint("stock_rotation", __name__)
_BATCH: Final = 500
_MONTHS: Final = 12
_DORMANT: Final = (
    "Référence", "Désignation", "Famille", "Casier", "En stock", "Unité", "Valeur", "Dernier mouvement",
    "Dernière sortie",
)  # fmt: skip
_TURNS: Final = (
    "Référence", "Désignation", "Famille", "Sorties sur 12 mois", "Valeur au début", "Valeur à la fin", "Rotation",
    "Jours de stock",
)  # fmt: skip


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, the last of its month when there is none.

    >>> months_before(date(2026, 3, 31), 1)
    datetime.date(2026, 2, 28)
    """
    first = date(day.year + (day.month - 1 - months) // 12, (day.month - 1 - months) % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _months() -> tuple[MonthsForm, int | None]:
    if "mois" not in request.args:
        return MonthsForm(None, data={"mois": _MONTHS}), _MONTHS
    form = MonthsForm(request.args)
    return form, form.mois.data if form.validate() else None


@blueprint.get("/stock-dormant")
@allow(Permission.READ_VALUE)
def dormant() -> ResponseReturnValue:
    """What no order took since some months, the greatest value first."""
    form, months = _months()
    if months is None:
        return form_page("stock_value/dormant.html", form, since=None)
    since = months_before(clock.today(), months)
    with reading() as session:
        page = queries.dormant(session, since, key_asked())
        count, value = queries.dormant_sum(session, since)
    return form_page(
        "stock_value/dormant.html",
        form,
        since=since,
        months=months,
        rows=page.rows,
        count=count,
        value=value,
        links=around(page, "stock_rotation.dormant", mois=months),
    )


@blueprint.get("/stock-dormant/export.csv")
@allow(Permission.READ_VALUE)
def dormant_table() -> Response:
    """All of them for a spreadsheet."""
    months = _months()[1]
    if months is None:
        raise NotFound("day", paging.words(request.args.get("mois")))
    since = months_before(clock.today(), months)
    return csv_response(f"stock_dormant_{since.isoformat()}.csv", _DORMANT, _dormant(since))


def _dormant(since: date) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for page in every(lambda key: queries.dormant(session, since, key, _BATCH)):
            for row in page.rows:
                yield (
                    row.reference, row.label, row.family, row.bin, row.on_hand, row.unit, row.value, row.moved_on,
                    row.issued_on,
                )  # fmt: skip


def _year(until: date) -> tuple[date, date]:
    return months_before(until, _MONTHS), until


@blueprint.get("/valeur-stock/rotation")
@allow(Permission.READ_VALUE)
def turnover() -> str:
    """How many times families and parts turned over the last twelve months."""
    span = _year(clock.today())
    asked = request.args.get("famille")
    family = None if asked is None else paging.words(asked)
    with reading() as session:
        families = queries.families(session, *span)
        page = queries.parts(session, span, family, key_asked())
    kept = {} if family is None else {"famille": family}
    return render_template(
        "stock_value/turnover.html",
        span=span,
        days=(span[1] - span[0]).days,
        families=[(name, words.family(name), turn) for name, turn in families.items()],
        bars=bars([(words.family(name), turn.issued) for name, turn in families.items()]),
        rows=queries.turns(page.rows),
        chosen=None if family is None else words.family(family),
        links=around(page, "stock_rotation.turnover", **kept),
    )


@blueprint.get("/valeur-stock/rotation.csv")
@allow(Permission.READ_VALUE)
def turnover_table() -> Response:
    """The turnover of every part for a spreadsheet."""
    span = _year(clock.today())
    return csv_response(f"rotation_stock_{span[1].isoformat()}.csv", _TURNS, _turns(span))


def _turns(span: tuple[date, date]) -> Iterator[tuple[Cell, ...]]:
    days = (span[1] - span[0]).days
    with reading() as session:
        for page in every(lambda key: queries.parts(session, span, None, key, _BATCH)):
            for row, turn in queries.turns(page.rows):
                times, left = turn.times, turn.days(days)
                yield (
                    row.reference, row.label, row.family, turn.issued, turn.opening, turn.closing,
                    None if times is None else round_half_up(times, 2),
                    None if left is None else round_half_up(left, 0),
                )  # fmt: skip
