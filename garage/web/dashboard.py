"""The head's day: what waits first, then today's work of each, the load of the week, the closing of the quarter."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Blueprint, current_app, render_template, url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import cockpit, questions
from garage.db.queries import dashboard as queries
from garage.db.queries import planning as plans
from garage.domain.errors.base import NotFound
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.domain.planning import Week
from garage.domain.repair_orders import OrderState
from garage.operations import entries, invoicing_run
from garage.web.access import allow
from garage.web.context import reading, rules
from garage.web.order_states import WORDS
from garage.web.planning_board import Board, Card, board

blueprint = Blueprint("dashboard", __name__, url_prefix="/tableau-de-bord")

_MINE: Final = "dashboard.orders"
_CLOCKS: Final = "chronos-oublies"
_LISTS: Final = {
    "promis-en-retard": ("Ordres promis en retard", queries.promised_late),
    "pieces-en-retard": ("Pièces attendues en retard", queries.parts_late),
}


@dataclass(frozen=True, slots=True)
class Todo:
    """A count that is a link to what it counts; without a page to open, the count alone."""

    count: int
    one: str
    several: str
    href: str | None

    @property
    def text(self) -> str:
        """What is counted."""
        return self.one if self.count < 2 else self.several


def _link(endpoint: str, **words: Any) -> str | None:
    return url_for(endpoint, **words) if endpoint in current_app.view_functions else None


def _todo(count: int, words: tuple[str, str], endpoint: str, **values: Any) -> Todo:
    return Todo(count, *words, _link(endpoint, **values))


def _state(state: OrderState) -> dict[str, str]:
    return {"etat": WORDS[state]}


def _todos(found: queries.Counts, held: int, asked: int) -> list[Todo]:
    """In the order in which a head looks at them: people outside first, then what stands still, then the rest."""
    return [
        _todo(found.requests, ("demande à accepter", "demandes à accepter"), "requests.index"),
        _todo(asked, ("question sans réponse", "questions sans réponse"), "questions.index"),
        _todo(
            found.to_check, ("ordre à contrôler", "ordres à contrôler"), "orders.index", **_state(OrderState.TO_CHECK)
        ),
        _todo(found.blocked, ("ordre bloqué", "ordres bloqués"), "orders.index", **_state(OrderState.BLOCKED)),
        _todo(
            found.promised_late, ("ordre promis en retard", "ordres promis en retard"), _MINE, slug="promis-en-retard"
        ),
        _todo(
            found.parts_late,
            ("pièce attendue en retard", "pièces attendues en retard"),
            _MINE,
            slug="pieces-en-retard",
        ),
        _todo(held, ("saisie à vérifier", "saisies à vérifier"), "held.index"),
        _todo(found.clocks, ("chrono oublié", "chronos oubliés"), _MINE, slug=_CLOCKS),
        _todo(found.low_stock, ("pièce en stock bas", "pièces en stock bas"), "stock.index", pieces="stock-bas"),
        _todo(found.costs_awaited, ("coût attendu", "coûts attendus"), "orders.expected"),
        _todo(found.unmatched, ("ligne à rapprocher", "lignes à rapprocher"), "unmatched.index"),
    ]


@blueprint.get("")
@allow(Permission.MANAGE_WORKSHOP)
def index() -> str:
    """What waits for the head, now."""
    today, now = clock.today(), clock.now()
    with reading() as session:
        counts = queries.counts(session, now, today)
        todos = _todos(counts, entries.waiting(session), questions.open_count(session))
        week = board(session, Week.of(today), today)
        waiting = plans.unplanned(session, today)
    return render_template(
        "dashboard/index.html",
        today=today,
        todos=todos,
        left=sum(1 for todo in todos if todo.count),
        todays=_todays(week, today),
        week=week,
        waiting=min(len(waiting), plans.WAITING),
        more=len(waiting) > plans.WAITING,
        quarter=Quarter.of(today),
        closing=_link("cockpit.index"),
    )


def _todays(week: Board, today: date) -> list[tuple[str, list[Card]]]:
    """Who has orders today, by name; nobody is shown with nothing."""
    held = [
        (line.person.name, [card for cell in line.cells if cell.day == today for card in cell.cards if card.left])
        for line in week.lines
    ]
    return [(name, cards) for name, cards in held if cards]


@blueprint.get("/cloture")
@allow(Permission.MANAGE_WORKSHOP)
def closing() -> str:
    """How many orders the quarter cannot bill yet: read after the page, for it prices the whole quarter."""
    quarter = Quarter.of(clock.today())
    with reading() as session:
        count = _not_billable(session, quarter)
    return render_template("dashboard/_closing.html", count=count, quarter=quarter, closing=_link("cockpit.index"))


def _not_billable(session: Session, quarter: Quarter) -> int:
    stuck = {row.number for row in cockpit.unfinished(session, quarter.last_day)}
    for composition in invoicing_run.preview(session, quarter, rules(session)):
        stuck |= {found.order for found in composition.anomalies}
    return len(stuck)


@blueprint.get("/<slug>")
@allow(Permission.MANAGE_WORKSHOP)
def orders(slug: str) -> str:
    """The orders, or the clocks, behind one count."""
    today = clock.today()
    if slug == _CLOCKS:
        with reading() as session:
            rows = queries.clocks(session, clock.now(), today)
        return render_template("dashboard/clocks.html", rows=rows)
    if slug not in _LISTS:
        raise NotFound("page", slug)
    title, condition = _LISTS[slug]
    wanted: ColumnElement[bool] = condition(today)
    with reading() as session:
        rows = queries.orders(session, wanted)
    return render_template(
        "dashboard/orders.html",
        title=title,
        slug=slug,
        rows=rows[: queries.MOST],
        more=len(rows) > queries.MOST,
        today=today,
    )
