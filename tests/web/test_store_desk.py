"""The storekeeper's hub: rubrics with what waits in each, links to pages that answer."""

import re
from decimal import Decimal

import pytest

from garage import clock
from garage.domain.permissions import Role
from garage.operations import order_lines
from tests.factories import garage as make

from .harness import Site
from .workshop import Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def test_numbers_and_links_that_answer(work: Workshop) -> None:
    said(
        work.head.get("/magasin"), 200, "0 demande en attente", "0 pièce à régulariser", "2 000,00 €", "valeur du stock"
    )
    work.mechanic.post(f"/demandes-pieces/nouvelle/{work.number}", data={"label": "Joint", "quantity": "1"})
    work.mechanic.post(f"/reservations/{work.number}/P1", data={"quantity": "1"})
    new = make.entry(work.order(), clock.today())
    work.act(order_lines.add_part, order_lines.Entry(new.order, clock.today(), make.HEAD, clock.now(), clock.today()),
             work.garage.parts["P2"].id, Decimal(101), "Urgence")  # fmt: skip
    page = work.head.get("/magasin")
    said(page, 200, "1 demande en attente", "1 pièce à régulariser", "1 réservation", "Magasin")
    links = re.findall(r'<h3 class="titre"><a href="([^"]+)"', page.text)
    assert len(links) == len(set(links)) >= 10
    for link in links:
        assert work.head.get(link).status_code == 200, link


def test_accounting_finds_there_all_that_it_may_read(work: Workshop) -> None:
    clerk = work.site.client(Role.ACCOUNTING)
    page = clerk.get("/magasin")
    links = re.findall(r'<h3 class="titre"><a href="([^"]+)"', page.text)
    assert {
        "/achats", "/receptions", "/mouvements", "/retours-fournisseurs", "/consignes", "/factures-fournisseurs",
        "/a-rapprocher", "/inventaires", "/mouvements/au-dela-du-stock", "/valeur-stock",
    } <= set(links)  # fmt: skip
    assert not {"/a-commander", "/demandes-pieces", "/fluides"} & set(links)
    for link in links:
        answer = clerk.get(link)
        assert answer.status_code == 200, link
        assert 'href="/magasin"' in answer.text, link


def test_only_who_keeps_or_values_the_stock(work: Workshop) -> None:
    for role in (Role.MECHANIC, Role.COLLECTIVITY, Role.ADMIN):
        assert work.site.client(role).get("/magasin").status_code == 403
    said(work.head.get("/stock/"), 200, "/magasin")
