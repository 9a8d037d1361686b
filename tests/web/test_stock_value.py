"""The stock's value on screen: days, parts, bins, changes, frozen years, cards, what sleeps and turns (rule S6)."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import func, select, update

from garage.archive import Archive
from garage.db.models.journal import JournalEntry
from garage.db.models.purchases import GoodsReceipt, ReceiptLine, SupplierReturn
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import Part, StockMovement, Store
from garage.db.models.stock_years import StockYear, StockYearLine
from garage.domain.money import cents, round_half_up
from garage.domain.permissions import Role
from garage.operations import order_lines, stock, stock_returns, stock_totals, stock_years, stores, suppliers
from garage.operations.stock import Movement
from tests.factories import garage as make

from .harness import Site
from .workshop import said

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
BASE = "/valeur-stock"
PAGES = (BASE, f"{BASE}/pieces", f"{BASE}/casiers", f"{BASE}/variation", f"{BASE}/rotation", "/stock-dormant")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


def moved(day: date, **more: Any) -> Movement:
    return Movement(day, make.HEAD, make.NOW, "Motif", **more)


def populate(session: Any) -> make.Garage:
    """Pads in two stores, oil, a part that sleeps; bought in 2025, used and counted in 2026."""
    garage = make.garage(session)
    van = Store(code="FOURGON", name="Fourgon", active=True)
    session.add(van)
    session.flush()
    shelf = stores.bin_of(session, "F1", van.id)
    pads = make.part(session, "PLAQ/1", "0", bin="A1", barcodes=())
    oil = make.part(session, "HUILE-5W", "0", unit="L", bin="Cuve")
    make.part(session, "VIEUX", "3", "7.5")
    for part, family in ((pads, "Freins"), (oil, "Fluides")):
        part.family = family
    stock.receive(session, pads.id, Decimal(10), Decimal("20"), moved(date(2025, 11, 3)))
    stock.receive(session, oil.id, Decimal("200.5"), Decimal("4.2"), moved(date(2025, 12, 20)))
    stock.transfer(session, pads.id, Decimal(3), shelf, moved(date(2025, 12, 21)))
    stock.receive(session, pads.id, Decimal(5), Decimal("26"), moved(date(2026, 3, 4)))
    stock.lose(session, oil.id, Decimal("0.5"), moved(date(2026, 4, 5)))
    stock.count(session, pads.id, Decimal(11), moved(date(2026, 6, 7)))
    for opened, meter in ((date(2026, 7, 1), 50_000), (date(2026, 9, 9), 61_500)):
        order = make.order(session, garage.founder, opened, vehicle_id=garage.vehicles["VILLE"].id, meter=meter)
        order_lines.add_part(session, make.entry(order), pads.id, Decimal(2))
    return garage


@pytest.fixture
def site(make_site: Any) -> Site:
    made: Site = make_site()
    with made.database.transaction() as session:
        populate(session)
    return made


@pytest.mark.parametrize("added_up", [False, True])
def test_the_value_of_a_day(site: Site, *, added_up: bool) -> None:
    if added_up:
        with site.database.transaction() as session:
            stock_totals.bring_up_to_date(session)
    client = site.client(Role.ACCOUNTING)
    said(
        client.get(f"{BASE}?au=31/12/2025"), 200, "Au soir du mercredi 31 décembre 2025", "Freins", "200,00 €",
        "Fluides", "842,10 €", "Sans famille", "2 022,50 €", "30/11/2025", "31/12/2024",
    )  # fmt: skip
    said(client.get(f"{BASE}?au=31/12/2019"), 200, "Aucun mouvement de stock jusqu’au 31/12/2019.")
    with site.database.reading() as session:
        total = session.scalar(select(func.sum(Part.value)))
    shown = client.get(BASE)
    assert f"{total:.2f}".replace(".", ",") in shown.text.replace("\u202f", "").replace("&#8239;", "")


@pytest.mark.parametrize("page", PAGES)
def test_days_that_cannot_be_told_of(site: Site, page: str) -> None:
    client = site.client(Role.HEAD)
    name = {"/stock-dormant": "mois", f"{BASE}/rotation": ""}.get(page, "au")
    if not name:
        return
    for typed in ("", "hier", "31/02/2026", "01/01/1700", "13/10/2026" if name == "au" else "0", "999999999999"):
        answer = client.get(page, query_string={name: typed})
        assert answer.status_code == 422, (page, typed)
    if name == "au":
        said(client.get(page, query_string={"du": "01/01/2026", "au": "13/10/2026"}), 422, "n’est pas encore venu")
    for file in (f"{BASE}/export.csv?au=x", f"{BASE}/etat.pdf?au=x", "/stock-dormant/export.csv?mois=x"):
        assert client.get(file).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_garage_says_so(make_site: Any, page: str) -> None:
    answer = make_site().client(Role.HEAD).get(page)
    assert (answer.status_code, 'class="vide"' in answer.text) == (200, True)


def test_parts_of_a_day_of_a_family_and_of_a_bin(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    page = client.get(f"{BASE}/pieces?au=31/12/2025")
    said(page, 200, "Pièce PLAQ/1", "10 u", "20,00 €", "200,00 €", "200,5 L", "842,10 €")
    one = client.get(f"{BASE}/pieces?au=31/12/2025&famille=Freins")
    said(one, 200, "Pièce PLAQ/1", "Freins", "Voir toutes les pièces")
    assert "HUILE-5W" not in one.text
    with site.database.reading() as session:
        van = session.scalar(select(stores.Bin.id).where(stores.Bin.code == "F1"))
    said(client.get(f"{BASE}/pieces?au=31/12/2025&casier={van}"), 200, "Fourgon, F1", "60,00 €")
    assert client.get(f"{BASE}/pieces?casier=99").status_code == 404
    said(client.get(f"{BASE}/pieces?famille=&apres=%00"), 200, "Pièce VIEUX")


def test_bins_and_stores_of_a_day(site: Site) -> None:
    page = site.client(Role.ACCOUNTING).get(f"{BASE}/casiers?au=31/12/2025&magasins=oui")
    said(
        page,
        200,
        "Fourgon",
        "60,00 €",
        "Magasin, A1",
        "140,00 €",
        "Magasin, Cuve",
        "Magasin, sans casier",
        "3 004,60 €",
        "3 064,60 €",
    )


def test_what_changed_between_two_days_adds_up(site: Site) -> None:
    page = site.client(Role.ACCOUNTING).get(f"{BASE}/variation?du=31/12/2025&au=12/10/2026")
    said(
        page, 200, "3 064,60 €", "Entrées des fournisseurs", "130,00 €", "Pertes et casse", "−2,10 €",
        "Écarts d’inventaire", "Sorties sur les ordres",
    )  # fmt: skip
    assert "Transferts" not in page.text
    said(
        site.client(Role.HEAD).get(f"{BASE}/variation?du=12/10/2026&au=31/12/2025"), 422,
        "Le second jour est avant le premier",
    )  # fmt: skip


@pytest.mark.parametrize("added_up", [False, True])
def test_every_euro_between_two_days_has_its_line(site: Site, *, added_up: bool) -> None:
    """Receipts at the price paid, what settles a forced issue, corrected prices (rules S3, S4)."""
    day, today = date(2026, 9, 20), date(2026, 10, 12)
    with site.database.transaction() as session:
        forced = make.part(session, "FORCE", "0", bin="A2", barcodes=())
        forced.family = "Freins"
        stock.receive(session, forced.id, Decimal(1), Decimal("264"), moved(day))
        stock.lose(session, forced.id, Decimal(1), moved(day))
        stock.issue(session, forced.id, Decimal(2), moved(day, forced=True))
        stock.receive(session, forced.id, Decimal(3), Decimal("270"), moved(day))
        odd = make.part(session, "TIERS", "0", bin="A3", barcodes=())
        stock.receive(session, odd.id, Decimal(3), Decimal("0.3333"), moved(day))
        stock.receive(session, odd.id, Decimal(4), Decimal("0.2857"), moved(day))
        stock.lose(session, odd.id, Decimal(6), moved(day))
        received = session.scalars(
            select(StockMovement).where(StockMovement.part_id == odd.id).order_by(StockMovement.id)
        ).first()
        assert received is not None
        stock.correct_price(session, received.id, Decimal("1.3333"), moved(today))
        if added_up:
            stock_totals.bring_up_to_date(session)
    page = site.client(Role.ACCOUNTING).get(f"{BASE}/variation?du=31/12/2025&au=12/10/2026")
    said(
        page, 200, "Entrées des fournisseurs, au prix payé", "1 206,14 €",
        "Écart de règlement des sorties au-delà du stock", "−12,00 €", "Corrections de prix", "3,00 €",
        "Corrections de prix sur des pièces déjà sorties", "Toutes les entrées, avec elles",
    )  # fmt: skip
    lines = site.client(Role.ACCOUNTING).get(f"{BASE}/variation/export.csv?du=31/12/2025&au=12/10/2026")
    rows = [line.split(";") for line in lines.text.lstrip("\ufeff").splitlines()]
    assert rows[0][:2] == ["Famille", "Au soir du 31/12/2025"]
    for row in rows[1:]:
        euros = [Decimal(cell.replace(",", ".")) for cell in row[1:]]
        assert euros[0] + sum(euros[1:-1]) == euros[-1], row
    paper = site.client(Role.HEAD).get(f"{BASE}/variation/etat.pdf?du=31/12/2025&au=12/10/2026")
    text = PdfReader(BytesIO(paper.data)).pages[0].extract_text()
    assert "Écart de règlement des sorties au-delà du stock" in text
    assert rows[-1][-1].replace(" ", "")[-6:] in text
    for name in ("export.csv", "etat.pdf"):
        assert site.client(Role.HEAD).get(f"{BASE}/variation/{name}?du=x&au=y").status_code == 404


def test_the_day_asked_for_goes_from_page_to_page(site: Site) -> None:
    client = site.client(Role.HEAD)
    said(client.get(f"{BASE}?au=31/12/2025"), 200, f"{BASE}/variation?au=31/12/2025")
    page = client.get(f"{BASE}/variation?au=31/12/2025")
    said(page, 200, "Du soir du 31/12/2024 au soir du 31/12/2025", f"{BASE}/pieces?au=31/12/2025")
    said(client.get(f"{BASE}/pieces?au=31/12/2025"), 200, "/stock/PLAQ/1/fiche?au=31/12/2025")
    said(client.get("/stock/PLAQ/1/fiche?au=31/12/2025"), 200, "Au soir du 31/12/2025", "200,00 €")


def delivered(session: Any, part: Part, quantity: Decimal) -> ReceiptLine:
    supplier = suppliers.named(session, "Freins SA", make.NOW)
    goods = GoodsReceipt(
        supplier_id=supplier, delivery_note="BL 774", received_on=date(2026, 9, 1), recorded_at=make.NOW
    )
    session.add(goods)
    session.flush()
    line = ReceiptLine(receipt_id=goods.id, part_id=part.id, quantity=quantity, cost=Decimal("24.2"))
    session.add(line)
    session.flush()
    return line


def test_the_average_is_made_again_from_what_the_files_say(site: Site) -> None:
    """Rule S3: with a calculator, from the columns of the movements in the order of their numbers."""
    with site.database.transaction() as session:
        part = make.part(session, "CALCUL", "0", barcodes=())
        for quantity, cost in ((3, "13.115"), (2, "20"), (7, "0.3333"), (1, "99.9999")):
            stock.receive(session, part.id, Decimal(quantity), Decimal(cost), moved(date(2026, 9, 1)))
            stock.lose(session, part.id, Decimal(1), moved(date(2026, 9, 1)))
    client = site.client(Role.ACCOUNTING)
    said(client.get("/stock/CALCUL/fiche"), 200, "Comment le coût moyen est calculé", "pas la valeur affichée")
    header, *lines = client.get("/mouvements/export.csv?piece=CALCUL").text.lstrip("\ufeff").splitlines()
    rows = [dict(zip(header.split(";"), line.split(";"), strict=True)) for line in lines]
    on_hand = average = Decimal(0)
    for row in sorted(rows, key=lambda row: int(row["N°"])):
        quantity, cost = (Decimal(row[name].replace(",", ".")) for name in ("Quantité", "Coût unitaire"))
        if row["Mouvement"] == "Entrée":
            average = round_half_up((on_hand * average + quantity * cost) / (on_hand + quantity), 4)
        on_hand += quantity
        assert row["Coût moyen après"] == f"{average:.4f}".replace(".", ","), row
        assert row["En stock après"] == f"{on_hand:.3f}".replace(".", ","), row


def test_each_line_names_its_delivery_and_says_what_is_out_of_the_average(site: Site) -> None:
    """A part bought for one order, a receipt that settles a forced issue (rules S3, S4)."""
    day = date(2026, 9, 20)
    with site.database.transaction() as session:
        part = session.scalars(select(Part).where(Part.reference == "VIEUX")).one()
        order_line = session.scalars(select(OrderLine.id)).first()
        line = delivered(session, part, Decimal(1))
        through = moved(day, receipt_line_id=line.id, order_line_id=order_line)
        stock_returns.pass_through(session, part.id, Decimal(1), Decimal("24.2"), through)
        stock.issue(session, part.id, Decimal(5), moved(day, forced=True))
        stock.receive(session, part.id, Decimal(4), Decimal(9), moved(day, receipt_line_id=line.id))
        number, receipt = session.scalar(select(RepairOrder.number).order_by(RepairOrder.id)), line.receipt_id
    client = site.client(Role.ACCOUNTING)
    for address in ("/stock/VIEUX/fiche", "/stock/VIEUX", "/mouvements?piece=VIEUX"):
        said(
            client.get(address), 200, f'href="/receptions/{receipt}">Bon BL 774, Freins SA</a>', "hors moyenne",
            "pour l’ordre <a", number or "", "+3,00 € sur des sorties déjà faites à un autre coût",
        )  # fmt: skip
    page = site.client(Role.MECHANIC).get("/mouvements?piece=VIEUX")
    said(page, 200, "Bon BL 774, Freins SA")
    assert "/receptions/" not in page.text
    for address in ("/stock/VIEUX/fiche.csv", "/mouvements/export.csv?piece=VIEUX"):
        header, *lines = (line.split(";") for line in client.get(address).text.lstrip("\ufeff").splitlines())
        rows = [dict(zip(header, line, strict=True)) for line in lines]
        bought = [row for row in rows if row["Achat pour un ordre"] == "oui"]
        assert [(row["Bon de livraison"], row["Fournisseur"], row["Ordre"]) for row in bought] == [
            ("BL 774", "Freins SA", number), ("BL 774", "Freins SA", number)
        ]  # fmt: skip
        assert {row["Écart de prix"] for row in rows} == {"0,00", "3,00"}
        assert {row["Magasin"] for row in rows} == {"Magasin"}


def test_credits_of_suppliers_are_told_beside_the_stock(site: Site) -> None:
    with site.database.transaction() as session:
        part = session.scalars(select(Part).where(Part.reference == "PLAQ/1")).one()
        line = delivered(session, part, Decimal(2))
        [gone] = stock.send_back(session, part.id, Decimal(2), moved(date(2026, 9, 10), receipt_line_id=line.id))
        worth = cents(2 * gone.unit_cost)
        session.add(
            SupplierReturn(
                receipt_line_id=line.id,
                movement_id=gone.id,
                quantity=Decimal(2),
                reason="Casse",
                returned_on=date(2026, 9, 10),
                credited_on=date(2026, 9, 30),
                credit_reference="AV 1",
                credited_amount=worth + Decimal("3.36"),
                recorded_at=make.NOW,
            )
        )
    address = f"{BASE}/variation?du=31/12/2025&au="
    client = site.client(Role.ACCOUNTING)
    said(
        client.get(f"{address}30/09/2026"), 200, "Retours aux fournisseurs", "Écart sur retours fournisseurs", "3,36 €"
    )
    assert "Écart sur retours fournisseurs" not in client.get(f"{address}29/09/2026").text


def test_the_files_of_a_day(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    lines = client.get(f"{BASE}/export.csv?au=31/12/2025").text.splitlines()
    assert [line for line in lines[1:] if not line.startswith("P1;") and not line.startswith("P2;")] == [
        "HUILE-5W;Pièce HUILE-5W;Fluides;Magasin;Cuve;200,500;L;4,2000;842,10",
        "PLAQ/1;Pièce PLAQ/1;Freins;Magasin;A1;7,000;u;20,0000;140,00",
        "PLAQ/1;Pièce PLAQ/1;Freins;Fourgon;F1;3,000;u;20,0000;60,00",
        "VIEUX;Pièce VIEUX;Sans famille;Magasin;;3,000;u;7,5000;22,50",
    ]
    assert len(client.get(f"{BASE}/export.csv?au=31/12/2025&famille=Freins").text.splitlines()) == 3
    paper = client.get(f"{BASE}/etat.pdf?au=31/12/2025")
    text = PdfReader(BytesIO(paper.data)).pages[0].extract_text()
    assert "Valeur du stock au 31/12/2025" in text
    assert "842,10" in text


def _freeze(client: Any, year: int, seen: str) -> Any:
    return client.post(f"{BASE}/annees/{year}/figer", data={"seen": seen})


def test_a_year_is_frozen_once_and_stays(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    said(client.get(f"{BASE}/annees"), 200, "Figer le 31 décembre 2025", "Aucune valeur n’est figée.")
    said(client.get(f"{BASE}/annees/2025/figer"), 200, "3 064,60 €", "Cela ne se défait pas", 'value="3064.60"')
    said(_freeze(client, 2025, "3064.59"), 422, "est maintenant 3 064,60 €")
    said(_freeze(client, 2025, "rien"), 422, "est maintenant")
    done = _freeze(client, 2025, "3064.60")
    assert (done.status_code, done.location) == (303, f"{BASE}/annees/2025")
    assert _freeze(client, 2025, "3064.60").status_code == 303
    assert client.get(f"{BASE}/annees/2025/figer").status_code == 303
    page = client.get(f"{BASE}/annees/2025")
    said(page, 200, "3 064,60 €", "Fourgon, F1", "60,00 €", "Pièce VIEUX", "SHA-256")
    with site.database.reading() as session:
        frozen = session.get_one(StockYear, 2025)
        assert session.scalar(select(func.sum(StockYearLine.value))) == frozen.value == Decimal("3064.60")
        assert session.scalar(select(func.count()).where(JournalEntry.action == "stock_year.freeze")) == 1
    first, again = (client.get(f"{BASE}/annees/2025/valeur.pdf").data for _ in range(2))
    assert first == again
    assert hashlib.sha256(first).hexdigest() == frozen.sha256
    assert len(client.get(f"{BASE}/annees/2025/lignes.csv").text.splitlines()) == 7
    said(client.get(f"{BASE}?au=31/12/2025"), 200, "La valeur de ce 31 décembre est figée")
    with site.database.transaction() as session:
        session.execute(update(Part).where(Part.reference == "VIEUX").values(label="Autre nom", family="Autre"))
    assert client.get(f"{BASE}/annees/2025/valeur.pdf").data == first
    assert client.get(f"{BASE}/annees/2025").text.count("Autre") == 0
    said(site.client(Role.ADMIN).get("/journal"), 200, "Valeur du stock au 31 décembre 2025 figée")


def test_the_paper_of_a_frozen_year_stays_whatever_is_printed_later(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule S6: the bytes of that day, as for a bill (rule B9)."""
    client, address = site.client(Role.ACCOUNTING), f"{BASE}/annees/2025/valeur.pdf"
    assert _freeze(client, 2025, "3064.60").status_code == 303
    [file] = tmp_path.rglob("2025/stock/valeur-stock-2025-12-31.pdf")
    first = file.read_bytes()
    with site.database.reading() as session:
        assert session.get_one(StockYear, 2025).sha256 == hashlib.sha256(first).hexdigest()
    file.unlink()
    assert client.get(address).data == first == file.read_bytes()
    with monkeypatch.context() as another_layout:
        another_layout.setattr(stock_years, "render", lambda _: b"%PDF another layout")
        assert client.get(address).data == first
        file.unlink()
        said(client.get(address), 422, "n’a plus l’empreinte")
    with monkeypatch.context() as full:
        full.setattr(Archive, "store", Mock(side_effect=OSError))
        assert client.get(address).data == first
    assert client.get(address).data == first
    file.write_bytes(first + b" ")
    said(client.get(address), 422, "n’a plus l’empreinte")
    with site.database.reading() as session:
        assert stock_years.check_papers(session, Archive(file.parents[2])) == [2025]
    file.unlink()
    with site.database.transaction() as session:
        session.execute(update(StockYearLine).where(StockYearLine.rank == 1).values(label="Faux"))
    said(client.get(address), 422, "n’a plus l’empreinte")


def test_a_folder_that_refuses_leaves_the_year_frozen(site: Site, tmp_path: Path) -> None:
    folder = next(tmp_path.iterdir()) / "invoices"
    folder.mkdir(exist_ok=True)
    (folder / "2025").write_text("not a folder")
    client = site.client(Role.ACCOUNTING)
    assert _freeze(client, 2025, "3064.60").status_code == 303
    said(client.get(f"{BASE}/annees/2025"), 200, "3 064,60 €")
    assert client.get(f"{BASE}/annees/2025/valeur.pdf").data.startswith(b"%PDF")
    with site.database.reading() as session:
        assert stock_years.check_papers(session, Archive(folder)) == [2025]


def test_years_that_cannot_be_frozen(site: Site) -> None:
    client = site.client(Role.HEAD)
    said(client.get(f"{BASE}/annees/2026/figer"), 422, "n’est pas passé")
    said(client.get(f"{BASE}/annees/2018/figer"), 422, "rien à figer")
    assert client.get(f"{BASE}/annees/99999/figer").status_code == 404
    for path in ("", "/valeur.pdf", "/lignes.csv"):
        assert client.get(f"{BASE}/annees/2024{path}").status_code == 404
    assert _freeze(client, 2023, "2022.50").status_code == 303
    said(client.get(f"{BASE}/annees/2025/figer"), 422, "figez d’abord 2024")
    said(_freeze(client, 2022, "2022.50"), 422, "Une année d’après est figée")


def test_nothing_is_dated_in_a_frozen_year_and_the_sentence_stands_at_the_day(site: Site) -> None:
    with site.database.transaction() as session:
        order = make.order(session, make.collectivity(session, "C"), date(2025, 12, 1), forced_reason="Essai").number
    client = site.client(Role.ACCOUNTING)
    assert _freeze(client, 2025, "3064.60").status_code == 303
    head = site.client(Role.HEAD)
    receipt = {"quantity": "1", "cost": "3", "near": "other", "done_on": "15/12/2025", "reason": "BL"}
    refused = head.post("/stock/VIEUX/entree", data=receipt)
    said(refused, 422, "est figée : choisissez un jour à partir du 1er janvier 2026")
    line = {"quantity": "1", "done_on": "15/12/2025"}
    answer = head.post(f"/ordres/{order}/pieces/VIEUX", data=line)
    said(answer, 422, "est figée : choisissez un jour à partir du 1er janvier 2026")
    loss = {"quantity": "1", "from_bin": "1", "why": "lost", "reason": "Inventaire", "done_on": "15/12/2025"}
    answer = head.post("/mouvements/perte/VIEUX", data=loss)
    said(answer, 422, "est figée : choisissez un jour à partir du 1er janvier 2026")
    assert 'id="done_on-erreur"' in answer.text
    with site.database.reading() as session:
        assert session.scalar(select(Part.on_hand).where(Part.reference == "VIEUX")) == 3


def test_the_card_of_a_part(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    page = client.get("/stock/PLAQ/1/fiche?du=01/01/2026&au=12/10/2026")
    said(
        page,
        200,
        "Report",
        "200,00 €",
        "22,00 €",
        "330,00 €",
        "Inventaire",
        'href="/ordres/OR-2026-',
        "Au soir du 12/10/2026",
    )
    said(client.get("/stock/PLAQ/1/fiche"), 200, "Transfert", "Fourgon, F1")
    said(client.get("/stock/PLAQ/1/fiche?du=01/01/2010&au=02/01/2010"), 200, "Aucun mouvement entre ces deux jours.")
    said(client.get("/stock/PLAQ/1/fiche?du=x&au=02/01/2010"), 422, "Saisissez un jour")
    assert client.get("/stock/RIEN/fiche").status_code == 404
    rows = client.get("/stock/PLAQ/1/fiche.csv?du=01/01/2026&au=12/10/2026").text.splitlines()
    assert rows[1].split(";")[1:13] == [
        "04/03/2026", "Entrée", "Motif", "Magasin", "A1", "5,000", "26,0000", "130,00", "0,00", "15,000", "22,0000",
        "330,00",
    ]  # fmt: skip
    name = client.get("/stock/PLAQ/1/fiche.csv?du=01/01/2026&au=12/10/2026").headers["Content-Disposition"]
    assert "fiche_PLAQ-1_2026-10-12.csv" in name
    assert client.get("/stock/PLAQ/1/fiche.csv?du=x&au=y").status_code == 404
    paper = client.get("/stock/PLAQ/1/fiche.pdf?du=01/01/2026&au=12/10/2026")
    text = PdfReader(BytesIO(paper.data)).pages[0].extract_text()
    assert "Fiche de stock : PLAQ/1" in text.replace("\u00a0", " ")
    with site.database.reading() as session:
        value = session.scalar(select(Part.value).where(Part.reference == "PLAQ/1"))
    assert f"{value:.2f}".replace(".", ",") in page.text.replace("\u202f", "")


def test_the_pages_of_a_card_go_on_from_one_another(site: Site) -> None:
    with site.database.transaction() as session:
        part = session.scalar(select(Part.id).where(Part.reference == "VIEUX")) or 0
        for _ in range(60):
            stock.receive(session, part, Decimal(1), Decimal("7.5"), moved(date(2026, 5, 5)))
    client = site.client(Role.HEAD)
    first = client.get("/stock/VIEUX/fiche?du=01/01/2026&au=12/10/2026").text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(following)
    said(second, 200, "63 u", "472,50 €")
    assert "Report" not in second.text


def test_where_a_part_was_fitted_and_how_long_it_lasted(site: Site) -> None:
    page = site.client(Role.MECHANIC).get("/stock/PLAQ/1/poses")
    said(page, 200, "09/09/2026", "01/07/2026", "61 500 km", "70 jours", "11 500 km")
    assert "€" not in page.text
    said(site.client(Role.MECHANIC).get("/stock/VIEUX/poses"), 200, "posée sur aucun ordre")
    lines = site.client(Role.MECHANIC).get("/stock/PLAQ/1/poses.csv").text.splitlines()
    assert [line.split(";")[0] for line in lines[1:]] == ["09/09/2026", "01/07/2026"]
    assert lines[2].endswith(";70;11500")


def test_what_sleeps_and_what_turns(site: Site) -> None:
    client = site.client(Role.ACCOUNTING)
    page = client.get("/stock-dormant")
    said(page, 200, "Pièce VIEUX", "22,50 €", "Jamais", "01/01/2020")
    assert "PLAQ/1" not in page.text
    said(client.get("/stock-dormant?mois=9"), 200, "HUILE-5W")
    assert "VIEUX;Pièce VIEUX;;;3,000;u;22,50;01/01/2020;\r\n" in client.get("/stock-dormant/export.csv?mois=12").text
    said(client.get("/stock-dormant?mois=120"), 200, "Aucune pièce ne dort")
    turning = client.get(f"{BASE}/rotation")
    said(turning, 200, "Freins", "88,00 €", "Jours de stock")
    said(client.get(f"{BASE}/rotation?famille=Freins"), 200, "Voir toutes les familles")
    row = next(line for line in client.get(f"{BASE}/rotation.csv").text.splitlines() if line.startswith("PLAQ/1"))
    assert row.split(";")[3] == "88,00"
