"""What a collectivity sees of its vehicles: its own alone, amounts once billed, nothing of a former owner's costs."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from garage.db.models.journal import JournalEntry
from garage.db.models.vehicles import Vehicle
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.web.vehicles import STATES
from tests.factories import garage as make

from .accounting import NOW, Shop, shop
from .harness import Site

Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def busy(make_site: Make, tmp_path: Path) -> Shop:
    """A garage with work; the person of the collectivity is the partner's."""
    return shop(make_site, tmp_path / "pdf")


def _plain(text: str) -> str:
    return " ".join(text.replace("&nbsp;", " ").replace("\u00a0", " ").replace("\u202f", " ").split())


def test_a_collectivity_without_vehicles(make_site: Make) -> None:
    client = make_site().client(Role.COLLECTIVITY)
    assert "Aucun véhicule n’est enregistré" in client.get("/mes-vehicules").text


def test_what_is_at_the_garage_comes_first(busy: Shop) -> None:
    page = _plain(busy.site.client(Role.COLLECTIVITY).get("/mes-vehicules").text)
    assert page.index("En ce moment au garage") < page.index("Tous les véhicules")
    assert "En attente" in page
    assert "Freins" in page
    assert "BOURG-1" in page
    assert "84 310 km" in page
    for word in ("VILLE-1", "EAU-1", "AGGLO-1", "Attente pièce", "Étrier"):
        assert word not in page, word


def test_the_year_s_cost_appears_once_billed(busy: Shop) -> None:
    client = busy.site.client(Role.COLLECTIVITY)
    path = f"/mes-vehicules/{busy.garage.vehicles['BOURG'].id}"
    assert "Rien" in client.get("/mes-vehicules").text
    before = _plain(client.get(path).text)
    assert "Prêt" in before
    assert "À venir" in before
    assert "212,50 €" not in before
    busy.issue()
    assert "212,50 €" in _plain(client.get("/mes-vehicules").text)
    after = _plain(client.get(path).text)
    assert "Facturé" in after
    assert after.count("212,50 €") == 3
    assert "3 h 10" in after
    assert "Pièce P1" in after


def test_the_vehicles_for_a_spreadsheet(busy: Shop) -> None:
    busy.issue()
    lines = busy.site.client(Role.COLLECTIVITY).get("/mes-vehicules/vehicules.csv").text.splitlines()
    assert lines == [
        "\ufeffNuméro;Immatriculation;Type;Marque;Modèle;Compteur;Unité;Net facturé 2026",
        "BOURG-1;AB-123-CD;Véhicule;Renault;Master;84310;km;212,50",
    ]


def test_another_s_vehicle_is_not_there_and_the_journal_knows(busy: Shop) -> None:
    client = busy.site.client(Role.COLLECTIVITY)
    assert client.get(f"/mes-vehicules/{busy.garage.vehicles['VILLE'].id}").status_code == 404
    assert client.get("/mes-vehicules/9999").status_code == 404
    with busy.site.database.reading() as session:
        acts = session.execute(
            select(JournalEntry.actor, JournalEntry.subject_key).where(JournalEntry.action == "not_visible")
        ).all()
    assert [tuple(act) for act in acts] == [("Personne 3", "VILLE-1")]


def test_a_former_owner_s_work_stays_out_of_sight(busy: Shop) -> None:
    busy.issue()
    moved = busy.garage.vehicles["VILLE"].id
    with busy.site.database.transaction() as session:
        session.get_one(Vehicle, moved).collectivity_id = busy.garage.partner.id
    client = busy.site.client(Role.COLLECTIVITY)
    page = _plain(client.get(f"/mes-vehicules/{moved}").text)
    assert "Aucune intervention sur ce véhicule pour votre collectivité" in page
    assert "Net facturé par année" not in page
    row = _plain(client.get("/mes-vehicules").text).split("VILLE-1")[1].split("</tr>")[0]
    assert "Rien" in row


def test_a_long_history_goes_on_by_key(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.vehicles._PAGE", 2)
    vehicle = busy.garage.vehicles["BOURG"].id
    with busy.site.database.transaction() as session:
        owner = session.merge(busy.garage.partner)
        for month in (1, 2, 3):
            make.order(session, owner, date(2026, month, 1), vehicle_id=vehicle)
    client = busy.site.client(Role.COLLECTIVITY)
    seen: list[str] = []
    path = f"/mes-vehicules/{vehicle}"
    while path:
        page = client.get(path).text
        seen += [piece.split("<")[0] for piece in page.split('<span class="reference">')[1:]]
        path = page.split('rel="next" href="')[1].split('"')[0] if 'rel="next"' in page else ""
    assert len(seen) == len(set(seen)) == 5


def test_every_state_that_is_shown_has_its_short_word() -> None:
    assert set(OrderState) - set(STATES) == {OrderState.DRAFT, OrderState.CANCELLED}
    assert {text for text, _, _ in STATES.values()} == {
        "Demandé", "Planifié", "En atelier", "En attente", "Prêt", "Facturé",
    }  # fmt: skip
