"""The frozen valuations of 31 December: their list, their lines, the page that checks before freezing one (rule S6)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import stock_years as queries
from garage.db.queries.paging import AnyRow
from garage.db.queries.stock_value import Values, in_the_red
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.stock_years import ValuationDiffers, ValuationFrozen
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.french import stock_value as words
from garage.operations import stock_years
from garage.operations.stock_years import By
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.stock_value import FreezeForm
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.stock_value import HEADER, cells, pdf

blueprint = Blueprint("stock_years", __name__, url_prefix="/valeur-stock/annees")
_FIRST: Final = 1900
_LAST: Final = 9998


@blueprint.get("")
@allow(Permission.READ_VALUE)
def index() -> str:
    """The frozen years, and the next one to freeze."""
    with reading() as session:
        frozen = queries.years(session)
        following = stock_years.next_year(session, clock.today())
    return render_template("stock_value/years.html", frozen=frozen, following=following)


def _one(session: Session, year: int) -> AnyRow:
    found = queries.year(session, _sensible(year))
    if found is None:
        raise NotFound("valuation", str(year))
    return found


def _sensible(year: int) -> int:
    if not _FIRST <= year <= _LAST:
        raise NotFound("valuation", str(year))
    return year


@blueprint.get("/<int:year>")
@allow(Permission.READ_VALUE)
def show(year: int) -> str:
    """A frozen valuation, read from its lines."""
    after = paging.whole(request.args.get("apres")) or 0
    with reading() as session:
        made = _one(session, year)
        rows = queries.lines(session, year, after, queries.PAGE + 1)
        families = [(words.family(name), value) for name, value in queries.families(session, year)]
    shown = rows[: queries.PAGE]
    return render_template(
        "stock_value/year.html",
        made=made,
        families=families,
        lines=[(line, words.place(line.store, line.bin)) for line in shown],
        before=url_for(".show", year=year, apres=max(after - queries.PAGE, 0) or None) if after else None,
        after=url_for(".show", year=year, apres=shown[-1].rank) if len(rows) > queries.PAGE else None,
    )


@blueprint.get("/<int:year>/lignes.csv")
@allow(Permission.READ_VALUE)
def table(year: int) -> Response:
    """The frozen lines for a spreadsheet."""
    with reading() as session:
        _one(session, year)
    return csv_response(f"valeur_stock_{year}-12-31_figee.csv", HEADER, _rows(year))


def _rows(year: int) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for line in queries.every_line(session, year):
            yield cells(line)


@blueprint.get("/<int:year>/valeur.pdf")
@allow(Permission.READ_VALUE)
def paper(year: int) -> Response:
    """The PDF of a frozen valuation as it was kept that day; one that has changed is told, never given."""
    with reading() as session:
        try:
            content = stock_years.kept_paper(session, options().archive, _sensible(year))
        except OSError:
            content = stock_years.paper(session, year)
    return pdf(content, f"valeur_stock_{year}-12-31.pdf")


@blueprint.route("/<int:year>/figer", methods=["GET", "POST"])
@allow(Permission.READ_VALUE)
def freeze(year: int) -> ResponseReturnValue:
    """What would be frozen, to be read and agreed to."""
    _sensible(year)
    form = FreezeForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                stock_years.freeze(session, year, _seen(form), By(actor(), clock.now(), clock.today()))
            _keep(year)
            done(f"Valeur du stock au 31 décembre {year} figée")
            return redirect(url_for(".show", year=year), 303)
        except ValuationFrozen:
            return redirect(url_for(".show", year=year), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    with reading() as session:
        if not form.errors:
            try:
                stock_years.check(session, year, clock.today())
            except ValuationFrozen:
                return redirect(url_for(".show", year=year), 303)
        values, day = Values.of(session), date(year, 12, 31)
        families, before = values.by_family(day), values.total(date(year - 1, 12, 31))
        red = in_the_red(session, day)
    total = sum(families.values(), ZERO)
    form.seen.data = str(total)
    return form_page(
        "stock_value/freeze.html",
        form,
        year=year,
        day=day,
        total=total,
        before=before,
        families=[(words.family(name), value) for name, value in families.items()],
        red=red,
    )


def _keep(year: int) -> None:
    """The PDF into its folder at once; a disk that refuses leaves the year frozen: the nightly check tries again."""
    try:
        with reading() as session:
            stock_years.kept_paper(session, options().archive, year)
    except (ValuationDiffers, OSError) as failure:
        current_app.logger.error("stock valuation: %s", type(failure).__name__, extra={"year": year})


def _seen(form: FreezeForm) -> Decimal:
    try:
        return Decimal(form.seen.data or "x")
    except InvalidOperation:
        return Decimal("NaN")
