"""The seven files of a garage that comes over from spreadsheets, of any size, and their import in this process."""

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks import words
from benchmarks.garages import NOW, TODAY
from benchmarks.measure import answer, measured
from garage.db.session import Database
from garage.domain.tariffs import TariffNature
from garage.operations.importing.run import import_folder

_LINES_PER_ORDER: Final = 5
_PARTS: Final = 300
_NATURES: Final = {
    TariffNature.LABOUR: "main_oeuvre",
    TariffNature.FLAT: "forfait",
    TariffNature.PARTS: "pieces",
    TariffNature.EXTERNAL: "externe",
    TariffNature.STRUCTURE: "structure",
}
_BODIES: Final = 40
_FLEET: Final = 400


def write_folder(folder: str, lines: int, seed: int = 1) -> int:
    """Write the files with so many lines of work; returns how many rows they hold in all."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    orders = lines // _LINES_PER_ORDER
    chance = random.Random(seed)  # noqa: S311 - made-up rows, not secrets
    return sum(
        (
            _write(place / "collectivites.csv", "code;nom;nature;emetteur", _bodies()),
            _write(place / "conventions.csv", "collectivite;debut;categorie", _conventions()),
            _write(
                place / "tarifs.csv",
                "grille;debut;fin;code;libelle;nature;unite;fondateur;partenaire;taux_tva;deliberation;delibere_le",
                _grids(),
            ),
            _write(place / "vehicules.csv", "parc;collectivite;immatriculation;marque;modele", _vehicles()),
            _write(place / "pieces.csv", "reference;libelle;unite;quantite;cout_unitaire", _parts(lines)),
            _write(
                place / "ordres.csv",
                "numero;collectivite;parc;ouvert_le;termine_le;nature;motif;compteur",
                _orders(orders),
            ),
            _write(
                place / "lignes.csv",
                "ordre;rang;nature;date;code;mecanicien;quantite;cout_unitaire;libelle;fournisseur",
                _lines(orders, chance),
            ),
        )
    )


def _write(path: Path, head: str, rows: Iterable[tuple[object, ...]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(head + "\n")
        writer = csv.writer(file, delimiter=";")
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the answer
            writer.writerow(row)
    return count


def _bodies() -> Iterator[tuple[object, ...]]:
    for body in range(_BODIES):
        yield f"C{body:03d}", f"Commune {body}", "epci" if body == 0 else "commune", "oui" if body == 0 else "non"


def _conventions() -> Iterator[tuple[object, ...]]:
    for body in range(1, _BODIES):
        yield f"C{body:03d}", "01/01/2020", "partenaire" if body % 3 else "fondateur"


def _grids() -> Iterator[tuple[object, ...]]:
    for year in (2025, 2026):
        for code, label, nature, unit, founder, partner, rate in words.TARIFFS:
            figures = (founder.replace(".", ","), partner.replace(".", ","), rate)
            span = (f"01/01/{year}", f"01/01/{year + 1}")
            yield year, *span, code, label, _NATURES[nature], unit, *figures, f"D {year}-118", f"10/12/{year - 1}"


def _vehicles() -> Iterator[tuple[object, ...]]:
    for vehicle in range(_FLEET):
        make, model = words.MAKES[vehicle % len(words.MAKES)]
        yield f"V{vehicle:04d}", f"C{vehicle % _BODIES:03d}", f"AB-{vehicle:03d}-CD", make, model


def _parts(lines: int) -> Iterator[tuple[object, ...]]:
    for part in range(_PARTS):
        yield f"REF-{part:04d}", words.PARTS[part % len(words.PARTS)], "u", 4 * lines, f"{1 + part % 90},5"


def _opened(order: int, orders: int) -> date:
    return date(2025, 1, 2) + timedelta(days=order * 600 // max(orders, 1))


def _orders(orders: int) -> Iterator[tuple[object, ...]]:
    for order in range(orders):
        vehicle, day = order * 7 % _FLEET, _opened(order, orders)
        yield (
            f"OR-{day.year}-{order + 1:05d}", f"C{vehicle % _BODIES:03d}", f"V{vehicle:04d}", f"{day:%d/%m/%Y}",
            f"{min(day + timedelta(days=4), TODAY):%d/%m/%Y}", "panne", words.REASONS[order % 4], 20_000 + order,
        )  # fmt: skip


def _lines(orders: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    for order in range(orders):
        day = _opened(order, orders)
        number = f"OR-{day.year}-{order + 1:05d}"
        for rank in range(1, _LINES_PER_ORDER + 1):
            yield number, rank, *_work(day + timedelta(days=rank % 4), chance)


def _work(day: date, chance: random.Random) -> tuple[object, ...]:
    done, draw = f"{day:%d/%m/%Y}", chance.random()
    if draw < 0.45:
        who = f"Mécanicien {chance.randrange(120)}"
        return "main_oeuvre", done, chance.choice(words.LABOUR), who, f"0:{chance.randrange(5, 60):02d}", "", "", ""
    if draw < 0.6:
        return "forfait", done, chance.choice(words.FLAT), "", "1", "", "", ""
    if draw < 0.9:
        return "piece", done, f"REF-{chance.randrange(_PARTS):04d}", "", "2", "", "", ""
    return "externe", done, "", "", "1", f"{chance.randrange(50, 900)},25", "Peinture", chance.choice(words.SUPPLIERS)


def bring_in(url: str, folder: str) -> dict[str, Any]:
    """Import a folder into an empty database; returns the rows read, and what it cost."""
    database = Database(url)
    with measured() as cost, database.transaction() as session:
        report = import_folder(session, Path(folder), now=NOW, today=TODAY, progress=lambda *_: None)
    database.dispose()
    if report.faults:
        raise RuntimeError(f"{len(report.faults)} faults: {report.faults[:3]}")
    return {"rows": sum(count.read for count in report.counts), "warnings": len(report.warnings)} | asdict(cost)


if __name__ == "__main__":
    answer(bring_in)
