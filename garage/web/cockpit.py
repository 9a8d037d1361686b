"""The closing cockpit: every order that cannot be billed this quarter, why, who has it in hand, and what mends it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import cockpit as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError
from garage.domain.invoices.composition import anomaly_place
from garage.domain.invoices.pricing import Anomaly, AnomalyCode
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.domain.repair_orders import OrderState
from garage.french import cockpit as words
from garage.french import formats
from garage.french.anomalies import anomaly
from garage.french.labels import label
from garage.operations import invoicing_run
from garage.web.access import allow, person
from garage.web.context import reading, rules
from garage.web.csv_export import Cell, csv_response
from garage.web.lists import typed
from garage.web.mending import mend

blueprint = Blueprint("cockpit", __name__, url_prefix="/cloture")
_HEADER = ("Ordre", "État", "Collectivité", "Véhicule ou objet", "Motif", "Depuis le", "Qui")
_RECENT = 3


@dataclass(frozen=True, slots=True)
class Blocker:
    """One order that cannot be billed: the reason in words, since when, who, and the button that mends it."""

    order: AnyRow
    group: str
    reason: str
    since: date | None
    who: str
    button: str
    href: str


@dataclass(frozen=True, slots=True)
class Ready:
    """What the quarter would bill now, orders counted, and those carried under the floor (rule B4)."""

    orders: int
    bills: int
    carried: int


def _quarter() -> Quarter:
    try:
        return Quarter.parse(typed("trimestre"))
    except GarageError:
        return Quarter.of(clock.today())


@blueprint.get("")
@allow(Permission.CHECK_ORDERS, Permission.PREVIEW_INVOICES)
def index() -> ResponseReturnValue:
    """The blockers of a quarter, those of the same kind together."""
    quarter, today = _quarter(), clock.today()
    with reading() as session:
        blockers, ready = _of(session, quarter)
    counted = Counter(blocker.group for blocker in blockers)
    return render_template(
        "cockpit/index.html",
        quarter=quarter,
        quarters=_around(Quarter.of(today)),
        blockers=blockers,
        groups=[(name, count, formats.count(count)) for name, count in counted.items()],
        ready=ready,
        today=today,
    )


@blueprint.get("/export.csv")
@allow(Permission.CHECK_ORDERS, Permission.PREVIEW_INVOICES)
def table() -> ResponseReturnValue:
    """The same, for a spreadsheet."""
    quarter = _quarter()
    with reading() as session:
        blockers, _ = _of(session, quarter)
    return csv_response(f"cloture_{quarter}_{clock.today().isoformat()}.csv", _HEADER, _rows(blockers))


def _rows(blockers: list[Blocker]) -> Iterator[tuple[Cell, ...]]:
    for one in blockers:
        order = one.order
        thing = order.object_label or order.registration or order.fleet_number
        yield order.number, label(order.state), order.collectivity, thing, one.reason, one.since, one.who


def _around(present: Quarter) -> list[Quarter]:
    quarters = [present]
    for _ in range(_RECENT):
        quarters.append(quarters[-1].previous)
    return quarters


def _of(session: Session, quarter: Quarter) -> tuple[list[Blocker], Ready]:
    open_ones = [_unfinished(row) for row in queries.unfinished(session, quarter.last_day)]
    anomalies: list[Anomaly] = []
    orders = bills = carried = 0
    for composition in invoicing_run.preview(session, quarter, rules(session)):
        anomalies += composition.anomalies
        bills += len(composition.bills)
        orders += sum(len(bill.orders) for bill in composition.bills)
        carried += sum(len(bill.orders) for bill in composition.carried)
    heads = queries.heads(session, sorted({one.order for one in anomalies}))
    by_order = groupby(sorted(anomalies, key=anomaly_place), key=lambda one: one.order)
    checked = [_left_out(heads[number], list(found)) for number, found in by_order]
    blockers = sorted([*open_ones, *checked], key=lambda one: (one.group, one.who, one.order.number))
    return blockers, Ready(orders, bills, carried)


def _unfinished(order: AnyRow) -> Blocker:
    heads = person().may(Permission.CHECK_ORDERS)
    to_check = order.state is OrderState.TO_CHECK
    since: datetime | None = order.since
    endpoint = "orders.check" if to_check and heads else "orders.show"
    return Blocker(
        order,
        label(order.state),
        words.unfinished(order.state),
        clock.paris_day(since) if since else None,
        words.HEAD if to_check else order.hand or words.HEAD,
        words.button(order.state) if heads else words.OPEN,
        url_for(endpoint, number=order.number),
    )


def _left_out(order: AnyRow, found: list[Anomaly]) -> Blocker:
    """An order is shown once; its first anomaly names the kind and the person, every one is told."""
    first = found[0]
    told = [anomaly(one) if one.rank is None else words.on_line(one.rank, anomaly(one)) for one in found]
    return Blocker(
        order,
        words.GROUPS[first.code],
        " ".join(dict.fromkeys(told)),
        order.closed_on,
        words.ACCOUNTING if first.code in _FOR_ACCOUNTING else words.HEAD,
        *_remedy(order, first),
    )


_FOR_ACCOUNTING = frozenset(
    {
        AnomalyCode.NO_CONVENTION,
        AnomalyCode.NO_GRID,
        AnomalyCode.NO_TARIFF_LINE,
        AnomalyCode.MISSING_SIRET,
        AnomalyCode.MISSING_CODE_SERVICE,
        AnomalyCode.BAD_SIRET,
        AnomalyCode.LONG_NAME,
        AnomalyCode.LONG_ADDRESS,
    }
)


def _remedy(order: AnyRow, found: Anomaly) -> tuple[str, str]:
    """The button, and the page where it is put right: a collectivity's for accounting."""
    if person().may(Permission.ISSUE_INVOICES):
        button, address, _ = mend(found)
        return button, address
    both = found.code is AnomalyCode.OPEN_QUESTION
    button = words.REMEDIES[found.code] if both or person().may(Permission.CHECK_ORDERS) else words.OPEN
    return button, _mend(order, found)


def _mend(order: AnyRow, found: Anomaly) -> str:
    """The page where the workshop puts it right."""
    if found.code is AnomalyCode.OPEN_QUESTION:
        return url_for("questions.index")
    heads = person().may(Permission.CHECK_ORDERS)
    if found.code is AnomalyCode.NO_COST and found.rank is not None and heads:
        return url_for("orders.cost", number=order.number, rank=found.rank)
    if found.code in (AnomalyCode.MISSING_ENGAGEMENT, AnomalyCode.LONG_ENGAGEMENT) and heads:
        return url_for("orders.change", number=order.number)
    return url_for("orders.show", number=order.number)
