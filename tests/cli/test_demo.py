"""`garage demo` as people run it, in a place of the test's own, over a short history."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from config import Settings
from garage import app
from garage.cli import demo
from garage.cli.runtime import Runtime
from garage.db.models.invoices import Invoice
from garage.db.session import Database
from garage.domain.errors.base import GarageError
from garage.operations.demo import load as loading
from garage.operations.demo import people

TODAY = "2026-10-05"
Run = Callable[..., Result]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(app, "_DEMO", tmp_path / "instance" / "demo")
    monkeypatch.setattr(loading, "first_day", lambda today: date(2026, 7, 20))
    return tmp_path / "instance" / "demo"


@pytest.fixture
def served() -> list[Any]:
    return []


@pytest.fixture
def run(place: Path, tmp_path: Path, served: list[Any]) -> Run:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'real.sqlite'}", invoices_dir=tmp_path / "real")
    real = app.runtime(settings)

    def its_demo() -> Runtime:
        return replace(real.demo(), serve=lambda host, port: served.append((host, port)))

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(demo.command, words, obj=replace(real, demo=its_demo))

    return invoke


def plain(result: Result) -> str:
    return result.output.replace("\xa0", " ").replace("\u202f", " ")


def test_loads_bills_shows_and_serves(run: Run, place: Path, tmp_path: Path, served: list[Any]) -> None:
    first = run("--today", TODAY, "--port", "8123")
    assert first.exit_code == 0, first.output
    text = plain(first)
    assert "3e trimestre 2026" in text
    assert "Pencran" in text
    assert "F2026-0001" in text
    assert "Reporté au trimestre suivant : LANNEUFFRET" in text
    assert "Aucune convention ne couvre" in text
    assert "Le coût manque" in text
    assert "exige un numéro d’engagement" in text
    for role, email in people.SIGN_INS:
        assert role in text
        assert email in text
    assert "garage-demo" in text
    assert served == [("127.0.0.1", 8123)]
    printed = sorted((place / "invoices" / "2026" / "T3").glob("*.pdf"))
    assert all(str(pdf) in first.output for pdf in printed)
    assert len(printed) >= 12
    assert not (tmp_path / "real.sqlite").exists()
    assert not (tmp_path / "real").exists()

    again = run("--today", TODAY, "--no-serve")
    assert again.exit_code == 0, again.output
    assert plain(again) in text
    assert len(served) == 1

    other = run("--today", "2027-01-02", "--no-serve")
    assert "existe déjà, arrêtée au 05/10/2026" in plain(other)
    assert sorted((place / "invoices" / "2026" / "T3").glob("*.pdf")) == printed


def test_reset_and_a_stopped_loading(run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "first_day", lambda today: date(2026, 3, 2))
    keep = tmp_path / "instance" / "garage.sqlite"
    keep.parent.mkdir()
    keep.write_text("not mine")

    class Stopped(demo.Bar):
        def show(self, done: int, total: int) -> None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo, "Bar", Stopped)
        assert run("--today", "2026-04-01", "--no-serve").exit_code == 1
    resumed = run("--today", "2026-04-01", "--no-serve")
    assert resumed.exit_code == 0, resumed.output
    assert "il reprend du début" in plain(resumed)
    before = _bills(place)
    assert before

    (place / "invoices" / "more.txt").write_text("added")
    monkeypatch.setattr(loading, "first_day", lambda today: date(2026, 2, 2))
    fresh = run("--reset", "--today", "2026-04-01", "--no-serve")
    assert fresh.exit_code == 0, fresh.output
    assert not (place / "invoices" / "more.txt").exists()
    assert keep.read_text() == "not mine"
    assert _bills(place)


def _bills(place: Path) -> list[str]:
    database = Database(f"sqlite:///{place / 'garage.sqlite'}")
    with database.reading() as session:
        found = list(session.scalars(select(Invoice.number).order_by(Invoice.id)))
    database.dispose()
    return found


def test_a_taken_port_is_one_sentence(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("--today", TODAY, "--port", str(port))
        assert refused.exit_code == 1
        assert f"Le port {port} est déjà pris" in refused.output
        assert not place.exists()
        monkeypatch.setattr(demo, "FIRST_PORT", port)
        monkeypatch.setattr(demo, "PORTS", 1)
        assert "sont pris" in run("--today", TODAY).output
        monkeypatch.setattr(demo, "PORTS", 20)
        assert demo._port(demo._Wish(False, None, None, True)) > port


@pytest.mark.parametrize("word", ["2026-02-30", "demain", "2019-01-01"])
def test_a_day_that_cannot_be(run: Run, word: str) -> None:
    refused = run("--today", word, "--no-serve")
    assert refused.exit_code == 2
    assert "n’est pas une date" in plain(refused) or "Choisissez un jour" in refused.output


def test_other_data_are_refused(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: object, **named: object) -> bool:
        raise loading.NotEmpty

    monkeypatch.setattr(loading, "load", refuse)
    refused = run("--today", TODAY, "--no-serve")
    assert refused.exit_code == 1
    assert "--reset" in refused.output


def test_its_refusals_are_the_house_s() -> None:
    assert issubclass(loading.HalfLoaded, loading.NotEmpty)
    assert issubclass(loading.NotEmpty, GarageError)
    assert isinstance(demo.command, click.Command)


def test_two_windows(run: Run, place: Path) -> None:
    place.mkdir(parents=True)
    with (place / "verrou").open("ab") as lock:
        assert demo._lock(lock, demo.fcntl.LOCK_EX)
        refused = run("--today", TODAY, "--no-serve")
        assert refused.exit_code == 1
        assert "autre fenêtre" in plain(refused)
