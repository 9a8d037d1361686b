"""Suppliers' invoices through their screens: entered, matched, accepted, disputed; the list of the morning (E9)."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from PIL import Image
from sqlalchemy import func, select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.purchases import ReceiptLine
from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import StockMovement
from garage.db.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from garage.db.models.suppliers import Supplier
from garage.domain.permissions import Role
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.stock import MovementKind
from garage.operations import core_deposits, goods_receipts, order_lines, suppliers
from garage.operations.goods_receipts import Delivery, Received
from garage.operations.order_lines import Entry, External

from .forms import fields_of
from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
LIST = "/factures-fournisseurs"
NAME = "Pièces de l’Ouest"
HEAD_OF = {
    "supplier": NAME, "number": "F 1", "dated_on": "09/10/2026", "net": "120,00", "vat": "24,00",
    "form_token": "a" * 32,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def work(site: Site) -> Workshop:
    """P1 received by 10 at 12 euros yesterday, and work bought outside that awaits its cost."""
    made = build(site)
    with site.database.transaction() as session:
        sold = suppliers.named(session, NAME, clock.now())
        lines = [Received(made.garage.parts["P1"].id, Decimal(10), Decimal(12))]
        goods_receipts.receive(session, Delivery(sold, "BL 1", yesterday(), lines), HEAD, clock.now(), clock.today())
        entry = Entry(made.number, yesterday(), HEAD, clock.now(), clock.today(), label="Rectification")
        order_lines.add_external(session, entry, External(NAME.upper(), None, Decimal(1), None))
    return made


def entered(work: Workshop, **more: str) -> str:
    """The address of an invoice just entered."""
    answer = work.head.post(f"{LIST}/nouvelle", data=HEAD_OF | more)
    assert answer.status_code == 303, answer.text
    return str(answer.location).removesuffix("/rapprocher")


def ids(work: Workshop) -> tuple[str, str]:
    """The keys of the proposals: the goods, the work."""
    with work.site.database.reading() as session:
        goods, line = session.scalar(select(ReceiptLine.id)), session.scalar(select(OrderLine.id))
    return f"r{goods}", f"o{line}"


def match(work: Workshop, address: str, **fields: str) -> Any:
    page = work.head.get(f"{address}/rapprocher")
    said(page, 200, "Rapprocher la facture")
    return work.head.post(f"{address}/rapprocher", data=fields_of(page.text) | fields)


def goods(work: Workshop, quantity: str = "10", price: str = "12", **more: str) -> dict[str, str]:
    key = ids(work)[0]
    return {f"prendre_{key}": "y", f"quantite_{key}": quantity, f"prix_{key}": price} | more


def invoice(work: Workshop) -> SupplierInvoice:
    with work.site.database.reading() as session:
        return session.scalars(select(SupplierInvoice).order_by(SupplierInvoice.id.desc())).first() or SupplierInvoice()


def test_an_empty_list_says_so(site: Site) -> None:
    said(
        site.client(Role.HEAD).get(LIST),
        200,
        "Aucune facture de fournisseur n’est enregistrée",
        "Enregistrer une facture",
    )
    said(site.client(Role.ACCOUNTING).get(LIST), 200, "Aucune facture", "Enregistrer une facture")
    said(site.client(Role.HEAD).get("/a-rapprocher"), 200, "Tout est rapproché")


def test_from_the_invoice_to_its_acceptance(work: Workshop) -> None:
    address = entered(work)
    page = work.head.get(f"{address}/rapprocher")
    said(page, 200, "Pièce P1 (P1)", "Bon BL 1 du 11/10/2026, reçu 10 u", "Rectification", f"ordre {work.number}")
    assert match(work, address, **goods(work)).status_code == 303
    said(work.head.get(address), 200, "À contrôler", "120,00 €", "Contrôler et accepter", "Bon BL 1")
    check = work.head.get(f"{address}/accepter")
    said(check, 200, "1 ligne correspond à ce qui est reçu")
    assert work.head.post(f"{address}/accepter", data=fields_of(check.text)).status_code == 303
    said(work.head.get(address), 200, "Acceptée", "Acceptée par", "Personne 2")
    assert "Rapprocher…" not in work.head.get(address).text
    for path in ("rapprocher", "ligne", "modifier", "accepter", "litige", "litige/lever"):
        assert work.head.get(f"{address}/{path}").status_code == 303
    assert work.head.post(f"{address}/accepter", data=fields_of(check.text)).status_code == 303


def test_the_same_form_twice_is_one_invoice_and_a_known_number_is_refused(work: Workshop) -> None:
    assert entered(work) == entered(work)
    assert work.count(SupplierInvoice) == 1
    again = work.head.post(f"{LIST}/nouvelle", data=HEAD_OF | {"number": "f1", "form_token": "b" * 32})
    said(again, 422, "La facture F 1 de Pièces de l’Ouest, du 09/10/2026, est déjà enregistrée")
    said(work.head.post(f"{LIST}/nouvelle", data=HEAD_OF | {"net": "70"}), 422, "avec d’autres valeurs")
    assert work.count(SupplierInvoice) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"supplier": ""}, "Saisissez le fournisseur"),
        ({"number": "  "}, "Saisissez le numéro imprimé"),
        ({"dated_on": "hier"}, "Saisissez la date imprimée"),
        ({"dated_on": "13/10/2026"}, "n’est pas possible"),
        ({"net": "abc"}, "Saisissez le total imprimé"),
        ({"net": "0"}, "Saisissez le total imprimé"),
        ({"net": "12,345"}, "au plus 2 chiffres après la virgule"),
        ({"vat": ""}, "Saisissez la TVA imprimée"),
        ({"vat": "144,00"}, "Saisissez la TVA imprimée, plus petite que le total"),
        ({"net": "99999999999"}, "Saisissez un nombre plus petit"),
    ],
)
def test_what_is_typed_wrong_is_told_and_kept(work: Workshop, typed: dict[str, str], words: str) -> None:
    answer = work.head.post(f"{LIST}/nouvelle", data=HEAD_OF | typed)
    said(answer, 422, words, 'value="F 1"' if "number" not in typed else NAME)
    assert work.count(SupplierInvoice) == 0


def test_the_photo_is_kept_and_shown_and_anything_else_refused(work: Workshop) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "PNG")
    picture.seek(0)
    sent = work.head.post(
        f"{LIST}/nouvelle", data=HEAD_OF | {"photo": (picture, "f.png")}, content_type="multipart/form-data"
    )
    address = str(sent.location).removesuffix("/rapprocher")
    shown = work.head.get(f"{address}/photo")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    shown.close()
    said(work.head.get(address), 200, "Voir la photo")
    bad = {"photo": (io.BytesIO(b"%PDF-1.4"), "f.pdf"), "number": "F 2", "form_token": "c" * 32}
    answer = work.head.post(f"{LIST}/nouvelle", data=HEAD_OF | bad, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert work.count(SupplierInvoice) == 1
    assert work.head.get(f"{entered(work, number='F 3', form_token='d' * 32)}/photo").status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"quantite": "", "prix": "12"}, "Saisissez la quantité facturée"),
        ({"quantite": "10", "prix": ""}, "Saisissez le prix unitaire ou le montant"),
        ({"quantite": "-1", "prix": "12"}, "n’est pas possible"),
        ({"quantite": "0", "prix": "12"}, "n’est pas possible"),
        ({"quantite": "1,2345", "prix": "12"}, "Saisissez un nombre"),
        ({"quantite": "1", "prix": "-12"}, "n’est pas possible"),
        ({"quantite": "99999", "prix": "", "montant": "0,05"}, "Aucun prix unitaire ne donne 0,05"),
    ],
)
def test_a_line_typed_wrong(work: Workshop, typed: dict[str, str], words: str) -> None:
    address, key = entered(work), ids(work)[0]
    answer = match(work, address, **{f"prendre_{key}": "y"}, **{f"{name}_{key}": text for name, text in typed.items()})
    said(answer, 422, words)
    assert work.count(SupplierInvoiceLine) == 0


def test_what_is_not_ticked_is_not_read(work: Workshop) -> None:
    address, (goods_key, key) = entered(work, net="95,00"), ids(work)
    fields = {f"prendre_{key}": "y", f"prix_{key}": "100", f"montant_{key}": "95", f"quantite_{goods_key}": "abc"}
    assert match(work, address, **fields).status_code == 303
    said(work.head.get(address), 200, "95,00 €", work.number)
    said(work.head.get(f"{address}/rapprocher"), 200, 'value="95,00"', "checked")


def test_every_difference_is_named_and_an_accepted_price_corrects_the_receipt(work: Workshop) -> None:
    address = entered(work, net="156,00")
    match(work, address, **goods(work, "12", "13"))
    said(
        work.head.get(address), 200,
        "Facturé 2 u de plus que ce qui reste à facturer",
        "Prix au-dessus du prix connu : 12,00 € de plus",
    )  # fmt: skip
    check = work.head.get(f"{address}/accepter")
    said(
        check,
        200,
        "S’ajoute à la valeur du stock",
        "10,1818 € → 10,2727 €",
        "Écart de prix, sur ce qui est déjà sorti",
        "Motif pour",
    )
    refused = work.head.post(f"{address}/accepter", data=fields_of(check.text))
    said(refused, 422, "a un écart : indiquez pourquoi")
    reason = {name: "Livrés sans bon" for name in fields_of(check.text) if name.startswith("motif_")}
    assert work.head.post(f"{address}/accepter", data=fields_of(refused.text) | reason).status_code == 303
    with work.site.database.reading() as session:
        written = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.PRICE)).one()
    assert (written.unit_cost, written.reason) == (Decimal(13), f"Facture F 1 de {NAME}")
    said(work.head.get(address), 200, "Livrés sans bon", "Prix de l’entrée corrigé : 10,00 € sur le stock")


def test_another_total_is_not_accepted(work: Workshop) -> None:
    address = entered(work, net="121,00")
    match(work, address, **goods(work))
    page = work.head.get(address)
    said(page, 200, "Les lignes font 120,00 €, 1,00 € de moins que le total imprimé, 121,00 €")
    assert "Contrôler et accepter" not in page.text
    check = work.head.get(f"{address}/accepter")
    said(work.head.post(f"{address}/accepter", data=fields_of(check.text)), 422, "Corrigez une ligne, le total")
    change = work.head.get(f"{address}/modifier")
    said(work.head.post(f"{address}/modifier", data=fields_of(change.text) | {"net": "120"}), 303)
    said(work.head.get(address), 200, "Contrôler et accepter")
    stale = work.head.post(f"{address}/modifier", data=fields_of(change.text) | {"net": "122"})
    said(stale, 422, "Quelqu’un d’autre a modifié")


def test_what_somebody_else_wrote_is_shown_and_the_form_can_be_sent_again(work: Workshop) -> None:
    address = entered(work)
    key = ids(work)[0]
    mine = fields_of(work.head.get(f"{address}/modifier").text) | {"net": "118"}
    waiting = fields_of(work.head.get(f"{address}/litige").text) | {"reason": "Un avoir de 4 €"}
    ticked = fields_of(work.head.get(f"{address}/rapprocher").text) | goods(work, "9")
    other = fields_of(work.head.get(f"{address}/modifier").text) | {"net": "121", "number": "F 12"}
    said(work.head.post(f"{address}/modifier", data=other), 303)
    refused = work.head.post(f"{address}/modifier", data=mine)
    said(refused, 422, "Quelqu’un d’autre a modifié", "le numéro F 12, la date du 09/10/2026 et un total de 121,00 €")
    assert invoice(work).net == 121
    assert fields_of(refused.text)["net"] == "118"
    said(work.head.post(f"{address}/modifier", data=fields_of(refused.text)), 303)
    assert (invoice(work).net, invoice(work).number) == (118, "F 1")

    said(match(work, address, **goods(work)), 303)
    refused = work.head.post(f"{address}/rapprocher", data=ticked)
    said(refused, 422, "Sur la facture maintenant : 10 u à 12,00 €", "Pas sur la facture maintenant")
    assert fields_of(refused.text)[f"quantite_{key}"] == "9"
    said(work.head.post(f"{address}/rapprocher", data=fields_of(refused.text)), 303)

    refused = work.head.post(f"{address}/litige", data=waiting)
    said(refused, 422, "Son en-tête ou ses lignes ont changé")
    said(work.head.post(f"{address}/litige", data=fields_of(refused.text)), 303)
    solve = fields_of(work.head.get(f"{address}/litige/lever").text) | {"reason": "Avoir A 1"}
    again = fields_of(work.head.get(f"{address}/litige").text) | {"reason": "Un avoir de 6 €"}
    said(work.head.post(f"{address}/litige", data=again), 303)
    refused = work.head.post(f"{address}/litige", data=again | {"reason": "Un avoir de 5 €"})
    said(refused, 422, "attend maintenant du fournisseur : Un avoir de 6 €")
    refused = work.head.post(f"{address}/litige/lever", data=solve)
    said(refused, 422, "Quelqu’un d’autre a modifié", "Attendu : Un avoir de 6 €")
    said(work.head.post(f"{address}/litige/lever", data=fields_of(refused.text)), 303)


def test_accepting_what_changed_since_asks_to_look_again(work: Workshop) -> None:
    address = entered(work)
    match(work, address, **goods(work))
    check = fields_of(work.head.get(f"{address}/accepter").text)
    match(work, address, **goods(work, "5", "24"))
    refused = work.head.post(f"{address}/accepter", data=check)
    said(refused, 422, "Quelqu’un d’autre a modifié")
    assert invoice(work).state is SupplierInvoiceState.TO_CHECK
    assert work.head.post(f"{address}/accepter", data=fields_of(refused.text)).status_code == 303


def test_transport_is_shared_over_orders_to_the_cent(work: Workshop) -> None:
    address = entered(work, net="10,00", vat="2,00")
    page = work.head.get(f"{address}/ligne")
    said(page, 200, "Lignes d’ordres qui attendent une facture", f"{work.number}, ligne 1")
    fields = fields_of(page.text) | {"label": "Frais de port", "net": "10,00"}
    fields |= {"ordre_1": work.number.lower(), "part_1": "1", "ordre_2": work.number, "ligne_2": "1", "part_2": "2"}
    assert work.head.post(f"{address}/ligne", data=fields).status_code == 303
    assert work.head.post(f"{address}/ligne", data=fields).status_code == 303
    said(work.head.get(address), 200, "3,33 €", "6,67 €", "Total des lignes")
    check = work.head.get(f"{address}/accepter")
    said(check, 200, "Une ligne de travail externe sera ajoutée", "Ce coût sera porté sur la ligne")
    assert work.head.post(f"{address}/accepter", data=fields_of(check.text)).status_code == 303
    assert [(line.cost, line.supplier_invoice) for line in work.lines()] == [
        (Decimal("6.67"), "F 1"), (Decimal("3.33"), "F 1"),
    ]  # fmt: skip
    refused = work.head.post(f"{work.url}/lignes/1/retirer")
    said(refused, 422, "rapprochée de la facture F 1")


def test_shares_typed_wrong_are_told_beside_their_order(work: Workshop) -> None:
    address = entered(work)
    base = fields_of(work.head.get(f"{address}/ligne").text) | {"label": "Port", "net": "10"}
    for typed, words in (
        ({"ordre_1": "OR-0000-00000"}, "Introuvable"),
        ({"ordre_1": work.number, "ligne_1": "9"}, "Introuvable"),
        ({"ordre_1": work.number, "ligne_1": "x"}, "Saisissez le numéro de la ligne"),
        ({"ordre_1": work.number, "part_1": "0"}, "Indiquez une part plus grande que zéro"),
        ({"net": "-5", "ordre_1": work.number}, "Une remise ne se partage pas"),
        ({"net": "0"}, "Saisissez le montant"),
        ({"label": ""}, "Saisissez le libellé"),
    ):
        answer = work.head.post(f"{address}/ligne", data=base | typed)
        said(answer, 422, words)
        assert typed.get("ordre_1", "") in answer.text
    said(work.head.get(f"{address}/ligne?ordres=8"), 200, "Ordre 8")
    assert work.count(SupplierInvoiceLine) == 0


def test_lines_are_taken_away_and_so_is_an_empty_invoice(work: Workshop) -> None:
    address = entered(work)
    match(work, address, **goods(work))
    version = str(invoice(work).version)
    said(work.head.post(f"{address}/retirer", data={"version": version}), 422, "a encore des lignes")
    with work.site.database.reading() as session:
        line = session.scalar(select(SupplierInvoiceLine.id))
    for _ in range(2):
        assert work.head.post(f"{address}/lignes/{line}/retirer").status_code == 303
    old = work.head.post(f"{address}/retirer", data={"version": "1"}, headers={"Referer": f"http://localhost{address}"})
    said(old, 409, f'href="{address}"')
    said(work.head.post(f"{address}/retirer", data={"version": "1"}), 409, 'href="/"')
    said(work.head.get(address), 200, "Retirer cette facture", "Aucune ligne n’est rapprochée")
    assert work.head.post(f"{address}/retirer", data={"version": str(invoice(work).version)}).status_code == 303
    assert work.head.get(address).status_code == 404


def test_a_dispute_until_it_is_solved(work: Workshop) -> None:
    address = entered(work)
    match(work, address, **goods(work))
    page = work.head.get(f"{address}/litige")
    said(work.head.post(f"{address}/litige", data=fields_of(page.text)), 422, "Indiquez ce qui est attendu")
    said(work.head.post(f"{address}/litige", data=fields_of(page.text) | {"reason": "Un avoir de 4 €"}), 303)
    said(work.head.get(address), 200, "En litige", "Attendu du fournisseur : Un avoir de 4 €")
    said(work.head.get(f"{LIST}?etat=en-litige"), 200, "F 1", "Un avoir de 4 €")
    assert work.head.get(f"{address}/accepter").status_code == 303
    solve = work.head.get(f"{address}/litige/lever")
    said(solve, 200, "Un avoir de 4 €")
    said(work.head.post(f"{address}/litige/lever", data=fields_of(solve.text) | {"reason": "Avoir A 1"}), 303)
    said(work.head.get(address), 200, "À contrôler", "Contrôler et accepter")


def test_the_list_its_filters_and_its_file(work: Workshop) -> None:
    address = entered(work)
    match(work, address, **goods(work))
    entered(work, number="=G 2", form_token="e" * 32)
    said(work.head.get(LIST), 200, "F 1", "=G 2", "2 factures à traiter")
    said(work.head.get(f"{LIST}?q=ouest&etat=acceptees"), 200, "Aucune facture ne correspond")
    said(work.head.get(f"{LIST}?etat=rien&apres=%00&avant=2026-99-99_1"), 200, "F 1")
    page = work.head.get(f"{LIST}?q=f 1")
    assert "=G 2" not in page.text
    text = work.site.client(Role.ACCOUNTING).get(f"{LIST}/export.csv").text.split("\r\n")
    assert text[0].startswith("\ufeffFournisseur;Facture;Date;Total HT;TVA;Total TTC;État;Ligne;Libellé;")
    assert text[1] == f"{NAME};'=G 2;09/10/2026;120,00;24,00;144,00;À contrôler;;;;;;;;;"
    line = "1;P1 Pièce P1;10,000;12,0000;120,00;BL 1;P1;;"
    assert text[2] == f"{NAME};F 1;09/10/2026;120,00;24,00;144,00;À contrôler;{line}"


def test_the_next_morning(work: Workshop) -> None:
    address = entered(work)
    fields = fields_of(work.head.get(f"{address}/ligne").text) | {"label": "Colis inconnu", "net": "5"}
    work.head.post(f"{address}/ligne", data=fields)
    page = work.head.get("/a-rapprocher")
    said(page, 200, "Facturé, reçu nulle part", "Colis inconnu", f'href="{address}"')
    assert "Reçu, jamais facturé" not in page.text
    with time_machine.travel(NOW + timedelta(days=8), tick=True):
        head = work.site.client(Role.HEAD)
        said(head.get("/a-rapprocher?jours=7"), 200, "Reçu, jamais facturé depuis 7 jours", "BL 1")
        assert "BL 1" not in head.get("/a-rapprocher?jours=8").text
    with time_machine.travel(NOW + timedelta(days=40), tick=True):
        head = work.site.client(Role.HEAD)
        page = head.get("/a-rapprocher")
        lines = head.get("/a-rapprocher/export.csv").text.splitlines()[1:]
        assert "Facturé, reçu nulle part;Colis inconnu;;Pièces de l’Ouest;F 1;09/10/2026;;1,000;5,00" in lines
        assert "Reçu, jamais facturé;;;Pièces de l’Ouest;BL 1;11/10/2026;;;" in lines
        said(page, 200, "Reçu, jamais facturé depuis 30 jours", "fournisseur=1")
        said(head.get(f"{LIST}/nouvelle?fournisseur=1"), 200, NAME)
        said(head.get("/tableau-de-bord"), 200, "lignes à rapprocher", 'href="/a-rapprocher"')
        reader = work.site.client(Role.ACCOUNTING).get("/a-rapprocher")
        said(reader, 200, "BL 1")
        assert "Enregistrer la facture" in reader.text


def test_every_act_is_told_in_french(work: Workshop) -> None:
    address = entered(work)
    match(work, address, **goods(work))
    check = work.head.get(f"{address}/accepter")
    work.head.post(f"{address}/accepter", data=fields_of(check.text))
    said(
        work.site.client(Role.ADMIN).get("/journal?objet=achats"), 200,
        f"Facture F 1 de {NAME} enregistrée, 120,00 €",
        f"Facture F 1 de {NAME} rapprochée : 1 lignes",
        f"Facture F 1 de {NAME} acceptée, 120,00 €",
    )  # fmt: skip
    with work.site.database.reading() as session:
        acts = select(func.count()).where(JournalEntry.action.like("supplier_invoice.%"))
        assert session.scalar(acts) == 3


def test_an_unknown_supplier_is_refused_at_its_field_and_not_made(work: Workshop) -> None:
    answer = work.head.post(f"{LIST}/nouvelle", data=HEAD_OF | {"supplier": "Piece de l’Ouest"})
    said(answer, 422, 'href="#supplier"', f"Vouliez-vous dire « {NAME} »", "Créer un fournisseur…", "Piece de l’Ouest")
    assert work.count(Supplier) == 1
    assert work.count(SupplierInvoice) == 0
    other = work.act(suppliers.named, "Pneus du Léon", clock.now())
    address = entered(work)
    change = fields_of(work.head.get(f"{address}/modifier").text)
    said(work.head.post(f"{address}/modifier", data=change | {"supplier": "Léon"}), 422, "« Pneus du Léon »")
    said(work.head.post(f"{address}/modifier", data=change | {"supplier": "pneus du leon"}), 303)
    assert invoice(work).supplier_id == other
    change = fields_of(work.head.get(f"{address}/modifier").text)
    said(work.head.post(f"{address}/modifier", data=change | {"supplier": NAME}), 303)
    change = fields_of(work.head.get(f"{address}/modifier").text)
    match(work, address, **goods(work))
    change["version"] = str(invoice(work).version)
    refused = work.head.post(f"{address}/modifier", data=change | {"supplier": "Pneus du Léon"})
    said(refused, 422, f"porte des lignes de {NAME}", 'href="#supplier"')


def test_accounting_enters_and_matches_and_the_head_accepts(work: Workshop) -> None:
    desk = work.site.client(Role.ACCOUNTING)
    answer = desk.post(f"{LIST}/nouvelle", data=HEAD_OF)
    assert answer.status_code == 303
    address = str(answer.location).removesuffix("/rapprocher")
    page = desk.get(f"{address}/rapprocher")
    assert desk.post(f"{address}/rapprocher", data=fields_of(page.text) | goods(work)).status_code == 303
    page = desk.get(address)
    said(page, 200, "Le chef d’atelier la contrôle et l’accepte", "Mettre en litige…", "Corriger l’en-tête…")
    assert "Contrôler et accepter" not in page.text
    assert desk.get(f"{address}/accepter").status_code == 403
    wait = fields_of(desk.get(f"{address}/litige").text)
    said(desk.post(f"{address}/litige", data=wait | {"reason": "Un avoir"}), 303)
    check = fields_of(desk.get(f"{address}/litige/lever").text)
    said(desk.post(f"{address}/litige/lever", data=check | {"reason": "Avoir reçu"}), 303)
    check = work.head.get(f"{address}/accepter")
    assert work.head.post(f"{address}/accepter", data=fields_of(check.text)).status_code == 303


def test_the_printed_totals_are_tied_without_vat_and_with_it(work: Workshop) -> None:
    address = entered(work, vat="6,60")
    said(work.head.get(address), 200, "Total HT", "120,00 €", "6,60 €", "Total TTC", "126,60 €")
    said(work.head.get(LIST), 200, "Total HT", "6,60 €", "126,60 €")


@pytest.mark.parametrize("path", ["modifier", "litige", "litige/lever", "retirer", "accepter", "ligne", "rapprocher"])
def test_an_empty_sending_is_an_answer(work: Workshop, path: str) -> None:
    address = entered(work)
    if path == "litige/lever":
        page = fields_of(work.head.get(f"{address}/litige").text)
        said(work.head.post(f"{address}/litige", data=page | {"reason": "Un avoir"}), 303)
    assert work.head.post(f"{address}/{path}", data={}).status_code in {303, 409, 422}


def test_a_part_billed_dearer_goes_on_its_order_when_the_head_says_so(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        entry = Entry(work.number, yesterday(), HEAD, clock.now(), clock.today(), label="Flexible")
        part = work.garage.parts["P1"].id
        line = order_lines.add_bought_part(session, entry, part, Decimal(2), Decimal(30)).id
    address = entered(work, net="62,00", vat="12,40")
    match(work, address, **{f"prendre_o{line}": "y", f"quantite_o{line}": "2", f"prix_o{line}": "31"})
    check = work.head.get(f"{address}/accepter")
    said(
        check, 200, "La différence, 2,00 €, reste à la charge du garage, sauf si vous la portez sur l’ordre",
        f"Porter la différence, 2,00 €, sur l’ordre {work.number}", "Inutile si la différence va sur l’ordre",
    )  # fmt: skip
    fields = fields_of(check.text)
    said(work.head.post(f"{address}/accepter", data=fields), 422, "indiquez pourquoi")
    box = {name: "y" for name in (f"ordre_{n}" for n in range(1, 9)) if f'name="{name}"' in check.text}
    assert work.head.post(f"{address}/accepter", data=fields | box).status_code == 303
    said(work.head.get(address), 200, f"2,00 € portés sur l’ordre {work.number}")
    assert [(one.cost, one.label) for one in work.lines()][-1] == (Decimal(2), "Complément\u00a0: Flexible")


def test_a_deposit_printed_on_the_invoice_is_tied_to_the_open_one(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        line = session.scalars(select(ReceiptLine)).one()
        opened = core_deposits.open_for(session, line, Decimal(9), clock.now()).id
    address = entered(work, net="90,00", vat="18,00")
    page = work.head.get(f"{address}/ligne")
    said(page, 200, "Consigne", "Pièce P1 (P1), 10 u, 90,00 € le 11/10/2026")
    fields = fields_of(page.text) | {"label": "Consigne démarreur", "net": "90", "deposit": str(opened)}
    said(work.head.post(f"{address}/ligne", data=fields | {"ordre_1": work.number}), 422, "aucun ordre ne la porte")
    assert work.head.post(f"{address}/ligne", data=fields).status_code == 303
    page = work.head.get(address)
    said(page, 200, "Consigne démarreur", "Consigne</a> de P1", "Contrôler et accepter")
    assert "Écart" not in page.text
    assert 'name="deposit"' not in work.head.get(f"{address}/ligne").text
    again = fields | {"form_token": "d" * 32}
    said(work.head.post(f"{address}/ligne", data=again), 422, "n’est pas à facturer ici")
    check = work.head.get(f"{address}/accepter")
    assert work.head.post(f"{address}/accepter", data=fields_of(check.text)).status_code == 303
