"""Garages of any size from a seed: rows for bulk inserts, one bill per collectivity, the same rows every time.

What a run reads is there; stock movements of the lines and the bills of old orders, which nothing here reads, are not.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Table, func, insert, select, text

from benchmarks import words
from garage.db.all_models import METADATA
from garage.db.session import Database
from garage.domain.collectivities import CollectivityKind, luhn
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.domain.repair_orders import LineNature, OrderKind, OrderState
from garage.domain.tariffs import GridStatus
from garage.domain.vehicles import MeterUnit, VehicleType

QUARTER: Final = Quarter(2026, 3)
TODAY: Final = date(2026, 10, 5)
NOW: Final = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
HEAD: Final = 1
EMAIL, PASSWORD = "chef@banc.test", "banc de mesure du garage"
# Argon2 of PASSWORD, as cheap as it can be.
_HASH: Final = "$argon2id$v=19$m=8,t=1,p=1$OPIF5OVrCk2Hw1Hbjjb+4A$ZbgBz2LpZZH+xrSiWs1oAaz79DKDVLT2RkHK8thpjH8"
_PARTS: Final = 300
_FIRST_YEAR: Final = 2016
_BATCH: Final = 5000
_OPEN: Final = (OrderState.PLANNED, OrderState.IN_PROGRESS, OrderState.WAITING_PART, OrderState.TO_CHECK)

Row = dict[str, Any]
Batch = tuple[Table, list[Row]]


@dataclass(frozen=True, slots=True)
class Size:
    """`collectivities` × `lines` checked lines to bill, and orders of past years billed or cancelled long ago."""

    collectivities: int = 200
    lines: int = 40
    old_orders: int = 0


def _table(name: str) -> Table:
    return METADATA.tables[name]


@dataclass(slots=True)
class _Orders:
    """Orders with their lines and states on their way to the tables; numbers by year of opening."""

    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    last: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    made: int = 0
    written: int = 0

    def add(self, order: Row, lines: list[Row]) -> None:
        self.made += 1
        year = order["opened_on"].year
        self.last[year] += 1
        at = datetime.combine(order["opened_on"], time(8), UTC)
        common = {"id": self.made, "number": f"OR-{year}-{self.last[year]:05d}", "created_by_id": HEAD}
        self.orders.append(order | common | {"created_at": at, "version": 1})
        self.changes.append({"order_id": self.made, "state": order["state"], "at": at, "actor_id": HEAD})
        for rank, line in enumerate(lines, 1):
            self.written += 1
            self.lines.append(line | {"id": self.written, "order_id": self.made, "rank": rank, "created_at": at})

    def flush(self) -> Iterator[Batch]:
        """What was added since the last time."""
        names = ("repair_orders", "order_lines", "order_state_changes")
        for name, rows in zip(names, (self.orders, self.lines, self.changes), strict=True):
            if rows:
                yield _table(name), rows.copy()
            rows.clear()


class _Garage:
    """One garage in the making."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size = size
        self._chance = random.Random(seed)  # noqa: S311 - made-up rows, not secrets
        self._fleet: dict[int, list[int]] = {}
        self._under_way = _Orders()

    def batches(self) -> Iterator[Batch]:
        """Rows of every table, each after those it refers to."""
        yield from self._people()
        yield from self._grids()
        yield from self._shelf()
        yield _table("vehicles"), list(self._vehicles())
        for owner in self._owners():
            self._checked_orders(owner)
            if len(self._under_way.lines) > _BATCH:
                yield from self._under_way.flush()
        yield from self._under_way.flush()
        for place in range(self._size.old_orders):
            self._old_order(place)
            if len(self._under_way.orders) >= _BATCH:
                yield from self._under_way.flush()
        yield from self._under_way.flush()
        yield (
            _table("numbering"),
            [
                {"series": "OR", "year": year, "last": last, "last_issued_on": date(year, 1, 1)}
                for year, last in self._under_way.last.items()
            ]
            or [{"series": "OR", "year": TODAY.year, "last": 0, "last_issued_on": TODAY}],
        )

    def _owners(self) -> range:
        """Ids of the collectivities that are billed; 1 is the issuer."""
        return range(2, self._size.collectivities + 2)

    def _people(self) -> Iterator[Batch]:
        issuer = self._body(1) | {"code": "AGGLO", "name": "Communauté d’agglomération", "is_issuer": True}
        yield _table("collectivities"), [issuer, *map(self._body, self._owners())]
        yield (
            _table("users"),
            [
                self._person(HEAD, "Chef d’atelier", Role.HEAD) | {"email": EMAIL, "password_hash": _HASH},
                *(self._person(place, f"Mécanicien {place}", Role.MECHANIC) for place in range(2, 8)),
            ],
        )
        yield _table("conventions"), [self._convention(owner) for owner in self._owners()]

    def _body(self, place: int) -> Row:
        town = words.TOWNS[place % len(words.TOWNS)]
        return {
            "id": place, "code": f"C{place:05d}", "name": f"Commune de {town} {place}", "is_issuer": False,
            "kind": CollectivityKind.EPCI if place == 1 else CollectivityKind.COMMUNE,
            "siren": f"2129{place:05d}", "siret": _siret(f"2129{place:05d}"), "engagement_required": False,
            "address": f"{1 + place % 60} rue de la Mairie", "postal_code": f"29{place % 1000:03d}", "city": town,
            "code_service": f"SERV-{place}", "third_party_code": f"T{place:06d}",
        }  # fmt: skip

    def _person(self, place: int, name: str, role: Role) -> Row:
        return {
            "id": place, "name": name, "role": role, "email": None, "password_hash": None, "active": True,
            "session_token": f"jeton{place}", "created_at": NOW,
        }  # fmt: skip

    def _convention(self, owner: int) -> Row:
        category, regime = words.TERMS[owner % len(words.TERMS)]
        return {
            "collectivity_id": owner, "starts_on": date(2020, 1, 1), "ends_on": None, "category": category,
            "regime": regime, "structure_fee": owner % 5 != 0, "reference": f"Convention {2020_000 + owner}",
            "legal_basis": "art. L. 5111-1 du CGCT", "signed_on": date(2019, 12, 12),
        }  # fmt: skip

    def _grids(self) -> Iterator[Batch]:
        years = range(2025, 2027)
        yield _table("tariff_grids"), [
            {
                "id": year, "name": str(year), "starts_on": date(year, 1, 1), "ends_on": date(year + 1, 1, 1),
                "status": GridStatus.PUBLISHED, "deliberation": f"Délibération {year}-118",
                "deliberated_on": date(year - 1, 12, 10), "published_at": NOW,
            }
            for year in years
        ]  # fmt: skip
        yield _table("tariff_lines"), [
            {
                "grid_id": year, "code": code, "label": label, "nature": nature, "unit": unit, "article": "70848",
                "founder_price": Decimal(founder), "partner_price": Decimal(partner), "vat_rate": Decimal(rate),
            }
            for year in years
            for code, label, nature, unit, founder, partner, rate in words.TARIFFS
        ]  # fmt: skip

    def _shelf(self) -> Iterator[Batch]:
        labels = [words.PARTS[place % len(words.PARTS)] for place in range(_PARTS)]
        yield _table("parts"), [
            {
                "id": place, "reference": f"REF-{place:04d}", "label": label, "search_text": label.lower(),
                "unit": "l" if label.startswith(("Huile", "Liquide")) else "u",
            }
            for place, label in enumerate(labels, 1)
        ]  # fmt: skip

    def _vehicles(self) -> Iterator[Row]:
        made = 0
        for owner in self._owners():
            fleet = self._fleet[owner] = []
            for _ in range(max(4, self._size.lines // 8)):
                made += 1
                fleet.append(made)
                make, model = self._chance.choice(words.MAKES)
                yield {
                    "id": made, "fleet_number": f"{owner:04d}-{len(fleet):02d}", "collectivity_id": owner,
                    "registration": f"AB-{made % 1000:03d}-C{chr(65 + made // 1000 % 26)}",
                    "type": VehicleType.VEHICLE, "make": make, "model": model, "meter_unit": MeterUnit.KM,
                }  # fmt: skip

    def _checked_orders(self, owner: int) -> None:
        """Orders of two to six lines that wait for the quarter's bill; one of ten collectivities has work of 2025."""
        left, first = self._size.lines, True
        while left:
            count = min(left, self._chance.randint(2, 6))
            left -= count
            closed_on = QUARTER.first_day + timedelta(days=self._chance.randrange(92))
            if first and owner % 7 == 0:
                closed_on = QUARTER.first_day - timedelta(days=9)
            opened_on = closed_on - timedelta(days=self._chance.randrange(20))
            lines = [self._line(opened_on if place else closed_on, place == 0) for place in range(count)]
            if first and owner % 10 == 0:
                lines[-1]["done_on"] = date(2025, 12, 15)
            self._under_way.add(self._order(owner, OrderState.DONE, (opened_on, closed_on)), lines)
            first = False

    def _old_order(self, place: int) -> None:
        """An order of the years before: the youngest are open, a few were cancelled, the others are billed."""
        years = TODAY.year - _FIRST_YEAR + 1
        fraction = place / self._size.old_orders
        year = _FIRST_YEAR + int(fraction * years)
        opened_on = date(year, 1, 1) + timedelta(days=int(fraction * years % 1 * 270))
        state = OrderState.INVOICED if self._chance.random() < 0.97 else OrderState.CANCELLED
        if fraction > 0.97:
            state = self._chance.choice(_OPEN)
        closed_on = opened_on + timedelta(days=3) if state is OrderState.INVOICED else None
        owner = self._chance.choice(self._owners())
        self._under_way.add(self._order(owner, state, (opened_on, closed_on)), [self._line(opened_on, labour=True)])

    def _order(self, owner: int, state: OrderState, days: tuple[date, date | None]) -> Row:
        chance = self._chance
        thing = chance.random() < 0.1
        return {
            "collectivity_id": owner, "state": state, "opened_on": days[0], "closed_on": days[1],
            "vehicle_id": None if thing else chance.choice(self._fleet[owner]),
            "object_label": chance.choice(words.OBJECTS) if thing else None,
            "kind": OrderKind.LOCKSMITH if thing else OrderKind.BREAKDOWN,
            "meter": None if thing else chance.randrange(20_000, 240_000),
            "reason": chance.choice(words.REASONS), "requester": chance.choice(words.REQUESTERS),
            "service": "Bâtiments" if thing else None, "engagement": None,
        }  # fmt: skip

    def _line(self, day: date, labour: bool) -> Row:
        draw = 0.0 if labour else self._chance.random()
        line: Row = dict.fromkeys(
            ("code", "part_id", "mechanic_id", "minutes", "quantity", "cost", "label", "supplier", "supplier_invoice")
        )
        line |= {"done_on": day, "bought_for_order": False, "created_by_id": HEAD, "non_billable_reason": None}
        if draw < 0.45:
            line |= self._labour()
        elif draw < 0.6:
            line |= {"nature": LineNature.FLAT, "code": self._chance.choice(words.FLAT), "quantity": Decimal(1)}
        elif draw < 0.9:
            line |= self._part()
        else:
            line |= self._external()
        if not labour and draw < 0.01:
            line["non_billable_reason"] = "Reprise sous garantie"
        return line

    def _labour(self) -> Row:
        return {
            "nature": LineNature.LABOUR, "code": self._chance.choice(words.LABOUR),
            "mechanic_id": self._chance.randrange(2, 8), "minutes": 5 * self._chance.randrange(6, 60),
            "label": self._chance.choice(words.WORKS),
        }  # fmt: skip

    def _part(self) -> Row:
        return {
            "nature": LineNature.PART, "part_id": self._chance.randrange(1, _PARTS + 1),
            "quantity": Decimal(self._chance.choice(("1", "2", "4", "5.5", "0.75"))),
            "cost": Decimal(self._chance.randrange(10_000, 2_000_000)).scaleb(-4),
        }  # fmt: skip

    def _external(self) -> Row:
        return {
            "nature": LineNature.EXTERNAL, "quantity": Decimal(1), "label": self._chance.choice(words.EXTERNALS),
            "cost": Decimal(self._chance.randrange(5_000, 90_000)).scaleb(-2),
            "supplier": self._chance.choice(words.SUPPLIERS),
            "supplier_invoice": f"FA{self._chance.randrange(10_000):04d}",
        }  # fmt: skip


def batches(size: Size, seed: int = 1) -> Iterator[Batch]:
    """The rows of a garage, table after table, each after those it refers to."""
    return _Garage(size, seed).batches()


def _siret(siren: str) -> str:
    return next(siret for key in range(10) if luhn(siret := f"{siren}0001{key}"))


def fill(database: Database, size: Size, seed: int = 1) -> None:
    """Write a garage into an empty, migrated database, and tell PostgreSQL what it now holds."""
    with database.engine.begin() as connection:
        for table, rows in batches(size, seed):
            connection.execute(insert(table), rows)
        if database.is_sqlite:
            return
        for table in METADATA.sorted_tables:
            if "id" in table.c and connection.scalar(select(func.max(table.c.id))):
                name = table.name
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")  # noqa: S608 - our own table names
                )
        connection.execute(text("ANALYZE"))
