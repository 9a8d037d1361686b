"""Orders to suppliers through their screens: drafts, sending, the mail and its PDF, what is left, closing."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.mails import Mail
from garage.db.models.purchases import PurchaseLine, PurchaseOrder
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.purchases import NotADraft
from garage.domain.permissions import Role
from garage.domain.purchases import PurchaseState
from garage.operations import purchase_mails, purchases
from garage.operations.goods_receipts import Received
from garage.operations.purchases import Changes, Wanted

from .forms import fields_of
from .harness import Site
from .purchased import Buying, buying, by, tomorrow
from .workshop import said


@pytest.fixture
def store(site: Site) -> Buying:
    return buying(site)


def two(store: Buying, *, sent: bool = False) -> str:
    """Six filters and two belts."""
    wanted = Wanted(store.parts["FILTRE"], Decimal(6)), Wanted(store.parts["COURROIE"], Decimal(2), Decimal("19.9"))
    return store.order(*wanted, sent=sent)


def state(store: Buying, number: str) -> PurchaseState:
    with store.site.database.reading() as session:
        return session.scalars(select(PurchaseOrder.state).where(PurchaseOrder.number == number)).one()


def test_a_new_draft_once_and_its_number(store: Buying) -> None:
    head = store.work.head
    said(head.get("/achats"), 200, "Aucune commande.")
    page = head.get("/achats/nouvelle")
    sent = fields_of(page.text) | {"supplier": str(store.suppliers["Pneus Ouest"])}
    assert [head.post("/achats/nouvelle", data=sent).location for _ in range(2)] == ["/achats/CF-2026-00001"] * 2
    said(head.post("/achats/nouvelle", data={"supplier": ""}), 422, "Choisissez le fournisseur dans la liste")
    said(head.post("/achats/nouvelle", data={"supplier": "99999"}), 422, "Introuvable : fournisseur")
    said(head.get("/achats/CF-2026-00001"), 200, "n’a pas encore de ligne")
    said(head.get("/achats/CF-2026-00009"), 404)


def test_a_draft_typed_over(store: Buying) -> None:
    number = two(store)
    head, path = store.work.head, f"/achats/{two.__name__ and number}"
    first = store.line(number)
    page = head.get(path)
    said(page, 200, "Pièce FILTRE", "FM-10", "108,80 € prévus")
    sent = fields_of(page.text)
    told = sent | {f"quantite_{first}": "12", f"prix_{first}": "11,25", f"retirer_{first + 1}": "y"}
    told |= {"expected_on": tomorrow(), "note": "Livrer avant midi"}
    said(head.post(f"{path}/brouillon", data=told), 303)
    with store.site.database.reading() as session:
        [line] = session.scalars(select(PurchaseLine))
        assert (line.quantity, line.price) == (Decimal(12), Decimal("11.2500"))
        order = session.scalars(select(PurchaseOrder)).one()
        assert (order.note, order.expected_on) == ("Livrer avant midi", clock.today() + timedelta(days=1))
    stale = head.post(f"{path}/brouillon", data=told, headers={"Referer": f"http://localhost{path}"})
    said(stale, 409, "Quelqu’un d’autre a modifié", f'href="{path}"')


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("quantite", "0", "La quantité 0 n’est pas possible"),
        ("quantite", "-2", "n’est pas possible"),
        ("quantite", "1,0005", "Saisissez un nombre"),
        ("quantite", "", "Saisissez la quantité"),
        ("quantite", "999999999", "n’est pas possible"),
        ("prix", "-1", "Le coût"),
        ("prix", "1,00001", "Saisissez un nombre"),
    ],
)
def test_bad_lines(store: Buying, field: str, typed: str, words: str) -> None:
    number = two(store)
    sent = fields_of(store.work.head.get(f"/achats/{number}").text)
    answer = store.work.head.post(
        f"/achats/{number}/brouillon", data=sent | {f"{field}_{store.line(number)}": typed, "expected_on": ""}
    )
    said(answer, 422, words)


def test_a_delivery_before_today_is_refused(store: Buying) -> None:
    number = two(store)
    sent = fields_of(store.work.head.get(f"/achats/{number}").text)
    said(
        store.work.head.post(f"/achats/{number}/brouillon", data=sent | {"expected_on": "2020-01-01"}),
        422,
        "avant la commande",
    )


def test_a_line_added(store: Buying) -> None:
    number = two(store)
    head, path = store.work.head, f"/achats/{number}/lignes"
    told = {"ajout-reference": "plein", "ajout-quantity": "4", "ajout-cost": "80"}
    said(head.post(path, data=told), 303)
    said(head.get(f"/achats/{number}"), 200, "Pièce PLEIN")
    said(head.post(path, data=told | {"ajout-reference": "RIEN"}), 422, "Introuvable : pièce « RIEN »")
    said(head.post(path, data=told | {"ajout-quantity": ""}), 422, "Saisissez la quantité")
    said(head.post(path, data=told | {"ajout-cost": "-3"}), 422, "Le coût")


def test_a_part_added_again_goes_on_its_line_and_an_unknown_one_is_told_at_its_field(store: Buying) -> None:
    number = two(store)
    head, path = store.work.head, f"/achats/{number}/lignes"
    told = {"ajout-reference": "filtre", "ajout-quantity": "3", "ajout-cost": "", "ajout-form_token": "t1"}
    for _ in range(2):
        said(head.post(path, data=told), 303)
    with store.site.database.reading() as session:
        rows = session.scalars(select(PurchaseLine).order_by(PurchaseLine.rank)).all()
        assert [(one.quantity, one.price) for one in rows] == [
            (Decimal(9), Decimal("11.5000")), (Decimal(2), Decimal("19.9000"))
        ]  # fmt: skip
    answer = head.post(path, data={"ajout-reference": "RIEN", "ajout-quantity": "1", "ajout-cost": ""})
    said(answer, 422, 'id="ajout-reference-erreur"')
    said(head.post(path, data={"ajout-reference": "FILTRE", "ajout-quantity": "1,2345"}), 422, "au plus 3 chiffres")


def test_an_empty_price_is_the_last_known_one_and_a_total_says_what_it_leaves_out(store: Buying) -> None:
    number = two(store)
    first = store.line(number)
    head, path = store.work.head, f"/achats/{number}"
    sent = fields_of(head.get(path).text) | {f"prix_{first}": "", f"prix_{first + 1}": "", "expected_on": ""}
    said(head.post(f"{path}/brouillon", data=sent), 303)
    said(head.get(path), 200, "69,00 € prévus, hors 1 ligne sans prix", 'value="11,50"')
    said(head.get(f"{path}/envoyer"), 200, "69,00 € prévus, hors 1 ligne sans prix")
    assert send(store, number) == path
    said(head.get(path), 200, "69,00 €", ", hors 1 ligne sans prix", "Envoyer par courriel")
    pdf = said_by(head.get(f"{path}.pdf").data)
    for told in ("69,00 €", "hors 1 ligne sans prix", "par lot de 6", "À livrer à", "Commandé par"):
        assert told in pdf, (told, pdf)


def said_by(pdf: bytes) -> str:
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def send(store: Buying, number: str, **told: str) -> str:
    sent = fields_of(store.work.head.get(f"/achats/{number}/envoyer").text)
    if "by_mail" not in told:
        sent.pop("by_mail", None)
    answer = store.work.head.post(f"/achats/{number}/envoyer", data=sent | told)
    return str(answer.location or answer.text)


def test_sent_with_its_mail_and_pdf(store: Buying) -> None:
    number = two(store)
    assert send(store, number, by_mail="y") == f"/achats/{number}"
    page = store.work.head.get(f"/achats/{number}")
    said(page, 200, "Envoyée", "Recevoir une livraison…", "108,80")
    said(page, 200, "En attente d’envoi vers commandes@martin.test", "Renvoyer par courriel")
    with store.site.database.reading() as session:
        order = session.scalars(select(PurchaseOrder)).one()
        assert (order.ordered_on, order.expected_on) == (clock.today(), clock.today() + timedelta(days=3))
        [mail] = session.scalars(select(Mail))
        assert mail.recipient == "commandes@martin.test"
        assert number in mail.subject
    attached = purchase_mails.attachment(store.site.database, mail.key)
    assert attached is not None
    assert (attached.name, attached.content[:5]) == (f"{number}.pdf", b"%PDF-")
    assert purchase_mails.attachment(store.site.database, "bill:1:abc:0") is None
    pdf = store.work.head.get(f"/achats/{number}.pdf")
    assert (pdf.status_code, pdf.data) == (200, attached.content)


def test_the_same_sending_twice_and_by_hand_again(store: Buying) -> None:
    number = two(store)
    page = fields_of(store.work.head.get(f"/achats/{number}/envoyer").text)
    for _ in range(2):
        store.work.head.post(f"/achats/{number}/envoyer", data=page)
    assert store.work.count(Mail) == 1
    with store.site.database.reading() as session:
        version = session.scalars(select(PurchaseOrder.version)).one()
    before = store.work.count(Mail)
    for _ in range(2):
        said(store.work.head.post(f"/achats/{number}/courriel", data={"version": str(version)}), 303)
    assert store.work.count(Mail) == before + 1


def test_nothing_to_send_and_nobody_to_mail(store: Buying) -> None:
    empty = store.order(sent=False)
    with store.site.database.reading() as session:
        version = session.scalars(select(PurchaseOrder.version)).one()
    answer = store.work.head.post(f"/achats/{empty}/envoyer", data={"version": str(version)})
    said(answer, 422, "Choisissez au moins une pièce")
    other = store.order(Wanted(store.parts["PLEIN"], Decimal(2)), supplier="Pneus Ouest", sent=False)
    assert "n’a pas d’adresse électronique" in send(store, other, by_mail="y")
    assert state(store, other) is PurchaseState.DRAFT
    assert send(store, other) == f"/achats/{other}"


def test_what_was_sent_stays(store: Buying) -> None:
    number = two(store, sent=True)
    with pytest.raises(NotADraft), store.site.database.transaction() as session:
        purchases.change(session, number, Changes(2), by())
    said(
        store.work.head.post(
            f"/achats/{number}/lignes", data={"ajout-reference": "PLEIN", "ajout-quantity": "1", "ajout-cost": ""}
        ),
        422,
        "est déjà envoyée : ses lignes ne changent plus",
    )
    with pytest.raises(NotFound), store.site.database.transaction() as session:
        purchases.close(session, "CF-1999-00001", "rien", by())


def test_two_people_on_a_draft(store: Buying) -> None:
    number = two(store)
    with store.site.database.reading() as session:
        version = session.scalars(select(PurchaseOrder.version)).one()
    with pytest.raises(Conflict), store.site.database.transaction() as session:
        purchases.send(session, number, version - 1, by())


def test_half_received_then_closed_with_a_reason(store: Buying) -> None:
    number = two(store, sent=True)
    first = store.line(number)
    store.receive("BL-1", Received(store.parts["FILTRE"], Decimal(4), Decimal("11.5"), first))
    head, path = store.work.head, f"/achats/{number}"
    page = head.get(path)
    said(page, 200, "Bon BL-1", "Annuler le reste…", "Solder la commande…")
    said(head.post(f"{path}/lignes/{first}/annuler", data={"reason": ""}), 422, "Indiquez le motif")
    said(head.post(f"{path}/lignes/{first}/annuler", data={"reason": "rupture chez eux"}), 303)
    said(head.post(f"{path}/solder", data={"reason": "remplacée"}), 303)
    assert state(store, number) is PurchaseState.CLOSED
    with store.site.database.reading() as session:
        assert [line.cancelled for line in session.scalars(select(PurchaseLine))] == [Decimal(2), Decimal(2)]
        acts = list(session.scalars(select(JournalEntry.action).where(JournalEntry.subject_key == number)))
    assert {"purchase.draft", "purchase.send", "purchase.cancel_line", "purchase.close"} <= set(acts)
    said(head.get(path), 200, "Soldée", "remplacée")
    said(head.post(f"{path}/solder", data={"reason": "encore"}), 422, "est soldée : elle n’attend rien")


def test_cancelling_every_line_cancels_the_order(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    with store.site.database.transaction() as session:
        purchases.cancel_line(session, number, store.line(number), "plus fabriqué", by())
    assert state(store, number) is PurchaseState.CANCELLED


def test_the_last_rest_given_up_closes_the_order_and_says_why(store: Buying) -> None:
    number = store.order(Wanted(store.parts["FILTRE"], Decimal(6)))
    line = store.line(number)
    store.receive("BL-1", Received(store.parts["FILTRE"], Decimal(4), Decimal("11.5"), line))
    path = f"/achats/{number}"
    said(store.work.head.post(f"{path}/lignes/{line}/annuler", data={"reason": "Plus fabriqué"}), 303)
    said(store.work.head.get(path), 200, "Soldée", "Plus fabriqué")


def test_an_expected_day_changed_and_the_late_ones(store: Buying) -> None:
    number = two(store, sent=True)
    head, path = store.work.head, f"/achats/{number}/attendue"
    said(head.post(path, data={"expected_on": tomorrow()}), 303)
    said(head.post(path, data={"expected_on": "2020-01-01"}), 422, "avant la commande")
    said(head.post(path, data={"expected_on": ""}), 422, "Saisissez le jour attendu")
    said(head.get("/achats?echeance=en-retard"), 200, "Aucune commande ne correspond")
    with store.site.database.transaction() as session:
        session.scalars(select(PurchaseOrder)).one().expected_on = date(2026, 1, 1)
    said(head.get("/achats?echeance=en-retard"), 200, number, "En retard")


def test_the_list_its_filters_and_its_file(store: Buying) -> None:
    first, second = two(store), two(store, sent=True)
    head = store.work.head
    page = head.get("/achats?etat=brouillons")
    said(page, 200, first)
    assert second not in page.text
    said(head.get("/achats?q=martin"), 200, first, second)
    said(head.get(f"/achats?fournisseur={store.suppliers['Pneus Ouest']}"), 200, "Aucune commande ne correspond")
    said(head.get("/achats/export.csv"), 200, first, "FILTRE", "Brouillon")
    accounting = store.site.client(Role.ACCOUNTING)
    said(accounting.get(f"/achats/{first}"), 200, "Brouillon")
    assert accounting.post(f"/achats/{first}/brouillon").status_code == 403
    assert store.work.mechanic.get("/achats").status_code == 403


def test_lines_added_by_others_go_to_the_latest_draft(store: Buying) -> None:
    number = two(store)
    with store.site.database.transaction() as session:
        line = purchases.add_line(session, store.suppliers["Filtres Martin"], store.parts["FILTRE"], Decimal(1), by())
        assert session.get_one(PurchaseOrder, line.purchase_order_id).number == number
        other = purchases.add_line(session, store.suppliers["Pneus Ouest"], store.parts["PLEIN"], Decimal(1), by())
        assert session.get_one(PurchaseOrder, other.purchase_order_id).number == "CF-2026-00002"


def test_a_draft_given_up_keeps_its_number(store: Buying) -> None:
    number = two(store)
    said(store.work.head.get(f"/achats/{number}/solder"), 200, "Annuler la commande")
    said(store.work.head.post(f"/achats/{number}/solder", data={"reason": "en double"}), 303)
    assert state(store, number) is PurchaseState.CANCELLED
    assert two(store) == "CF-2026-00002"
