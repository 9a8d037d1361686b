"""Core deposits (consignes) through their screens: opened on receipt, sent back, credited, abandoned (rule S1)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.parts import CoreDeposit
from garage.db.models.purchases import GoodsReceipt, ReceiptLine
from garage.db.queries import core_deposits as queries
from garage.domain.errors.base import NotFound
from garage.domain.parts import DepositState
from garage.domain.permissions import Role
from garage.operations import core_deposits, suppliers

from .forms import fields_of
from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    for quantity, deposit in (("2", "30.00"), ("1.5", "10.33")):
        _receive(made, quantity, deposit)
    return made


def _receive(work: Workshop, quantity: str, deposit: str) -> None:
    with work.site.database.transaction() as session:
        supplier = suppliers.named(session, "Pièces de l’Ouest", clock.now())
        receipt = GoodsReceipt(
            supplier_id=supplier, delivery_note=f"BL {quantity}", received_on=yesterday(), recorded_at=clock.now()
        )
        session.add(receipt)
        session.flush()
        line = ReceiptLine(
            receipt_id=receipt.id, part_id=work.garage.parts["P1"].id, quantity=Decimal(quantity), cost=Decimal(80)
        )
        session.add(line)
        session.flush()
        core_deposits.open_for(session, line, Decimal(deposit), clock.now())


def _row(work: Workshop, number: int = 1) -> CoreDeposit:
    with work.site.database.reading() as session:
        return session.get_one(CoreDeposit, number)


def _post(work: Workshop, act: str, number: int = 1, **fields: str) -> object:
    path = f"/consignes/{number}/{act}"
    return work.head.post(path, data=fields_of(work.head.get(path).text) | fields)


def test_what_is_open_and_what_it_comes_to(work: Workshop) -> None:
    page = work.head.get("/consignes")
    said(page, 200, "75,50 €", "2 consignes à renvoyer", "Pièce P1", "BL 1.5", "15,50 €", "Renvoyer…", "Abandonner…")
    page = work.site.client(Role.ACCOUNTING).get("/consignes")
    said(page, 200, "60,00 €")
    assert "Renvoyer" not in page.text
    said(work.head.get("/stock/P1"), 200, "2 consignes en cours")
    assert "consignes" not in work.mechanic.get("/stock/P1").text
    assert work.mechanic.get("/consignes").status_code == 403
    with work.site.database.reading() as session:
        assert queries.waiting(session) == 2


def test_a_part_of_a_deposit_goes_on_and_the_rest_waits(work: Workshop) -> None:
    said(work.head.get("/consignes/2/renvoi"), 200, 'value="1,5"', "le reste demeure à suivre")
    said(_post(work, "renvoi", 2, quantity="2"), 422, "Cette consigne porte sur 1,5, vous en saisissez 2")
    said(_post(work, "renvoi", 2, quantity="0"), 422, "La quantité 0 n’est pas possible")
    said(_post(work, "renvoi", 2, quantity="1", reference="Bon 7"), 303)
    sent, rest = _row(work, 2), _row(work, 3)
    assert (sent.quantity, sent.amount, sent.state) == (Decimal(1), Decimal("10.33"), DepositState.SENT)
    assert (rest.quantity, rest.amount, rest.state) == (Decimal("0.5"), Decimal("5.17"), DepositState.OWED)
    assert (rest.receipt_line_id, rest.paid_on) == (sent.receipt_line_id, sent.paid_on)
    said(work.head.get("/consignes"), 200, "65,17 €", "10,33 €", "5,17 €")


def test_opened_by_hand_once(work: Workshop) -> None:
    page = work.head.get("/consignes/nouvelle?piece=P1")
    typed = fields_of(page.text) | {"supplier": "1", "deposit": "45,50", "reason": "Reçue au dépannage"}
    assert (typed["reference"], typed["quantity"]) == ("P1", "1")
    for _ in range(2):
        said(work.head.post("/consignes/nouvelle", data=typed), 303)
    said(work.head.get("/consignes"), 200, "121,00 €", "3 consignes à renvoyer", "Reçue au dépannage", "45,50 €")
    row = _row(work, 3)
    assert (row.receipt_line_id, row.state, row.version) == (None, DepositState.OWED, 1)
    with work.site.database.reading() as session:
        told = session.scalars(select(JournalEntry).where(JournalEntry.action == "deposit.change")).all()
        assert [(one.subject_key, one.data["to"], one.data["amount"]) for one in told] == [("P1", "owed", "45.50")]
    assert _post(work, "avoir", 3, reference="AV-9", amount="45,50").status_code == 303  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("reference", "RIEN", "Introuvable : pièce « RIEN »"),
        ("supplier", "", "Choisissez le fournisseur"),
        ("supplier", "77", "Introuvable : fournisseur"),
        ("quantity", "0", "La quantité"),
        ("quantity", "-1", "La quantité"),
        ("quantity", "1,2345", "Saisissez un nombre"),
        ("deposit", "0", "n’est pas possible : saisissez plus de zéro"),
        ("deposit", "999999999", "n’est pas possible"),
        ("on", "01/01/2001", "n’est pas possible"),
        ("on", "01/01/2099", "n’est pas possible"),
        ("reason", "", "Indiquez le motif"),
    ],
)
def test_what_opens_none(work: Workshop, field: str, typed: str, words: str) -> None:
    page = work.head.get("/consignes/nouvelle")
    good = {"reference": "P1", "supplier": "1", "deposit": "45,50", "reason": "Oubliée"}
    said(work.head.post("/consignes/nouvelle", data=fields_of(page.text) | good | {field: typed}), 422, words)
    with work.site.database.reading() as session:
        assert core_deposits.last(session) == 2


def test_sent_back_then_credited(work: Workshop) -> None:
    assert _post(work, "renvoi", reference="RET-5").status_code == 303  # type: ignore[attr-defined]
    said(work.head.get("/consignes"), 200, "Renvoi enregistré, Pièce P1", "Renvoyée", "RET-5")
    assert _post(work, "avoir", reference="AV-1", amount="55,00").status_code == 303  # type: ignore[attr-defined]
    row = _row(work)
    assert (row.state, row.credited_amount, row.version) == (DepositState.CREDITED, Decimal("55.00"), 3)
    assert "AV-1" not in work.head.get("/consignes").text
    said(work.head.get("/consignes?etat=toutes"), 200, "Créditée", "55,00 €", "AV-1")
    said(work.head.get("/consignes/1/avoir"), 422, "Cette consigne est « Créditée »")
    lines = work.head.get("/consignes/export.csv").text.split("\r\n")
    assert lines[1].startswith("P1;Pièce P1;Pièces de l’Ouest;BL 2;2,000;60,00;Créditée;")
    with work.site.database.reading() as session:
        told = session.scalars(
            select(JournalEntry).where(JournalEntry.action == "deposit.change").order_by(JournalEntry.id)
        ).all()
    assert [(row.data["from"], row.data["to"]) for row in told] == [("owed", "sent"), ("sent", "credited")]


def test_abandoned_with_its_reason(work: Workshop) -> None:
    said(_post(work, "abandon"), 422, "Indiquez le motif")  # type: ignore[arg-type]
    assert _post(work, "abandon", reason="Carcasse cassée").status_code == 303  # type: ignore[attr-defined]
    said(work.head.get("/consignes?etat=toutes"), 200, "Abandonnée", "Carcasse cassée")


@pytest.mark.parametrize(
    ("act", "fields", "words"),
    [
        ("renvoi", {"on": ""}, "Saisissez la date"),
        ("renvoi", {"on": "01/01/2000"}, "est trop tôt"),
        ("renvoi", {"on": "demain"}, "n’est pas possible ici"),
        ("avoir", {"reference": "", "amount": "5"}, "Saisissez le numéro de l’avoir"),
        ("avoir", {"reference": "A", "amount": "60,01"}, "au plus les 60,00 € payés"),
        ("avoir", {"reference": "A", "amount": "0"}, "saisissez plus de zéro"),
        ("avoir", {"reference": "A", "amount": "-5"}, "saisissez plus de zéro"),
        ("avoir", {"reference": "A", "amount": "5,001"}, "Saisissez un nombre"),
    ],
)
def test_what_is_refused(work: Workshop, act: str, fields: dict[str, str], words: str) -> None:
    if fields.get("on") == "demain":
        fields = {"on": (clock.today() + timedelta(days=1)).strftime("%d/%m/%Y")}
    said(_post(work, act, **fields), 422, words, "message-erreur")  # type: ignore[arg-type]
    assert _row(work).state is DepositState.OWED


def test_two_people_at_once(work: Workshop) -> None:
    path = "/consignes/1/renvoi"
    mine = fields_of(work.head.get(path).text)
    assert work.head.post(path, data=mine).status_code == 303
    said(work.head.post(path, data=mine), 422, "Cette consigne est « Renvoyée »")
    path = "/consignes/1/avoir"
    stale = fields_of(work.head.get("/consignes/2/avoir").text) | {"reference": "AV", "amount": "5"}
    said(work.head.post(path, data=stale), 409, "Quelqu’un d’autre")
    assert work.head.get("/consignes/77/avoir").status_code == 404
    by = core_deposits.By(HEAD, clock.now(), date(2026, 1, 1), 1)
    with pytest.raises(NotFound):
        work.act(core_deposits.send, 77, date(2026, 1, 1), None, by)
    assert work.head.get("/consignes?apres=%00&avant=x").status_code == 200


def test_none_yet(site: Site) -> None:
    said(site.client(Role.HEAD).get("/consignes"), 200, "Aucune consigne en cours.")
