"""Vehicles as the workshop sees them, and an order opened in one tap."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.requests import Request
from garage.db.models.vehicles import Vehicle
from garage.domain.order_works import WorkState
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderKind, OrderState
from garage.domain.requests import RequestState
from garage.operations import order_lines, repair_orders, vehicles
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

OUTBOX = {"X-Saisie": "1"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def test_the_list_searches_filters_and_pages(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        owner = make.collectivity(session, "LONGUE", name="Longue")
        for n in range(30):
            make.vehicle(session, owner, f"L-{n:03d}", registration=None, make="Iveco", model="Daily")
    page = work.mechanic.get("/parc")
    said(page, 200, "24 véhicules affichés, d’autres suivent", "AGGLO-1", "apres=")
    said(work.mechanic.get("/parc?q=iveco"), 200, "24 véhicules affichés")
    said(work.mechanic.get("/parc?q=l-007"), 200, "1 véhicule affiché.", "/parc/L-007")
    said(work.mechanic.get("/parc?collectivite=BOURG"), 200, "1 véhicule affiché.", "BOURG-1", "Bourg")
    said(work.mechanic.get("/parc?apres=L-020"), 200, "Page précédente", "L-021")
    said(work.mechanic.get("/parc?q=rien"), 200, "Aucun véhicule ne correspond.")
    fragment = work.mechanic.get("/parc?q=l-007", headers={"HX-Request": "true"})
    assert "<h1" not in fragment.text


def test_the_list_for_a_spreadsheet_is_whole(work: Workshop) -> None:
    text = work.mechanic.get("/parc/export.csv?collectivite=BOURG").text
    head, row = text.strip().split("\r\n")
    assert head.startswith("\ufeffParc;Immatriculation;Type")
    assert row.startswith("BOURG-1;AB-123-CD;")
    assert "84310" in row


def test_a_vehicle_with_what_is_open_past_put_off_and_asked(work: Workshop) -> None:
    van = work.garage.vehicles["BOURG"].id
    with work.site.database.transaction() as session:
        old = repair_orders.NewOrder(
            work.garage.partner.id, date(clock.today().year, 1, 5), OrderKind.BREAKDOWN, vehicle_id=van
        )
        done = repair_orders.open_order(session, old, HEAD, clock.now(), clock.today())
        entry = order_lines.Entry(done.number, done.opened_on, HEAD, clock.now(), clock.today())
        order_lines.add_flat(session, entry, "LAV", Decimal(1))
        repair_orders.finish(session, done.number, "Vidange faite", None, HEAD, clock.now())
        repair_orders.check(session, done.number, done.opened_on, HEAD, clock.now(), clock.today())
        put_off = {"order_id": done.id, "created_at": clock.now(), "state": WorkState.POSTPONED}
        session.add(OrderWork(rank=1, label="Plaquettes avant", reason="Pièce absente", standard_minutes=90, **put_off))
        session.flush()
        first = session.scalars(select(OrderWork.id)).one()
        session.add(OrderWork(rank=2, label="Déjà repris", resumed_by_id=first, **put_off))
        asked = {"collectivity_id": work.garage.partner.id, "vehicle_id": van, "created_at": clock.now()}
        asked |= {"contact_name": "Mme Le Bras", "contact_phone": "02 98 00 00 00"}
        for number, state in (("D-1", RequestState.RECEIVED), ("D-2", RequestState.REFUSED)):
            session.add(
                Request(number=number, follow_token=number, what=f"Bruit {number}", urgent=True, state=state, **asked)
            )
    page = work.mechanic.get("/parc/BOURG-1")
    shown = work.number.replace("OR-", "OR ")
    said(
        page, 200, "AB-123-CD", "Renault Master", "Bourg", "84 310 km", f"Reprendre l’{shown}",
        "Plaquettes avant", "Pièce absente", "1 h 30", "Bruit D-1", "Urgent", "Mme Le Bras", "Vidange faite",
        "/etiquettes?q=BOURG-1",
    )  # fmt: skip
    for absent in ("Déjà repris", "Bruit D-2", "/saisies/ouvrir"):
        assert absent not in page.text
    assert work.mechanic.get("/parc/RIEN").status_code == 404


def test_an_order_is_opened_in_one_tap(work: Workshop) -> None:
    page = work.mechanic.get("/parc/VILLE-1")
    said(page, 200, "Nouvel OR", "/saisies/ouvrir", "Compteur jamais relevé", "Aucun ordre terminé")
    data = {"vehicule": "VILLE-1", "cle": "c1"}
    first = work.mechanic.post("/saisies/ouvrir", data=data)
    assert first.status_code == 303
    said(work.mechanic.get(first.location), 200, "ouvert", first.location.rpartition("/")[2])
    assert work.mechanic.post("/saisies/ouvrir", data=data, headers=OUTBOX).status_code == 409
    again = work.head.post("/saisies/ouvrir", data=data | {"cle": "c2"}, headers=OUTBOX)
    assert (again.status_code, again.json["vers"]) == (201, first.location)
    said(work.head.get(first.location), 200, "était déjà ouvert")
    assert work.count(RepairOrder) == 2
    said(work.mechanic.get("/parc/VILLE-1"), 200, "Reprendre l’OR", "Nouvel ordre détaillé…")


def test_an_order_entered_offline_is_of_its_own_day(work: Workshop) -> None:
    data = {"vehicule": "VILLE-1", "cle": "c1", "saisi_a": f"{yesterday().isoformat()}T10:00:00+02:00"}
    answer = work.mechanic.post("/saisies/ouvrir", data=data, headers={"X-Saisie": "rejouee"})
    assert answer.status_code == 201
    with work.site.database.reading() as session:
        order = session.scalars(select(RepairOrder).order_by(RepairOrder.id.desc())).first()
        assert order
        assert order.opened_on == yesterday()


def test_without_convention_the_sentence_is_there_and_the_head_goes_on(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        owner = make.collectivity(session, "HORS", name="Hors convention")
        make.vehicle(session, owner, "HORS-1")
    page = work.mechanic.get("/parc/HORS-1")
    said(page, 200, "Aucune convention de Hors convention ne couvre le")
    assert "/saisies/ouvrir" not in page.text
    assert "Ouvrir avec un motif…" not in page.text
    said(work.head.get("/parc/HORS-1"), 200, "Ouvrir avec un motif…", "/ordres/nouveau?vehicule=HORS-1")
    refused = work.mechanic.post("/saisies/ouvrir", data={"vehicule": "HORS-1", "cle": "c1"})
    said(refused, 422, "Aucune convention de Hors convention")
    told = work.mechanic.post("/saisies/ouvrir", data={"vehicule": "RIEN", "cle": "c2"}, headers=OUTBOX)
    assert told.status_code == 422
    assert work.count(Entry) == 0
    assert work.count(RepairOrder) == 1


def test_every_open_order_is_listed(work: Workshop) -> None:
    van, owner = work.garage.vehicles["BOURG"].id, work.garage.partner.id
    entered = repair_orders.NewOrder(owner, yesterday(), OrderKind.INSPECTION, vehicle_id=van, reason="Contrôle")
    other = work.act(repair_orders.open_order, entered, HEAD, clock.now(), clock.today())
    said(work.mechanic.get("/parc/BOURG-1"), 200, "Ordres ouverts", work.number, other.number, "Fuite d’huile")
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    said(work.mechanic.get("/parc/BOURG-1"), 200, "Ordre ouvert", "Annulé")


def test_a_fleet_number_may_hold_anything(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        make.vehicle(session, work.garage.partner, "AT/12 é?#", registration=None, make=None, model=None)
    page = work.mechanic.get("/parc?q=AT/12")
    address = page.text.split('<p class="titre"><a href="')[1].split('"')[0]
    said(work.mechanic.get(address), 200, "AT/12 é?#", "Nouvel OR")
    with work.site.database.reading() as session:
        assert session.scalar(select(Vehicle.id).where(Vehicle.fleet_number == "AT/12 é?#"))


def test_the_navigation_has_it_for_the_workshop_alone(work: Workshop) -> None:
    for client in (work.mechanic, work.head):
        said(client.get("/plan-du-site"), 200, "/parc", "/scanner", "/etiquettes")
    assert "/parc" not in work.site.client(Role.ACCOUNTING).get("/plan-du-site").text


def test_a_meter_read_later_is_shown_with_its_day(work: Workshop) -> None:
    day = clock.today()
    work.act(vehicles.read_meter, work.garage.vehicles["BOURG"].id, 84500, day)
    said(work.mechanic.get("/parc/BOURG-1"), 200, "84 500 km", f"{day:%d/%m/%Y}")


def test_what_only_waits_for_the_check_keeps_no_order_from_opening(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        entry = order_lines.Entry(work.number, yesterday(), HEAD, clock.now(), clock.today())
        order_lines.add_flat(session, entry, "LAV", Decimal(1))
        repair_orders.finish(session, work.number, "Lavé", None, HEAD, clock.now())
    page = work.mechanic.get("/parc/BOURG-1")
    said(page, 200, "Ordre ouvert", "À contrôler", "Nouvel OR", "/saisies/ouvrir")
    assert "Reprendre" not in page.text
    answer = work.mechanic.post("/saisies/ouvrir", data={"vehicule": "BOURG-1", "cle": "c1"}, headers=OUTBOX)
    assert answer.json["vers"] != work.url
    assert work.head.get("/q/BOURG-1").location == "/parc/BOURG-1"
