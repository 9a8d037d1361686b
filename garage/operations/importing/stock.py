"""What an import does to the stock: opening receipts, issues in date order, corrections (rules S2 to S5)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from garage.db.models.stock import StockMovement
from garage.domain.errors.stock import NothingOnHand
from garage.domain.stock import Balance, MovementKind, Span, wider
from garage.french.importing import OPENING_REASON, RETURN_REASON
from garage.french.store import put_off
from garage.operations.importing.known import Values
from garage.operations.importing.report import FaultCode
from garage.operations.importing.state import State
from garage.operations.past_stock import first_day

LineKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a part's row says is on the shelf: quantity, unit cost, and the day when it says one."""

    quantity: Decimal
    cost: Decimal
    day: date | None


@dataclass(frozen=True, slots=True)
class Past:
    """An opening receipt that the database has."""

    id: int
    quantity: Decimal
    cost: Decimal
    day: date


@dataclass(slots=True)
class Book:
    """The stock as the database has it; `issued` is what each line still holds, at its issue cost.

    `days` is what a part won or lost on each day, `moved` the last day that a line moved stock on.
    """

    days: dict[str, dict[date, Decimal]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    moved: dict[int, date] = field(default_factory=dict)
    balances: dict[str, Balance] = field(default_factory=dict)
    openings: dict[str, Past] = field(default_factory=dict)
    movements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    issued: dict[int, tuple[str, Decimal, Decimal]] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A movement to write; with an id, an opening receipt to correct where it stands."""

    part: str
    kind: MovementKind
    quantity: Decimal
    unit_cost: Decimal
    average_cost: Decimal | None
    on_hand: Decimal
    value_change: Decimal
    moved_on: date
    line: LineKey | None = None
    reason: str | None = None
    id: int | None = None
    through: bool = False


def load_book(session: Session, references: dict[int, str]) -> Book:
    """Every movement, in the order they were written, added up."""
    book = Book()
    columns = (
        StockMovement.id, StockMovement.part_id, StockMovement.kind, StockMovement.quantity, StockMovement.unit_cost,
        StockMovement.average_cost, StockMovement.moved_on, StockMovement.order_line_id, StockMovement.reason,
    )  # fmt: skip
    for row in session.execute(select(*columns).order_by(StockMovement.id)):
        part = references[row.part_id]
        before = book.balances.get(part, Balance(Decimal(0), None))
        book.balances[part] = Balance(before.on_hand + row.quantity, row.average_cost)
        book.movements[part] += 1
        book.days[part][row.moved_on] += row.quantity
        if row.kind in (MovementKind.RECEIPT, MovementKind.PRICE):
            book.spans[part] = wider(book.spans.get(part), row.unit_cost)
        if row.order_line_id is not None:
            held = book.issued.get(row.order_line_id, (part, Decimal(0), row.unit_cost))
            book.issued[row.order_line_id] = (part, held[1] - row.quantity, row.unit_cost)
            book.moved[row.order_line_id] = max(row.moved_on, book.moved.get(row.order_line_id, row.moved_on))
        elif row.kind is MovementKind.RECEIPT and row.reason == OPENING_REASON:
            book.openings[part] = Past(row.id, row.quantity, row.unit_cost, row.moved_on)
    return book


class Replay:
    """Plays receipts then issues of each day over the present stock; what goes beyond it is a fault of its line."""

    def __init__(self, state: State, book: Book) -> None:
        self._state = state
        self._book = book
        self.planned: list[Planned] = []

    def run(self, openings: dict[str, Opening], lines: list[LineKey], default_day: date) -> list[Planned]:
        """The movements to write, in the order of the days, then order numbers by code point, then ranks."""
        for key in lines:
            self._take_back(key)
        receipts = [receipt for part, opening in openings.items() for receipt in self._receipt(part, opening)]
        issues = [
            (row["done_on"], 1, key[0], key[1], row)
            for key in lines
            if (row := self._state.lines.find(key)) is not None and row["part"] is not None
        ]
        events = [((day or default_day), 0, part, 0, receipt) for part, day, receipt in receipts]
        for day, kind, name, rank, what in sorted([*events, *issues], key=lambda event: event[:4]):
            if kind == 0 and isinstance(what, tuple):
                self._receive(name, day, what)
            elif isinstance(what, dict):
                self._issue((name, rank), what)
        return self.planned

    def _balance(self, part: str) -> Balance:
        return self._book.balances.get(part, Balance(Decimal(0), None))

    def _take_back(self, key: LineKey) -> None:
        """A known line that changes gives back what it holds, at its issue cost (rule S5)."""
        present = self._state.lines.present.get(key)
        part, held, cost = self._book.issued.get(present["id"] if present else 0, ("", Decimal(0), Decimal(0)))
        if present is not None and held > 0:
            if self._frozen(present["done_on"]):
                self._state.lines.refuse(key, FaultCode.FROZEN_YEAR, "date", year=self._state.frozen_year)
                return
            after = self._balance(part).receive(held, cost).within(self._book.spans.get(part))
            day = max(present["done_on"], self._book.moved[present["id"]])
            self._plan(part, MovementKind.RETURN, (held, cost), after, day, line=key, reason=RETURN_REASON)

    def _receipt(self, part: str, opening: Opening) -> Iterator[tuple[str, date | None, tuple[Opening, int | None]]]:
        """An opening receipt that is new, or differs from the one we have; it stays when stock moved since."""
        past = self._book.openings.get(part)
        if past is None:
            self._state.parts.touch(part)
            yield part, opening.day, (opening, None)
            return
        differing = [
            column
            for column, given, kept in (
                ("quantite", opening.quantity, past.quantity),
                ("cout_unitaire", opening.cost, past.cost),
                ("date", opening.day or past.day, past.day),
            )
            if given != kept
        ]
        if not differing:
            return
        if self._book.movements[part] > 1:
            data = {"quantity": past.quantity, "cost": past.cost, "day": past.day}
            self._state.parts.refuse(part, FaultCode.OPENING_USED, differing[0], **data)
            return
        if self._frozen(past.day):
            self._state.parts.refuse(part, FaultCode.FROZEN_YEAR, differing[0], year=self._state.frozen_year)
            return
        self._state.parts.touch(part)
        self._book.balances[part] = Balance(Decimal(0), None)
        self._book.days[part].clear()
        yield part, opening.day or past.day, (opening, past.id)

    def _receive(self, part: str, day: date, what: tuple[Opening, int | None]) -> None:
        opening, past_id = what
        if self._frozen(day):
            self._state.parts.refuse(part, FaultCode.FROZEN_YEAR, "date", year=self._state.frozen_year)
            return
        after = self._balance(part).receive(opening.quantity, opening.cost)
        moved = (opening.quantity, opening.cost)
        self._plan(part, MovementKind.RECEIPT, moved, after, day, reason=OPENING_REASON, id=past_id)

    def _issue(self, key: LineKey, row: Values) -> None:
        part, quantity, day = row["part"], row["quantity"], row["done_on"]
        before = self._balance(part)
        if self._frozen(day):
            self._state.lines.refuse(key, FaultCode.FROZEN_YEAR, "date", year=self._state.frozen_year)
            return
        if row["bought_for_order"]:
            average = row["cost"] if before.average_cost is None else before.average_cost
            for kind, moved in ((MovementKind.RECEIPT, quantity), (MovementKind.ISSUE, -quantity)):
                there = Balance(self._balance(part).on_hand + moved, average)
                self._plan(part, kind, (moved, row["cost"]), there, day, line=key, through=True)
            return
        if self._state.parts.excused(part):
            return
        try:
            after = before.take(quantity, part)
        except NothingOnHand:
            data = {"on_hand": before.on_hand, "wanted": quantity, "part": part}
            self._state.lines.refuse(key, FaultCode.BEYOND_STOCK, "quantite", **data)
            return
        cost = before.average_cost or Decimal(0)
        first = first_day(self._book.days[part], before.on_hand, quantity, day)
        reason = None if first == day else put_off(None, day)
        self._plan(part, MovementKind.ISSUE, (-quantity, cost), after, first, line=key, reason=reason)
        self._state.lines.touch(key, cost=cost)

    def _frozen(self, day: date) -> bool:
        return self._state.frozen_year is not None and day.year <= self._state.frozen_year

    def _plan(
        self, part: str, kind: MovementKind, moved: tuple[Decimal, Decimal], after: Balance, day: date, **more: Any
    ) -> None:
        change = after.worth - self._balance(part).worth
        self._book.balances[part] = after
        self._book.days[part][day] += moved[0]
        self.planned.append(Planned(part, kind, *moved, after.average_cost, after.on_hand, change, day, **more))
