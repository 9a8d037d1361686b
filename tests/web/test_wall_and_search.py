"""The wall screen: today's orders, what waits, what comes; the search of the header and its groups."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from garage.db.models.repair_orders import RepairOrder
from garage.domain.devices import DeviceKind
from garage.domain.permissions import Role
from garage.domain.planning import Slot
from garage.domain.repair_orders import OrderState
from garage.operations import planning, repair_orders
from tests.factories import garage as make

from . import planned
from .harness import Site
from .tablets import equip, share
from .workshop import HEAD, ROLES_REFUSED, Workshop, build, said

NOW = datetime(2026, 11, 20, 13, 32, tzinfo=UTC)  # a Friday
TODAY = date(2026, 11, 20)
WALL = "/ecran-atelier"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def test_an_empty_workshop(work: Workshop) -> None:
    said(work.mechanic.get(WALL), 200, "Atelier, vendredi 20 novembre 2026", "Rien n’est planifié aujourd’hui",
         "Rien n’attend", "Aucune arrivée prévue", "Lundi 23", "Mis à jour à", ">14:32<", "Actualiser")  # fmt: skip


def test_what_everybody_does_what_waits_and_what_comes(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        idle = planned.mechanic(session, "Enora Bihan")
        late, blocked, coming = (planned.asked(session, work.garage.partner) for _ in range(3))
        late.promised_on = TODAY - timedelta(days=2)
        coming.object_label = "Barrière du port"
        planning.plan(session, work.number, Slot(1, TODAY, 120), planned.by(TODAY))
        planning.plan(session, late.number, Slot(1, TODAY, 60), planned.by(TODAY))
        planning.plan(session, blocked.number, Slot(1, TODAY - timedelta(days=1), 60), planned.by(TODAY - timedelta(2)))
        planning.plan(session, coming.number, Slot(idle, date(2026, 11, 23), 60), planned.by(TODAY))
        before = NOW - timedelta(days=3)
        repair_orders.change_state(session, blocked.number, OrderState.BLOCKED, HEAD, before, reason="Clé perdue")
    page = work.mechanic.get(WALL)
    said(page, 200, "Personne 1", "AB-123-CD", "Fuite d’huile", "En cours", "En retard (18/11)", "Bloqué", "3 jours")
    said(page, 200, "Barrière du port")
    assert "Enora Bihan" not in page.text
    assert "€" not in page.text


def test_too_many_people_and_orders_are_told(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        people = [planned.mechanic(session, f"Renfort {n:02d}") for n in range(17)]
        for who in people:
            planning.plan(session, work.number, Slot(who, TODAY, 60), planned.by(TODAY))
        for _ in range(3):
            order = planned.asked(session, work.garage.partner)
            planning.plan(session, order.number, Slot(people[0], TODAY, 60), planned.by(TODAY))
            planning.plan(session, planned.asked(session, work.garage.partner).number,
                          Slot(people[0], date(2026, 11, 23), 60), planned.by(TODAY))  # fmt: skip
        for n in range(9):
            number = make.order(session, work.garage.partner, date(2026, 10, 1 + n)).number
            repair_orders.change_state(session, number, OrderState.WAITING_AGREEMENT, HEAD, NOW)
    page = work.mechanic.get(WALL)
    said(page, 200, "+ 5 autres", "+ 3 autres", "+ 2 autres", "Attente accord")
    assert page.text.count("<h2>Renfort") == 12


def test_only_the_moving_part_comes_again(work: Workshop) -> None:
    part = work.mechanic.get(WALL, headers={"HX-Request": "true"})
    said(part, 200, "Mis à jour à")
    assert "<html" not in part.text
    assert 'data-theme="sombre"' in work.mechanic.get(WALL).text
    work.mechanic.set_cookie("theme", "clair")
    assert 'data-theme="clair"' in work.mechanic.get(WALL).text


@pytest.mark.parametrize("role", ROLES_REFUSED)
def test_the_wall_and_the_search_are_the_workshop_s(site: Site, role: Role) -> None:
    client = site.client(role)
    assert client.get(WALL).status_code == client.get("/recherche?q=x").status_code == 403
    assert "recherche-generale" not in client.get("/").text
    assert site.client().get(WALL).status_code == 303


def test_a_search_finds_each_kind(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        planned.asked(session, work.garage.partner, object_label="Portail de la déchèterie")
        planned.asked(session, work.garage.partner, object_label="Portail de la déchèterie")
    said(work.mechanic.get("/recherche?q=master"), 200, "Véhicules", "BOURG-1", work.number, "Ordres de réparation")
    said(work.mechanic.get("/recherche?q=DECHET"), 200, "Sites et objets", "Portail de la déchèterie", "2 ordres")
    said(work.mechanic.get("/recherche?q=pièce"), 200, "Pièces", "Pièce P1", "100 u en stock")
    said(work.mechanic.get("/recherche?q=ab 123"), 200, "AB-123-CD")
    said(work.mechanic.get("/recherche?q=zzz"), 200, "Rien ne correspond à « zzz »", "Aucun résultat")
    for nothing in ("", "?q=", "?q=%00", "?q=%25", "?q=_"):
        assert work.mechanic.get(f"/recherche{nothing}").status_code == 200


def test_one_thing_alone_opens_itself(work: Workshop) -> None:
    assert work.mechanic.get(f"/recherche?q={work.number.lower()}").location == work.url
    assert work.mechanic.get("/recherche?q=p1").location == "/stock/P1"


def test_accounting_searches_orders_and_the_stock(work: Workshop) -> None:
    clerk = work.site.client(Role.ACCOUNTING)
    said(clerk.get("/recherche?q=pièce"), 200, "Pièce P1")
    said(clerk.get("/recherche?q=master"), 200, work.number, "/ordres/?q=BOURG-1&amp;etat=tous")


def test_more_than_a_group_shows_is_told(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for n in range(10):
            planned.asked(session, work.garage.partner, object_label=f"Barrière {n}")
    page = work.head.get("/recherche?q=barri")
    said(page, 200, "D’autres objets correspondent", "Tous les ordres qui correspondent", "16 résultats affichés")
    with work.site.database.reading() as session:
        assert len(session.scalars(select(RepairOrder.id)).all()) == 11


def test_the_header_holds_the_search(work: Workshop) -> None:
    page = work.head.get("/ordres/")
    said(page, 200, 'action="/recherche"', "data-recherche-generale")


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_a_device_of_the_workshop_shows_the_wall_to_whoever_stands_there(work: Workshop, kind: DeviceKind) -> None:
    screen = share(equip(work.site), "Écran du magasin", kind)
    said(screen.get(WALL), 200, "Atelier, vendredi 20 novembre 2026")
    assert screen.get("/recherche?q=master").status_code == 303
