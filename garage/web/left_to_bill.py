"""What is left to bill at the end of any day: figures, a table to page, a CSV of every line, a PDF (rule Y1)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import billing
from garage.documents.left_to_bill import State, StateRow, render
from garage.domain.errors.base import NotFound
from garage.domain.invoices.left_to_bill import Stage, Sum
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.french import anomalies as anomaly_words
from garage.french import formats
from garage.french import left_to_bill as words
from garage.french.labels import label
from garage.operations.left_to_bill import Summary, at, summary
from garage.web import mending, paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import DayFr, GarageForm, Required
from garage.web.htmx import form_page

blueprint = Blueprint("left_to_bill", __name__, url_prefix="/restes-a-facturer")
_ROWS, _BARS, _ANOMALIES = 60, 12, 40
_WHICH = "Saisissez un jour, par exemple 31/12/2026"
_HEAD = (
    "Situation", "Code", "Collectivité", "Exercice", "Article", "Ordre", "Ligne", "Jour", "Nature", "Désignation",
    "Minutes", "Quantité", "Unité", "Net",
)  # fmt: skip


class DayForm(GarageForm):
    """The day whose evening is asked for."""

    class Meta(GarageForm.Meta):
        """A page that is read: nothing is sent."""

        csrf = False

    au = DayFr("Au soir du", [Required(_WHICH)], message=_WHICH)


@blueprint.get("")
@allow(Permission.PREVIEW_INVOICES)
def index() -> ResponseReturnValue:
    """The state of a day, past days included."""
    today = clock.today()
    if "au" not in request.args:
        return redirect(url_for("left_to_bill.index", au=formats.day(today)))
    form = DayForm(request.args)
    day = _asked(form, today)
    if day is None:
        return form_page("invoicing/left_to_bill.html", form, summary=None, days=_days(today))
    start = paging.whole(request.args.get("debut")) or 0
    with reading() as session:
        made = summary(session, day)
    return form_page(
        "invoicing/left_to_bill.html",
        form,
        summary=made,
        shown=made.rows[start : start + _ROWS],
        before=_address(day, max(start - _ROWS, 0)) if start else None,
        after=_address(day, start + _ROWS) if start + _ROWS < len(made.rows) else None,
        stages=[(stage, words.STAGES[stage], words.EXPLAINED[stage], made.of_stage(stage)) for stage in Stage],
        bars=_bars(made),
        anomalies=made.anomalies[:_ANOMALIES],
        sentence=anomaly_words.anomaly,
        mend=mending.mend,
        article=words.article,
        method=words.METHOD,
        days=_days(today),
    )


def _asked(form: DayForm, today: date) -> date | None:
    """The day asked for; None, with its sentence at the field, when it cannot be read or is not yet come."""
    if not form.validate():
        return None
    day: date = form.au.data
    if day > today:
        form.au.errors = [f"Le {formats.day(day)} n’est pas encore venu."]
        return None
    if day.year < 1900:
        form.au.errors = [_WHICH]
        return None
    return day


def _address(day: date, start: int) -> str:
    return url_for("left_to_bill.index", au=formats.day(day), debut=start or None)


def _days(today: date) -> list[tuple[str, date]]:
    """Days that are often asked for: today, the end of the last quarter, of the last year."""
    ends = {Quarter.of(today).previous.last_day, date(today.year - 1, 12, 31)}
    return [("Aujourd’hui", today), *((formats.day(one), one) for one in sorted(ends, reverse=True))]


def _bars(made: Summary) -> list[tuple[str, Decimal, str]]:
    ranked = made.by_collectivity()
    shown = ranked if len(ranked) <= _BARS else ranked[: _BARS - 1]
    rest = sum((total for _, total in ranked[len(shown) :]), ZERO)
    if rest:
        shown = [*shown, (f"Les {len(ranked) - len(shown)} autres", rest)]
    return [(name, total, formats.euros(total)) for name, total in shown]


def _day_of_address() -> date:
    """The day of a file's address. Raises NotFound when there is none to tell of."""
    day = _asked(DayForm(request.args), clock.today())
    if day is None:
        raise NotFound("day", paging.words(request.args.get("au")))
    return day


@blueprint.get("/export.csv")
@allow(Permission.PREVIEW_INVOICES)
def table() -> Response:
    """Every line of the state for a spreadsheet, sent while it is read."""
    day = _day_of_address()
    return csv_response(f"restes_a_facturer_{day.isoformat()}.csv", _HEAD, _rows(day))


def _rows(day: date) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for name, left in at(session, day):
            for line in left.lines:
                yield (
                    words.STAGES[line.stage], left.debtor.code, name, line.year, line.article, line.order, line.rank,
                    line.done_on, label(line.nature), line.label, line.minutes, line.quantity, line.unit, line.net,
                )  # fmt: skip
            for found in left.anomalies:
                yield (
                    "Anomalie", left.debtor.code, name, found.day.year if found.day else None, None, found.order,
                    found.rank, found.day, None, anomaly_words.anomaly(found), None, None, None, None,
                )  # fmt: skip


@blueprint.get("/etat.pdf")
@allow(Permission.PREVIEW_INVOICES)
def paper() -> Response:
    """The state as a PDF to file with the year's accounts."""
    day = _day_of_address()
    with reading() as session:
        made, issuer = summary(session, day), billing.issuer(session)
    answer = Response(render(_state(made, issuer.name if issuer else "")), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="restes_a_facturer_{day.isoformat()}.pdf"'
    return answer


def _state(made: Summary, issuer: str) -> State:
    whole = StateRow("Total", "", "", _amounts(made.of_stage(stage) for stage in Stage), total=True)
    told = (f"{one.order} ({one.collectivity}) : {anomaly_words.anomaly(one)}" for one in made.anomalies)
    day = formats.day(made.day)
    return State(
        subject=words.TITLE,
        title=words.title(day),
        issuer=issuer,
        method=words.METHOD,
        heads=("Collectivité", "Article", "Exercice", *words.STAGES.values(), "Total"),
        sections=(
            ("Par collectivité, article et exercice", [*(_row(made.names[one.code], one) for one in made.rows), whole]),
            ("Par article et exercice", [*(_row("", one) for one in made.by_article()), whole]),
        ),
        notes_title="Ce qui n’a pas de prix ou retient un ordre",
        notes=list(told),
        foot=words.foot(day, formats.day(clock.today())),
    )


def _row(name: str, one: Sum) -> StateRow:
    return StateRow(name, words.article(one.article), str(one.year), _amounts(one.amounts[stage] for stage in Stage))


def _amounts(nets: Iterable[Decimal]) -> list[str]:
    """The amounts of the stages and their total, as they are written."""
    values = list(nets)
    return [formats.amount(value) for value in [*values, sum(values, ZERO)]]
