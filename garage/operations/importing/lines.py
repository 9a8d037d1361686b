"""lignes.csv: hours, flat prices, parts and external work of the orders (rules O3, T3)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from garage.domain.repair_orders import LineNature, OrderState
from garage.domain.tariffs import TariffNature
from garage.operations.importing import tariffs, values
from garage.operations.importing.cells import Cells, Field
from garage.operations.importing.conventions import covered
from garage.operations.importing.files import Table
from garage.operations.importing.known import Values
from garage.operations.importing.layout import normal
from garage.operations.importing.report import FaultCode, Finding, WarningCode
from garage.operations.importing.state import State, person_key
from garage.operations.importing.stock import LineKey

_NATURES = values.words_of(LineNature, "main_oeuvre forfait piece externe")
_PRICED_BY = {
    LineNature.LABOUR: TariffNature.LABOUR,
    LineNature.FLAT: TariffNature.FLAT,
    LineNature.EXTERNAL: TariffNature.EXTERNAL,
}
_FRENCH_NATURE = {nature: word for word, nature in tariffs.NATURES.items()}


def _reason(cell: str) -> str:
    """Why a line is not billed, in words: oui or non is no reason."""
    if normal(cell) in ("oui", "non", "0", "1", "x"):
        raise values.BadCell(FaultCode.REASON_EXPECTED)
    return values.text(500)(cell)


_FIELDS = (
    Field("label", "libelle", values.text(500)),
    Field("supplier", "fournisseur", values.text(200)),
    Field("supplier_invoice", "facture_fournisseur", values.text(100)),
    Field("non_billable_reason", "non_facturable", _reason),
)
_DEFAULTS: dict[str, Any] = {field.attribute: field.default for field in _FIELDS} | {
    "code": None, "part": None, "mechanic": None, "minutes": None, "quantity": None, "cost": None,
    "bought_for_order": False,
}  # fmt: skip
# What a change of makes a part line give back its stock and issue anew.
_MOVES_STOCK = frozenset({"nature", "part", "quantity", "bought_for_order", "done_on", "cost"})
_DAY = 24 * 60


class Lines:
    """Reads the file row by row with the codes of every published grid at hand."""

    def __init__(self, state: State, table: Table) -> None:
        self._state = state
        self._table = table
        self._codes = tariffs.codes_by_nature(state)
        self._excused = tariffs.excused_codes(state)
        self._no_code_column = False
        self.first_day: date | None = None

    def read(self) -> None:
        """Every row; then what rests on bills, cancelled orders, and days of more than 24 hours."""
        for cells in self._state.rows(self._table):
            self._read_row(cells)
        self._check_frozen()
        self._warn_of_long_days()

    def moving(self) -> list[LineKey]:
        """Good lines that move stock: new part lines, and known ones whose part, quantity, day or cost changes."""
        lines = self._state.lines
        new = [key for key, row in lines.created.items() if row["part"] is not None]
        changed = [key for key, changes in lines.updated.items() if self._moves(key, set(changes))]
        return [*new, *changed]

    def _moves(self, key: LineKey, changes: set[str]) -> bool:
        """Whether changes move stock; another day alone moves none of a part bought for the order."""
        bought = self._state.lines.present[key]["bought_for_order"]
        return bool(changes & (_MOVES_STOCK - {"done_on"} if bought else _MOVES_STOCK))

    def _read_row(self, cells: Cells) -> None:
        state = self._state
        number, rank = cells.need("ordre", values.text(30)), cells.need("rang", values.rank)
        order = state.orders.refer(number, cells, "ordre", FaultCode.UNKNOWN_ORDER)
        nature, done_on = cells.need("nature", values.word(_NATURES)), cells.need("date", values.day)
        if done_on is not None:
            self._note_day(cells, done_on)
        row: Values = {"order": number, "rank": rank, "nature": nature, "done_on": done_on, **cells.collect(_FIELDS)}
        if nature is not None:
            row |= self._what(cells, nature)
        if cells.has("mecanicien"):
            row["mechanic"] = self._mechanic(cells)
        if number is not None and rank is not None:
            kept = state.lines.settle((number, rank), cells, "rang", row, _DEFAULTS)
            if kept and order is not None:
                self._warn((number, rank), cells, order)

    def _note_day(self, cells: Cells, done_on: date) -> None:
        if done_on > self._state.today:
            cells.fault(FaultCode.IN_FUTURE, "date", today=self._state.today)
        elif self.first_day is None or done_on < self.first_day:
            self.first_day = done_on

    def _what(self, cells: Cells, nature: LineNature) -> Values:
        """Code or part, time or quantity, and the cost where the nature has one."""
        row: Values = {"code": None, "part": None, "minutes": None, "quantity": None}
        if nature is LineNature.LABOUR:
            row["minutes"] = self._minutes(cells)
        elif nature is LineNature.EXTERNAL and not cells.raw("quantite"):
            row["quantity"] = Decimal(1)
        else:
            row["quantity"] = cells.need("quantite", values.quantity)
        if nature is LineNature.PART:
            row["part"] = self._code(cells, nature, values.text(50))
            self._state.parts.refer(row["part"], cells, "code", FaultCode.UNKNOWN_PART)
        else:
            row["code"] = self._tariff_code(cells, nature)
        return row | self._cost(cells, nature)

    def _minutes(self, cells: Cells) -> int | None:
        found = cells.need("quantite", values.minutes)
        if found is None:
            return None
        if not found[1]:
            cells.warn(WarningCode.ROUNDED_MINUTES, "quantite", minutes=found[0])
        return found[0]

    def _code(self, cells: Cells, nature: LineNature, parse: Callable[[str], str]) -> str | None:
        """A code that only external work may lack; a file without the column says so once."""
        if nature is LineNature.EXTERNAL:
            return cells.read("code", parse)
        if cells.has("code"):
            return cells.need("code", parse)
        cells.fine = False
        if not self._no_code_column:
            self._no_code_column = True
            self._state.findings.add(Finding(FaultCode.MISSING_COLUMN, self._table.layout.name, 1, "code"))
        return None

    def _tariff_code(self, cells: Cells, nature: LineNature) -> str | None:
        """A code that some published grid has under this nature (rule T3)."""
        code = self._code(cells, nature, values.code)
        wanted = _PRICED_BY[nature]
        if code is None or wanted in self._codes.get(code, ()):
            return code
        if self._state.tariffs.blind or code in self._excused:
            return code
        if known := self._codes.get(code):
            words = ", ".join(sorted(_FRENCH_NATURE[other] for other in known))
            cells.fault(FaultCode.CODE_OF_ANOTHER_NATURE, "code", natures=words, wanted=_FRENCH_NATURE[wanted])
        else:
            cells.fault(FaultCode.UNKNOWN_TARIFF_CODE, "code", wanted=_FRENCH_NATURE[wanted])
        return code

    def _cost(self, cells: Cells, nature: LineNature) -> Values:
        """The price of external work; a part's own cost makes it bought for the order, else it has the CUMP (S3)."""
        cost = cells.read("cout_unitaire", values.cost)
        if nature in (LineNature.LABOUR, LineNature.FLAT):
            if cost is not None:
                cells.warn(WarningCode.COST_NOT_KEPT, "cout_unitaire")
            return {"cost": None, "bought_for_order": False}
        if not cells.has("cout_unitaire"):
            return {}
        if nature is LineNature.EXTERNAL:
            return {"cost": cost, "bought_for_order": False}
        bought = bool(cells.raw("cout_unitaire"))
        return {"bought_for_order": bought} | ({"cost": cost} if bought else {})

    def _mechanic(self, cells: Cells) -> str | None:
        """Who did it, by name; somebody unknown becomes a person without sign-in."""
        name = cells.read("mecanicien", values.text(200))
        if name is None:
            return None
        key = person_key(name)
        if key not in self._state.mechanics:
            self._state.new_mechanics.setdefault(key, " ".join(name.split()))
        return key

    def _warn(self, key: LineKey, cells: Cells, order: Values) -> None:
        row = self._state.lines.find(key) or {}
        done_on, closed = row["done_on"], order["closed_on"]
        if done_on < order["opened_on"] or (closed is not None and done_on > closed):
            cells.warn(WarningCode.LINE_OUTSIDE_ORDER, "date", opened=order["opened_on"], closed=closed)
        if not covered(self._state, order["collectivity"], done_on):
            cells.warn(WarningCode.LINE_WITHOUT_CONVENTION, "date", collectivity=order["collectivity"])
        if row["nature"] is LineNature.LABOUR and row["mechanic"] is None:
            cells.warn(WarningCode.LABOUR_WITHOUT_MECHANIC, "mecanicien")
        if row["nature"] is LineNature.EXTERNAL and row["cost"] is None:
            cells.warn(WarningCode.EXTERNAL_WITHOUT_COST, "cout_unitaire")

    def _check_frozen(self) -> None:
        """A billed line is read-only for ever, a cancelled order takes no line (rule O2); a new one may reopen."""
        state = self._state
        for key in list(state.lines.updated):
            if state.lines.present[key]["id"] in state.billed.lines:
                state.lines.refuse(key, FaultCode.LINE_BILLED)
        for key in [*state.lines.created, *state.lines.updated]:
            order = state.orders.present.get(key[0])
            if order is not None and order["state"] is OrderState.CANCELLED:
                state.lines.refuse(key, FaultCode.ORDER_CANCELLED, "ordre")

    def _warn_of_long_days(self) -> None:
        """Once per mechanic and day beyond 24 hours, lines of the database counted, at its last line in the file."""
        lines = self._state.lines
        worked: dict[tuple[str, date], int] = defaultdict(int)
        last: dict[tuple[str, date], LineKey] = {}
        for key in lines.all().keys() | lines.cells.keys():
            row = lines.find(key)
            if row is None or row["mechanic"] is None or row["minutes"] is None:
                continue
            day = (row["mechanic"], row["done_on"])
            worked[day] += row["minutes"]
            if key in lines.cells:
                last[day] = max(key, last.get(day, key), key=lambda one: lines.cells[one].line)
        for day, key in last.items():
            if worked[day] > _DAY:
                lines.cells[key].warn(WarningCode.DAY_OVER_24_HOURS, "mecanicien", day=day[1], minutes=worked[day])


def reopen_orders(state: State) -> None:
    """An order billed whole that gets a line is `done` again for its complement; one not begun is begun (rule O2)."""
    for number in {key[0] for key in state.lines.created}:
        order = state.orders.present.get(number)
        if order is None:
            continue
        changes: Values = {"settled_at": None, "settled_reason": None}
        if order["state"] is OrderState.INVOICED:
            changes["state"] = OrderState.DONE
        elif order["state"] in (OrderState.REQUESTED, OrderState.PLANNED, OrderState.DRAFT):
            changes["state"] = OrderState.IN_PROGRESS
        state.orders.touch(number, **{"state": order["state"], **changes, **state.orders.updated.get(number, {})})
