"""An order completed after it was opened: its head by two people, what lines cost (O1, O3, E8, S5)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine
from garage.domain.collectivities import VatRegime
from garage.domain.invoices.bill import BillKind
from garage.domain.repair_orders import OrderKind, OrderState
from garage.operations import order_lines, repair_orders
from garage.operations.order_lines import Entry, External

from .harness import Site
from .workshop import HEAD, Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def entry(work: Workshop, **more: Any) -> Entry:
    return Entry(work.number, clock.today(), HEAD, clock.now(), clock.today(), **more)


def shown(page: Any) -> dict[str, str]:
    """What the page of a form says it shows."""
    text = page.text.split('name="vu"')[1].split('value="')[1].split('"')[0]
    return dict(json.loads(text.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")))


def head(work: Workshop, vu: dict[str, str], **more: str) -> dict[str, str]:
    base = {"kind": vu["kind"], "reason": vu.get("reason", "")}
    base |= {name: vu.get(name, "") for name in ("requester", "service", "engagement", "promised_on")}
    return base | more | {"vu": json.dumps(vu)}


def test_the_head_is_changed_and_told_in_the_journal(work: Workshop) -> None:
    page = work.mechanic.get(f"{work.url}/modifier")
    said(page, 200, "Modifier la fiche", "Fuite d’huile</textarea>")
    day = clock.today() + timedelta(days=4)
    values = head(work, shown(page), requester="M. Le Goff", kind="accident", promised_on=day.isoformat())
    assert work.mechanic.post(f"{work.url}/modifier", data=values).location == work.url
    order = work.order()
    assert (order.requester, order.kind, order.promised_on, order.reason) == (
        "M. Le Goff", OrderKind.ACCIDENT, day, "Fuite d’huile",
    )  # fmt: skip
    with work.site.database.reading() as session:
        (act,) = session.scalars(select(JournalEntry).where(JournalEntry.action == "order.head"))
    assert act.data["before"] == {"kind": "breakdown", "requester": None, "promised_on": None}
    assert act.data["after"]["kind"] == "accident"
    version = order.version
    again = work.mechanic.post(
        f"{work.url}/modifier", data=head(work, shown(work.mechanic.get(f"{work.url}/modifier")))
    )
    assert (again.status_code, work.order().version) == (303, version)


def test_two_people_who_change_different_things_both_keep_theirs(work: Workshop) -> None:
    vu = shown(work.mechanic.get(f"{work.url}/modifier"))
    work.mechanic.post(f"{work.url}/modifier", data=head(work, vu, requester="Mairie"))
    assert work.head.post(f"{work.url}/modifier", data=head(work, vu, engagement="EJ-7")).status_code == 303
    assert (work.order().requester, work.order().engagement) == ("Mairie", "EJ-7")


def test_two_people_who_change_the_same_thing_are_asked(work: Workshop) -> None:
    vu = shown(work.mechanic.get(f"{work.url}/modifier"))
    work.mechanic.post(f"{work.url}/modifier", data=head(work, vu, requester="Mairie"))
    mine = head(work, vu, requester="Écoles", service="Voirie")
    answer = work.head.post(f"{work.url}/modifier", data=mine)
    said(answer, 422, "Deux réponses différentes", "Personne 1", "« Mairie »", 'value="Écoles"', 'value="Voirie"')
    assert (work.order().requester, work.order().service) == ("Mairie", None)
    assert shown(answer)["requester"] == "Mairie"
    assert work.head.post(f"{work.url}/modifier", data=mine | {"vu": json.dumps(shown(answer))}).status_code == 303
    assert (work.order().requester, work.order().service) == ("Écoles", "Voirie")


def test_a_passed_day_a_strange_memory_and_a_closed_order(work: Workshop) -> None:
    vu = shown(work.mechanic.get(f"{work.url}/modifier"))
    past = clock.today() - timedelta(days=1)
    said(
        work.mechanic.post(f"{work.url}/modifier", data=head(work, vu, promised_on=past.isoformat())), 422, "est passé"
    )
    strange = head(work, vu, requester="Mairie") | {"vu": '["non"'}
    assert work.mechanic.post(f"{work.url}/modifier", data=strange).status_code in (303, 422)
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    said(work.mechanic.get(f"{work.url}/modifier"), 422, "Annulé")
    said(work.mechanic.post(f"{work.url}/modifier", data=head(work, vu, service="X")), 422, "Annulé", 'value="X"')


def external(work: Workshop, cost: Decimal | None = None) -> str:
    line = work.act(
        order_lines.add_external, entry(work, label="Rectification"), External("Pneus", None, Decimal(1), cost)
    )
    return f"{work.url}/lignes/{line.rank}/cout"


def line(work: Workshop) -> OrderLine:
    return work.lines()[-1]


def test_an_expected_invoice_is_listed_then_completed_by_the_head(work: Workshop) -> None:
    url = external(work)
    said(work.head.get("/ordres/factures-attendues"), 200, "Pneus", "Rectification", work.number, "aujourd’hui")
    page = work.head.get(url)
    said(page, 200, "Facture du fournisseur", "Coût unitaire", "€ HT")
    values = {
        "supplier": "Pneus de l’Ouest",
        "supplier_invoice": "F-77",
        "cost": "120,50",
        "vu": json.dumps(shown(page)),
    }
    assert work.head.post(url, data=values).location == work.url
    made = line(work)
    assert (made.supplier, made.supplier_invoice, made.cost) == ("Pneus de l’Ouest", "F-77", Decimal("120.5"))
    said(work.head.get("/ordres/factures-attendues"), 200, "Aucune facture de fournisseur n’est attendue")
    with work.site.database.reading() as session:
        (act,) = session.scalars(select(JournalEntry).where(JournalEntry.action == "order.line_cost"))
    assert act.data["before"] == {"supplier": "Pneus", "supplier_invoice": None, "cost": None}
    assert Decimal(act.data["after"]["cost"]) == Decimal("120.5")


def test_a_mechanic_gives_the_number_not_the_cost_and_both_stand(work: Workshop) -> None:
    url = external(work)
    vu = shown(work.mechanic.get(url))
    assert "Coût unitaire" not in work.mechanic.get(url).text
    costed = {"supplier": "Pneus", "supplier_invoice": "", "cost": "80", "vu": json.dumps(vu)}
    assert work.head.post(url, data=costed).status_code == 303
    numbered = {"supplier": "Pneus", "supplier_invoice": "F-1", "cost": "1", "vu": json.dumps(vu)}
    assert work.mechanic.post(url, data=numbered).status_code == 303
    assert (line(work).cost, line(work).supplier_invoice) == (Decimal(80), "F-1")
    other = {"supplier": "Pneus", "supplier_invoice": "F-2", "cost": "80", "vu": json.dumps(vu)}
    said(work.head.post(url, data=other), 422, "Deux réponses différentes", "« F-1 »")


def test_a_cost_that_means_nothing_and_lines_without_one(work: Workshop) -> None:
    url = external(work)
    vu = json.dumps(shown(work.head.get(url)))
    for cost, words in (
        ("-1", "n’est pas possible"),
        ("1000000", "n’est pas possible"),
        ("cher", "Saisissez un nombre"),
    ):
        said(work.head.post(url, data={"supplier": "Pneus", "cost": cost, "vu": vu}), 422, words, 'href="#cost"')
    work.act(order_lines.add_labour, entry(work), "MO-VL", 60, 1)
    assert work.head.get(f"{work.url}/lignes/2/cout").status_code == 404
    assert work.head.get(f"{work.url}/lignes/99/cout").status_code == 404


def test_a_part_keeps_its_cost_and_one_without_takes_it(work: Workshop) -> None:
    made = work.act(order_lines.add_part, entry(work), work.garage.parts["P1"].id, Decimal(1))
    url = f"{work.url}/lignes/{made.rank}/cout"
    vu = json.dumps(shown(work.head.get(url)))
    said(work.head.post(url, data={"cost": "99", "vu": vu}), 422, "garde le coût de sa sortie")
    with work.site.database.transaction() as session:
        session.get_one(OrderLine, made.id).cost = None
    page = work.head.get(url)
    said(page, 200, "Coût de la pièce")
    said(work.mechanic.get(url), 200, "Le chef d’atelier complétera le coût")
    said(work.head.get("/ordres/factures-attendues"), 200, "Stock")
    assert work.head.post(url, data={"cost": "9,99", "vu": json.dumps(shown(page))}).status_code == 303
    assert line(work).cost == Decimal("9.99")


def test_a_billed_line_stays(work: Workshop) -> None:
    url = external(work, Decimal(80))
    with work.site.database.transaction() as session:
        bill = Invoice(
            kind=BillKind.INVOICE, series="F", year=2026, sequence=1, number="F2026-0001", quarter="2026-T4",
            collectivity_id=work.garage.partner.id, regime=VatRegime.OUT_OF_SCOPE, issued_on=clock.today(),
            net=Decimal(60), vat=Decimal(0), gross=Decimal(60), issued_at=clock.now(), issuer={}, addressee={},
            conventions=[], grids=[],
        )  # fmt: skip
        session.add(bill)
        session.flush()
        session.add(LiveBilling(order_line_id=line(work).id, invoice_id=bill.id))
    vu = json.dumps(shown(work.head.get(url)))
    said(
        work.head.post(url, data={"supplier": "Pneus", "cost": "90", "vu": vu}),
        422,
        "est facturée : elle ne se modifie",
    )
    assert line(work).cost == Decimal(80)


def test_an_order_waiting_for_a_bill_takes_the_cost_from_the_head_alone(work: Workshop) -> None:
    work.act(order_lines.add_labour, entry(work), "MO-VL", 60, 1)
    url = external(work, Decimal(80))
    work.act(repair_orders.finish, work.number, "Fait", None, HEAD, clock.now())
    work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())
    said(work.mechanic.get(url), 422, "Terminé")
    vu = json.dumps(shown(work.head.get(url)))
    assert work.head.post(url, data={"supplier": "Pneus", "cost": "90", "vu": vu}).status_code == 303
    assert line(work).cost == Decimal(90)
