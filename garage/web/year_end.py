"""The end of a year: the fourth quarter's calendar to 31 January, what to decide, and the pages where it is done."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import invoices, settings, year_end
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.domain.settings import BillingSettings
from garage.french import formats
from garage.operations.left_to_bill import summary
from garage.web import carried, paging
from garage.web.access import allow
from garage.web.context import reading, rules

blueprint = Blueprint("year_end", __name__, url_prefix="/cloture-exercice")
_FIRST_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do by a day: what, where it stands, whether it is settled, and the page where it is done."""

    by: date
    what: str
    stands: str
    settled: bool
    link: str
    href: str


def _year(today: date) -> int:
    """The year asked for; else the one being closed: last year's until the end of March."""
    asked = paging.whole(request.args.get("exercice"))
    if asked is not None and 1901 <= asked <= today.year:
        return asked
    return today.year - 1 if today.month <= _FIRST_MONTHS else today.year


@blueprint.get("")
@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """What is left to do for a year, by when; figures come from the pages it leads to."""
    today = clock.today()
    year = _year(today)
    last, limit = date(year, 12, 31), date(year + 1, 1, 31)
    day = min(last, today)
    with reading() as session:
        decided = settings.current(session)
        return render_template(
            "invoicing/year_end.html",
            year=year,
            today=today,
            limit=limit,
            days=(limit - today).days,
            steps=_steps(session, year, decided, today),
            day=day,
            left=summary(session, day),
            sums=carried.sums(session, today, rules(session)),
            credits=year_end.earlier_credits(session, year),
            years=range(today.year, today.year - 3, -1),
        )


def _steps(session: Session, year: int, decided: BillingSettings, today: date) -> list[Step]:
    """The calendar of the fourth quarter, in the order of its days."""
    quarter = Quarter(year, 4)
    last, limit = quarter.last_day, date(year + 1, 1, 31)
    to_check, begun = year_end.to_check(session, last), year_end.begun(session, last)
    ready = sum(one.orders for one in invoices.ready_counts(session) if one.quarter <= quarter)
    untitled, gross = year_end.untitled(session, year)
    run_on = quarter.next.first_day.replace(day=decided.invoicing_day)
    alone = "la tâche planifiée émet" if decided.issues_alone else "la tâche planifiée prépare, vous émettez"
    return [
        Step(
            last,
            "Faire contrôler les ordres terminés",
            _number(to_check, "ordre à contrôler", "ordres à contrôler")
            + (f", {_number(begun, 'ordre encore ouvert', 'ordres encore ouverts')}" if begun else ""),
            not to_check and not begun,
            "Voir ce qui bloque",
            url_for("cockpit.index", trimestre=str(quarter)),
        ),
        Step(
            run_on,
            f"Émettre le {formats.quarter(quarter)}",
            _number(ready, "ordre contrôlé attend", "ordres contrôlés attendent") + f" ; {alone}",
            not ready and quarter.finished_on(today),
            "Préparer le trimestre",
            url_for("invoicing.preview", quarter=str(quarter)),
        ),
        Step(
            limit,
            "Émettre les titres de l’exercice",
            _number(untitled, "facture sans titre", "factures sans titre")
            + (f", {formats.euros(gross)}" if untitled else ""),
            not untitled and quarter.finished_on(today),
            "Voir les recettes",
            url_for("recovery.index"),
        ),
        Step(
            limit,
            "Remettre l’état des restes à facturer au 31 décembre",
            "ce qui manque au 31 janvier est rattaché à l’exercice",
            settled=False,
            link="Ouvrir l’état",
            href=url_for("left_to_bill.index", au=formats.day(min(last, today))),
        ),
    ]


def _number(count: int, one: str, several: str) -> str:
    return f"{formats.count(count)}{formats.NBSP}{one if count < 2 else several}"
