"""Corrections on screen: prepared, reviewed, issued, dropped; refusals, and that what was typed stays (B8, S5)."""

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select, update

from garage.db.models.collectivities import Collectivity
from garage.db.models.credit_notes import CreditDraft
from garage.db.models.invoices import Invoice, InvoiceFile, InvoiceLine, LiveBilling
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.settings import Setting
from garage.db.models.stock import StockMovement
from garage.db.models.users import User
from garage.db.queries import credit_notes as queries
from garage.db.queries import invoices, vehicles
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState

from .accounting import NOW, QUARTER, Shop, shop
from .harness import PASSWORD, Site

Make = Callable[..., Site]
# F2026-0001 is the partner's: one order, 3 h 10 and two parts; F2026-0002 its engaged hour.
FIRST = "F2026-0001"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def billed(make_site: Make, tmp_path: Path) -> Shop:
    """A garage whose third quarter is issued."""
    made = shop(make_site, tmp_path / "pdf")
    made.issue()
    return made


def plain(text: str) -> str:
    """A page's words without tags and odd spaces."""
    text = re.sub(r"<[^>]+>", " ", text)
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def lines_of(billed: Shop, number: str = FIRST) -> dict[str, int]:
    """The ids of a bill's lines by nature."""
    with billed.site.database.reading() as session:
        bill = invoices.issued(session, number)
        return {line.nature.value: line.id for line in queries.creditable(session, bill.id).lines}


def prepare(client: FlaskClient, slug: str, number: str = FIRST, **fields: object) -> int:
    """Prepare a credit note through the pages; its id."""
    answer = client.post(f"/factures/{number}/corriger/{slug}", data={"reason": "Erreur de saisie", **fields})
    assert answer.status_code == 303, plain(answer.text)
    return int(answer.location.rsplit("/", 1)[1])


def version(client: FlaskClient, draft: int) -> str:
    found = re.search(r'name="version" (?:type="hidden" )?value="(\d+)"', client.get(f"/avoirs/{draft}/emettre").text)
    return found[1] if found else "1"


def issue(client: FlaskClient, draft: int, **fields: object) -> object:
    data = {"on": "12/10/2026", "version": version(client, draft), **fields}
    return client.post(f"/avoirs/{draft}/emettre", data=data)


def orders_of(client: FlaskClient, number: str = FIRST) -> list[str]:
    """The orders that may be taken back of a bill."""
    return re.findall(r'name="orders" value="([^"]+)"', client.get(f"/factures/{number}/corriger/refacturer").text)


def count(billed: Shop, entity: type) -> int:
    with billed.site.database.reading() as session:
        return session.scalar(select(func.count()).select_from(entity)) or 0


def test_a_bill_is_taken_back_whole_and_billed_again_to_another_commune(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    assert f'href="/factures/{FIRST}/corriger"' in client.get(f"/factures/{FIRST}").text
    assert "Annuler pour refacturer" in client.get(f"/factures/{FIRST}/corriger").text
    page = client.get(f"/factures/{FIRST}/corriger/refacturer").text
    number = re.search(r"OR-2026-\d{5}", page)
    assert number
    draft = prepare(client, "refacturer", orders=[number[0]], reason="Mauvaise commune")
    assert "PROJET" in client.get(f"/avoirs/{draft}").text
    assert "Mauvaise commune" in client.get("/avoirs").text
    assert "1 avoir en préparation" in plain(client.get("/facturation").text)
    check = plain(client.get(f"/avoirs/{draft}/emettre").text)
    assert "A2026-0001" in check
    assert "leurs lignes sont libérées" in check
    answer = issue(client, draft)
    assert answer.status_code == 303, plain(answer.text)
    done = client.get(answer.location).text
    assert "Avoir A2026-0001 émis" in done
    assert f'href="/ordres/{number[0]}/debiteur"' in done
    with billed.site.database.reading() as session:
        credit, first = invoices.issued(session, "A2026-0001"), invoices.issued(session, FIRST)
        assert (credit.gross, credit.net, credit.quarter) == (first.gross, first.net, first.quarter)
        assert queries.credited_so_far(session, [first.id, 99]) == {first.id: first.gross}
        assert (credit.path or "").startswith("2026/T3/A2026-0001")
        assert session.scalar(select(LiveBilling.order_line_id).where(LiveBilling.invoice_id == first.id)) is None
        order = session.scalars(select(RepairOrder).where(RepairOrder.number == number[0])).one()
        assert order.state is OrderState.DONE
        state = order.version
    paper = plain(
        "".join(one.extract_text() for one in PdfReader(io.BytesIO(client.get("/factures/A2026-0001.pdf").data)).pages)
    )
    assert "Corrige la facture F2026-0001" in paper
    assert "Mauvaise commune" in paper
    page = plain(client.get(f"/factures/{FIRST}").text)
    assert "A2026-0001" in page
    assert "il en reste 0,00 €" in page
    moved = client.post(
        f"/ordres/{number[0]}/debiteur",
        data={
            "collectivity": billed.garage.founder.id,
            "reason": "Véhicule prêté",
            "version": state,
            "engagement": "EJ-9",
        },
    )
    assert moved.status_code == 303, plain(moved.text)
    billed.issue()
    with billed.site.database.reading() as session:
        again = session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
        assert again
        assert (again.collectivity_id, again.engagement) == (billed.garage.founder.id, "EJ-9")
        value = invoices.bill(session, again.id)
        assert value.orders[0].replaces
        assert value.orders[0].replaces.bill.number == FIRST
        assert value.orders[0].complement_of is None
    page = plain(client.get(f"/factures/{again.number}").text)
    assert f"Remplace la facture {FIRST}" in page
    assert "motif : Mauvaise commune" in page
    assert again.number in client.get(f"/factures/{FIRST}").text
    late = client.post(f"/ordres/{number[0]}/debiteur", data={"collectivity": 1, "reason": "x", "version": 99})
    assert late.status_code == 409
    assert client.get(f"/ordres/{number[0]}/debiteur").status_code == 422


def test_a_quantity_is_lowered_and_the_line_stays_billed(billed: Shop) -> None:
    client, lines = billed.site.client(Role.ACCOUNTING), lines_of(billed)
    part, labour = lines["part"], lines["labour"]
    page = client.get(f"/factures/{FIRST}/corriger/reduire").text
    assert "reste 3 h 10" in plain(page)
    draft = prepare(
        client, "reduire", **{f"ligne_{labour}": "y", f"quantite_{labour}": "0 h 10", f"quantite_{part}": "2"}
    )
    assert issue(client, draft).status_code == 303
    with billed.site.database.reading() as session:
        credit = invoices.issued(session, "A2026-0001")
        assert (credit.net, credit.gross) == (Decimal("11.00"), Decimal("11.00"))
        own = vehicles.fleet(session, billed.garage.partner.id, 2026, 9)
        assert [one.cost for one in own] == [Decimal("202.50")]
        assert session.scalar(select(func.count()).where(LiveBilling.order_line_id > 0)) == 9
        assert set(session.scalars(select(RepairOrder.state).where(RepairOrder.id == 1))) == {OrderState.INVOICED}
    assert "reste 3 h" in plain(client.get(f"/factures/{FIRST}/corriger/reduire").text)
    csv = client.get(f"/factures/{QUARTER}.csv").get_data(as_text=True)
    assert "A2026-0001" in csv
    assert ";-10,00;" in csv


def test_a_part_comes_back_to_stock_and_its_credit_note_with_it(billed: Shop) -> None:
    client, part = billed.site.client(Role.ACCOUNTING), lines_of(billed)["part"]
    wanted = {f"ligne_{part}": "y", f"quantite_{part}": "1"}
    draft = prepare(client, "retour-de-piece", **wanted)
    with billed.site.database.reading() as session:
        back = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
        assert back
        assert (back.kind.value, back.quantity, back.unit_cost) == ("return", Decimal("1.000"), Decimal("10.0000"))
    two = client.post(
        f"/factures/{FIRST}/corriger/retour-de-piece",
        data={f"ligne_{part}": "y", f"quantite_{part}": "2", "reason": "Encore"},
    )
    assert two.status_code == 422
    assert "il reste 2 u à créditer, vous en demandez 3 u" in plain(two.text)
    changed = client.post(f"/avoirs/{draft}/modifier", data={"reason": "Pièce neuve", "version": "1"})
    assert changed.status_code == 303
    assert "Seul le motif se change" in plain(client.get(f"/avoirs/{draft}/modifier").text)
    dropped = client.post(f"/avoirs/{draft}/abandonner", data={"version": "2"})
    assert dropped.status_code == 303
    assert "Avoir abandonné" in client.get(f"/avoirs/{draft}").text
    with billed.site.database.reading() as session:
        assert (
            sum(
                session.scalars(
                    select(StockMovement.quantity).where(StockMovement.part_id == billed.garage.parts["P1"].id)
                )
            )
            == 92
        )
    draft = prepare(client, "retour-de-piece", **wanted)
    assert issue(client, draft).status_code == 303
    assert client.post(f"/avoirs/{draft}/abandonner", data={"version": "2"}).status_code == 422
    assert "déjà « Émis »" in plain(client.post(f"/avoirs/{draft}/abandonner", data={"version": "2"}).text)


def test_a_second_person_reviews_where_it_is_asked_for(billed: Shop) -> None:
    with billed.site.database.transaction() as session:
        session.add(Setting(key="reviewed_credits", value=True, changed_at=NOW))
        other = session.scalars(select(User).where(User.role == Role.MECHANIC)).one()
        other.role, email = Role.ACCOUNTING, other.email
    client = billed.site.client(Role.ACCOUNTING)
    labour = lines_of(billed)["labour"]
    draft = prepare(client, "reduire", **{f"ligne_{labour}": "y", f"quantite_{labour}": "1 h"})
    assert "un collègue le relit" in plain(client.get(f"/avoirs/{draft}").text)
    assert "À relire" in client.get("/avoirs").text
    assert "deuxième personne" in plain(issue(client, draft, version="1").text)
    own = client.post(f"/avoirs/{draft}/relire", data={"version": "1"})
    assert own.status_code == 422
    assert "une autre personne" in plain(own.text)
    colleague = billed.site.app.test_client()
    assert colleague.post("/connexion", data={"email": email, "password": PASSWORD}).status_code == 303
    assert "Marquer comme relu" in colleague.get(f"/avoirs/{draft}").text
    assert colleague.post(f"/avoirs/{draft}/relire", data={"version": "1"}).status_code == 303
    assert client.post(f"/avoirs/{draft}/modifier", data={"reason": "x", "version": "1"}).status_code == 409
    data = {"reason": "Autre motif", "version": "2", f"ligne_{labour}": "y", f"quantite_{labour}": "30 min"}
    assert client.post(f"/avoirs/{draft}/modifier", data={**data, "version": "1"}).status_code == 409
    assert client.post(f"/avoirs/{draft}/modifier", data=data).status_code == 303
    assert "un collègue le relit" in plain(client.get(f"/avoirs/{draft}").text)
    assert colleague.post(f"/avoirs/{draft}/relire", data={"version": "3"}).status_code == 303
    assert issue(client, draft).status_code == 303


REFUSED = [
    ("reduire", {}, "Il n’y a rien à créditer"),
    ("reduire", {"labour": "3 h 11"}, "il reste 3 h 10 à créditer, vous en demandez 3 h 11"),
    ("reduire", {"labour": "0"}, "saisissez une quantité plus grande que zéro"),
    ("reduire", {"part": "2,001"}, "il reste 2 u à créditer, vous en demandez 2,001 u"),
    ("reduire", {"part": "rien"}, "Saisissez un nombre"),
    ("refacturer", {}, "Il n’y a rien à créditer"),
    ("retour-de-piece", {}, "Il n’y a rien à créditer"),
]


def test_another_draft_on_the_same_line_is_told(billed: Shop) -> None:
    client, labour = billed.site.client(Role.ACCOUNTING), lines_of(billed)["labour"]
    told = "Un autre avoir en préparation reprend déjà"
    taken = {f"ligne_{labour}": "y", f"quantite_{labour}": "1 h 00"}
    first = prepare(client, "reduire", **taken)
    assert told not in client.get(f"/avoirs/{first}").text
    page = client.get(f"/factures/{FIRST}/corriger/reduire").text
    assert page.count(f"{told} cette ligne") == 1
    assert f'href="/avoirs/{first}"' in page
    again = client.get(f"/factures/{FIRST}/corriger/refacturer").text
    assert told in again
    assert f'href="/avoirs/{first}"' in again
    second = prepare(client, "reduire", **taken)
    for one, other in ((first, second), (second, first)):
        shown = client.get(f"/avoirs/{one}").text
        assert told in shown
        assert f'href="/avoirs/{other}"' in shown
    assert told not in client.get("/factures/F2026-0002/corriger/reduire").text


def test_what_is_refused_is_said_and_what_was_typed_stays(billed: Shop) -> None:
    client, lines = billed.site.client(Role.ACCOUNTING), lines_of(billed)
    for slug, measures, words in REFUSED:
        data = {f"ligne_{lines[nature]}": "y" for nature in measures}
        data |= {f"quantite_{lines[nature]}": typed for nature, typed in measures.items()}
        answer = client.post(f"/factures/{FIRST}/corriger/{slug}", data={**data, "reason": "Motif que je garde"})
        assert answer.status_code == 422
        assert words in plain(answer.text)
        assert 'value="Motif que je garde"' in answer.text
        assert all(f'value="{typed}"' in answer.text for typed in measures.values())
    assert count(billed, CreditDraft) == 0


def test_a_reason_is_asked_for_and_the_day_is_checked(billed: Shop) -> None:
    client, labour = billed.site.client(Role.ACCOUNTING), lines_of(billed)["labour"]
    data = {f"ligne_{labour}": "y", f"quantite_{labour}": "1 h", "reason": " "}
    answer = client.post(f"/factures/{FIRST}/corriger/reduire", data=data)
    assert (answer.status_code, "Indiquez le motif" in answer.text) == (422, True)
    draft = prepare(client, "reduire", **{**data, "reason": "Trop"})
    for day, words in (
        ("13/10/2026", "ce jour n’est pas encore venu"),
        ("11/10/2026", "la facture qu’il corrige est du 12/10/2026"),
        ("bientôt", "Saisissez la date de l’avoir"),
    ):
        refused = issue(client, draft, on=day)
        assert refused.status_code == 422
        assert words in plain(refused.text)
        assert f'value="{day}"' in refused.text
    assert count(billed, InvoiceFile) == 5


def test_two_drafts_on_one_line_the_second_is_told(billed: Shop) -> None:
    client, labour = billed.site.client(Role.ACCOUNTING), lines_of(billed)["labour"]
    wanted = {f"ligne_{labour}": "y", f"quantite_{labour}": "2 h"}
    first, second = prepare(client, "reduire", **wanted), prepare(client, "reduire", **wanted)
    assert "2 avoirs sont déjà en préparation" in plain(client.get(f"/factures/{FIRST}/corriger").text)
    mark = version(client, second)
    assert issue(client, first).status_code == 303
    late = issue(client, second, version=mark)
    assert late.status_code == 422
    assert "il reste 1 h 10 à créditer, vous en demandez 2 h" in plain(late.text)
    assert "ne peut plus être émis tel quel" in client.get(f"/avoirs/{second}").text
    assert "À revoir" in client.get("/avoirs").text
    again = issue(client, first, version="1")
    assert again.status_code == 422
    assert "déjà « Émis »" in plain(again.text)


def test_the_same_form_twice_prepares_once(billed: Shop) -> None:
    client, labour = billed.site.client(Role.ACCOUNTING), lines_of(billed)["labour"]
    wanted = {f"ligne_{labour}": "y", f"quantite_{labour}": "1 h", "form_token": "abc"}
    assert prepare(client, "reduire", **wanted) == prepare(client, "reduire", **wanted)
    other = client.post(
        f"/factures/{FIRST}/corriger/reduire", data={**wanted, f"quantite_{labour}": "61 min", "reason": "x"}
    )
    assert other.status_code == 409


def test_a_credit_note_is_not_credited_and_a_draft_has_no_address(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    orders = orders_of(client)
    assert issue(client, prepare(client, "refacturer", orders=orders)).status_code == 303
    assert "Corriger…" not in client.get("/factures/A2026-0001").text
    assert "Un avoir ne se crédite pas" in client.get("/factures/A2026-0001/corriger").text
    line = lines_of(billed, "A2026-0001")["labour"]
    data = {f"ligne_{line}": "y", f"quantite_{line}": "10 min", "reason": "x"}
    answer = client.post("/factures/A2026-0001/corriger/reduire", data=data)
    assert "il ne se crédite pas" in plain(answer.text)
    assert "Tout est déjà crédité" in client.get(f"/factures/{FIRST}/corriger").text
    assert "Il ne reste rien à créditer" in client.get(f"/factures/{FIRST}/corriger/refacturer").text
    for path in (f"/factures/{FIRST}/corriger/rien", "/factures/PROJET/corriger", "/avoirs/99", "/avoirs/99/emettre"):
        assert client.get(path).status_code == 404
    assert client.post("/avoirs/99/relire", data={"version": "1"}).status_code == 404


def test_an_internal_statement_is_credited_too_and_the_mistake_of_an_order_is_complemented(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    orders = orders_of(client, "R2026-0001")
    assert issue(client, prepare(client, "refacturer", "R2026-0001", orders=orders)).status_code == 303
    assert "Corrige le relevé interne R2026-0001" in plain(client.get("/factures/A2026-0001").text)
    page = client.get(f"/factures/{FIRST}/completer").text
    assert re.search(r'href="/ordres/OR-2026-\d{5}"', page)


def test_a_collectivity_sees_its_credit_notes_and_no_draft(billed: Shop) -> None:
    client, labour = billed.site.client(Role.ACCOUNTING), lines_of(billed)["labour"]
    for _ in range(2):
        draft = prepare(client, "reduire", **{f"ligne_{labour}": "y", f"quantite_{labour}": "1 h"})
    assert issue(client, draft).status_code == 303
    own = billed.site.client(Role.COLLECTIVITY)
    page = own.get(f"/factures/{FIRST}").text
    assert "A2026-0001" in page
    assert "/avoirs/" not in page
    assert "Corriger…" not in page
    assert own.get("/factures/A2026-0001.pdf").status_code == 200
    assert own.get("/factures/A2026-0001").status_code == 200
    assert "A2026-0001" in own.get("/mes-factures").text
    with billed.site.database.transaction() as session:
        session.execute(
            update(User).where(User.role == Role.COLLECTIVITY).values(collectivity_id=billed.garage.founder.id)
        )
    assert own.get("/factures/A2026-0001").status_code == 404


def test_a_freed_line_is_put_right_and_never_taken_away(billed: Shop) -> None:
    client, head = billed.site.client(Role.ACCOUNTING), billed.site.client(Role.HEAD)
    orders = orders_of(client)
    assert head.get(f"/ordres/{orders[0]}/lignes/1/corriger").status_code == 422
    assert issue(client, prepare(client, "refacturer", orders=orders)).status_code == 303
    gone = head.post(f"/ordres/{orders[0]}/lignes/1/retirer")
    assert gone.status_code == 422
    assert "a figuré sur une facture émise" in plain(gone.text)
    assert "Corriger la ligne…" in head.get(f"/ordres/{orders[0]}/lignes/1").text
    right = head.post(f"/ordres/{orders[0]}/lignes/1/corriger", data={"time": "2 h", "free": "Geste commercial"})
    assert right.status_code == 303
    wrong = head.post(f"/ordres/{orders[0]}/lignes/1/corriger", data={"time": "0", "free": ""})
    assert wrong.status_code == 422
    with billed.site.database.reading() as session:
        found = session.scalars(
            select(OrderLine)
            .join(RepairOrder, RepairOrder.id == OrderLine.order_id)
            .where(RepairOrder.number == orders[0], OrderLine.rank == 1)
        ).one()
        assert (found.minutes, found.non_billable_reason) == (120, "Geste commercial")
    billed.issue()
    with billed.site.database.reading() as session:
        printed = session.scalars(
            select(InvoiceLine).where(InvoiceLine.order_line_id == found.id).order_by(InvoiceLine.id)
        ).all()
        assert [one.minutes for one in printed] == [190, 190, 120]
        assert printed[-1].net == 0


def test_a_change_of_debtor_that_is_refused(billed: Shop) -> None:
    client = billed.site.client(Role.ACCOUNTING)
    order = orders_of(client)[0]
    assert issue(client, prepare(client, "refacturer", orders=[order])).status_code == 303
    with billed.site.database.reading() as session:
        state = session.scalar(select(RepairOrder.version).where(RepairOrder.number == order))
        alone = session.scalar(select(Collectivity.id).where(Collectivity.code == "SEULE"))
    data = {"collectivity": billed.garage.founder.id, "reason": "Prêt", "version": state}
    for changes, words in (
        ({"collectivity": ""}, "Choisissez la collectivité"),
        ({"reason": ""}, "Saisissez le motif"),
        ({"collectivity": billed.garage.partner.id}, "déjà au compte"),
        ({"collectivity": alone}, "Aucune convention"),
        ({"collectivity": 9999}, "Introuvable"),
    ):
        answer = client.post(f"/ordres/{order}/debiteur", data={**data, **changes})
        assert answer.status_code == 422
        assert words in plain(answer.text)


def test_the_page_of_a_billed_part_says_how_it_is_given_back(billed: Shop) -> None:
    with billed.site.database.reading() as session:
        wanted = select(RepairOrder.number, OrderLine.rank, Invoice.number.label("bill"))
        wanted = wanted.join(OrderLine, OrderLine.order_id == RepairOrder.id)
        wanted = wanted.join(LiveBilling, LiveBilling.order_line_id == OrderLine.id)
        wanted = wanted.join(Invoice, Invoice.id == LiveBilling.invoice_id)
        row = session.execute(wanted.where(OrderLine.part_id.is_not(None)).limit(1)).one()
    page = f"/ordres/{row.number}/lignes/{row.rank}"
    clerk, head = (billed.site.client(role).get(page).text for role in (Role.ACCOUNTING, Role.HEAD))
    assert f"/factures/{row.bill}/corriger" in clerk
    assert "Un avoir la remet en stock à son coût de sortie." in plain(clerk)
    assert "/corriger" not in head
    assert "demandez-le à qui facture" in plain(head)
