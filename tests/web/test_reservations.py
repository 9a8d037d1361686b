"""Parts kept for orders to come: availability on the order, on the parts page and while planning (feature PA-17)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.part_requests import Reservation
from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part, StockMovement
from garage.db.queries import reservations as queries
from garage.domain.errors.stock import KeptForOthers
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import (
    order_lines,
    order_works,
    packages,
    removed_lines,
    repair_orders,
    reservations,
    stock,
    stores,
)
from garage.operations.order_lines import Entry, NewQuantity
from garage.operations.order_works import Act, NewWork
from garage.operations.packages import Content
from garage.operations.reservations import By
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    """The order of the workshop is planned, not begun; three of FILTRE are there."""
    made = build(site)

    def write(session: Any) -> None:
        make.part(session, "FILTRE", "3", "8.0000")
        repair_orders.locked(session, made.number).state = OrderState.PLANNED

    made.act(write)
    return made


def keep(work: Workshop, quantity: str, reference: str = "FILTRE", number: str = "") -> Any:
    return work.mechanic.post(f"/reservations/{number or work.number}/{reference}", data={"quantity": quantity})


def another(work: Workshop) -> str:
    return str(work.act(lambda session: make.order(session, work.garage.founder, by=HEAD).number))


def reserved(work: Workshop, reference: str = "FILTRE") -> Decimal | None:
    with work.site.database.reading() as session:
        key = session.scalars(select(Part.id).where(Part.reference == reference)).one()
        return queries.reserved(session, [key]).get(key)


def put(work: Workshop, quantity: str, number: str = "", reference: str = "FILTRE", reason: str | None = None) -> None:
    def write(session: Any) -> None:
        key = session.scalars(select(Part.id).where(Part.reference == reference)).one()
        new = Entry(number or work.number, clock.today(), HEAD, clock.now(), clock.today())
        order_lines.add_part(session, new, key, Decimal(quantity), reason)

    work.act(write)


def test_reserved_from_the_parts_page_and_shown_with_what_is_missing(work: Workshop) -> None:
    page = f"{work.url}/pieces"
    said(work.mechanic.get(f"{page}?q=FILTRE"), 200, f"/reservations/{work.number}/FILTRE")
    said(work.mechanic.get(f"/reservations/{work.number}/FILTRE"), 200, "3 u en stock", "Quantité à réserver")
    assert keep(work, "2").location == page
    said(work.mechanic.get(page), 200, "Réservées pour cet ordre", "Prête", "2 u de Pièce FILTRE réservé")
    assert (reserved(work), work.order().state) == (Decimal(2), OrderState.PLANNED)
    other = another(work)
    said(work.mechanic.get(f"/ordres/{other}/pieces?q=FILTRE"), 200, "réservés pour d’autres ordres")
    said(work.mechanic.get(f"/ordres/{other}/pieces/FILTRE"), 200, "Réservé pour d’autres ordres")
    keep(work, "3", number=other)
    said(work.mechanic.get(f"/ordres/{other}"), 200, "Au magasin", "Il manque 2 u")
    said(work.mechanic.get(work.url), 200, "Prête")
    said(work.mechanic.get("/reservations"), 200, work.number, other, "Prête", "Il manque 2 u")


def test_its_file(work: Workshop) -> None:
    keep(work, "5")
    [_, row] = work.mechanic.get("/reservations/export.csv").text.splitlines()
    assert row.startswith(f"FILTRE;Pièce FILTRE;{work.number};5,000;2,000;u;")


def test_the_last_word_wins_and_the_same_twice_is_once(work: Workshop) -> None:
    for quantity in ("2", "2", "5"):
        assert keep(work, quantity).status_code == 303
    assert (reserved(work), work.count(Reservation)) == (Decimal(5), 1)


@pytest.mark.parametrize("quantity", ["", "0", "-1", "1,2345", "9999999999", "deux"])
def test_what_is_no_quantity_is_refused(work: Workshop, quantity: str) -> None:
    assert keep(work, quantity).status_code == 422
    assert work.count(Reservation) == 0


def test_unknown_parts_and_orders_and_who_may(work: Workshop) -> None:
    assert keep(work, "1", "RIEN").status_code == keep(work, "1", number="OR-2001-00001").status_code == 404
    for role in (Role.COLLECTIVITY, Role.ADMIN, Role.ACCOUNTING):
        client = work.site.client(role)
        assert client.post(f"/reservations/{work.number}/P1", data={"quantity": "1"}).status_code == 403
    assert work.site.client(Role.ACCOUNTING).get("/reservations").status_code == 200


def test_let_go(work: Workshop) -> None:
    keep(work, "2")
    for said_then in ("n’est plus réservé", "n’était plus réservé"):
        answer = work.mechanic.post(f"/reservations/liberer/{work.number}/FILTRE")
        assert answer.status_code == 303
        said(work.mechanic.get(answer.location), 200, said_then)
    assert reserved(work) is None
    said(work.mechanic.get("/reservations"), 200, "Aucune pièce réservée.")


def test_issued_to_its_order_it_is_kept_no_longer(work: Workshop) -> None:
    keep(work, "2")
    other = another(work)
    put(work, "1", other)
    assert reserved(work) == Decimal(2)
    put(work, "1")
    assert reserved(work) == Decimal(1)
    line = [one for one in work.lines() if one.order_id == work.order().id][-1]
    more = NewQuantity(work.number, line.rank, more=Decimal(1), line_id=line.id)
    work.act(order_lines.change_quantity, more, HEAD, clock.now(), clock.today())
    assert reserved(work) is None


def test_bought_for_its_order_it_is_kept_no_longer(work: Workshop) -> None:
    keep(work, "2")

    def write(session: Any) -> None:
        key = session.scalars(select(Part.id).where(Part.reference == "FILTRE")).one()
        new = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today(), form_token="t")
        for _ in range(2):
            order_lines.add_bought_part(session, new, key, Decimal(1), Decimal(9))

    work.act(write)
    assert reserved(work) == Decimal(1)


def test_a_finished_or_cancelled_order_frees_its_own_and_keeps_no_more(work: Workshop) -> None:
    keep(work, "2")
    for state in (OrderState.TO_CHECK, OrderState.DONE, OrderState.CANCELLED):

        def move(session: Any, state: OrderState = state) -> None:
            repair_orders.locked(session, work.number).state = state

        work.act(move)
        assert reserved(work) is None
        said(work.mechanic.get("/reservations"), 200, "Aucune pièce réservée.")
        assert keep(work, "1").status_code == 422
        assert work.head.post(f"/reservations/{work.number}/P1", data={"quantity": "1"}).status_code == 422


def test_the_first_reserved_is_served_first(work: Workshop) -> None:
    other = another(work)
    keep(work, "2", number=other)
    keep(work, "2")
    with work.site.database.reading() as session:
        key = session.scalars(select(Part.id).where(Part.reference == "FILTRE")).one()
        kept = [(one.number, one.missing) for one in queries.of_part(session, key)]
    assert kept == [(other, Decimal(0)), (work.number, Decimal(1))]
    put(work, "3", number=another(work), reason="Dépannage de nuit")
    said(work.mechanic.get(f"/ordres/{other}"), 200, "Il manque 2 u")


def test_while_planning_one_sees_whether_the_parts_are_there(work: Workshop) -> None:
    keep(work, "2")
    said(work.head.get("/planning"), 200, "pièces prêtes")
    said(work.head.get(f"/planning/ordre/{work.number}"), 200, "Pièces réservées", "pièces prêtes")
    keep(work, "5")
    said(work.head.get("/planning"), 200, "il manque 2 Pièce FILTRE")
    said(work.head.get(f"/planning/ordre/{work.number}"), 200, "il manque 2 Pièce FILTRE")


def test_more_of_it_adds_to_what_is_kept(work: Workshop) -> None:
    keep(work, "1")
    with work.site.database.reading() as session:
        key = session.scalars(select(Part.id).where(Part.reference == "FILTRE")).one()
    work.act(reservations.reserve_more, work.number, key, Decimal("1.5"), By(HEAD, clock.now()))
    assert reserved(work) == Decimal("2.5")


def taken_by(work: Workshop, number: str, quantity: str, reason: str = "") -> Any:
    data = {"quantity": quantity, "forced_reason": reason}
    return work.head.post(f"/ordres/{number}/pieces/FILTRE", data=data)


def test_what_is_kept_for_an_order_is_not_issued_to_another(work: Workshop) -> None:
    """The refusal names who reserved and what is free; with his reason the head takes it, and that order is short."""
    keep(work, "2")
    other = another(work)
    refused = taken_by(work, other, "2")
    said(refused, 422, f"réservé pour {work.number}", "Il en reste 1 de libre, vous en demandez 2", "forced_reason")
    data = {"quantity": "2", "forced_reason": "Urgence"}
    assert work.mechanic.post(f"/ordres/{other}/pieces/FILTRE", data=data).status_code == 422
    assert taken_by(work, other, "1").status_code == 303
    assert taken_by(work, other, "1").status_code == 422
    assert taken_by(work, other, "1", "Route de nuit").status_code == 303
    with work.site.database.reading() as session:
        out = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
        assert out is not None
        assert (out.forced, out.reason, out.on_hand) == (False, "Route de nuit", Decimal(1))
    said(work.head.get(work.url), 200, "Il manque 1 u")
    said(work.head.get("/planning"), 200, "il manque 1 Pièce FILTRE")
    said(work.head.get("/mouvements/au-dela-du-stock"), 200, "Aucune")


def test_first_reserved_first_served_whoever_reserves_more_later(work: Workshop) -> None:
    other = another(work)
    keep(work, "2")
    keep(work, "9", number=other)
    refused = taken_by(work, other, "2")
    said(refused, 422, "Il en reste 1 de libre")
    assert taken_by(work, work.number, "2").status_code == 303
    assert taken_by(work, other, "1").status_code == 303


def test_a_package_and_the_sheet_of_fluids_leave_what_is_kept(work: Workshop) -> None:
    keep(work, "3")
    other = another(work)
    work.act(packages.create, Content("FIL", "Filtres", parts=(("FILTRE", Decimal(1)),)), HEAD, clock.now())
    act = Act(other, HEAD, HEAD, clock.now(), clock.today(), clock.now(), clock.today())
    done = work.act(lambda session: order_works.add(session, act, NewWork(package="FIL")).id)
    said(work.head.get(f"/ordres/{other}/pieces"), 200, "Manque", "Pièce FILTRE")
    sent = {"ordre": other, "travail": str(done), "retour": f"/ordres/{other}"}
    answer = work.head.post("/saisies/pieces-forfait", data=sent)
    said(work.head.get(answer.location), 200, "0 libre, 1 à poser")
    with work.site.database.reading() as session:
        key = session.scalars(select(Part.id).where(Part.reference == "FILTRE")).one()
        assert session.get_one(Part, key).on_hand == 3


def test_more_of_a_line_and_a_line_put_back_leave_what_is_kept(work: Workshop) -> None:
    other = another(work)
    put(work, "1", number=other)
    keep(work, "2")
    with work.site.database.reading() as session:
        key = session.scalars(select(OrderLine.id).where(OrderLine.part_id.is_not(None)).order_by(OrderLine.id.desc()))
        line = session.get_one(OrderLine, key.first())
    more = NewQuantity(other, line.rank, more=Decimal(1), line_id=line.id)
    with pytest.raises(KeptForOthers):
        work.act(order_lines.change_quantity, more, HEAD, clock.now(), clock.today())
    work.act(lambda session: order_lines.remove(session, other, line.rank, HEAD, clock.now()))
    keep(work, "3")
    with pytest.raises(KeptForOthers):
        work.act(removed_lines.put_back, other, line.id, HEAD, clock.now())
    keep(work, "2")
    work.act(removed_lines.put_back, other, line.id, HEAD, clock.now())


def test_taken_offline_it_waits_for_the_head(work: Workshop) -> None:
    keep(work, "3")
    other = another(work)
    sent = {"ordre": other, "reference": "FILTRE", "quantity": "1", "cle": "hors-ligne"}
    answer = work.mechanic.post("/saisies/piece", data=sent, headers={"X-Saisie": "rejouee"})
    assert answer.status_code == 202
    said(work.head.get("/saisies/a-verifier"), 200, "FILTRE")


def test_the_page_of_a_part_says_where_it_lies_and_for_whom_it_is_kept(work: Workshop) -> None:
    def shelve(session: Any) -> None:
        key = session.scalars(select(Part.id).where(Part.reference == "FILTRE")).one()
        why = stock.Movement(clock.today(), HEAD, clock.now(), "Rangé", bin_id=stores.LOOSE)
        stock.transfer(session, key, Decimal(1), stores.bin_of(session, "A2-10"), why)

    work.act(shelve)
    other = another(work)
    keep(work, "1")
    keep(work, "2", number=other)
    said(
        work.mechanic.get(f"/ordres/{other}/pieces/FILTRE"), 200, "A2-10 (1 u)", "Sans casier (2 u)",
        'cet ordre : <span class="quantite">2 u', 'd’autres ordres : <span class="quantite">1 u', work.number,
    )  # fmt: skip
    put(work, "1")
    rank = [one for one in work.lines() if one.order_id == work.order().id][-1].rank
    said(work.mechanic.get(f"{work.url}/lignes/{rank}"), 200, "Sortie de Sans casier (1 u)")
