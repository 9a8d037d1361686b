"""The page of one billed line: its price step by step, where it comes from, and who may read what."""

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from garage.db.models.invoices import Invoice, InvoiceLine
from garage.domain.invoices.bill import BilledNature
from garage.domain.permissions import Role

from .accounting import NOW, Shop, shop
from .harness import Site


@pytest.fixture
def billed(make_site: Callable[..., Site], tmp_path: Path) -> Shop:
    with time_machine.travel(NOW, tick=False):
        made = shop(make_site, tmp_path / "bills")
        made.issue()
    return made


def lines(billed: Shop, number: str) -> dict[BilledNature, int]:
    """The first place of each nature on a bill."""
    with billed.site.database.reading() as session:
        rows = session.execute(
            select(InvoiceLine.nature, InvoiceLine.position)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(Invoice.number == number)
            .order_by(InvoiceLine.position.desc())
        )
        return {row.nature: row.position for row in rows}


def test_every_line_of_every_bill_says_why(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    with billed.site.database.reading() as session:
        places = session.execute(
            select(Invoice.number, InvoiceLine.position).join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        ).all()
    assert places
    for number, position in places:
        answer = client.get(f"/factures/{number}/lignes/{position}")
        assert answer.status_code == 200
        assert "Pourquoi ce prix" in answer.text


def test_hours_a_part_and_a_fee(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    place = lines(billed, "F2026-0001")
    hours = client.get(f"/factures/F2026-0001/lignes/{place[BilledNature.LABOUR]}").text
    assert "190 min" in hours
    assert "Grille «\u00a02026\u00a0»" in hours
    assert "Ouvrir l’ordre" in hours
    part = client.get(f"/factures/F2026-0001/lignes/{place[BilledNature.PART]}").text
    assert "Coût 10,00\u00a0€" in part
    assert "Sortie du stock" in part
    assert "Reprise" in part
    fee = client.get(f"/factures/F2026-0001/lignes/{place[BilledNature.STRUCTURE]}").text
    assert "somme des autres lignes" in fee


def test_a_collectivity_reads_its_own_price_and_nobody_s_name(billed: Shop) -> None:
    client = billed.site.client(Role.COLLECTIVITY)
    own = client.get(f"/factures/F2026-0001/lignes/{lines(billed, 'F2026-0001')[BilledNature.LABOUR]}")
    other = client.get("/factures/F2026-0003/lignes/1")
    assert own.status_code == 200
    assert "Pourquoi ce prix" in own.text
    assert "Mécanicien" not in own.text
    asked = own.text.split('href="/factures/F2026-0001/question/')[1].split('"')[0]
    assert client.get(f"/factures/F2026-0001/question/{asked}").status_code == 200
    assert other.status_code == 404


@pytest.mark.parametrize("place", ["0", "999", "2147483648", "un"])
def test_no_such_line(billed: Shop, place: str) -> None:
    assert billed.site.client(Role.ACCOUNTING).get(f"/factures/F2026-0001/lignes/{place}").status_code == 404


def test_the_bill_leads_to_each_of_its_lines(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    page = client.get("/factures/F2026-0001").text
    with billed.site.database.reading() as session:
        rows = session.execute(
            select(InvoiceLine.position, InvoiceLine.label)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(Invoice.number == "F2026-0001")
        ).all()
    assert rows
    for position, label in rows:
        assert f'<a href="/factures/F2026-0001/lignes/{position}">{label}</a>' in page
