"""What is to be ordered: parts that will fall short, parts asked for, groups turned into drafts (rule S1)."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from garage import clock
from garage.db.models.part_requests import PartRequest, Reservation
from garage.db.models.purchases import PurchaseLine, PurchaseOrder
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.stock import Part
from garage.db.queries import purchases as queries
from garage.db.queries import reorder
from garage.domain.part_requests import PartRequestState
from garage.domain.permissions import Role
from garage.operations.purchases import Wanted

from .harness import Site
from .purchased import Buying, buying
from .workshop import said


@pytest.fixture
def store(site: Site) -> Buying:
    return buying(site)


def ask(store: Buying, reference: str, quantity: str = "2") -> int:
    """A part asked for from the order at work."""
    with store.site.database.transaction() as session:
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == store.work.number)).one()
        asked = PartRequest(
            repair_order_id=order_id, part_id=store.parts[reference], label="Pièce demandée",
            quantity=Decimal(quantity), state=PartRequestState.ASKED, asked_at=clock.now(),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        return asked.id


def proposals(store: Buying) -> dict[str, Decimal]:
    with store.site.database.reading() as session:
        return {one.reference: one.proposed for one in reorder.short(session)}


def test_up_to_the_maximum_in_whole_packs(store: Buying) -> None:
    assert proposals(store) == {"FILTRE": Decimal(12), "COURROIE": Decimal(1), "VIS": Decimal(100)}


def test_reserved_and_expected_count_and_drafts_too(store: Buying) -> None:
    with store.site.database.transaction() as session:
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == store.work.number)).one()
        session.add(
            Reservation(
                part_id=store.parts["PLEIN"], repair_order_id=order_id, quantity=Decimal(8), reserved_at=clock.now()
            )
        )
    assert proposals(store)["PLEIN"] == Decimal(2)
    store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    store.order(Wanted(store.parts["COURROIE"], Decimal(1)), sent=False)
    assert set(proposals(store)) == {"PLEIN", "VIS"}
    with store.site.database.reading() as session:
        ids = list(store.parts.values())
        assert queries.expected(session, ids) == {store.parts["FILTRE"]: Decimal(6)}
        assert queries.expected(session, ids, drafts=True)[store.parts["COURROIE"]] == Decimal(1)


def test_what_is_bought_for_an_order_fills_no_shelf(store: Buying) -> None:
    with store.site.database.reading() as session:
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == store.work.number)).one()
    store.order(Wanted(store.parts["FILTRE"], Decimal(20), repair_order_id=order_id))
    assert proposals(store)["FILTRE"] == Decimal(12)
    with store.site.database.reading() as session:
        assert queries.expected(session, [store.parts["FILTRE"]]) == {}


def test_a_part_put_away_is_not_proposed(store: Buying) -> None:
    with store.site.database.transaction() as session:
        session.get_one(Part, store.parts["VIS"]).active = False
    assert "VIS" not in proposals(store)


def test_the_page_and_its_file(store: Buying) -> None:
    page = store.work.head.get("/a-commander")
    said(page, 200, "Filtres Martin", "Pièce FILTRE", "Par 6", "Sans fournisseur habituel", "Pièce VIS")
    said(store.work.head.get("/a-commander/export.csv"), 200, "FILTRE", "Filtres Martin", "12")
    assert store.work.mechanic.get("/a-commander").status_code == 403
    assert store.site.client(Role.ACCOUNTING).get("/a-commander").status_code == 403


def turn(store: Buying, owner: str | None, **told: str) -> tuple[int, str]:
    key = store.suppliers[owner] if owner else 0
    data = {f"g{key}-{name}": value for name, value in {"form_token": "t1", **told}.items()}
    answer = store.work.head.post(f"/a-commander/{key}", data=data)
    return answer.status_code, answer.location or answer.text


def test_a_group_becomes_a_draft_once(store: Buying) -> None:
    filtre, belt = store.parts["FILTRE"], store.parts["COURROIE"]
    told = {f"prendre_p{filtre}": "y", f"quantite_{filtre}": "18", f"quantite_{belt}": "1"}
    assert turn(store, "Filtres Martin", **told) == (303, "/achats/CF-2026-00001")
    assert turn(store, "Filtres Martin", **told) == (303, "/achats/CF-2026-00001")
    with store.site.database.reading() as session:
        lines = session.scalars(select(PurchaseLine)).all()
        assert [(one.part_id, one.quantity, one.price, one.supplier_reference) for one in lines] == [
            (filtre, Decimal(18), Decimal("11.5000"), "FM-10")
        ]
    assert set(proposals(store)) == {"COURROIE", "VIS"}


def test_a_group_goes_on_the_draft_that_its_supplier_has(store: Buying) -> None:
    filtre, belt = store.parts["FILTRE"], store.parts["COURROIE"]
    first = store.order(Wanted(belt, Decimal(1)), sent=False)
    page = store.work.head.get("/a-commander")
    said(page, 200, "En attente dans un brouillon", "Dans le brouillon", first, "Pièce COURROIE")
    said(store.work.head.get("/magasin"), 200, "1 commande à passer", "/a-commander#brouillons")
    told = {f"prendre_p{filtre}": "y", f"quantite_{filtre}": "5"}
    for _ in range(2):
        assert turn(store, "Filtres Martin", **told) == (303, f"/achats/{first}")
    with store.site.database.reading() as session:
        lines = session.scalars(select(PurchaseLine).order_by(PurchaseLine.rank)).all()
        assert [(one.part_id, one.quantity) for one in lines] == [(belt, Decimal(1)), (filtre, Decimal(5))]
    said(store.work.head.get(f"/achats/{first}"), 200, "Par 6", "Pas un multiple du lot")
    said(store.work.head.get(f"/achats/{first}/envoyer"), 200, "Par 6", "Pas un multiple du lot")


def test_nothing_ticked_and_bad_quantities(store: Buying) -> None:
    filtre = store.parts["FILTRE"]
    status, page = turn(store, "Filtres Martin")
    assert (status, "Choisissez au moins une pièce à commander" in page) == (422, True)
    for typed, words in (("0", "quantité 0"), ("-3", "plus grand que"), ("1,2345", "Saisissez un nombre"), ("", "0")):
        status, page = turn(store, "Filtres Martin", **{f"prendre_p{filtre}": "y", f"quantite_{filtre}": typed})
        assert status == 422, typed
        assert words in page, typed
    with store.site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrder)) == 0


def test_parts_without_supplier_ask_for_one(store: Buying) -> None:
    vis = store.parts["VIS"]
    told = {f"prendre_p{vis}": "y", f"quantite_{vis}": "100"}
    status, page = turn(store, None, **told)
    assert (status, "Choisissez le fournisseur dans la liste" in page) == (422, True)
    assert turn(store, None, supplier=str(store.suppliers["Pneus Ouest"]), **told)[0] == 303


def test_a_part_asked_for_is_ordered_for_its_order(store: Buying) -> None:
    request = ask(store, "COURROIE")
    said(store.work.head.get("/a-commander"), 200, "Pièces demandées par l’atelier", store.work.number, "Manque")
    assert turn(store, "Filtres Martin", **{f"prendre_d{request}": "y"})[0] == 303
    with store.site.database.reading() as session:
        asked = session.get_one(PartRequest, request)
        line = session.get_one(PurchaseLine, asked.purchase_line_id)
        order_id = session.scalars(select(RepairOrder.id).where(RepairOrder.number == store.work.number)).one()
        assert asked.state is PartRequestState.ORDERED
        assert (line.repair_order_id, line.quantity) == (order_id, Decimal(2))
    head = store.work.head
    said(head.post("/achats/CF-2026-00001/solder", data={"reason": "plus besoin"}), 303)
    with store.site.database.reading() as session:
        asked = session.get_one(PartRequest, request)
        assert (asked.state, asked.purchase_line_id) == (PartRequestState.ASKED, None)


def test_ordering_for_an_order(store: Buying) -> None:
    head, number = store.work.head, store.work.number
    path = f"/a-commander/ordre/{number}"
    said(head.get(path), 200, "Commander pour cet ordre")
    told = {"reference": "filtre", "quantity": "2", "supplier": "", "seen": "0"}
    said(head.post(path, data=told), 303)
    said(head.post(path, data=told), 303)
    with store.site.database.reading() as session:
        lines = session.scalars(select(PurchaseLine)).all()
        assert [(one.part_id, one.quantity) for one in lines] == [(store.parts["FILTRE"], Decimal(2))]
    said(head.post(path, data=told | {"reference": "INCONNUE"}), 422, "Introuvable : pièce « INCONNUE »")
    said(head.post(path, data=told | {"reference": "VIS"}), 422, "n’a pas de fournisseur habituel")
    said(head.post(path, data=told | {"quantity": "0"}), 422, "plus grand que")
    assert store.work.mechanic.get(path).status_code == 403


def test_nothing_to_order(store: Buying) -> None:
    with store.site.database.transaction() as session:
        for part in session.scalars(select(Part)):
            part.minimum = None
    said(store.work.head.get("/a-commander"), 200, "Rien n’est à commander.")
