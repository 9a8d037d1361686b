"""Reads of repair orders for the screens: the list by key, one order whole. Columns, not entities."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, true, union
from sqlalchemy.orm import Session, aliased

from garage.db.models.collectivities import Collectivity
from garage.db.models.invoices import Invoice, LiveBilling, Numbering
from garage.db.models.planning import Assignment
from garage.db.models.repair_orders import OrderLine, OrderStateChange, RepairOrder
from garage.db.models.stock import Part
from garage.db.models.tariffs import TariffGrid, TariffGridLine
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.db.queries.paging import FIRST, AnyRow, AnySelect, Key, Page, cut
from garage.domain.errors.base import NotFound
from garage.domain.repair_orders import OrderState
from garage.domain.tariffs import GridStatus
from garage.french.plain import plain_text

PAGE: Final = 24
MATCHES: Final = 50
_SERIES: Final = "OR"
_NUMBER = re.compile(r"(?:OR)?[- ]*(?:(\d{4})[- ]+)?(\d{1,6})")

_Conditions = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list is asked for; what is not given is not asked for.

    States, a collectivity's code, words to look for, a mechanic's id, the first and last day of opening.
    """

    states: frozenset[OrderState] = frozenset()
    collectivity: str = ""
    text: str = ""
    mechanic: int | None = None
    since: date | None = None
    until: date | None = None

    @property
    def conditions(self) -> _Conditions:
        """What narrows every branch of the list: who worked on it or is to, and when it was opened."""
        found: list[ColumnElement[bool]] = []
        if self.mechanic is not None:
            worked = exists().where(OrderLine.order_id == RepairOrder.id, OrderLine.mechanic_id == self.mechanic)
            meant = exists().where(Assignment.order_id == RepairOrder.id, Assignment.user_id == self.mechanic)
            found.append(worked | meant)
        if self.since is not None:
            found.append(RepairOrder.opened_on >= self.since)
        if self.until is not None:
            found.append(RepairOrder.opened_on <= self.until)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Found:
    """The ways to reach the orders that a search means; `too_many` when it should be made more precise."""

    ways: tuple[ColumnElement[bool], ...]
    too_many: bool = False


def listed() -> AnySelect:
    """The columns of an order in a list, and of its head on its own page."""
    return (
        select(
            RepairOrder.id, RepairOrder.number, RepairOrder.state, RepairOrder.kind, RepairOrder.opened_on,
            RepairOrder.closed_on, RepairOrder.object_label, RepairOrder.reason, RepairOrder.works, RepairOrder.meter,
            RepairOrder.requester, RepairOrder.service, RepairOrder.engagement, RepairOrder.forced_reason,
            RepairOrder.settled_reason, RepairOrder.version, RepairOrder.promised_on, RepairOrder.expected_on,
            RepairOrder.tag, RepairOrder.collectivity_id, RepairOrder.vehicle_id,
            Collectivity.code.label("collectivity_code"), Collectivity.name.label("collectivity"),
            Collectivity.engagement_required, Vehicle.fleet_number, Vehicle.registration, Vehicle.make, Vehicle.model,
            Vehicle.meter_unit, Vehicle.meter.label("vehicle_meter"),
        )
        .join(Collectivity, Collectivity.id == RepairOrder.collectivity_id)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
    )  # fmt: skip


def page(session: Session, wanted: OrderFilter, key: Key = FIRST, size: int = PAGE, found: Found | None = None) -> Page:
    """A page of orders, the newest number first. Each state, vehicle or object asked for is one seek in an index."""
    branches = _branches(session, wanted, found)
    if not branches:
        return Page(())
    ids = list(session.scalars(_picked(branches, key, size + 1)))
    rows = session.execute(listed().where(RepairOrder.id.in_(ids)).order_by(RepairOrder.number.desc())).all()
    return cut(rows, key, size, lambda row: str(row.number))


def _picked(branches: Sequence[_Conditions], key: Key, size: int) -> Select[tuple[int]]:
    """Ids of the first orders of all the branches: at most `size` rows are read in each."""
    number = RepairOrder.number
    parts = []
    for conditions in branches:
        one = select(RepairOrder.id, number.label("number")).where(*conditions)
        if key.value is not None:
            one = one.where(number > key.value if key.backwards else number < key.value)
        cropped = one.order_by(number.asc() if key.backwards else number.desc()).limit(size).subquery()
        parts.append(select(cropped.c.id, cropped.c.number))
    merged = (union(*parts) if len(parts) > 1 else parts[0]).subquery()
    order = merged.c.number.asc() if key.backwards else merged.c.number.desc()
    return select(merged.c.id).order_by(order).limit(size)


def _branches(session: Session, wanted: OrderFilter, found: Found | None) -> list[_Conditions]:
    owner = wanted.conditions
    if wanted.collectivity:
        code = select(Collectivity.id).where(Collectivity.code == wanted.collectivity)
        owner_id = session.scalar(code)
        if owner_id is None:
            return []
        owner = (*owner, RepairOrder.collectivity_id == owner_id)
    if found is not None:
        state = (RepairOrder.state.in_(wanted.states),) if wanted.states else ()
        return [(way, *owner, *state) for way in found.ways]
    if not wanted.states:
        return [owner]
    return [(*owner, RepairOrder.state == state) for state in sorted(wanted.states)]


def find(session: Session, text: str) -> Found | None:
    """The orders, vehicles and objects whose number, plate, fleet number or words hold a text; None without a text."""
    text = " ".join(text.split())
    if not text:
        return None
    vehicles = list(session.scalars(matching_vehicles(text).with_only_columns(Vehicle.id).limit(MATCHES + 1)))
    objects = _matching_objects(session, text)
    ways: list[ColumnElement[bool]] = [RepairOrder.number.in_(numbers_meant(session, text))]
    ways += [RepairOrder.vehicle_id == vehicle for vehicle in vehicles[:MATCHES]]
    ways += [RepairOrder.object_label == label for label in objects[:MATCHES]]
    return Found(tuple(ways), max(len(vehicles), len(objects)) > MATCHES)


def numbers_meant(session: Session, text: str) -> list[str]:
    """What a typed number may mean: itself, or 412 and 2026-412 as OR-2026-00412."""
    numbers = [text, text.upper()]
    if written := _NUMBER.fullmatch(text.upper()):
        years = select(Numbering.year).where(Numbering.series == _SERIES)
        wanted = [int(written[1])] if written[1] else list(session.scalars(years))
        numbers += [f"{_SERIES}-{year:04d}-{int(written[2]):05d}" for year in wanted]
    return numbers


# SQLite lowers plain letters alone; its parser takes no deep nest, so these are the accents of French machines.
_ACCENTED = "éèêàâçôîûÉÈÀÇ"


def matching_vehicles(text: str) -> AnySelect:
    """Vehicles whose plate holds a text, or whose fleet number, make and model hold its words; by fleet number."""
    named = Vehicle.fleet_number + " " + func.coalesce(Vehicle.make, "") + " " + func.coalesce(Vehicle.model, "")
    for accented in _ACCENTED:
        named = func.replace(named, accented, plain_text(accented))
    words = plain_text(text).split()
    wanted = and_(true(), *(func.lower(named).contains(word, autoescape=True) for word in words))
    if compact := re.sub(r"[\s-]", "", text).upper():
        plate = func.replace(func.replace(func.upper(Vehicle.registration), "-", ""), " ", "")
        wanted = wanted | plate.contains(compact, autoescape=True)
    return select(Vehicle).where(wanted).order_by(Vehicle.fleet_number)


def _matching_objects(session: Session, text: str) -> list[str]:
    """Objects already worked on whose words hold every word of a text, accents and case apart."""
    words = plain_text(text).split()
    known = select(RepairOrder.object_label).where(RepairOrder.object_label.is_not(None)).distinct()
    labels = (str(label) for label in session.scalars(known))
    return sorted(label for label in labels if all(word in plain_text(label) for word in words))


def order(session: Session, number: str) -> AnyRow:
    """The head of one order. Raises NotFound."""
    row = session.execute(listed().where(RepairOrder.number == number)).one_or_none() if number.isprintable() else None
    if row is None:
        raise NotFound("order", number)
    return row


def lines(session: Session, order_id: int) -> Sequence[AnyRow]:
    """Every line of an order by rank, with the words of its tariff or part, who did it, and the bill it is on."""
    covering = (
        (TariffGrid.status == GridStatus.PUBLISHED)
        & (TariffGrid.starts_on <= OrderLine.done_on)
        & (TariffGrid.ends_on.is_(None) | (TariffGrid.ends_on > OrderLine.done_on))
    )
    tariff = (TariffGridLine.grid_id == TariffGrid.id) & (TariffGridLine.code == OrderLine.code)
    return session.execute(
        select(
            OrderLine.id, OrderLine.rank, OrderLine.nature, OrderLine.done_on, OrderLine.code, OrderLine.label,
            OrderLine.minutes, OrderLine.quantity, OrderLine.cost, OrderLine.bought_for_order, OrderLine.supplier,
            OrderLine.supplier_invoice, OrderLine.non_billable_reason, Part.reference, Part.label.label("part_label"),
            Part.unit, TariffGridLine.label.label("tariff_label"), TariffGridLine.unit.label("tariff_unit"),
            User.name.label("mechanic"), Invoice.number.label("invoice"),
        )
        .outerjoin(Part, Part.id == OrderLine.part_id)
        .outerjoin(User, User.id == OrderLine.mechanic_id)
        .outerjoin(TariffGrid, covering)
        .outerjoin(TariffGridLine, tariff)
        .outerjoin(LiveBilling, LiveBilling.order_line_id == OrderLine.id)
        .outerjoin(Invoice, Invoice.id == LiveBilling.invoice_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.rank)
    ).all()  # fmt: skip


def history(session: Session, order_id: int) -> Sequence[AnyRow]:
    """The states an order went through, the latest first, and the instant the next one began."""
    change, later = OrderStateChange, aliased(OrderStateChange)
    ended = (
        select(later.at).where(later.order_id == order_id, later.id > change.id).order_by(later.id).limit(1)
    ).scalar_subquery()
    return session.execute(
        select(change.state, change.at, change.reason, User.name.label("actor"), ended.label("ended"))
        .outerjoin(User, User.id == change.actor_id)
        .where(change.order_id == order_id)
        .order_by(change.id.desc())
    ).all()


def next_to_check(session: Session, after: str) -> str | None:
    """The order to check that follows a number, else the oldest one."""
    waiting = select(RepairOrder.number).where(RepairOrder.state == OrderState.TO_CHECK)
    waiting = waiting.order_by(RepairOrder.number).limit(1)
    return session.scalar(waiting.where(RepairOrder.number > after)) or session.scalar(waiting)
