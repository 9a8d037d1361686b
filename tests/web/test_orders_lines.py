"""Hours, flat prices, parts and external work put on an order through its screens (rules O3, S2 to S5)."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.repair_orders import OrderLine
from garage.db.models.stock import Part, PartBarcode
from garage.domain.repair_orders import LineNature, OrderState
from garage.operations import order_lines, repair_orders
from garage.operations.order_lines import Entry, External
from garage.web.wiring import WebOptions
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, Workshop, build, said, yesterday

LABOUR = {"code": "MO-VL", "time": "1 h 30"}
EXTERNAL = {"supplier": "Pneus", "label": "Montage", "quantity": "2", "cost": "40,1234"}
BOUGHT = {"reference": "NEUF-1", "label": "Durite", "quantity": "2", "cost": "12,5"}


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _entry(work: Workshop) -> Entry:
    return Entry(work.number, clock.today(), HEAD, clock.now(), clock.today())


@pytest.mark.parametrize(("typed", "minutes"), [("1 h 30", 90), ("1:30", 90), ("1,5", 90), ("45 min", 45), ("2", 120)])
def test_time_is_read_in_whole_minutes(work: Workshop, typed: str, minutes: int) -> None:
    answer = work.mechanic.post(f"{work.url}/temps", data=LABOUR | {"time": typed, "label": "Dépose"})
    assert (answer.status_code, answer.location) == (303, work.url)
    (line,) = work.lines()
    assert (line.nature, line.minutes, line.code, line.label) == (LineNature.LABOUR, minutes, "MO-VL", "Dépose")
    assert (line.done_on, line.mechanic_id, line.created_by_id) == (clock.today(), 1, 1)
    page = work.mechanic.get(work.url)
    said(page, 200, "Main-d’œuvre VL – Dépose", "de travail sur l’ordre", f'action="{work.url}/lignes/1/retirer"')
    assert "60,00" not in page.text


def test_the_labour_form_has_no_price_and_the_codes_of_the_grids_in_force(work: Workshop) -> None:
    page = work.mechanic.get(f"{work.url}/temps")
    said(page, 200, "MO-VL – Main-d’œuvre VL", "MO-SER – Serrurerie")
    assert "LAV" not in page.text
    main = page.text[page.text.index("<main") : page.text.index("</main")]
    assert "60" not in re.sub(r'value="[^"]*"', "", main)
    assert "Mécanicien</label>" not in page.text
    assert "Personne 1" in work.head.get(f"{work.url}/temps").text


def test_the_mechanic_is_oneself_unless_the_head_chooses(work: Workshop) -> None:
    work.mechanic.post(f"{work.url}/temps", data=LABOUR | {"mechanic": "2"})
    work.head.post(f"{work.url}/temps", data=LABOUR | {"mechanic": "1"})
    work.head.post(f"{work.url}/temps", data=LABOUR)
    work.head.post(f"{work.url}/temps", data=LABOUR | {"mechanic": "4"})
    assert [line.mechanic_id for line in work.lines()] == [1, 1, 2, 2]


def test_another_day_wins_and_non_billable_has_its_reason(work: Workshop) -> None:
    day = clock.today() - timedelta(days=1)
    values = {"near": clock.today().isoformat(), "done_on": f"{day:%d/%m/%Y}", "non_billable_reason": "Garantie"}
    work.mechanic.post(f"{work.url}/temps", data=LABOUR | values)
    (line,) = work.lines()
    assert (line.done_on, line.non_billable_reason) == (day, "Garantie")
    said(work.mechanic.get(work.url), 200, "Non facturé : Garantie")


@pytest.mark.parametrize("path", ["temps", "forfait", "travail-externe", "pieces/P1", "piece-achetee"])
def test_sent_twice_it_is_one_line(work: Workshop, path: str) -> None:
    data = {"form_token": "b" * 32} | (LABOUR | EXTERNAL | BOUGHT | {"code": "LAV" if path == "forfait" else "MO-VL"})
    for _ in range(2):
        assert work.head.post(f"{work.url}/{path}", data=data).status_code == 303
    assert work.count(OrderLine) == 1
    if path == "pieces/P1":
        assert work.on_hand(work.garage.parts["P1"].id) == 98


@pytest.mark.parametrize(
    ("path", "values", "words"),
    [
        ("temps", {"time": ""}, "Saisissez le temps passé"),
        ("temps", {"time": "longtemps"}, "Saisissez une durée, par exemple 1 h 30"),
        ("temps", {"time": "1.0e999999"}, "Saisissez une durée"),
        ("temps", {"time": "0"}, "Le temps doit aller de 1 minute à 24 heures"),
        ("temps", {"time": "25 h"}, "Le temps doit aller de 1 minute à 24 heures"),
        ("temps", {"code": ""}, "Choisissez la main-d’œuvre"),
        ("temps", {"code": "RIEN"}, "Aucune grille publiée n’a le code « RIEN »"),
        ("temps", {"code": "LAV"}, "Aucune grille publiée n’a le code « LAV »"),
        ("temps", {"done_on": "2199-01-01"}, "Le 01/01/2199 n’est pas possible ici"),
        ("temps", {"label": "x" * 501}, "au plus 500 caractères"),
        ("temps", {"form_token": "x" * 65}, "au plus 64 caractères"),
        ("forfait", {"code": "LAV", "quantity": ""}, "Saisissez la quantité"),
        ("forfait", {"code": "LAV", "quantity": "0"}, "La quantité 0 n’est pas possible"),
        ("forfait", {"code": "LAV", "quantity": "-1"}, "La quantité −1 n’est pas possible"),
        ("forfait", {"code": "LAV", "quantity": "1000000"}, "La quantité 1 000 000 n’est pas possible"),
        ("forfait", {"code": "LAV", "quantity": "1e400"}, "Saisissez un nombre, par exemple 12,50"),
        ("forfait", {"code": "LAV", "quantity": "1,2345"}, "Saisissez un nombre"),
        ("forfait", {"code": "MO-VL", "quantity": "1"}, "Aucune grille publiée n’a le code « MO-VL »"),
        ("pieces/P1", {"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ("pieces/P1", {"quantity": "101"}, "Il reste 100 en stock de P1, vous en demandez 101"),
        ("pieces/P1", {"quantity": "un"}, "Saisissez un nombre"),
        ("piece-achetee", {"cost": ""}, "Saisissez le coût d’achat"),
        ("piece-achetee", {"cost": "-1"}, "Le coût −1,00 n’est pas possible"),
        ("piece-achetee", {"cost": "1000000"}, "Le coût 1 000 000,00 n’est pas possible"),
        ("piece-achetee", {"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ("piece-achetee", {"label": ""}, "Saisissez la désignation"),
        ("travail-externe", {"supplier": ""}, "Saisissez le fournisseur"),
        ("travail-externe", {"cost": "-3"}, "Le coût −3,00 n’est pas possible"),
        ("travail-externe", {"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ("travail-externe", {"done_on": "2199-01-01"}, "n’est pas possible ici"),
    ],
)
def test_every_refusal_keeps_what_was_typed(work: Workshop, path: str, values: dict[str, Any], words: str) -> None:
    typed = LABOUR | EXTERNAL | BOUGHT | {"non_billable_reason": "Un motif gardé"} | values
    answer = work.head.post(f"{work.url}/{path}", data=typed)
    said(answer, 422, words, "Erreur :", "Il y a 1 erreur", 'value="Un motif gardé"')
    for name, value in values.items():
        if value and f'name="{name}"' in answer.text and name not in ("code", "done_on"):
            assert f'value="{value}"' in answer.text
    assert work.count(OrderLine) == 0
    assert work.count(Part) == 2


def test_flat_price(work: Workshop) -> None:
    assert work.mechanic.post(f"{work.url}/forfait", data={"code": "DEP", "quantity": "12,5 km"}).status_code == 303
    assert (work.lines()[0].code, work.lines()[0].quantity) == ("DEP", Decimal("12.5"))
    said(work.mechanic.get(work.url), 200, "Déplacement", "12,5 km")


def test_parts_are_found_by_reference_label_and_barcode(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        made = make.part(session, "W 610/3", "2", bin="B12", minimum=Decimal(4))
        session.add(PartBarcode(code="3165141", part_id=made.id))
        made.search_text = "w 610/3 filtre a huile"
    for text in ("610/3", "FILTRE à Huile", "huile filtre", "3165141"):
        answer = work.mechanic.get(f"{work.url}/pieces", query_string={"q": text})
        said(answer, 200, "1 pièce trouvée", "Stock bas : 2 (mini 4)", "casier B12", "/pieces/W%20610/3")
    fragment = work.mechanic.get(f"{work.url}/pieces?q=610", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    said(work.mechanic.get(f"{work.url}/pieces?q=zzz"), 200, "Aucune pièce ne correspond", "piece-achetee?q=zzz")
    said(work.mechanic.get(f"{work.url}/pieces"), 200, "Pas encore de pièce habituelle")


def test_the_usual_parts_of_the_vehicle_come_first(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for _ in range(3):
            made = make.order(session, work.garage.partner, vehicle_id=work.garage.vehicles["BOURG"].id)
            order_lines.add_part(session, make.entry(made), work.garage.parts["P2"].id, Decimal(1))
        order_lines.add_part(session, make.entry(made), work.garage.parts["P1"].id, Decimal(1))
    page = work.mechanic.get(f"{work.url}/pieces")
    said(page, 200, "Pièces habituelles de ce véhicule", "97 u en stock")
    assert page.text.index("Pièce P2") < page.text.index("Pièce P1")


def test_one_press_adds_one_and_undo_puts_it_back(work: Workshop) -> None:
    answer = work.mechanic.post(f"{work.url}/pieces/P1", data={"quantity": "1", "form_token": "c" * 32})
    assert (answer.status_code, answer.location) == (303, f"{work.url}/pieces")
    said(work.mechanic.get(answer.location), 200, "1 × Pièce P1 sur l’ordre", f'action="{work.url}/lignes/1/retirer"')
    assert work.lines()[0].cost == Decimal("10")
    assert work.on_hand(work.garage.parts["P1"].id) == 99
    assert work.mechanic.post(f"{work.url}/lignes/1/retirer").status_code == 303
    assert work.on_hand(work.garage.parts["P1"].id) == 100
    assert work.lines() == []
    said(work.mechanic.get(work.url), 200, "Ligne retirée")


def test_costs_are_for_those_who_may_read_them(work: Workshop) -> None:
    work.mechanic.post(f"{work.url}/pieces/P1", data={"quantity": "1"})
    assert "10,00" not in work.mechanic.get(work.url).text
    said(work.head.get(work.url), 200, "10,00 € HT")


def test_beyond_the_stock_the_head_alone_and_with_a_reason(work: Workshop) -> None:
    asked = {"quantity": "101", "forced_reason": "Livrée ce matin"}
    refused = work.mechanic.post(f"{work.url}/pieces/P1", data=asked)
    said(refused, 422, "Il reste 100 en stock de P1", "Le chef d’atelier peut passer outre")
    assert "Motif pour sortir plus" not in refused.text
    said(work.head.post(f"{work.url}/pieces/P1", data={"quantity": "101"}), 422, "Motif pour sortir plus que le stock")
    assert work.head.post(f"{work.url}/pieces/P1", data=asked).status_code == 303
    assert work.on_hand(work.garage.parts["P1"].id) == -1
    said(work.head.get("/stock/P1"), 200, "Au-delà du stock", "Rupture : −1", "Livrée ce matin")


def test_a_bought_part_enters_the_catalogue_and_leaves_the_stock_alone(work: Workshop) -> None:
    said(work.mechanic.get(f"{work.url}/piece-achetee?q=NEUF-1"), 200, 'value="NEUF-1"', "€ HT")
    for _ in range(2):
        assert work.mechanic.post(f"{work.url}/piece-achetee", data=BOUGHT | {"unit": "m"}).status_code == 303
    assert work.count(Part) == 3
    with work.site.database.reading() as session:
        part = session.scalars(select(Part).where(Part.reference == "NEUF-1")).one()
    assert (part.label, part.unit, work.on_hand(part.id)) == ("Durite", "m", 0)
    assert [line.cost for line in work.lines()] == [Decimal("12.5")] * 2
    said(work.mechanic.get(work.url), 200, "achetée pour cet ordre", "2 m")


def test_external_work_waits_for_its_invoice(work: Workshop) -> None:
    assert work.head.post(f"{work.url}/travail-externe", data=EXTERNAL | {"cost": ""}).status_code == 303
    data = EXTERNAL | {"supplier_invoice": "FA-99"}
    assert work.head.post(f"{work.url}/travail-externe", data=data).status_code == 303
    assert [line.cost for line in work.lines()] == [None, Decimal("40.1234")]
    said(work.head.get(work.url), 200, "Coût à venir", "Montage", "Pneus", "facture FA-99", "40,1234 € HT")


def test_the_basis_of_costs_is_written_where_they_are_typed(make_site: Any) -> None:
    work = build(make_site(WebOptions(secure_cookies=False, cost_basis="ttc")))
    for path in (f"{work.url}/travail-externe", f"{work.url}/piece-achetee", "/stock/P1/entree"):
        said(work.head.get(path), 200, "€ TTC")


def test_two_people_on_one_order_both_entries_stand(work: Workshop) -> None:
    for client in (work.head, work.mechanic):
        said(client.get(f"{work.url}/temps"), 200, "Temps passé")
    assert work.head.post(f"{work.url}/temps", data=LABOUR).status_code == 303
    assert work.mechanic.post(f"{work.url}/temps", data=LABOUR | {"time": "45 min"}).status_code == 303
    assert [(line.rank, line.minutes) for line in work.lines()] == [(1, 90), (2, 45)]


@pytest.mark.parametrize("path", ["temps", "forfait", "pieces", "pieces/P1", "piece-achetee", "lignes/1/retirer"])
def test_a_checked_order_takes_nothing_more_from_a_mechanic(work: Workshop, path: str) -> None:
    work.act(order_lines.add_labour, _entry(work), "MO-VL", 60, None)
    work.act(repair_orders.finish, work.number, "Fait", None, HEAD, clock.now())
    work.act(repair_orders.check, work.number, clock.today(), HEAD, clock.now(), clock.today())
    words = f"L’ordre {work.number} est « Terminé » : il ne reçoit plus de saisie"
    if "retirer" not in path:
        said(work.mechanic.get(f"{work.url}/{path}"), 422, words)
    if path != "pieces":
        sent = LABOUR | BOUGHT | ({"code": "LAV"} if path == "forfait" else {})
        said(work.mechanic.post(f"{work.url}/{path}", data=sent), 422, words)
    assert work.count(OrderLine) == 1
    assert "Ajouter du temps" not in work.mechanic.get(work.url).text
    assert work.head.post(f"{work.url}/temps", data=LABOUR).status_code == 303


def test_an_order_closed_meanwhile_keeps_what_was_typed(work: Workshop) -> None:
    """The order is cancelled between the reading of the form and its sending: the refusal is the operation's."""
    work.act(repair_orders.change_state, work.number, OrderState.CANCELLED, HEAD, clock.now(), reason="Doublon")
    said(work.head.post(f"{work.url}/temps", data=LABOUR), 422, "est « Annulé »")
    assert work.count(OrderLine) == 0


def test_a_line_that_is_not_there(work: Workshop) -> None:
    assert work.head.post(f"{work.url}/lignes/7/retirer").location == work.url
    said(work.head.get(work.url), 200, "Cette ligne était déjà retirée")
    assert work.head.post(f"{work.url}/lignes/99999999999/retirer").status_code == 404
    assert work.head.get(f"{work.url}/lignes/1/retirer").status_code == 405
    assert work.head.get(f"{work.url}/pieces/RIEN").status_code == 404


def test_who_did_it_is_in_the_journal(work: Workshop) -> None:
    work.mechanic.post(f"{work.url}/temps", data=LABOUR)
    work.mechanic.post(f"{work.url}/lignes/1/retirer")
    with work.site.database.reading() as session:
        acts = session.execute(
            select(JournalEntry.actor, JournalEntry.action).order_by(JournalEntry.id.desc()).limit(2)
        )
        assert [tuple(row) for row in acts] == [("Personne 1", "order.remove_line"), ("Personne 1", "order.add_line")]


def test_a_line_of_an_order_opened_later_may_be_older(work: Workshop) -> None:
    assert yesterday() < clock.today()
    external = External("Pneus", None, Decimal(1), None)
    work.act(order_lines.add_external, _entry(work), external)
    said(work.head.get(work.url), 200, "Travail externe", "Pneus")
