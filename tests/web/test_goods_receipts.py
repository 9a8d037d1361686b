"""Goods received: of an order or without, in part, above, for an order, scan by scan; the same note once (S2, S3)."""

import io
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from garage import clock
from garage.db.models.part_requests import PartRequest
from garage.db.models.parts import CoreDeposit, PartSupplier
from garage.db.models.purchases import GoodsReceipt, PurchaseOrder, ReceiptLine
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Bin, Part, PartBarcode, StockMovement
from garage.domain.errors.base import Conflict, ImpossibleDay
from garage.domain.errors.purchases import AboveOrder, NoteReceived, NothingReceived, NotOrdered, OtherSupplier
from garage.domain.part_requests import PartRequestState
from garage.domain.permissions import Role
from garage.domain.purchases import PurchaseState
from garage.domain.repair_orders import OrderState
from garage.operations import goods_receipts, purchases, repair_orders, stock_acts, stores
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.purchases import Wanted

from .forms import fields_of
from .harness import Site
from .purchased import Buying, buying, by, deliver
from .workshop import HEAD, said


@pytest.fixture
def store(site: Site) -> Buying:
    return buying(site)


def order_id(store: Buying) -> int:
    with store.site.database.reading() as session:
        return session.scalars(select(RepairOrder.id).where(RepairOrder.number == store.work.number)).one()


def path(store: Buying, supplier: str = "Filtres Martin", words: str = "") -> str:
    return f"/receptions/de/{store.suppliers[supplier]}{words}"


def typed(store: Buying, address: str, **told: Any) -> Any:
    sent = fields_of(store.work.head.get(address).text)
    sent = {name: value for name, value in sent.items() if value or not name.startswith(("cout_", "casier_"))}
    return store.work.head.post(address, data=sent | told)


def test_a_whole_order_on_its_note(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    line = store.line(number)
    page = store.work.head.get(path(store))
    said(page, 200, "Pièce FILTRE", f"commande {number}, reste 6", 'value="11,50"', 'value="A1"')
    answer = typed(store, path(store), delivery_note="BL 77", **{f"quantite_l{line}": "6"})
    said(answer, 303)
    said(store.work.head.get(answer.location), 200, "Livraison BL 77", "Pièce FILTRE", number, "Retourner…")
    with store.site.database.reading() as session:
        order = session.scalars(select(PurchaseOrder)).one()
        assert order.state is PurchaseState.RECEIVED
        received = session.scalars(select(ReceiptLine)).one()
        moved = session.scalars(select(StockMovement).where(StockMovement.receipt_line_id == received.id)).one()
        part = session.get_one(Part, store.parts["FILTRE"])
        assert (moved.quantity, moved.unit_cost, moved.bin_id) == (Decimal(6), Decimal("11.5"), part.bin_id)
        assert (part.on_hand, part.average_cost) == (Decimal(8), Decimal("11.1250"))


def test_the_same_form_twice_is_one_delivery_and_the_same_note_is_refused(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    sent = fields_of(store.work.head.get(path(store)).text) | {"delivery_note": "BL-1", f"quantite_l{line}": "2"}
    first, again = (store.work.head.post(path(store), data=sent).location for _ in range(2))
    assert first == again
    assert store.work.count(GoodsReceipt) == 1
    other = typed(store, path(store), delivery_note="bl-1", **{f"quantite_l{line}": "1"})
    said(other, 422, "Le bon de livraison BL-1 de Filtres Martin est déjà enregistré")
    delivery = Delivery(store.suppliers["Filtres Martin"], "BL-2", clock.today(), [], form_token=sent["form_token"])
    with pytest.raises(Conflict), store.site.database.transaction() as session:
        goods_receipts.receive(session, delivery, HEAD, clock.now(), clock.today())
    assert store.receive("BL-1", Received(store.parts["PLEIN"], Decimal(1), Decimal(2)), supplier="Pneus Ouest")


def test_in_part_then_the_rest_and_the_price_kept(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    line = store.line(number)
    said(typed(store, path(store), delivery_note="A", **{f"quantite_l{line}": "2", f"cout_l{line}": "12"}), 303)
    said(store.work.head.get(path(store)), 200, "reste 4")
    said(store.work.head.get("/receptions/nouvelle"), 200, "Filtres Martin", "1 ligne attendue")
    said(typed(store, path(store), delivery_note="B", **{f"quantite_l{line}": "4"}), 303)
    with store.site.database.reading() as session:
        assert session.scalars(select(PurchaseOrder.state)).one() is PurchaseState.RECEIVED
        sold = session.get_one(PartSupplier, (store.parts["FILTRE"], store.suppliers["Filtres Martin"]))
        assert sold.price == Decimal("11.5")
    said(store.work.head.get(path(store)), 200, "Aucune pièce n’est attendue")


def test_above_the_order_asks_why(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    line = store.line(number)
    refused = typed(store, path(store), delivery_note="BL-9", **{f"quantite_l{line}": "8"})
    said(refused, 422, "Il reste 6 à recevoir de Pièce FILTRE, vous en saisissez 8", "Motif si plus que commandé")
    assert store.work.count(GoodsReceipt) == 0
    told = {f"quantite_l{line}": "8", f"surplus_l{line}": "deux offerts"}
    said(typed(store, path(store), delivery_note="BL-9", **told), 303)
    with store.site.database.reading() as session:
        moved = session.scalars(select(StockMovement).where(StockMovement.receipt_line_id.is_not(None))).one()
        assert (moved.quantity, moved.reason) == (Decimal(8), "deux offerts")
        assert session.scalars(select(PurchaseOrder.state)).one() is PurchaseState.RECEIVED


def test_twice_the_same_line_in_one_delivery_counts_together(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    half = Received(store.parts["FILTRE"], Decimal(4), Decimal(11), line)
    with pytest.raises(AboveOrder), store.site.database.transaction() as session:
        deliver(session, store.suppliers["Filtres Martin"], "X", half, half)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "Saisissez la quantité reçue d’au moins une pièce"),
        ({"quantite": "0"}, "La quantité 0 n’est pas possible"),
        ({"quantite": "-1"}, "n’est pas possible"),
        ({"quantite": "1,2345"}, "Saisissez un nombre"),
        ({"quantite": "99999999999"}, "Saisissez un nombre plus petit"),
        ({"quantite": "2", "cout": ""}, "Saisissez le coût d’achat"),
        ({"quantite": "2", "cout": "-4"}, "Le coût"),
        ({"quantite": "2", "note": ""}, "Saisissez le numéro du bon de livraison"),
        ({"quantite": "2", "day": "2099-01-01"}, "n’est pas possible ici"),
    ],
)
def test_bad_input_writes_nothing(store: Buying, told: dict[str, str], words: str) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    sent = {"delivery_note": told.get("note", "BL-3"), "done_on": told.get("day", "")}
    sent |= {f"{name}_l{line}": value for name, value in told.items() if name in ("quantite", "cout")}
    said(typed(store, path(store), **sent), 422, words)
    assert store.work.count(GoodsReceipt) == 0
    assert store.work.on_hand(store.parts["FILTRE"]) == 2


def test_lines_of_others_and_of_orders_not_sent(store: Buying) -> None:
    filtre, martin = store.parts["FILTRE"], store.suppliers["Filtres Martin"]
    draft = store.line(store.order(Wanted(filtre, Decimal(6)), sent=False))
    sent = store.line(store.order(Wanted(filtre, Decimal(6))))
    cases: list[tuple[type[Exception], int, Received]] = [
        (NotOrdered, martin, Received(filtre, Decimal(1), Decimal(1), draft)),
        (OtherSupplier, store.suppliers["Pneus Ouest"], Received(filtre, Decimal(1), Decimal(1), sent)),
        (OtherSupplier, martin, Received(store.parts["PLEIN"], Decimal(1), Decimal(1), sent)),
    ]
    for error, supplier, line in cases:
        with pytest.raises(error), store.site.database.transaction() as session:
            deliver(session, supplier, "BL", line)
    with pytest.raises(NothingReceived), store.site.database.transaction() as session:
        deliver(session, martin, "BL")
    late = Delivery(martin, "BL", clock.today().replace(year=2020), [Received(filtre, Decimal(1), Decimal(1))])
    with pytest.raises(ImpossibleDay), store.site.database.transaction() as session:
        goods_receipts.receive(session, late, HEAD, clock.now(), clock.today())


def test_without_an_order_scan_by_scan(store: Buying) -> None:
    with store.site.database.transaction() as session:
        session.add(PartBarcode(code="3700123", part_id=store.parts["PLEIN"]))
    head, plein = store.work.head, store.parts["PLEIN"]
    address = path(store, "Pneus Ouest")
    said(head.get(address), 200, "Aucune pièce n’est attendue")
    said(head.get(f"{address}/scanner?q=3700123"), 200, "Pièce PLEIN", "non commandée", "1 u", "Compté")
    said(head.get(f"{address}/scanner?q=plein&p{plein}=1"), 200, "2 u")
    said(head.get(f"{address}/scanner?q=plein&p{plein}=1"), 200, "2 u")
    said(head.get(f"{address}/scanner?q=INCONNU&p{plein}=1"), 422, "Introuvable : pièce « INCONNU »", "1 u")
    said(head.get(f"{address}/scanner?p{plein}=NaN&l9=x&p=2"), 200, "Rien n’est attendu")
    told = {f"cout_p{plein}": "55", f"casier_p{plein}": "Z9"}
    said(typed(store, f"{address}?p{plein}=2", delivery_note="PO-1", **told), 422, "casier « Z9 »")
    told |= {f"creer_p{plein}": "y"}
    said(typed(store, f"{address}?p{plein}=2", delivery_note="PO-1", **told), 303)
    with store.site.database.reading() as session:
        moved = session.scalars(select(StockMovement).where(StockMovement.receipt_line_id.is_not(None))).one()
        assert (moved.quantity, moved.unit_cost) == (Decimal(2), Decimal(55))
        assert session.get_one(Part, plein).bin is None
    assert store.work.count(PurchaseOrder) == 0


def test_a_scan_adds_one_to_the_line_that_awaits_it(store: Buying) -> None:
    filtre = store.parts["FILTRE"]
    number = store.order(Wanted(filtre, Decimal(2)))
    first = store.line(number)
    second = store.line(store.order(Wanted(filtre, Decimal(1))))
    head, address = store.work.head, f"{path(store)}/scanner"
    said(head.get(f"{address}?q=FILTRE&l{first}=1"), 200, f"l{first}=2", "1 Pièce FILTRE compté, 2 sur 2")
    said(head.get(f"{address}?p2147483648=1&p9999999999=1&l2147483648=1"), 200, "Scanner la livraison")
    said(head.get(f"{address}?q=FILTRE&l{first}=2"), 200, f"l{second}=1")
    said(head.get(f"{address}?q=FILTRE&l{first}=2&l{second}=1"), 200, f"l{second}=2", "Plus que commandé")
    said(head.get(f"{address}?q=FILTRE&commande={number}&l{first}=2"), 200, f"l{first}=3")
    said(head.get(f"{address}?l{first}=2"), 200, "1 de moins", f"l{first}=1")
    assert store.work.count(GoodsReceipt) == 0


def test_a_bin_typed_wrong_is_asked_about_never_made(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    with store.site.database.transaction() as session:
        for code in ("A2-10", "A2-11", "B7"):
            stores.bin_of(session, code)
        stores.close_bin(session, stores.bin_of(session, "B7"), stores.By(HEAD, clock.now()))
    told = {"delivery_note": "BL-5", f"quantite_l{line}": "5"}
    bins = store.work.count(Bin)
    answer = typed(store, path(store), **told, **{f"casier_l{line}": "A2-1O"})
    said(answer, 422, "vouliez-vous dire « A2-10 »", "Créer ce casier", 'value="A2-1O"')
    said(typed(store, path(store), **told, **{f"casier_l{line}": "b7"}), 422, "Le casier B7 est fermé")
    assert (store.work.count(GoodsReceipt), store.work.count(Bin)) == (0, bins)
    said(typed(store, path(store), **told, **{f"casier_l{line}": "a2-10"}), 303)
    assert store.work.count(Bin) == bins
    said(store.work.head.get(path(store)), 200, 'value="A1"')


def test_every_fault_of_a_delivery_is_told_at_once_at_its_field(store: Buying) -> None:
    wanted = (Wanted(store.parts["FILTRE"], Decimal(6)), Wanted(store.parts["COURROIE"], Decimal(2)))
    first = store.line(store.order(*wanted))
    second = first + 1
    told = {
        f"quantite_l{first}": "1000000", f"cout_l{first}": "-1", f"casier_l{first}": "NULLE PART",
        f"quantite_l{second}": "3", f"cout_l{second}": "0",
    }  # fmt: skip
    answer = typed(store, path(store), **told)
    said(
        answer, 422, "Saisissez le numéro du bon de livraison", "saisissez un nombre plus petit qu’un million",
        "Le coût −1,00 n’est pas possible", "casier « NULLE PART »", "Il reste 2 à recevoir",
        "Reçu gratuitement", "Il y a 7 erreurs",
    )  # fmt: skip
    assert store.work.count(GoodsReceipt) == 0


def test_goods_that_cost_nothing_are_said_to_be_free(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    told = {"delivery_note": "BL-6", f"quantite_l{line}": "1", f"cout_l{line}": "0"}
    said(typed(store, path(store), **told), 422, "Un coût de zéro fait baisser le coût moyen")
    said(typed(store, path(store), **told, **{f"gratuit_l{line}": "y"}), 303)
    said(store.work.head.post("/stock/FILTRE/entree", data={"quantity": "1", "cost": "0", "reason": "Don"}), 422)
    free = {"quantity": "1", "cost": "0", "reason": "Don", "free": "y"}
    said(store.work.head.post("/stock/FILTRE/entree", data=free), 303)


def test_a_note_is_the_same_however_its_letters_are_typed(store: Buying) -> None:
    store.receive("BL-é1", Received(store.parts["FILTRE"], Decimal(1), Decimal(5)))
    with pytest.raises(NoteReceived):
        store.receive("bl-É1", Received(store.parts["FILTRE"], Decimal(2), Decimal(5)))
    store.receive("BL-é2", Received(store.parts["FILTRE"], Decimal(2), Decimal(5)))


def test_a_form_without_its_token_is_two_deliveries(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    for note in ("BL-1", "BL-2"):
        said(typed(store, path(store), delivery_note=note, form_token="", **{f"quantite_l{line}": "1"}), 303)
    assert store.work.count(GoodsReceipt) == 2


def test_a_form_sent_again_with_something_else_is_told(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    sent = fields_of(store.work.head.get(path(store)).text) | {"delivery_note": "BL-1", f"quantite_l{line}": "2"}
    said(store.work.head.post(path(store), data=sent), 303)
    assert store.work.head.post(path(store), data=sent | {f"quantite_l{line}": "3"}).status_code in (409, 422)
    assert store.work.count(ReceiptLine) == 1


def test_a_corrected_price_is_the_last_one_of_its_supplier(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    store.receive("BL-1", Received(store.parts["FILTRE"], Decimal(2), Decimal("12"), line))
    with store.site.database.transaction() as session:
        moved = session.scalars(select(StockMovement).where(StockMovement.receipt_line_id.is_not(None))).one()
        stock_acts.correct_price(session, moved.id, Decimal("11.25"), "Facture 12", moved.id, by())
        sold = session.get_one(PartSupplier, (store.parts["FILTRE"], store.suppliers["Filtres Martin"]))
        assert sold.price == Decimal("11.25")


def test_bought_for_an_order_goes_straight_there(store: Buying) -> None:
    courroie = store.parts["COURROIE"]
    with store.site.database.transaction() as session:
        session.get_one(Part, courroie).deposit = Decimal("8.50")
        asked = PartRequest(
            repair_order_id=order_id(store), part_id=courroie, label="Courroie", quantity=Decimal(2),
            state=PartRequestState.ASKED, asked_at=clock.now(),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        request = asked.id
    line = store.line(
        store.order(Wanted(courroie, Decimal(2), Decimal(30), repair_order_id=order_id(store), request_id=request))
    )
    said(store.work.head.get(path(store)), 200, f"pour l’ordre {store.work.number}", "Mettre en stock")
    said(typed(store, path(store), delivery_note="D-1", **{f"quantite_l{line}": "1"}), 303)
    with store.site.database.reading() as session:
        assert session.get_one(PartRequest, request).state is PartRequestState.ORDERED
    said(typed(store, path(store), delivery_note="D-2", **{f"quantite_l{line}": "1"}), 303)
    with store.site.database.reading() as session:
        put = list(session.scalars(select(OrderLine).where(OrderLine.part_id == courroie).order_by(OrderLine.id)))
        tied = list(session.scalars(select(ReceiptLine).order_by(ReceiptLine.id)))
        assert [(one.quantity, one.cost, one.bought_for_order) for one in put] == [(Decimal(1), Decimal(30), True)] * 2
        assert [one.order_line_id for one in tied] == [one.id for one in put]
        moved = list(session.scalars(select(StockMovement).where(StockMovement.receipt_line_id == tied[0].id)))
        assert [(one.quantity, one.through) for one in moved] == [(Decimal(1), True), (Decimal(-1), True)]
        assert session.get_one(Part, courroie).on_hand == Decimal(1)
        assert session.get_one(PartRequest, request).state is PartRequestState.GIVEN
        assert [one.amount for one in session.scalars(select(CoreDeposit))] == [Decimal("8.50")] * 2
    said(store.work.head.get(store.work.url), 200, "Pièce COURROIE")


def test_an_order_that_takes_no_more_entries_says_so_and_stock_takes_it(store: Buying) -> None:
    filtre = store.parts["FILTRE"]
    line = store.line(store.order(Wanted(filtre, Decimal(2), Decimal(9), repair_order_id=order_id(store))))
    with store.site.database.transaction() as session:
        repair_orders.change_state(
            session, store.work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="véhicule vendu"
        )
    refused = typed(store, path(store), delivery_note="E-1", **{f"quantite_l{line}": "2"})
    said(refused, 422, f"L’ordre {store.work.number} est « Annulé »")
    told = {f"quantite_l{line}": "2", f"stock_l{line}": "y"}
    said(typed(store, path(store), delivery_note="E-1", **told), 303)
    assert store.work.on_hand(filtre) == Decimal(4)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return out.getvalue()


def test_the_photo_of_the_note(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6))))
    told = {f"quantite_l{line}": "6"}
    wrong = typed(store, path(store), delivery_note="P-1", photo=(io.BytesIO(b"rien"), "note.jpg"), **told)
    assert wrong.status_code == 422
    assert store.work.count(GoodsReceipt) == 0
    answer = typed(store, path(store), delivery_note="P-1", photo=(io.BytesIO(picture()), "note.jpg"), **told)
    said(store.work.head.get(answer.location), 200, "Voir la photo du bon de livraison")
    shown = store.work.head.get(f"{answer.location}/photo")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    shown.close()
    assert store.work.mechanic.get(f"{answer.location}/photo").status_code == 403


def test_the_list_its_search_and_its_file(store: Buying) -> None:
    head = store.work.head
    said(head.get("/receptions"), 200, "Aucune livraison.")
    store.receive("BL-AA", Received(store.parts["FILTRE"], Decimal(1), Decimal(10)))
    said(head.get("/receptions?q=bl-aa"), 200, "BL-AA", "Filtres Martin")
    said(head.get("/receptions?q=zzz"), 200, "Aucune livraison ne correspond")
    said(head.get("/receptions/export.csv"), 200, "BL-AA", "FILTRE")
    chosen = head.get(f"/receptions/nouvelle?fournisseur={store.suppliers['Pneus Ouest']}")
    assert chosen.location == path(store, "Pneus Ouest")
    said(head.get("/receptions/9999"), 404)
    said(head.get("/receptions/de/9999"), 404)
    assert store.site.client(Role.ACCOUNTING).get(path(store)).status_code == 403


def test_what_is_expected_shows_on_the_part(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    said(store.work.head.get("/stock/FILTRE"), 200, "Attendu", number)


def test_a_delivery_settles_an_order_of_which_the_rest_was_cancelled(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)), Wanted(store.parts["COURROIE"], Decimal(1)))
    first = store.line(number)
    with store.site.database.transaction() as session:
        purchases.cancel_line(session, number, first + 1, "introuvable", by())
    one = Received(store.parts["FILTRE"], Decimal(3), Decimal(11), first)
    store.receive("1", one)
    store.receive("2", replace(one, quantity=Decimal(3)))
    with store.site.database.reading() as session:
        assert session.scalars(select(PurchaseOrder.state)).one() is PurchaseState.RECEIVED


def test_a_line_typed_wrong_is_undone_and_its_note_typed_again(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    line = store.line(number)
    page = typed(store, path(store), delivery_note="BL 77", **{f"quantite_l{line}": "6"}).location
    [received] = re.findall(r"/receptions/lignes/(\d+)/annuler", store.work.head.get(page).text)
    undo = f"/receptions/lignes/{received}/annuler"
    said(store.work.head.get(undo), 200, "Livraison BL 77", "2 u", "est de nouveau attendue")
    said(store.work.head.post(undo, data={"reason": ""}), 422, "Saisissez le motif")
    for told in ("Ligne annulée", "était déjà annulée"):
        answer = store.work.head.post(undo, data={"reason": "16 au lieu de 6"})
        assert answer.status_code == 303
        said(store.work.head.get(answer.location), 200, told)
    assert store.work.head.get(undo).status_code == store.work.head.get(page).status_code == 404
    said(store.work.head.get("/stock/FILTRE"), 200, "Bon BL 77, entrée annulée : 16 au lieu de 6")
    said(store.work.head.get("/mouvements"), 200, "Bon BL 77, entrée annulée")
    said(store.work.site.client(Role.ADMIN).get("/journal"), 200, "Livraison BL 77 : 6.000 × FILTRE annulés")
    with store.site.database.reading() as session:
        assert session.scalars(select(PurchaseOrder.state)).one() is PurchaseState.ORDERED
    assert typed(store, path(store), delivery_note="BL 77", **{f"quantite_l{line}": "6"}).status_code == 303


def test_a_line_that_went_to_an_order_is_not_undone(store: Buying) -> None:
    line = store.line(store.order(Wanted(store.parts["FILTRE"], Decimal(6), repair_order_id=order_id(store))))
    page = typed(store, path(store), delivery_note="BL 77", **{f"quantite_l{line}": "6"}).location
    assert "/annuler" not in store.work.head.get(page).text
    undo = "/receptions/lignes/1/annuler"
    said(store.work.head.get(undo), 200, "allée directement sur un ordre")
    said(store.work.head.post(undo, data={"reason": "Erreur"}), 422, "allée directement sur un ordre")
