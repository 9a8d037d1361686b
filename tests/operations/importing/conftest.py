"""A small garage as files, changed cell by cell; what a run of the import answers; what the tables hold."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from garage.db.all_models import METADATA
from garage.db.session import Database
from garage.french.importing import report_lines
from garage.operations.importing.report import Report
from garage.operations.importing.run import import_folder

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
TODAY = date(2026, 10, 12)

GARAGE = {
    "collectivites": """code;nom;nature;siren;siret;engagement_obligatoire;emetteur
GAR;Garage;epci;242900801;;non;oui
PEN;Pencran;commune;212900013;21290001300013;non;non
LAN;Landerneau;commune;;;oui;non
""",
    "conventions": """collectivite;debut;fin;categorie;regime_tva;prevision_heures
PEN;01/01/2024;01/07/2026;partenaire;;120
PEN;01/07/2026;;fondateur;taxable;
LAN;01/01/2024;;partenaire;exonere;3:15
""",
    "tarifs": """grille;debut;fin;code;libelle;nature;unite;fondateur;partenaire;taux_tva
2026;01/01/2026;01/01/2027;MO-VL;Main-d'œuvre;main_oeuvre;h;50;60;20
2026;01/01/2026;01/01/2027;LAV;Lavage;forfait;u;9,5;11,25;20
2026;01/01/2026;01/01/2027;MAJ-P;Pièces;pieces;%;5;12,5;20
2026;01/01/2026;01/01/2027;MAJ-X;Externe;externe;%;3;7,25;20
2026;01/01/2026;01/01/2027;STRUCT;Structure;structure;%;8,7;10;20
""",
    "vehicules": """parc;immatriculation;collectivite;type;compteur
V1;ab 123cd;PEN;vehicule;12 000
V2;;LAN;engin;
""",
    "fournisseurs": """nom;courriel;telephone;adresse;numero_client;delai_jours;actif
Dubois;commandes@dubois.test;02 98 00 00 00;1 rue du Port;C-118;3;oui
Ancien;;;;;;non
""",
    "casiers": """magasin;nom;casier
MAGASIN;;
VAN;Fourgon de dépannage;
VAN;Fourgon de dépannage;Bac 1
""",
    "pieces": """reference;libelle;unite;quantite;cout_unitaire;code_barres;fournisseur;date
F-1;Filtre à huile;u;10;4,5;3700000000017;Dubois;
H-1;Huile;l;20;8,25;;;01/01/2026
B-1;Balai;u;;;;;
""",
    "references": """reference;fournisseur;reference_fournisseur;prix;conditionnement
F-1;Dubois;D-118;4,35;6
F-1;Œuvré;OE-9;;
H-1;DUBOIS;;7,9;
""",
    "equivalences": """reference;equivalente
F-1;B-1
""",
    "ordres": """numero;collectivite;parc;objet;ouvert_le;termine_le;nature;motif;engagement
OR-2026-00007;PEN;V1;;01/06/2026;15/06/2026;panne;Bruit;
OR-2026-00008;LAN;;Portail;01/07/2026;;site;Bloqué;E-1
""",
    "lignes": """ordre;rang;nature;date;code;mecanicien;quantite;cout_unitaire;libelle;fournisseur;non_facturable
OR-2026-00007;1;main_oeuvre;02/06/2026;MO-VL;Yann Le Goff;1:30;;;;
OR-2026-00007;2;piece;03/06/2026;F-1;;2;;;;
OR-2026-00007;3;piece;03/06/2026;B-1;;1;7,5;;Dubois;
OR-2026-00007;4;externe;04/06/2026;;;;250;Soudure;Atelier Kerouanton;
OR-2026-00008;1;forfait;02/07/2026;LAV;;1,5;;;;Geste commercial
OR-2026-00008;2;piece;02/07/2026;F-1;;3;;;;
""",
}


class Kit:
    """An import folder in the making and a database to bring it into."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.database = database

    def write(self, name: str, content: str | bytes) -> None:
        """Put a file there, without its .csv."""
        data = content if isinstance(content, bytes) else content.encode()
        (self.folder / f"{name}.csv").write_bytes(data)

    def garage(self, *names: str) -> None:
        """Put the small garage's files there, all or these."""
        for name in names or GARAGE:
            self.write(name, GARAGE[name])

    def text(self, name: str) -> str:
        """What a file holds."""
        return (self.folder / f"{name}.csv").read_text(encoding="utf-8")

    def cell(self, name: str, line: int, column: str, value: str) -> None:
        """Change one cell; line 1 is the header, a column the file lacks is added."""
        rows = [row.split(";") for row in self.text(name).splitlines()]
        if column not in rows[0]:
            rows = [[*row, column if place == 0 else ""] for place, row in enumerate(rows)]
        rows[line - 1][rows[0].index(column)] = value
        self.write(name, "".join(";".join(row) + "\n" for row in rows))

    def add(self, name: str, row: str) -> None:
        """Add a row at the end of a file."""
        self.write(name, self.text(name) + row + "\n")

    def run(self, *, keep: bool = True, today: date = TODAY) -> Report:
        """Import; what was written is kept unless there are faults."""
        with self.database.transaction() as session:
            report = import_folder(session, self.folder, now=NOW, today=today, progress=lambda *_: None)
            if report.faults or not keep:
                session.rollback()
        assert list(report_lines(report, self.folder, dry_run=False))
        return report

    def faults(self) -> list[tuple[str | None, int | None, str | None, str]]:
        """Where and what, of a run that must write nothing."""
        before = self.dump()
        report = self.run()
        assert self.dump() == before or not report.faults
        return [(one.file, one.line, one.column, str(one.code)) for one in report.faults]

    def warnings(self) -> list[tuple[str | None, int | None, str | None, str]]:
        """Where and what, of a run that must have no fault."""
        report = self.run()
        assert report.faults == ()
        return [(one.file, one.line, one.column, str(one.code)) for one in report.warnings]

    def dump(self) -> dict[str, list[dict[str, object]]]:
        """Every row of every table."""
        with self.database.reading() as session:
            return {
                table.name: [
                    dict(row) for row in session.execute(select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in METADATA.sorted_tables
            }

    def empty(self) -> bool:
        """Whether the tables hold nothing but the store, the bin and the total that a database begins with."""
        dump = self.dump()
        begins = [dump.pop(name) for name in ("stores", "bins", "stock_totals")]
        return [len(rows) for rows in begins] == [1, 1, 1] and not any(dump.values())

    def rows(self, table: str) -> list[dict[str, object]]:
        """Every row of a table, by its key."""
        return self.dump()[table]


@pytest.fixture
def kit(tmp_path: Path, sqlite_database: Database) -> Kit:
    """An empty folder and an empty SQLite database."""
    folder = tmp_path / "reprise"
    folder.mkdir()
    return Kit(folder, sqlite_database)


@pytest.fixture
def both(tmp_path: Path, database: Database) -> Kit:
    """An empty folder and an empty database, once on each engine."""
    folder = tmp_path / "reprise"
    folder.mkdir()
    return Kit(folder, database)


@pytest.fixture
def kits(tmp_path: Path, sqlite_database: Database) -> Callable[[], Kit]:
    """Fresh folders over one database that nothing is written to: for properties."""
    made: list[int] = []

    def make() -> Kit:
        made.append(1)
        folder = tmp_path / f"reprise-{len(made)}"
        folder.mkdir()
        return Kit(folder, sqlite_database)

    return make
