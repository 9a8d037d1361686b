"""Goods sent back to their supplier, and the credit awaited for them (rules S2, S3)."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.purchases import ReceiptLine, SupplierReturn
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import StockMovement
from garage.domain.permissions import Role
from garage.domain.stock import MovementKind
from garage.operations import stock
from garage.operations.goods_receipts import Received
from garage.operations.purchases import Wanted

from .forms import fields_of
from .harness import Site
from .purchased import Buying, buying
from .workshop import HEAD, said

TOLD = {"quantity": "2", "reason": "mauvaise référence", "reference": "RET-4"}


@pytest.fixture
def store(site: Site) -> Buying:
    made = buying(site)
    made.receive("BL-1", Received(made.parts["FILTRE"], Decimal(6), Decimal(13)))
    return made


def line(store: Buying) -> int:
    with store.site.database.reading() as session:
        return session.scalars(select(ReceiptLine.id).order_by(ReceiptLine.id.desc())).first() or 0


def path(store: Buying) -> str:
    return f"/retours-fournisseurs/nouveau/{line(store)}"


def test_sent_back_at_the_average_once_then_credited(store: Buying) -> None:
    head = store.work.head
    said(head.get("/retours-fournisseurs"), 200, "Aucun retour.")
    sent = fields_of(head.get(path(store)).text) | TOLD
    for _ in range(2):
        said(head.post(path(store), data=sent), 303)
    assert store.work.count(SupplierReturn) == 1
    assert store.work.on_hand(store.parts["FILTRE"]) == Decimal(6)
    with store.site.database.reading() as session:
        moved = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.SUPPLIER_RETURN)).one()
        assert (moved.quantity, moved.unit_cost, moved.receipt_line_id) == (
            Decimal(-2), Decimal("12.2500"), line(store)
        )  # fmt: skip
    said(head.get("/retours-fournisseurs?avoir=attendu"), 200, "Pièce FILTRE", "Attendu", "1 avoir attendu")
    made = "/retours-fournisseurs/1/avoir"
    said(head.get(made), 200, "26,00")
    told = {"credit_reference": "AV-9", "amount": "26"}
    said(head.post(made, data=told | {"amount": "0"}), 422, "plus grand que zéro")
    said(head.post(made, data=told | {"done_on": "2020-01-01"}), 422, "n’est pas possible ici")
    said(head.post(made, data=told | {"credit_reference": ""}), 422, "Saisissez le numéro de l’avoir")
    said(store.site.client(Role.ACCOUNTING).post(made, data=told), 303)
    said(head.post(made, data=told), 303)
    said(head.post(made, data=told | {"amount": "20"}), 422, "L’avoir de ce retour est déjà enregistré")
    said(head.get("/retours-fournisseurs?avoir=recu"), 200, "AV-9", "26,00")
    said(head.get("/retours-fournisseurs?avoir=attendu"), 200, "Aucun retour ne correspond")
    said(head.get("/retours-fournisseurs/export.csv"), 200, "AV-9", "RET-4")


def test_a_credit_that_differs_says_why_and_is_named(store: Buying) -> None:
    head = store.work.head
    said(head.post(path(store), data=fields_of(head.get(path(store)).text) | TOLD), 303)
    made = "/retours-fournisseurs/1/avoir"
    told = {"credit_reference": "AV-9", "amount": "20"}
    answer = head.post(made, data=told)
    said(answer, 422, "L’avoir attendu est de 26,00 € : 6,00 € de moins qu’attendu", "Pourquoi ce montant")
    said(head.post(made, data=told | {"amount": "999999"}), 422, "999 973,00 € de plus qu’attendu")
    said(head.post(made, data=told | {"why": "frais de retour"}), 303)
    said(head.get("/retours-fournisseurs"), 200, "6,00 € de moins qu’attendu", "frais de retour")
    said(head.get("/retours-fournisseurs/export.csv"), 200, "26,00;AV-9", "20,00;-6,00;frais de retour")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"quantity": "7"}, "6 peuvent encore être retournés, vous en saisissez 7"),
        ({"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ({"quantity": "-1"}, "n’est pas possible"),
        ({"quantity": ""}, "Saisissez la quantité"),
        ({"reason": ""}, "Indiquez le motif"),
        ({"done_on": "2099-01-01"}, "n’est pas possible ici"),
        ({"done_on": "2020-01-01"}, "n’est pas possible ici"),
    ],
)
def test_bad_input(store: Buying, told: dict[str, str], words: str) -> None:
    sent = fields_of(store.work.head.get(path(store)).text) | TOLD | told
    said(store.work.head.post(path(store), data=sent), 422, words)
    assert store.work.count(SupplierReturn) == 0


def test_what_is_not_on_hand_any_more(store: Buying) -> None:
    with store.site.database.transaction() as session:
        loss = stock.Movement(clock.today(), HEAD, clock.now(), "casse")
        stock.lose(session, store.parts["FILTRE"], Decimal(7), loss)
    sent = fields_of(store.work.head.get(path(store)).text) | TOLD
    said(store.work.head.post(path(store), data=sent), 422, "Il reste 1 en stock")


def test_what_went_to_an_order_is_not_in_stock(store: Buying) -> None:
    with store.site.database.reading() as session:
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == store.work.number)).one()
    number = store.order(Wanted(store.parts["COURROIE"], Decimal(3), Decimal(9), repair_order_id=order_id))
    store.receive("BL-2", Received(store.parts["COURROIE"], Decimal(3), Decimal(9), store.line(number)))
    sent = fields_of(store.work.head.get(path(store)).text) | TOLD
    said(store.work.head.post(path(store), data=sent), 422, f"directement sur l’ordre {store.work.number}")


def test_who_may(store: Buying) -> None:
    assert store.site.client(Role.ACCOUNTING).get(path(store)).status_code == 403
    assert store.work.mechanic.get("/retours-fournisseurs").status_code == 403
    said(store.work.head.get("/retours-fournisseurs/nouveau/9999"), 404)
    said(store.work.head.get("/retours-fournisseurs/9999/avoir"), 404)
