"""`garage import`: the printed report, the exit status, and that a fault or a dry run writes nothing."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from garage.cli import importing
from garage.db.models.collectivities import Collectivity
from garage.db.session import Database

GOOD = "code;nom;emetteur\nGAR;Garage;oui\nPEN;Pencran;non\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "reprise"
    made.mkdir()
    return made


def run(database: Database, *words: str | Path) -> Result:
    runtime = SimpleNamespace(database=database, check_tables=lambda: None)
    done = CliRunner().invoke(importing.command, [str(word) for word in words], obj=runtime)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def collectivities(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Collectivity.id))) or 0


def test_everything_goes_in_then_nothing_changes(database, folder):
    (folder / "collectivites.csv").write_text(GOOD)
    done = run(database, folder)
    assert done.exit_code == 0
    assert "collectivites.csv : 2 lignes lues, 2 nouvelles, 0 modifiée, 0 inchangée" in plain(done.stdout)
    assert "Import terminé : tout est écrit." in plain(done.stdout)
    assert collectivities(database) == 2
    again = run(database, folder)
    assert again.exit_code == 0
    assert "Tout était déjà là : rien n’a changé." in plain(again.stdout)


def test_a_dry_run_writes_nothing(database, folder):
    (folder / "collectivites.csv").write_text(GOOD)
    done = run(database, folder, "--dry-run")
    assert done.exit_code == 0
    assert "Essai réussi, rien n’a été écrit." in done.stdout
    assert collectivities(database) == 0


def test_every_fault_is_told_and_nothing_written(database, folder):
    (folder / "collectivites.csv").write_text("code;nom;siret\nGAR;Garage;12345678901234\nPEN;;\n\n;;\nA B;Brest;\n")
    (folder / "notes.txt").write_text("")
    done = run(database, folder)
    shown = plain(done.stdout)
    assert done.exit_code == 1
    assert "À corriger (3 erreurs)" in shown
    assert "ligne 2, colonne « siret » : SIRET faux" in shown
    assert ", lu : « 12345678901234 »" in shown
    assert "ligne 3, colonne « nom » : cette case est obligatoire. Remplissez-la" in shown
    assert "ligne 6, colonne « code » : un code a 1 à 20 caractères" in shown
    assert "Fichiers inconnus laissés de côté : notes.txt" in shown
    assert shown.rstrip().endswith("Rien n’a été écrit. Corrigez les fichiers, puis relancez la même commande.")
    assert collectivities(database) == 0


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_a_folder_that_is_missing_or_no_folder(sqlite_database, tmp_path, dry_run):
    missing = run(sqlite_database, tmp_path / "nulle-part", *dry_run)
    assert (missing.exit_code, "ce dossier n’existe pas" in missing.stdout) == (1, True)
    (tmp_path / "fichier").write_text("")
    file = run(sqlite_database, tmp_path / "fichier", *dry_run)
    assert (file.exit_code, "ce n’est pas un dossier" in file.stdout) == (1, True)


def test_what_was_read_cannot_play_with_the_terminal(sqlite_database, folder):
    (folder / "collectivites.csv").write_text("code;nom\n\u202e\u009b31m" + "x" * 200 + ";Brest\n")
    done = run(sqlite_database, folder)
    assert done.exit_code == 1
    assert "\u202e" not in done.stdout
    assert "\u009b" not in done.stdout
    assert "xxx… »" in plain(done.stdout)


def test_names_of_files_that_are_no_text(sqlite_database, folder):
    (folder / "collectivites.csv").write_text(GOOD)
    (folder / "not\udcff\nok").write_text("")
    assert run(sqlite_database, folder).exit_code == 0


def test_a_database_that_refuses(sqlite_database, folder):
    (folder / "collectivites.csv").write_text(GOOD)
    with sqlite_database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE numbering")
    done = run(sqlite_database, folder)
    assert done.exit_code == 1
    assert "la base de données est occupée" in done.stderr


def test_a_bar_for_large_files_on_a_terminal(sqlite_database, folder, monkeypatch):
    rows = "".join(f"C{number};Commune {number}\n" for number in range(6000))
    (folder / "collectivites.csv").write_text("code;nom\n" + rows)
    monkeypatch.setattr("garage.cli.progress.sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: True)))
    done = run(sqlite_database, folder)
    assert done.exit_code == 0
    assert "collectivites.csv" in done.stderr
    assert "6000/6000" in done.stderr
