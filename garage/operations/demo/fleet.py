"""What the demonstration's garage looks after: vehicles and machines, and the locks, gates and stations of sites.

Plates read FI-000-XX: no plate has the letter I nor the number 000 (SIV numbering), so not one can be a real one's.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from garage.domain.permissions import Actor
from garage.domain.vehicles import MeterUnit, VehicleType
from garage.operations import vehicles
from garage.operations.demo import sheets
from garage.operations.vehicles import Registration

# Orders a year of one vehicle of a family; sites have their own in their table.
ORDERS_A_YEAR = {
    "VL": 4.0, "VU": 5.0, "BUS": 5.0, "PL": 9.0, "BOM": 19.0, "BAL": 14.0,
    "TRA": 6.0, "ENG": 6.0, "TON": 6.0, "REM": 1.5, "MAT": 3.0,
}  # fmt: skip
_SERVICES = {
    "BOM": "Collecte des déchets",
    "TRA": "Espaces verts",
    "TON": "Espaces verts",
    "BAL": "Propreté",
    "GATE": "Déchèteries et bâtiments",
    "LOCK": "Bâtiments",
}


@dataclass(slots=True)
class Target:
    """One thing to repair; `away` are the days on which chance opens no order on it, both ends in."""

    place: int
    code: str
    collectivity_id: int
    family: str
    label: str
    orders_a_year: float
    vehicle_id: int | None = None
    electric: bool = False
    registered_on: date = date.min
    use_per_year: int = 0
    away: list[tuple[date, date]] = field(default_factory=list)

    @property
    def service(self) -> str:
        """Who asks for the work."""
        return _SERVICES.get(self.family, "Services techniques")

    def free(self, day: date) -> bool:
        """Whether an order may be opened on it by chance."""
        return not any(first <= day <= last for first, last in self.away)

    def meter(self, day: date) -> int | None:
        """Kilometres or hours on a day; None where nothing counts."""
        if self.vehicle_id is None or not self.use_per_year:
            return None
        return 12 + max(0, (day - self.registered_on).days) * self.use_per_year // 365


def park(session: Session, ids: dict[str, int], actor: Actor, now: datetime) -> list[Target]:
    """Register every vehicle; the sites, which are not registered, follow."""
    targets: list[Target] = []
    for row in sheets.rows("fleet"):
        vehicle = vehicles.register(session, _registration(row, ids[row["collectivity"]]), actor, now)
        targets.append(
            Target(
                place=len(targets),
                code=row["collectivity"],
                collectivity_id=ids[row["collectivity"]],
                family=row["family"],
                label=row["fleet_number"],
                orders_a_year=ORDERS_A_YEAR[row["family"]],
                vehicle_id=vehicle.id,
                electric=row["energy"] == "EL",
                registered_on=date.fromisoformat(row["first_registered_on"]),
                use_per_year=int(row["use_per_year"]),
            )
        )
    for row in sheets.rows("objects"):
        body, rate = row["collectivity"], float(row["weight"])
        targets.append(Target(len(targets), body, ids[body], row["family"], row["label"], rate))
    return targets


def _registration(row: dict[str, str], collectivity_id: int) -> Registration:
    return Registration(
        fleet_number=row["fleet_number"],
        collectivity_id=collectivity_id,
        type=VehicleType(row["type"]),
        registration=row["registration"] or None,
        national_kind=row["national_kind"],
        make=row["make"],
        model=row["model"],
        energy=row["energy"] or None,
        first_registered_on=date.fromisoformat(row["first_registered_on"]),
        meter_unit=MeterUnit(row["meter_unit"]),
    )
