"""Titres, payments, credits, the list, the file that comes back, accounts: on screen (rule B11, E14)."""

import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from garage.db.models.journal import JournalEntry
from garage.db.models.recovery import FinanceReturn, Settlement, Titre
from garage.db.models.users import User
from garage.db.queries import recovery as queries
from garage.domain.permissions import Role
from garage.domain.recovery import BillState
from garage.operations import recovery
from garage.operations.recovery import By, PaymentEntry, TitreEntry
from garage.operations.recovery_return import COLUMNS
from tests.documents.paper import shown, whole
from tests.factories import garage as make
from tests.factories.bills import credit_note, invoice

from .accounting import NOW
from .harness import Site, email_of

BY = By(make.CLERK, make.NOW, make.TODAY)
HEAD = ";".join(COLUMNS)
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def shop(make_site: Callable[..., Site]) -> Site:
    """Bourg owes 100, 40 and 25; Ville 70; the issuer has an internal statement. The agent is Bourg's."""
    site = make_site()
    with site.database.transaction() as session:
        garage = make.garage(session)
        for amount in ("100", "40", "25"):
            invoice(session, garage.partner, amount)
        invoice(session, garage.founder, "70")
        invoice(session, garage.issuer, "30", internal=True)
        session.execute(
            update(User).where(User.email == email_of(Role.COLLECTIVITY)).values(collectivity_id=garage.partner.id)
        )
    return site


@pytest.fixture
def clerk(shop: Site) -> FlaskClient:
    return shop.client(Role.ACCOUNTING)


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace("\u202f", " ")


TITRE = {"number": "1042", "year": "2026", "bordereau": "12", "done_on": "08/10/2026", "amount": "100,00"}


def test_a_titre_then_its_correction(shop: Site, clerk: FlaskClient) -> None:
    page = plain(clerk.get("/factures/F2026-0001").text)
    assert "Aucun pour l’instant" in page
    assert 'value="100,00"' in clerk.get("/factures/F2026-0001/titre").text
    answer = clerk.post("/factures/F2026-0001/titre", data=TITRE)
    assert (answer.status_code, answer.location) == (303, "/factures/F2026-0001")
    page = plain(clerk.get("/factures/F2026-0001").text)
    assert "1042 / 2026" in page
    assert "Titrée" in page
    wrong = clerk.post("/factures/F2026-0001/titre", data=TITRE | {"number": "1043"})
    assert wrong.status_code == 422
    assert "Indiquez le motif" in wrong.text
    assert 'value="1043"' in wrong.text
    fixed = clerk.post("/factures/F2026-0001/titre", data=TITRE | {"number": "1043", "reason": "Faute de frappe"})
    assert fixed.status_code == 303
    journal = plain(shop.client(Role.ADMIN).get("/journal").text)
    assert "Titre de F2026-0001 corrigé : 1042 / 2026 → 1043 / 2026, motif : Faute de frappe" in journal


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "99,99"}, "doit porter son montant, 100,00 €, et non 99,99 €"),
        ({"number": ""}, "Saisissez le numéro du titre"),
        ({"year": "2025"}, "ne compte pas dans l’exercice 2025"),
        ({"year": "deux mille"}, "Saisissez l’exercice avec quatre chiffres"),
        ({"done_on": "13/10/2026"}, "Le 13/10/2026 n’est pas possible ici"),
        ({"done_on": "01/10/2026"}, "choisissez un jour du 05/10/2026"),
        ({"done_on": "hier"}, "Saisissez la date du titre"),
        ({"number": "77"}, "Le titre 77 de 2026 est déjà celui de F2026-0002"),
    ],
)
def test_titres_refused_keep_what_was_typed(
    shop: Site, clerk: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    with shop.database.transaction() as session:
        recovery.give_titre(session, "F2026-0002", TitreEntry("77", 2026, date(2026, 10, 8)), BY)
    typed = TITRE | changes
    answer = clerk.post("/factures/F2026-0001/titre", data=typed)
    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    for value in typed.values():
        assert f'value="{value}"' in answer.text
    with shop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Titre)) == 1


PAID = {"amount": "60", "done_on": "10/10/2026", "reference": "VIR 7"}


def test_payments_add_up_and_are_never_told_twice(shop: Site, clerk: FlaskClient) -> None:
    assert clerk.post("/factures/F2026-0001/paiement", data=PAID).status_code == 303
    twice = clerk.post("/factures/F2026-0001/paiement", data=PAID | {"amount": "60,00"})
    assert twice.status_code == 422
    assert "60,00 € du 10/10/2026 avec cette référence sont déjà enregistrés" in plain(twice.text)
    for amount, sentence in (
        ("0", "Saisissez un montant plus grand que zéro"),
        ("-4", "Saisissez un montant plus grand que zéro"),
        ("10,001", "au plus 2 chiffres après la virgule"),
        ("beaucoup", "Saisissez le montant"),
        ("40,01", "40,01 € dépassent le reste à payer de F2026-0001 : 40,00 €"),
    ):
        refused = clerk.post("/factures/F2026-0001/paiement", data=PAID | {"amount": amount})
        assert refused.status_code == 422
        assert sentence in plain(refused.text)
        assert f'value="{amount}"' in refused.text
    page = plain(clerk.get("/factures/F2026-0001").text)
    assert "Payée en partie" in page
    assert "40,00 €" in page


def test_a_payment_too_great_is_confirmed_with_a_reason_and_its_credit_used(shop: Site, clerk: FlaskClient) -> None:
    more = PAID | {"amount": "130"}
    asked = clerk.post("/factures/F2026-0001/paiement", data=more)
    assert "C’est un trop-perçu" in plain(asked.text)
    assert "reste à payer (obligatoire pour un trop-perçu)" in plain(asked.text)
    silent = clerk.post("/factures/F2026-0001/paiement", data=more | {"overpaid": "y"})
    assert silent.status_code == 422
    assert "Indiquez pourquoi ce paiement dépasse" in silent.text
    assert "checked" in silent.text
    told = more | {"overpaid": "y", "overpaid_reason": "Mandaté deux fois"}
    assert clerk.post("/factures/F2026-0001/paiement", data=told).status_code == 303
    page = plain(clerk.get("/factures/F2026-0001").text)
    assert "Cette facture laisse un crédit de 30,00 €" in page
    assert "Rien n’est compensé sans vous" in page
    assert "Trop-perçu : Mandaté deux fois" in page
    form = clerk.get("/factures/F2026-0001/compensation").text
    assert "F2026-0002" in form
    assert "F2026-0004" not in form
    use = {"target": "F2026-0002", "amount": "40", "done_on": "11/10/2026"}
    assert "30,00 €" in plain(clerk.post("/factures/F2026-0001/compensation", data=use).text)
    for target in ("F2026-0004", "R2026-0001", "rien"):
        assert clerk.post("/factures/F2026-0001/compensation", data=use | {"target": target}).status_code == 422
    assert clerk.post("/factures/F2026-0001/compensation", data=use | {"amount": "20"}).status_code == 303
    back = {"amount": "10,01", "done_on": "12/10/2026"}
    assert "10,00 €" in plain(clerk.post("/factures/F2026-0001/remboursement", data=back).text)
    assert clerk.post("/factures/F2026-0001/remboursement", data=back | {"amount": "10"}).status_code == 303
    with shop.database.reading() as session:
        assert queries.followed(session, "F2026-0001").position.balance == 0
        assert queries.followed(session, "F2026-0002").position.due == Decimal(20)
        paid = session.scalars(select(Settlement.id).order_by(Settlement.id)).first()
    blocked = clerk.post(f"/reglements/{paid}/annuler", data={"reason": "Erreur"})
    assert blocked.status_code == 422
    assert "annulez-les d’abord" in blocked.text


def test_a_settlement_is_voided_and_stays_to_be_read(shop: Site, clerk: FlaskClient) -> None:
    clerk.post("/factures/F2026-0001/paiement", data=PAID)
    with shop.database.reading() as session:
        paid = session.scalars(select(Settlement.id)).one()
    assert "60,00 €" in plain(clerk.get(f"/reglements/{paid}/annuler").text)
    assert clerk.post(f"/reglements/{paid}/annuler", data={"reason": ""}).status_code == 422
    assert clerk.post(f"/reglements/{paid}/annuler", data={"reason": "Autre facture"}).status_code == 303
    page = plain(clerk.get("/factures/F2026-0001").text)
    assert "Annulé" in page
    assert "Autre facture" in page
    again = clerk.post(f"/reglements/{paid}/annuler", data={"reason": "Encore"})
    assert "est déjà annulé" in again.text
    assert clerk.get("/reglements/999/annuler").status_code == 404


def test_documents_without_payment_say_so(shop: Site, clerk: FlaskClient) -> None:
    with shop.database.transaction() as session:
        credit_note(session, "F2026-0001", "20")
    assert "Recouvrement" not in clerk.get("/factures/R2026-0001").text
    for address in ("/factures/R2026-0001/titre", "/factures/R2026-0001/paiement", "/factures/A2026-0001/paiement"):
        refused = clerk.get(address)
        assert refused.status_code == 422
        assert "n’a pas de paiement ici" in refused.text
    page = plain(clerk.get("/factures/A2026-0001").text)
    assert "Enregistrer le titre…" in page
    assert "Enregistrer un paiement…" not in page
    assert 'value="20,00"' in clerk.get("/factures/A2026-0001/titre").text
    assert clerk.get("/factures/F2026-0099/titre").status_code == 404


def test_the_list_its_filters_and_its_file(shop: Site, clerk: FlaskClient) -> None:
    with shop.database.transaction() as session:
        recovery.give_titre(session, "F2026-0001", TitreEntry("1042", 2026, date(2026, 10, 8)), BY)
        recovery.pay(session, "F2026-0002", PaymentEntry(Decimal(40), date(2026, 10, 9)), BY)
        credit_note(session, "F2026-0004", "70")
    page = plain(clerk.get("/recettes").text)
    assert "4 factures en tout, 235,00 € facturés, 40,00 € reçus" in page
    assert "125,00 €" in page
    for query, expected in (
        ("etat=titrees", ["F2026-0001"]),
        ("etat=payees", ["F2026-0002"]),
        ("etat=annulees", ["F2026-0004"]),
        ("etat=avoirs", ["A2026-0001"]),
        ("annee=2025", []),
        ("echeance=echues", []),
        ("etat=n-importe&collectivite=x&annee=y&apres=%00", [f"F2026-000{n}" for n in (1, 2, 3, 4)]),
    ):
        found = clerk.get(f"/recettes?{query}")
        assert found.status_code == 200
        rows = [number for number in ("A2026-0001", *(f"F2026-000{n}" for n in (1, 2, 3, 4)))
                if f'<th scope="row"><a class="reference" href="/factures/{number}"' in found.text]  # fmt: skip
        assert rows == expected, query
    file = clerk.get("/recettes/export.csv?etat=titrees")
    lines = file.text.removeprefix("\ufeff").splitlines()
    assert lines[1].startswith("F2026-0001;05/10/2026;BOURG;Bourg;Titrée;1042;2026;;08/10/2026;07/11/2026;;100,00")
    with time_machine.travel("2026-12-20"):
        clerk = shop.client(Role.ACCOUNTING)
        late = clerk.get("/recettes?echeance=echues").text
        assert "F2026-0001" in late
        assert "F2026-0002" not in late
        assert "en retard de 43 jours" in plain(late)
        ages = plain(clerk.get("/recettes/echeances").text)
        assert "31 à 60 jours" in ages
        assert "125,00 €" in ages
        assert "Bourg;0,00;0,00;125,00;0,00;0,00;125,00;0,00" in clerk.get("/recettes/echeances.csv").text


def test_a_bill_cancelled_in_full_asks_for_nothing(shop: Site, clerk: FlaskClient) -> None:
    payment = 'class="bouton bouton-secondaire" href="/factures/F2026-0004/paiement"'
    before = clerk.get("/factures/F2026-0004").text
    assert payment in before
    assert "À payer avant le" in before
    with shop.database.transaction() as session:
        credit_note(session, "F2026-0004", "70")
    page = clerk.get("/factures/F2026-0004").text
    assert payment not in page
    assert 'class="bouton bouton-discret" href="/factures/F2026-0004/paiement"' in page
    assert 'class="bouton bouton-discret" href="/factures/F2026-0004/titre"' in page
    assert "À payer avant le" not in page


@pytest.mark.parametrize(
    ("rows", "words"),
    [("", "Ce fichier n’a aucune ligne."), ("F2026-0001" + ";" * (len(COLUMNS) - 1), "ne dit aucun titre")],
)
def test_a_file_that_says_nothing_is_not_told_as_recorded(clerk: FlaskClient, rows: str, words: str) -> None:
    sent = send(clerk, f"{HEAD}\n{rows}".encode())
    page = plain(clerk.get(sent.location).text)
    assert words in page
    assert "Tout est déjà enregistré" not in page


def test_the_pages_of_the_list_follow_one_another(shop: Site) -> None:
    with shop.database.transaction() as session:
        owner = session.scalars(select(make.Collectivity).where(make.Collectivity.code == "BOURG")).one()
        for _ in range(60):
            invoice(session, owner, "10")
    clerk = shop.client(Role.ACCOUNTING)
    first = clerk.get("/recettes").text
    assert first.count('<th scope="row">') == 50
    following = first.split('rel="next" href="')[1].split('"', maxsplit=1)[0].replace("&amp;", "&")
    second = clerk.get(following).text
    assert second.count('<th scope="row">') == 14
    back = second.split('rel="prev" href="')[1].split('"', maxsplit=1)[0].replace("&amp;", "&")
    assert clerk.get(back).text.count('<th scope="row">') == 50


def send(client: FlaskClient, content: bytes, name: str = "retour.csv") -> object:
    return client.post("/recettes/retour", data={"file": (io.BytesIO(content), name)})


def test_a_file_is_checked_then_recorded_once(shop: Site, clerk: FlaskClient) -> None:
    content = f"{HEAD}\r\nF2026-0001;1042;2026;12;08/10/2026;100,00;09/10/2026;60;VIR 1\r\nF2026-0002;;;;;;;;".encode()
    answer = send(clerk, content)
    assert answer.status_code == 303
    page = plain(clerk.get(answer.location).text)
    assert "titre à enregistrer" in page
    assert "60,00 €" in page
    assert "1 ligne ne dit ni titre ni paiement" in page
    with shop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Titre)) == 0
    assert clerk.post(answer.location).status_code == 303
    assert "Ce fichier est enregistré" in clerk.get(answer.location).text
    assert clerk.post(answer.location).status_code == 303
    again = send(clerk, content, "autre.csv")
    assert again.location == answer.location
    with shop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Settlement)) == 1
        assert session.scalar(select(func.count()).where(JournalEntry.action == "return.apply")) == 1
        assert queries.followed(session, "F2026-0001").state is BillState.PARTLY_PAID
    assert "retour.csv" in clerk.get("/recettes/retour").text
    same = send(clerk, content + b"\r\n")
    assert "Tout est déjà enregistré" in clerk.get(same.location).text


def test_a_file_with_faults_tells_them_all_and_keeps_nothing(shop: Site, clerk: FlaskClient) -> None:
    rows = "\n".join(f"F2027-{n:04d};{n};2026;;08/10/2026;;;;" for n in range(300))
    answer = send(clerk, f"{HEAD}\n{rows}\nF2026-0001;9;2026;;08/10/2026;1,00;;;".encode())
    assert answer.status_code == 422
    page = plain(answer.text)
    assert "301 erreurs à corriger" in page
    assert "Ligne 2, colonne « facture » : aucune facture ne porte ce numéro" in page
    assert page.count('<li class="ligne">') == 200
    for content, sentence in (
        (b"", "e fichier est vide"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "e n’est pas un fichier texte"),
        ("facture\nF1".encode("utf-16"), "e fichier est en UTF-16"),
        (b"numero\nF1", "facture"),
    ):
        refused = send(clerk, content)
        assert refused.status_code == 422
        assert sentence in plain(refused.text)
    assert "Choisissez le fichier" in clerk.post("/recettes/retour", data={}).text
    with shop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FinanceReturn)) == 0


def test_what_changed_since_the_check_is_told(shop: Site, clerk: FlaskClient) -> None:
    answer = send(clerk, f"{HEAD}\nF2026-0003;;;;;;09/10/2026;25;VIR 1\n".encode())
    clerk.post("/factures/F2026-0003/paiement", data=PAID | {"amount": "20"})
    refused = clerk.post(answer.location)
    assert refused.status_code == 422
    assert "rien n’est enregistré" in plain(refused.text)
    assert "il ne reste que 5,00 € à payer" in plain(refused.text)
    assert clerk.get("/recettes/retour/999").status_code == 404


def test_the_file_to_fill_comes_back(shop: Site, clerk: FlaskClient) -> None:
    clerk.post("/factures/F2026-0001/titre", data=TITRE)
    clerk.post("/factures/F2026-0003/paiement", data=PAID | {"amount": "25"})
    file = clerk.get("/recettes/a-completer.csv").text
    lines = file.splitlines()
    assert lines[0].removeprefix("\ufeff") == f"{HEAD};collectivite;montant;reste_a_payer"
    assert lines[-1] == "F2026-0001;1042;2026;12;08/10/2026;;;;;Bourg;100,00;100,00"
    assert len(lines) == 4
    filled = file.replace("08/10/2026;;;;;Bourg", "08/10/2026;;09/10/2026;100;VIR;Bourg")
    answer = send(clerk, filled.encode())
    page = plain(clerk.get(answer.location).text)
    assert "paiement à enregistrer" in page
    assert "1 titre ou paiement est déjà enregistré" in page
    assert "collectivite, montant, reste_a_payer" in page


def test_a_collectivity_reads_its_own_account_and_no_other(shop: Site, clerk: FlaskClient) -> None:
    clerk.post("/factures/F2026-0001/paiement", data=PAID)
    agent = shop.client(Role.COLLECTIVITY)
    page = plain(agent.get("/mon-releve").text)
    assert "Reste dû au 12/10/2026" in page
    assert "105,00 €" in page
    assert "Paiement de la facture F2026-0001 (VIR 7)" in page
    assert plain(agent.get("/comptes/bourg").text).count("105,00 €") == page.count("105,00 €")
    for address in ("/comptes/VILLE", "/comptes/VILLE.pdf"):
        assert agent.get(address).status_code == 404
    assert agent.get("/comptes/RIEN").status_code == 404
    with shop.database.reading() as session:
        told = session.scalars(select(JournalEntry.subject_key).where(JournalEntry.action == "not_visible")).all()
    assert list(told) == ["VILLE", "VILLE"]
    bills = plain(agent.get("/mes-factures").text)
    assert "Payée en partie" in bills
    own = plain(agent.get("/factures/F2026-0001").text)
    assert "Recouvrement" in own
    assert "Annuler…" not in own
    assert "Enregistrer un paiement" not in own


def test_the_days_of_a_statement(clerk: FlaskClient) -> None:
    clerk.post("/factures/F2026-0001/paiement", data=PAID)
    page = plain(clerk.get("/comptes/BOURG?du=06/10/2026&au=09/10/2026").text)
    assert "Solde au début de la période" in page
    assert "Aucune opération" not in page
    assert page.count("165,00 €") >= 2
    for query, sentence in (
        ("au=13/10/2026", "Choisissez un jour qui n’est pas à venir"),
        ("au=demain", "Saisissez une date"),
        ("du=12/10/2026&au=11/10/2026", "Choisissez un jour avant la fin"),
    ):
        answer = clerk.get(f"/comptes/BOURG?{query}")
        assert answer.status_code == 422
        assert sentence in answer.text
    empty = clerk.get("/comptes/EAU").text
    assert "Aucune opération sur la période" in empty


def test_the_statement_on_paper_says_what_the_page_says(shop: Site, clerk: FlaskClient) -> None:
    clerk.post("/factures/F2026-0001/titre", data=TITRE)
    clerk.post("/factures/F2026-0001/paiement", data=PAID)
    agent = shop.client(Role.COLLECTIVITY)
    for content in (clerk.get("/comptes/BOURG.pdf").data, agent.get("/mon-releve.pdf").data):
        text = whole(shown(content)).replace("\u202f", " ")
        assert "Relevé de compte au 12/10/2026 Communauté d’agglomération" in text
        assert "Reste dû au 12/10/2026 105,00 €" in text
        assert "Facture F2026-0001" in text
        assert "Paiement de la facture F2026-0001 (VIR 7)" in text
        assert "Total des mouvements 165,00 60,00 105,00" in text
        assert "1042 / 2026" in text
    assert clerk.get("/comptes/BOURG.pdf").data == clerk.get("/comptes/BOURG.pdf").data
    assert "compte_bourg_2026-10-12.pdf" in clerk.get("/comptes/BOURG.pdf").headers["Content-Disposition"]
