"""Works of an order on screen: choosing one from the packages and the grid, one work with its points to check."""

from dataclasses import dataclass
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_entries, order_works, packages
from garage.db.queries import repair_orders as queries
from garage.db.queries.paging import AnyRow
from garage.domain.order_works import CheckResult, WorkState
from garage.domain.permissions import Permission
from garage.domain.tariffs import TariffNature
from garage.french.plain import plain_text
from garage.web import order_room
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.htmx import page_or_fragment
from garage.web.lists import typed
from garage.web.order_lines import open_for_work

_SHOWN: Final = 40
# Ready words, for a tap with gloves on.
REASONS: Final = ("Pièce à commander", "Temps insuffisant", "Accord attendu", "Véhicule repris")


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to add to an order: a package, or a code of the grid in force today."""

    slug: str
    code: str
    label: str
    minutes: int | None
    flat: bool = False
    parts: int = 0
    points: int = 0

    def says(self, words: list[str]) -> bool:
        """Whether its code and label hold every word."""
        text = plain_text(f"{self.code} {self.label}")
        return all(word in text for word in words)


@allow(Permission.WORK_ON_ORDERS)
def choose(number: str) -> ResponseReturnValue:
    """Packages that suit the vehicle, then codes of the grid in force; or words of one's own."""
    text = typed("q")
    with reading() as session:
        order = open_for_work(session, number)
        ready, codes = _packages(session, order), _codes(session)
        postponed = order_works.postponed(session, order.vehicle_id, order.id)
    words = plain_text(text).split()
    ready, codes = ([one for one in choices if one.says(words)] for choices in (ready, codes))
    shown = {"ready": ready[:_SHOWN], "codes": codes[:_SHOWN], "found": len(ready) + len(codes)}
    return page_or_fragment(
        "orders/works.html", "orders/_choices.html", order=order, text=text, postponed=postponed, **shown
    )


def _packages(session: Session, order: AnyRow) -> list[Choice]:
    return [
        Choice("forfait", row.code, row.label, row.standard_minutes, parts=row.parts, points=row.points)
        for row in packages.suiting(session, order.vehicle_id)
    ]


def _codes(session: Session) -> list[Choice]:
    today = clock.today()
    return [
        Choice("code", code, label, None, flat=nature is TariffNature.FLAT)
        for nature in (TariffNature.LABOUR, TariffNature.FLAT)
        for code, label, _ in order_entries.codes(session, nature, (today, today))
    ]


@allow(Permission.READ_ORDERS)
def show(number: str, rank: int) -> str:
    """One work: its points to check, what follows from them, putting it off, taking it away."""
    with reading() as session:
        order = queries.order(session, number)
        work = order_works.one(session, order.id, rank)
        checks = order_works.checks(session, work.id)
        taken_over = order_works.taken_over(session, work.id)
        nature = order_works.nature_of(session, work.code) if work.code else None
    return render_template(
        "orders/work.html",
        order=order,
        work=work,
        checks=checks,
        left=sum(check.result is None for check in checks),
        taken_over=taken_over,
        nature=nature,
        results=list(CheckResult),
        reasons=REASONS,
        writable=person().may(Permission.WORK_ON_ORDERS) and order_room.writable(order),
        open=work.state is WorkState.TODO,
    )
