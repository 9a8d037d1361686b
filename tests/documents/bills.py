"""Small builders of bills for the tests of documents: frozen values made by hand, priced by the rules of rounding."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from garage.domain.collectivities import Category, VatRegime
from garage.domain.invoices.bill import (
    Bill,
    BilledLine,
    BilledNature,
    BilledOrder,
    BillKind,
    ConventionCited,
    GridCited,
    Party,
    StructureLine,
    VatShare,
)
from garage.domain.money import ZERO, cents, percent_of, with_markup
from garage.domain.periods import Quarter

GRID = "Tarifs 2026"
ISSUER = Party(
    "CCVB",
    "Communauté de communes du Val Brumeux",
    "Hôtel communautaire\n12, rue de l’Écluse",
    "29000",
    "Port-Brumeux",
    "242900801",
    "24290080100018",
)
ADDRESSEE = Party(
    "SAINT-OUEN",
    "Commune de Saint-Ouen-sur-Brume",
    "Mairie\n1, place de la Liberté",
    "29990",
    "Saint-Ouen-sur-Brume",
    "212900013",
    "21290001300013",
)
CONVENTION = ConventionCited(
    "CONV-2024-07", "art. L. 5111-1 du CGCT", date(2024, 1, 15), date(2024, 2, 1), Category.PARTNER
)
DELIBERATION = GridCited(GRID, date(2026, 1, 1), "2025-12-118", date(2025, 12, 16))


def labour(minutes: int = 190, price: str = "52.0000", **changes: Any) -> BilledLine:
    """Work by the hour (rule M1)."""
    line = BilledLine(
        rank=1,
        done_on=date(2026, 7, 3),
        nature=BilledNature.LABOUR,
        code="MO-VL",
        label="Main-d’œuvre véhicules légers",
        minutes=minutes,
        quantity=cents(Decimal(minutes) / 60),
        unit="h",
        unit_price=Decimal(price),
        net=cents(Decimal(minutes) * Decimal(price) / 60),
        vat_rate=Decimal("0.00"),
        grid=GRID,
        category=Category.PARTNER,
        cost=None,
        percent=None,
        supplier=None,
        supplier_invoice=None,
        non_billable_reason=None,
    )
    return replace(line, **changes)


def flat(quantity: str = "1.000", price: str = "35.0000", **changes: Any) -> BilledLine:
    """A flat rate (rule M2)."""
    made = {
        "nature": BilledNature.FLAT,
        "code": "FORF-CT",
        "label": "Passage au contrôle technique",
        "minutes": None,
        "quantity": Decimal(quantity),
        "unit": "unité",
        "unit_price": Decimal(price),
        "net": cents(Decimal(quantity) * Decimal(price)),
    }
    return replace(labour(), **{**made, **changes})


def part(quantity: str = "1.000", cost: str = "12.4000", percent: str = "10.00", **changes: Any) -> BilledLine:
    """A part at cost plus a percentage (rule M3)."""
    price = with_markup(Decimal(cost), Decimal(percent))
    made = {
        "nature": BilledNature.PART,
        "code": "FH-1234",
        "label": "Filtre à huile",
        "unit": "pièce",
        "unit_price": price,
        "net": cents(Decimal(quantity) * price),
        "cost": Decimal(cost),
        "percent": Decimal(percent),
    }
    return replace(flat(quantity), **{**made, **changes})


def external(cost: str = "240.0000", percent: str = "5.00", **changes: Any) -> BilledLine:
    """Work bought outside (rule M4)."""
    made = {
        "nature": BilledNature.EXTERNAL,
        "code": "EXT",
        "label": "Réfection du radiateur",
        "supplier": "Atelier du Radiateur",
        "supplier_invoice": "2026-118",
    }
    return replace(part("1.000", cost, percent), **{**made, **changes})


def free(line: BilledLine, reason: str = "garantie constructeur") -> BilledLine:
    """The same line, not billed (rule O3)."""
    return replace(line, net=ZERO, non_billable_reason=reason)


def order(number: int = 1, lines: Sequence[BilledLine] = (), **changes: Any) -> BilledOrder:
    """A repair order; without lines, one line of work."""
    made = BilledOrder(
        number=f"OR-2026-{number:05d}",
        opened_on=date(2026, 7, 2),
        closed_on=date(2026, 7, 6),
        fleet_number="V-001",
        registration="AB123CD",
        vehicle_label="Fourgon benne 3,5 t",
        object_label=None,
        meter=84310,
        meter_unit="km",
        requester=None,
        service=None,
        reason=None,
        late_quarter=None,
        complement_of=None,
        lines=tuple(replace(line, rank=rank) for rank, line in enumerate(lines or [labour()], 1)),
    )
    return replace(made, **changes)


def site(number: int, label: str, lines: Sequence[BilledLine] = ()) -> BilledOrder:
    """A repair order of an object in words (rule O1)."""
    return order(
        number, lines, fleet_number=None, registration=None, vehicle_label=None, object_label=label, meter=None
    )


def fee(base: Decimal, percent: str = "8.00", **changes: Any) -> StructureLine:
    """A structure fee (rule M5)."""
    made = StructureLine(
        code="STRUCT",
        label="Frais de structure du garage",
        base=base,
        percent=Decimal(percent),
        net=percent_of(base, Decimal(percent)),
        vat_rate=Decimal("0.00"),
        grid=GRID,
        grid_starts_on=date(2026, 1, 1),
        convention_starts_on=date(2024, 2, 1),
        category=Category.PARTNER,
    )
    return replace(made, **changes)


def bill(orders: Sequence[BilledOrder] = (), structure: Sequence[StructureLine] = (), **changes: Any) -> Bill:
    """A bill whose totals follow from its lines (rules M6, M7)."""
    orders = tuple(orders or [order()])
    regime = changes.get("regime", VatRegime.OUT_OF_SCOPE)
    charged = [line for each in orders for line in each.lines]
    net = sum((line.net for line in [*charged, *structure]), ZERO)
    shares = _shares([(line.vat_rate, line.net) for line in [*charged, *structure]])
    shares = shares if regime is not VatRegime.OUT_OF_SCOPE else ()
    vat = sum((share.vat for share in shares), ZERO)
    made = Bill(
        kind=BillKind.INVOICE,
        number="F2026-0003",
        issued_on=date(2026, 10, 15),
        quarter=Quarter(2026, 3),
        issuer=ISSUER,
        addressee=ADDRESSEE,
        code_service="GARAGE",
        engagement="ENG-2026-77",
        third_party_code="T00421",
        regime=regime,
        conventions=(CONVENTION,),
        grids=(DELIBERATION,),
        orders=orders,
        structure=tuple(structure),
        vat_shares=shares,
        net=net,
        vat=vat,
        gross=net + vat,
        credited=None,
        reason=None,
        late_payment_text=None,
    )
    return replace(made, **changes)


def _shares(charged: list[tuple[Decimal, Decimal]]) -> tuple[VatShare, ...]:
    rates: dict[Decimal, Decimal] = {}
    for rate, net in charged:
        rates[rate] = rates.get(rate, ZERO) + net
    return tuple(VatShare(rate, net, percent_of(net, rate)) for rate, net in sorted(rates.items()))


WHAT = (
    labour(190),
    part("1.000"),
    part("6.500", "7.8500", label="Huile moteur 5W-30", unit="L", code="HU-530"),
    flat("1.000", "35.0000"),
    part("7.000", "0.0350", label="Rondelle cuivre 12 mm", code="RC-12"),
    labour(80, label="Main-d’œuvre poids lourds et engins", code="MO-PL"),
    external(),
    free(labour(45, label="Reprise du réglage des phares")),
)


def long_bill(count: int, vehicles: int = 6, objects: int = 2, per_order: int = 4, **changes: Any) -> Bill:
    """A bill of this many lines spread over vehicles and objects."""
    lines = [replace(WHAT[n % len(WHAT)], done_on=date(2026, 7, 1) + timedelta(n % 90)) for n in range(count)]
    packs = [lines[start : start + per_order] for start in range(0, count, per_order)]
    places = min(vehicles + objects, len(packs))
    orders = []
    for number, pack in enumerate(packs):
        place = number * places // len(packs)
        if place < vehicles:
            orders.append(
                order(
                    number + 1,
                    pack,
                    fleet_number=f"V-{place + 1:03d}",
                    requester="Services techniques" if number % 2 else None,
                    service="Voirie" if number % 3 == 0 else None,
                    reason="bruit au freinage" if number % 4 == 0 else None,
                )
            )
        else:
            orders.append(site(number + 1, f"Station de lavage {place}", pack))
    base = sum((each.net for each in orders), ZERO)
    return bill(orders, [fee(base)], **changes)
