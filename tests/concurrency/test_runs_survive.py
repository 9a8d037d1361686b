"""A run cannot be hurt: killed at any instant, started twice at once, without disk (rules B7, B9, E16, E17)."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from garage.archive import Archive
from garage.db.models.invoices import Invoice, InvoiceFile, InvoiceLine, LiveBilling
from garage.db.models.repair_orders import OrderLine
from garage.db.queries import invoices
from garage.db.session import Database
from garage.operations import order_lines, printing
from tests.concurrency import quarter_runner
from tests.concurrency.runner import Running
from tests.factories import garage as make

pytestmark = pytest.mark.slow
BILLS = 8
KILLS = 12 if os.environ.get("CI") else 10


def fill(url: str) -> None:
    """Eight bills to come: two orders for most collectivities, one of them with an engagement of its own."""
    database = Database(url)
    with database.transaction() as session:
        garage = make.garage(session)
        owners = [garage.issuer, garage.founder, garage.partner, garage.taxed]
        for place, owner in enumerate(owners * 2):
            engagement = "ENG-1" if place >= len(owners) else None
            made = make.order(session, owner, vehicle_id=garage.vehicles[owner.code].id, engagement=engagement)
            make.labour(session, made, 75 + place)
            order_lines.add_flat(session, make.entry(made), "LAV", Decimal(2))
            order_lines.add_part(session, make.entry(made), garage.parts["P1"].id, Decimal("1.5"))
            make.check(session, made)
    database.dispose()


def start(url: str, folder: Path, kill_at: int = 0, processes: int = 1) -> Running:
    return Running(quarter_runner.main, url, folder, processes, kill_at=kill_at).wait_until_ready()


def run(url: str, folder: Path, kill_at: int = 0, processes: int = 1) -> tuple[int, list[str]]:
    return start(url, folder, kill_at, processes).go().end()


def prove(url: str, folder: Path) -> None:
    """No number missing or twice, no line on two bills or on none, every PDF present with its hash, nothing else."""
    database = Database(url)
    with database.reading() as session:
        numbers = list(session.scalars(select(Invoice.number).order_by(Invoice.series, Invoice.sequence)))
        assert numbers == [*(f"F2026-{n:04d}" for n in range(1, 7)), "R2026-0001", "R2026-0002"]
        codes = [one.collectivity + (one.engagement or "") for one in invoices.page(session, 99)][::-1]
        assert [code for code in codes if "AGGLO" not in code] == [
            "BOURG", "BOURGENG-1", "EAU", "EAUENG-1", "VILLE", "VILLEENG-1",
        ]  # fmt: skip
        billed = sorted(
            session.scalars(select(InvoiceLine.order_line_id).where(InvoiceLine.order_line_id.is_not(None)))
        )
        assert billed == sorted(session.scalars(select(OrderLine.id)))
        assert billed == sorted(session.scalars(select(LiveBilling.order_line_id)))
        files = {row.path: row.sha256 for row in session.scalars(select(InvoiceFile))}
    database.dispose()
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.pdf")
    }
    assert len(files) == BILLS
    assert found == files


@pytest.fixture
def filled(database_url: str) -> str:
    fill(database_url)
    return database_url


def copy_of(url: str, tmp_path: Path, name: str) -> str:
    """Another database with the same rows: SQLite alone can be copied as a file."""
    path = tmp_path / name
    shutil.copy(url.removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


def test_a_whole_run(filled: str, tmp_path: Path) -> None:
    code, said = run(filled, tmp_path / "invoices")
    assert code == 0
    assert int(said[-1]) > 100
    prove(filled, tmp_path / "invoices")


def test_killed_at_chosen_instants_and_run_again(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    _, said = run(copy_of(sqlite_url, tmp_path, "whole.sqlite"), tmp_path / "whole")
    chosen = random.Random(2026).sample(range(1, int(said[-1])), KILLS)
    for place, kill_at in enumerate(chosen):
        url, folder = copy_of(sqlite_url, tmp_path, f"{place}.sqlite"), tmp_path / f"invoices-{place}"
        assert run(url, folder, kill_at)[0] == -signal.SIGKILL
        assert run(url, folder)[0] == 0, kill_at
        prove(url, folder)


def test_killed_again_and_again_until_it_is_through(filled: str, tmp_path: Path) -> None:
    dice, folder = random.Random(29), tmp_path / "invoices"
    for _ in range(60):
        code, _ = run(filled, folder, dice.randrange(1, 150))
        if code == 0:
            break
        assert code == -signal.SIGKILL
    else:
        assert run(filled, folder)[0] == 0
    prove(filled, folder)


def test_killed_from_outside_while_two_processes_print(filled: str, tmp_path: Path) -> None:
    dice = random.Random(7)
    for _ in range(4):
        process = start(filled, tmp_path / "invoices", processes=2).go()
        time.sleep(dice.random() * 0.5)
        process.kill()
    assert run(filled, tmp_path / "invoices", processes=2)[0] == 0
    prove(filled, tmp_path / "invoices")


def test_two_runs_at_once(filled: str, tmp_path: Path) -> None:
    both = [start(filled, tmp_path / "invoices") for _ in range(2)]
    for process in both:
        process.go()
    assert [process.end()[0] for process in both] == [0, 0]
    prove(filled, tmp_path / "invoices")


def test_two_runs_at_once_and_one_killed(filled: str, tmp_path: Path) -> None:
    for kill_at in (40, 90, 140):
        victim, other = start(filled, tmp_path / "invoices", kill_at), start(filled, tmp_path / "invoices")
        victim.go()
        other.go()
        victim.end()
        assert other.end()[0] == 0
    prove(filled, tmp_path / "invoices")


def test_without_a_place_to_print_the_bills_stand(filled: str, tmp_path: Path) -> None:
    in_the_way = tmp_path / "invoices"
    in_the_way.write_text("a file where the folder should be")
    code, _ = run(filled, in_the_way)
    assert code == 1
    database = Database(filled)
    with database.reading() as session:
        assert len(invoices.unprinted(session)) == BILLS
    in_the_way.unlink()
    press = printing.Press(database, Archive(in_the_way))
    assert printing.print_missing(press, make.NOW).printed == BILLS
    database.dispose()
    prove(filled, in_the_way)


def test_on_a_full_disk_the_bills_stand(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    folder = tmp_path / "invoices"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "none", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        assert run(sqlite_url, folder)[0] == 1
        subprocess.run(["mount", "-o", "remount,size=10m", folder], check=True)
        assert run(sqlite_url, folder)[0] == 0
        prove(sqlite_url, folder)
    finally:
        subprocess.run(["umount", folder], check=True)
