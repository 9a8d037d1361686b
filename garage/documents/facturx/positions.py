"""Lines of a bill as EN 16931 wants them: quantity × price, and the allowance or charge that gives the net.

Amounts of a credit note are turned positive: its type says what it is (EN 16931, type 381).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from garage.documents.style import Ink
from garage.domain.collectivities import VatRegime
from garage.domain.invoices.bill import Bill, BilledLine, BilledOrder, StructureLine
from garage.domain.money import HUNDRED, ZERO, cents
from garage.french import bill as words
from garage.french import units
from garage.french.formats import registration

_HOUR = Decimal(60)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance, or a charge when `charge`, in euros; the free line's is the whole of its price."""

    amount: Decimal
    reason: str
    charge: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """One line: quantity × price ÷ basis, rounded to the cent, less allowances, plus charges, is exactly the net."""

    name: str
    description: str
    code: str
    note: str
    attributes: tuple[tuple[str, str], ...]
    about: str | None
    quantity: Decimal
    unit: str
    price: Decimal
    basis: Decimal | None
    done_on: date | None
    category: str
    rate: Decimal
    net: Decimal
    adjustments: tuple[Adjustment, ...]


def turned(bill: Bill, value: Decimal) -> Decimal:
    """A figure of the bill as the XML has it: those of a credit note kept below zero are written above it."""
    return 0 - value if bill.gross < 0 else value


def category(regime: VatRegime, rate: Decimal) -> str:
    """The VAT category of a rate in a regime (rule M6, UNTDID 5305)."""
    if regime is VatRegime.OUT_OF_SCOPE:
        return "O"
    if rate:
        return "S"
    return "Z" if regime is VatRegime.TAXED else "E"


def positions(bill: Bill, ink: Ink) -> Iterator[Position]:
    """Every line in printed order, structure fees last (rule B10)."""
    for order in bill.orders:
        place = _Place.of(order, ink)
        for line in order.lines:
            yield _of_line(bill, place, line, ink)
    for fee in bill.structure:
        yield _of_fee(bill, fee, ink)


@dataclass(frozen=True, slots=True)
class _Place:
    """What the lines of one order share, in the words of the page."""

    number: str
    note: str
    attributes: tuple[tuple[str, str], ...]
    about: str | None

    @classmethod
    def of(cls, order: BilledOrder, ink: Ink) -> "_Place":
        number, more = ink.clean(order.number), words.order_note(order)
        what = ink.clean(" ".join(filter(None, words.vehicle(order))))
        plate = registration(order.registration) if order.registration else None
        return cls(
            number=number,
            note=f"{number} · {ink.clean(more)}" if more else number,
            attributes=((words.ORDER, number), *(((words.OBJECT, what),) if what else ())),
            about=ink.clean(plate or order.fleet_number or order.object_label or "") or None,
        )


def _of_line(bill: Bill, place: _Place, line: BilledLine, ink: Ink) -> Position:
    timed = line.minutes is not None
    quantity = turned(bill, Decimal(line.minutes) if line.minutes is not None else line.quantity)
    basis = _HOUR if timed else None
    whole, net = cents(quantity * line.unit_price / (basis or 1)), turned(bill, line.net)
    printed = words.HOUR if timed else ink.clean(line.unit)
    details = (words.origin(line), words.cost_basis(line), words.priced_by(line.grid, line.category))
    own_unit = () if timed or not printed or units.known(printed) else ((words.UNIT, printed),)
    return Position(
        name=ink.clean(line.label) or ink.clean(line.code) or place.number,
        description=ink.clean(" · ".join(filter(None, details))),
        code=ink.clean(line.code),
        note=place.note,
        attributes=place.attributes + own_unit,
        about=place.about,
        quantity=quantity,
        unit=units.MINUTE if timed else units.code(printed),
        price=line.unit_price,
        basis=basis,
        done_on=line.done_on,
        category=category(bill.regime, line.vat_rate),
        rate=line.vat_rate,
        net=net,
        adjustments=_adjusted(whole, net, line.non_billable_reason, ink),
    )


def _adjusted(whole: Decimal, net: Decimal, free: str | None, ink: Ink) -> tuple[Adjustment, ...]:
    """What leads from quantity × price to the net: nothing, a gift with its reason (O3), or what remained (B8)."""
    if free is not None and net == 0:
        reason = ink.clean(words.not_billed(free))
        return (Adjustment(abs(whole), reason, charge=whole < 0, whole=True),) if whole else ()
    rest = net - whole
    return (Adjustment(abs(rest), words.REMAINDER, charge=rest > 0),) if rest else ()


def _of_fee(bill: Bill, fee: StructureLine, ink: Ink) -> Position:
    """A fee is so many percent of its base: the percentage is the quantity, the base the price of a hundred (M5)."""
    base, net = turned(bill, fee.base), turned(bill, fee.net)
    if base > 0:
        quantity, unit, price, basis = fee.percent, units.PERCENT, base, HUNDRED
    else:
        quantity, unit, price, basis = Decimal(1 if net >= 0 else -1), units.ONE, abs(net), None
    whole = cents(quantity * price / (basis or 1))
    details = (words.structure_basis(fee), words.priced_by(fee.grid, fee.category))
    return Position(
        name=ink.clean(fee.label) or words.STRUCTURE,
        description=ink.clean(" · ".join(details)),
        code=ink.clean(fee.code),
        note=words.STRUCTURE,
        attributes=(),
        about=None,
        quantity=quantity,
        unit=unit,
        price=price,
        basis=basis,
        done_on=None,
        category=category(bill.regime, fee.vat_rate),
        rate=fee.vat_rate,
        net=net,
        adjustments=_adjusted(whole, net, None, ink),
    )


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Net and VAT of one category and rate, as they were frozen."""

    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal


def breakdown(bill: Bill, lines: list[Position]) -> list[Breakdown]:
    """The groups of the lines with the VAT of the bill's own shares (rule M6): nothing is computed again."""
    vat_of = {share.rate: turned(bill, share.vat) for share in bill.vat_shares}
    nets: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        key = (line.category, line.rate)
        nets[key] = nets.get(key, ZERO) + line.net
    return [
        Breakdown(name, rate, net, vat_of.get(rate, ZERO) if name == "S" else ZERO)
        for (name, rate), net in sorted(nets.items())
    ]
