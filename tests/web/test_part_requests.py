"""Parts asked for from an order: the queue of the store, its answers, and what the mechanic reads (feature PA-18)."""

import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.part_requests import PartRequest, Reservation
from garage.db.models.purchases import PurchaseLine
from garage.db.models.stock import Part
from garage.domain.part_requests import PartRequestState as S
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.operations import repair_orders, suppliers
from tests.factories import garage as make

from .harness import Site
from .workshop import Workshop, build, said


@pytest.fixture
def work(site: Site) -> Workshop:
    made = build(site)
    made.act(lambda session: make.part(session, "FILTRE", "3", "8.0000", supplier="Pièces de l’Ouest"))
    return made


def ask(work: Workshop, **fields: Any) -> TestResponse:
    form = {"label": "Filtre à huile", "quantity": "2"} | fields
    return work.mechanic.post(f"/demandes-pieces/nouvelle/{work.number}", data=form)


def asked(work: Workshop) -> PartRequest:
    with work.site.database.reading() as session:
        return session.scalars(select(PartRequest).order_by(PartRequest.id.desc()).limit(1)).one()


def answer(work: Workshop, acte: str, **fields: Any) -> TestResponse:
    row = asked(work)
    form = {"acte": acte, "version": str(row.version)} | fields
    return work.head.post(f"/demandes-pieces/{row.id}", data=form)


def test_asked_in_words_then_named_set_aside_and_given(work: Workshop) -> None:
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    said(work.mechanic.get(work.url), 200, f"/demandes-pieces/nouvelle/{work.number}")
    said(work.mechanic.get(f"/demandes-pieces/nouvelle/{work.number}?q=Filtre"), 200, 'value="Filtre"')
    assert ask(work, needed_on=tomorrow).location == work.url
    said(work.mechanic.get(work.url), 200, "Au magasin", "Filtre à huile", "Demandée", "demandé par Personne 1")
    said(work.head.get("/demandes-pieces"), 200, "Filtre à huile", work.number, "aujourd’hui", "Répondre…")
    said(answer(work, "aside"), 422, "Choisissez la pièce : saisissez sa référence")
    said(answer(work, "aside", reference="RIEN"), 422, "Référence inconnue", "RIEN")
    assert answer(work, "aside", reference="FILTRE", answer="Au comptoir").status_code == 303
    assert (asked(work).state, work.count(Reservation)) == (S.READY, 1)
    said(work.mechanic.get(work.url), 200, "Mise de côté", "Personne 2 : Au comptoir", "Prête")
    assert answer(work, "give").status_code == 303
    row = asked(work)
    (line,) = work.lines()
    assert (row.state, row.order_line_id, line.quantity, line.cost) == (S.GIVEN, line.id, Decimal(2), Decimal(8))
    assert work.count(Reservation) == 0
    said(work.mechanic.get(work.url), 200, "Remise", "Au comptoir")
    said(work.head.get("/demandes-pieces"), 200, "Rien n’attend.")
    said(work.head.get("/demandes-pieces?etat=remises"), 200, "Filtre à huile", "Remise")
    said(answer(work, "give"), 422, "déjà « remise »")
    assert len(work.lines()) == 1


def test_the_part_is_chosen_from_a_list_and_its_supplier_with_it(work: Workshop) -> None:
    seller = work.act(suppliers.named, "Pièces de l’Ouest", clock.now())
    with work.site.database.transaction() as session:
        session.scalars(select(Part).where(Part.reference == "FILTRE")).one().supplier_id = seller
    ask(work, label="La chose qui filtre")
    page = f"/demandes-pieces/{asked(work).id}"
    said(work.head.get(page), 200, "Chercher la pièce par quelques mots", "Aucune pièce ne correspond")
    said(work.head.get(f"{page}?q=filtre"), 200, "Pièces qui correspondent", "piece=FILTRE")
    said(work.head.get(f"{page}?q=filtre&piece=FILTRE"), 200, 'value="FILTRE"', f'selected value="{seller}"')
    assert work.head.get(f"{page}?piece=RIEN").status_code == 404
    assert answer(work, "order", reference="filtre", supplier="").status_code == 303
    said(work.mechanic.get(work.url), 200, "La chose qui filtre", "Commandé : Pièce FILTRE, réf.")


def test_its_file_of_the_queue_or_of_a_state(work: Workshop) -> None:
    ask(work)
    ask(work, label="Courroie")
    assert work.mechanic.post(f"/demandes-pieces/{asked(work).id}/retirer").status_code == 303
    for address, label, state in (("", "Filtre à huile", "Demandée"), ("?etat=retirees", "Courroie", "Retirée")):
        [_, row] = work.head.get(f"/demandes-pieces/export.csv{address}").text.splitlines()
        assert row.startswith(f"{label};;2,000;;{work.number};;")
        assert state in row


def test_asked_by_reference_and_sent_twice_it_is_one(work: Workshop) -> None:
    for _ in range(2):
        assert ask(work, reference="FILTRE", label="", form_token="a" * 32).status_code == 303
    assert (work.count(PartRequest), asked(work).label) == (1, "Pièce FILTRE")
    said(ask(work, reference="RIEN"), 422, "Référence inconnue", "Filtre à huile")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"label": ""}, "Dites quelle pièce il faut"),
        ({"quantity": ""}, "Saisissez la quantité"),
        ({"quantity": "0"}, "La quantité 0 n’est pas possible"),
        ({"quantity": "-3"}, "La quantité −3 n’est pas possible"),
        ({"needed_on": "2020-01-01"}, "Le 01/01/2020 est passé"),
        ({"label": "x" * 201}, "Écrivez au plus 200 caractères"),
    ],
)
def test_what_is_no_request(work: Workshop, values: dict[str, str], words: str) -> None:
    said(ask(work, **values), 422, words)
    assert work.count(PartRequest) == 0


def test_with_a_photo(work: Workshop) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "JPEG")
    picture.seek(0)
    assert ask(work, photo=(picture, "p.jpg")).status_code == 303
    address = f"/demandes-pieces/{asked(work).id}/photo"
    said(work.mechanic.get(work.url), 200, address)
    with work.mechanic.get(address) as shown:
        assert shown.mimetype == "image/jpeg"
    assert work.site.client(Role.COLLECTIVITY).get(address).status_code == 403
    said(ask(work, photo=(io.BytesIO(b"rien"), "p.jpg")), 422, "photo")
    ask(work)
    assert work.mechanic.get(f"/demandes-pieces/{asked(work).id}/photo").status_code == 404


def test_what_is_not_there_is_not_set_aside_but_ordered_for_the_order(work: Workshop) -> None:
    ask(work, reference="FILTRE", quantity="4")
    said(answer(work, "aside"), 422, "Il reste 3 de FILTRE hors réservations, il en faut 4")
    said(answer(work, "order", supplier=""), 422, "Choisissez le fournisseur")
    seller = str(work.act(suppliers.named, "Pièces de l’Ouest", clock.now()))
    said(work.head.get(f"/demandes-pieces/{asked(work).id}"), 200, f'selected value="{seller}"')
    assert answer(work, "order", supplier=seller, answer="Jeudi").status_code == 303
    with work.site.database.reading() as session:
        (line,) = session.scalars(select(PurchaseLine))
    assert (line.quantity, line.repair_order_id) == (Decimal(4), work.order().id)
    assert (asked(work).state, asked(work).purchase_line_id) == (S.ORDERED, line.id)
    said(work.mechanic.get(work.url), 200, "Commandée", "Jeudi")
    said(work.head.get("/demandes-pieces"), 200, "Commandée", "CF-")


def test_what_others_reserved_is_not_set_aside(work: Workshop) -> None:
    other = work.act(lambda session: make.order(session, work.garage.founder).number)
    work.mechanic.post(f"/reservations/{other}/FILTRE", data={"quantity": "2"})
    ask(work, reference="FILTRE")
    said(answer(work, "aside"), 422, "Il reste 1 de FILTRE hors réservations")
    said(work.head.get(f"/demandes-pieces/{asked(work).id}"), 200, "Réservé pour d’autres ordres")
    said(answer(work, "give"), 422, f"réservé pour {other}", "Motif pour sortir plus que le stock")
    assert answer(work, "give", forced_reason="Urgence").status_code == 303


def test_giving_beyond_the_stock_asks_a_reason(work: Workshop) -> None:
    ask(work, reference="FILTRE", quantity="5")
    said(answer(work, "give"), 422, "Il reste 3", "Motif pour sortir plus que le stock")
    assert answer(work, "give", forced_reason="Urgence").status_code == 303
    with work.site.database.reading() as session:
        part = session.scalars(select(Part).where(Part.reference == "FILTRE")).one()
    assert part.on_hand == Decimal(-2)


def test_refused_with_words_that_the_mechanic_reads(work: Workshop) -> None:
    ask(work, reference="FILTRE")
    answer(work, "aside")
    assert answer(work, "refuse").status_code == 422
    said(answer(work, "refuse", answer="Le filtre se nettoie"), 303)
    said(work.mechanic.get(work.url), 200, "Refusée", "Le filtre se nettoie")
    assert work.count(Reservation) == 0


def test_taken_back_by_whoever_asked_or_the_head(work: Workshop) -> None:
    ask(work, reference="FILTRE")
    answer(work, "aside")
    address = f"/demandes-pieces/{asked(work).id}/retirer"
    assert work.mechanic.post(address).location == work.url
    assert (asked(work).state, work.count(Reservation)) == (S.WITHDRAWN, 0)
    said(work.mechanic.post(address), 422, "déjà « retirée »")
    assert "Filtre à huile" not in re.sub(r'class="annuler".*?</div>', "", work.mechanic.get(work.url).text)
    work.head.post(f"/demandes-pieces/nouvelle/{work.number}", data={"label": "Joint", "quantity": "1"})
    assert work.mechanic.post(f"/demandes-pieces/{asked(work).id}/retirer").status_code == 403
    assert work.head.post(f"/demandes-pieces/{asked(work).id}/retirer").status_code == 303


def test_two_storekeepers_answer_once(work: Workshop) -> None:
    ask(work, reference="FILTRE")
    row = asked(work)
    first = {"acte": "aside", "version": str(row.version)}
    assert work.head.post(f"/demandes-pieces/{row.id}", data=first).status_code == 303
    late = work.head.post(f"/demandes-pieces/{row.id}", data=first | {"acte": "give"})
    assert (late.status_code, asked(work).state, work.lines()) == (422, S.READY, [])
    assert work.head.post(f"/demandes-pieces/{row.id}", data=first | {"acte": "voler"}).status_code == 400
    assert work.mechanic.post(f"/demandes-pieces/{row.id}", data=first).status_code == 403
    for path in ("/demandes-pieces/999", "/demandes-pieces/999/photo"):
        assert work.head.get(path).status_code == 404


def test_a_finished_order_asks_for_nothing_more(work: Workshop) -> None:
    ask(work, reference="FILTRE")

    def finish(session: Any) -> None:
        repair_orders.locked(session, work.number).state = OrderState.TO_CHECK

    work.act(finish)
    said(work.head.get("/demandes-pieces"), 200, "Rien n’attend.")
    assert ask(work).status_code == 422
    assert work.count(PartRequest) == 1
