"""«Ma journée»: what a mechanic lands on. What to take up again, what is his and ready, what else he may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import my_day as queries
from garage.db.queries import work_time
from garage.db.queries.paging import AnyRow
from garage.domain.permissions import Permission
from garage.web import clocks
from garage.web.access import allow, person
from garage.web.context import reading
from garage.web.work_choices import activities

blueprint = Blueprint("my_day", __name__)

# Words shown on a card before «et 3 autres».
WORKS: Final = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """What the address asks for: mine and ready, mine that waits, or all the workshop's."""

    everybody: bool
    waiting: bool


def _asked() -> Shown:
    everybody = request.args.get("tout") == "1"
    return Shown(everybody, not everybody and request.args.get("attente") == "1")


def _rows(session: Session, shown: Shown) -> Sequence[AnyRow]:
    me, today = person().id, clock.today()
    if shown.everybody:
        return queries.everybody_s(session, me, today)
    return queries.mine(session, me, today, queries.WAITING if shown.waiting else queries.READY)


def _in_hand(session: Session, running: AnyRow | None) -> AnyRow | None:
    """The card that comes first: the order whose clock runs, else the last one that was left and goes on."""
    row = running or work_time.last_on_an_order(session, person().id)
    if row is None or row.order_id is None:
        return None
    card = queries.one(session, person().id, clock.today(), row.order_id)
    return card if card is not None and card.state in queries.READY else None


@blueprint.get("/ma-journee")
@allow(Permission.WORK_ON_ORDERS)
def index() -> str:
    """My day."""
    shown, now = _asked(), clock.now()
    with reading() as session:
        running = work_time.running(session, person().id)
        first = _in_hand(session, running) if not shown.waiting else None
        found = _rows(session, shown)
        cards = [row for row in found[: queries.SHOWN] if first is None or row.id != first.id]
        ids = [row.id for row in (*cards, *([first] if first is not None else []))]
        works = queries.works_to_do(session, ids)
        waiting = queries.waiting_count(session, person().id, clock.today())
        asked = clocks.questions(session, person().id, now)
    return render_template(
        "work_time/my_day.html",
        first=first,
        cards=cards,
        works=works,
        most=WORKS,
        shown=shown,
        waiting=waiting,
        running=clocks.running(running, now) if running is not None else None,
        questions=asked,
        activities=activities(),
        more=len(found) > queries.SHOWN,
        today=clock.today(),
        scan=url_for("scan.index") if "scan.index" in current_app.view_functions else None,
    )
