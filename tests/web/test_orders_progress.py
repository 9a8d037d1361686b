"""States, finishing and checking of an order through its screens (rules O2, O5, O6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.invoices import Invoice, LiveBilling
from garage.db.models.repair_orders import OrderLine, OrderStateChange
from garage.domain.collectivities import VatRegime
from garage.domain.invoices.bill import BillKind
from garage.domain.repair_orders import OrderState
from garage.operations import order_lines, repair_orders
from garage.operations.order_lines import Entry
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

S = OrderState


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _labour(work: Workshop, minutes: int = 60) -> None:
    entry = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today())
    work.act(order_lines.add_labour, entry, "MO-VL", minutes, 1)


def _finish(work: Workshop) -> None:
    _labour(work)
    work.act(repair_orders.finish, work.number, "Fait", None, HEAD, clock.now())


def _check(work: Workshop) -> None:
    _finish(work)
    work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())


def _changes(work: Workshop) -> list[tuple[OrderState, str | None, int | None]]:
    with work.site.database.reading() as session:
        rows = select(OrderStateChange.state, OrderStateChange.reason, OrderStateChange.actor_id)
        return [tuple(row) for row in session.execute(rows.order_by(OrderStateChange.id))]


@pytest.mark.parametrize("slug", ["attente-piece", "attente-accord", "bloque"])
def test_an_order_waits_and_goes_on(work: Workshop, slug: str) -> None:
    said(work.mechanic.get(f"{work.url}/etat/{slug}"), 200, "Motif", work.number)
    assert work.mechanic.post(f"{work.url}/etat/{slug}", data={"reason": "Pont pris"}).location == work.url
    assert _changes(work)[-1][1:] == ("Pont pris", 1)
    assert work.mechanic.post(f"{work.url}/etat/en-cours").status_code == 303
    assert work.order().state is S.IN_PROGRESS
    said(work.mechanic.get(work.url), 200, f"Ordre {work.number} : en cours", "Pont pris")


@pytest.mark.parametrize("slug", ["bloque", "annule"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_blocking_and_cancelling_need_a_reason(work: Workshop, slug: str, reason: str) -> None:
    said(work.head.post(f"{work.url}/etat/{slug}", data={"reason": reason}), 422, "Indiquez le motif", 'href="#reason"')
    said(work.head.post(f"{work.url}/etat/{slug}", data={"reason": "x" * 501}), 422, "au plus 500 caractères", "xxx")
    assert work.order().state is S.IN_PROGRESS


def test_the_head_alone_cancels(work: Workshop) -> None:
    words = "Un ordre « En cours » ne peut pas passer à « Annulé »"
    said(work.mechanic.get(f"{work.url}/etat/annule"), 422, words)
    said(work.mechanic.post(f"{work.url}/etat/annule", data={"reason": "Doublon"}), 422, words, 'value="Doublon"')
    said(work.head.get(f"{work.url}/etat/annule"), 200, "Un ordre annulé ne se rouvre pas")
    assert work.head.post(f"{work.url}/etat/annule", data={"reason": "Doublon"}).status_code == 303
    assert work.order().state is S.CANCELLED
    said(work.head.post(f"{work.url}/etat/en-cours"), 422, "Un ordre « Annulé » ne peut pas passer à « En cours »")


def test_states_with_pages_of_their_own_or_unknown_have_no_address(work: Workshop) -> None:
    for slug in ("termine", "a-controler", "facture", "brouillon", "nimporte"):
        assert work.head.get(f"{work.url}/etat/{slug}").status_code == 404
        assert work.head.post(f"{work.url}/etat/{slug}", data={"reason": "x"}).status_code == 404


def test_checking_goes_on_to_the_next(work: Workshop) -> None:
    _finish(work)
    with work.site.database.transaction() as session:
        other = make.order(session, work.garage.founder)
        make.labour(session, other)
        repair_orders.finish(session, other.number, "Fait", None, HEAD, clock.now())
    page = work.head.get(f"{work.url}/controle")
    said(page, 200, "Jour de clôture", "1 h 00", "Renvoyer à l’atelier", "Main-d’œuvre VL")
    answer = work.head.post(f"{work.url}/controle", data={"version": work.order().version})
    assert answer.location == f"/ordres/{other.number}/controle"
    assert (work.order().state, work.order().closed_on) == (S.DONE, clock.today())
    answer = work.head.post(answer.location, data={"version": other.version})
    assert answer.location == "/ordres/"
    said(work.head.get("/ordres/"), 200, f"Ordre {other.number} terminé", "Plus aucun ordre à contrôler")


def test_an_engagement_number_may_come_late(work: Workshop) -> None:
    _finish(work)
    said(work.head.get(f"{work.url}/controle"), 200, "Numéro d’engagement")
    values = {"version": work.order().version, "engagement": " EJ-9 "}
    assert work.head.post(f"{work.url}/controle", data=values).status_code == 303
    assert (work.order().engagement, work.order().state) == ("EJ-9", S.DONE)


def test_the_closing_day(work: Workshop) -> None:
    _finish(work)
    version = work.order().version
    for day in (clock.today() + timedelta(days=1), yesterday() - timedelta(days=1)):
        answer = work.head.post(f"{work.url}/controle", data={"version": version, "done_on": day.isoformat()})
        said(answer, 422, f"Le {day:%d/%m/%Y} n’est pas possible ici", f'value="{day.isoformat()}"')
    assert work.order().state is S.TO_CHECK
    values = {"version": version, "near": yesterday().isoformat()}
    assert work.head.post(f"{work.url}/controle", data=values).status_code == 303
    assert work.order().closed_on == yesterday()


def test_what_changed_since_it_was_read_is_read_again(work: Workshop) -> None:
    _finish(work)
    version = work.order().version
    assert work.mechanic.post(f"{work.url}/temps", data={"code": "MO-VL", "time": "1"}).status_code == 303
    answer = work.head.post(f"{work.url}/controle", data={"version": version})
    said(answer, 409, "Quelqu’un d’autre a modifié cette fiche")
    assert work.order().state is S.TO_CHECK


def test_only_what_waits_for_it_is_checked(work: Workshop) -> None:
    words = "Un ordre « En cours » ne peut pas passer à « Terminé »"
    said(work.head.get(f"{work.url}/controle"), 422, words)
    said(work.head.post(f"{work.url}/controle", data={"version": work.order().version}), 422, words)
    _finish(work)
    work.mechanic.post(f"{work.url}/lignes/1/retirer")
    said(work.head.get(f"{work.url}/controle"), 200, "Il manque, pour valider le contrôle")
    answer = work.head.post(f"{work.url}/controle", data={"version": work.order().version})
    said(answer, 422, "L’ordre ne peut pas être terminé : aucune ligne")


def test_sent_back_to_the_workshop_and_opened_again(work: Workshop) -> None:
    _finish(work)
    assert work.head.post(f"{work.url}/etat/en-cours").status_code == 303
    work.act(repair_orders.finish, work.number, None, None, HEAD, clock.now())
    work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())
    said(work.mechanic.get(f"{work.url}/etat/en-cours"), 422, "Un ordre « Terminé » ne peut pas passer")
    said(work.head.get(f"{work.url}/etat/en-cours"), 200, "Rouvrir l’ordre")
    said(work.head.post(f"{work.url}/etat/en-cours"), 422, "Indiquez le motif")
    assert work.head.post(f"{work.url}/etat/en-cours", data={"reason": "Bruit revenu"}).status_code == 303
    assert (work.order().state, work.order().closed_on) == (S.IN_PROGRESS, None)


def test_a_billed_line_stays(work: Workshop) -> None:
    _check(work)
    with work.site.database.transaction() as session:
        line = session.scalars(select(OrderLine)).one()
        bill = Invoice(
            kind=BillKind.INVOICE, series="F", year=2026, sequence=1, number="F2026-0001", quarter="2026-T4",
            collectivity_id=work.garage.partner.id, regime=VatRegime.OUT_OF_SCOPE, issued_on=clock.today(),
            net=Decimal(60), vat=Decimal(0), gross=Decimal(60), issued_at=clock.now(), issuer={}, addressee={},
            conventions=[], grids=[],
        )  # fmt: skip
        session.add(bill)
        session.flush()
        session.add(LiveBilling(order_line_id=line.id, invoice_id=bill.id))
    said(work.head.get(work.url), 200, "Facturée F2026-0001")
    assert "retirer" not in work.head.get(work.url).text
    answer = work.head.post(f"{work.url}/lignes/1/retirer")
    said(answer, 422, f"La ligne 1 de l’ordre {work.number} est facturée : elle ne se modifie plus.")
    assert work.count(OrderLine) == 1


def test_the_head_settles_without_a_bill_what_is_not_billable(work: Workshop) -> None:
    entry = Entry(work.number, clock.today(), HEAD, clock.now(), clock.today(), non_billable_reason="Garantie")
    work.act(order_lines.add_labour, entry, "MO-VL", 60, 1)
    said(work.head.post(f"{work.url}/solder", data={"reason": "Garantie"}), 422, "ne peut pas être soldé sans facture")
    work.act(repair_orders.finish, work.number, "Fait", None, HEAD, clock.now())
    work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())
    said(work.head.get(work.url), 200, "Solder sans facture…")
    said(work.head.post(f"{work.url}/solder", data={"reason": " "}), 422, "Indiquez le motif")
    assert work.mechanic.post(f"{work.url}/solder", data={"reason": "Garantie"}).status_code == 403
    assert work.order().settled_at is None
    assert work.head.post(f"{work.url}/solder", data={"reason": "Reprise d’un travail"}).location == work.url
    said(work.head.get(work.url), 200, "Soldé sans facture", "Reprise d’un travail")
    assert work.order().settled_at is not None
