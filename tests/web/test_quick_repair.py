"""A whole order on one screen, all or nothing, once (WO-22; rules C4, O1 to O6, S4)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from garage import clock
from garage.db.models.entries import Entry
from garage.db.models.order_records import OrderNote
from garage.db.models.order_works import OrderWork, Package
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
from garage.db.models.vehicles import MeterReading, Vehicle
from garage.domain.order_works import WorkState
from garage.domain.repair_orders import LineNature, OrderKind, OrderState

from .harness import Site
from .workshop import Workshop, build, said

URL = "/ordres/rapide"


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def fields(**more: Any) -> dict[str, Any]:
    base = {
        "pour": "vehicule", "vehicule": "BOURG-1", "kind": "breakdown", "travail": "code:MO-VL", "time": "45 min",
        "piece_1": "P1", "quantite_1": "2", "note": "Durite changée", "meter": "84 400", "suite": "terminer",
        "form_token": "r1",
    }  # fmt: skip
    return base | more


def orders(work: Workshop) -> list[RepairOrder]:
    with work.site.database.reading() as session:
        made = select(RepairOrder).where(RepairOrder.number != work.number)
        return list(session.scalars(made.order_by(RepairOrder.id)))


def all_of(work: Workshop, model: Any) -> list[Any]:
    with work.site.database.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def test_one_screen_makes_a_whole_order_to_check(work: Workshop) -> None:
    answer = work.mechanic.post(URL, data=fields())
    (order,) = orders(work)
    assert (answer.status_code, answer.location) == (303, f"/ordres/{order.number}")
    assert (order.state, order.kind, order.meter, order.works) == (
        OrderState.TO_CHECK, OrderKind.BREAKDOWN, 84400, "Durite changée",
    )  # fmt: skip
    lines = all_of(work, OrderLine)
    assert [(line.nature, line.code, line.minutes, line.quantity) for line in lines] == [
        (LineNature.LABOUR, "MO-VL", 45, None),
        (LineNature.PART, None, None, Decimal(2)),
    ]
    assert lines[0].mechanic_id == 1
    assert work.on_hand(work.garage.parts["P1"].id) == 98
    assert [one.state for one in all_of(work, OrderWork)] == [WorkState.DONE]
    assert all_of(work, MeterReading)[-1].read_on == clock.today()


def test_sent_twice_it_is_one_order(work: Workshop) -> None:
    first = work.mechanic.post(URL, data=fields())
    again = work.mechanic.post(URL, data=fields())
    assert first.location == again.location
    assert len(orders(work)) == work.count(Entry) == 1
    assert work.on_hand(work.garage.parts["P1"].id) == 98


def test_sent_twice_at_once_it_is_one_order(work: Workshop) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda client: client.post(URL, data=fields()), (work.mechanic, work.head)))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(orders(work)) == 1
    assert work.on_hand(work.garage.parts["P1"].id) == 98


def test_left_open_it_keeps_its_note(work: Workshop) -> None:
    assert work.mechanic.post(URL, data=fields(suite="ouvert", time="", piece_1="")).status_code == 303
    assert orders(work)[0].state is OrderState.IN_PROGRESS
    assert [one.text for one in all_of(work, OrderNote)] == ["Durite changée"]
    assert [one.state for one in all_of(work, OrderWork)] == [WorkState.TODO]


def test_an_object_is_as_good_as_a_vehicle(work: Workshop) -> None:
    page = work.mechanic.get(URL)
    said(page, 200, "Un site ou un objet", "Serrurerie", "Enregistrer et terminer", "Enregistrer et laisser ouvert")
    values = fields(
        pour="objet", vehicule="BOURG-1", collectivite="BOURG", objet="Serrure du local vélos", kind="locksmith",
        travail="code:MO-SER", meter="84400",
    )  # fmt: skip
    assert work.mechanic.post(URL, data=values).status_code == 303
    (order,) = orders(work)
    assert (order.vehicle_id, order.object_label, order.kind) == (None, "Serrure du local vélos", OrderKind.LOCKSMITH)
    assert order.state is OrderState.TO_CHECK
    said(work.mechanic.get(URL), 200, 'value="Serrure du local vélos"')


def test_a_flat_price_and_a_package_put_their_lines(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        session.add(
            Package(code="VID", label="Vidange", labour_code="MO-VL", standard_minutes=45, created_at=clock.now())
        )
    assert work.mechanic.post(URL, data=fields(travail="code:LAV", time="", piece_1="")).status_code == 303
    assert [(line.nature, line.code) for line in all_of(work, OrderLine)] == [(LineNature.FLAT, "LAV")]
    said(work.mechanic.get(URL), 200, 'value="forfait:VID"')
    values = fields(travail="forfait:VID", time="1 h", piece_1="", form_token="r2", meter="")
    assert work.mechanic.post(URL, data=values).status_code == 303
    assert (all_of(work, OrderLine)[-1].code, all_of(work, OrderLine)[-1].minutes) == ("MO-VL", 60)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"vehicule": ""}, "vehicule", "Saisissez la plaque ou le numéro de parc"),
        ({"vehicule": "ZZ-999-ZZ"}, "vehicule", "Aucun véhicule ne correspond"),
        ({"vehicule": "AB-123-CD"}, "vehicule", "Plusieurs véhicules correspondent"),
        ({"pour": "objet", "objet": ""}, "objet", "décrivez l’objet du travail"),
        ({"pour": "objet", "objet": "Portail"}, "collectivite", "Choisissez la collectivité"),
        ({"pour": "objet", "objet": "Portail", "collectivite": "SANS"}, "collectivite", "Aucune convention"),
        ({"piece_2": "INCONNUE"}, "piece_2", "Aucune pièce n’a le code INCONNUE"),
        ({"piece_3": "P2", "quantite_3": "900"}, "quantite_3", "Il reste 100 en stock de P2"),
        ({"piece_3": "P2", "quantite_3": "-1"}, "quantite_3", "plus grand que zéro"),
        ({"piece_3": "P2", "quantite_3": "x"}, "quantite_3", "Saisissez un nombre"),
        ({"time": "26 h"}, "time", "de 1 minute à 24 heures"),
        ({"time": "bientôt"}, "time", "Saisissez une durée"),
        ({"travail": "code:RIEN"}, "travail", "Aucune grille publiée"),
        ({"meter": "12"}, "meter", "Le compteur recule"),
        ({"meter": "900000"}, "meter", "Le compteur bondit"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_written(
    work: Workshop, wrong: dict[str, str], field: str, words: str
) -> None:
    before = work.count(StockMovement)
    answer = work.mechanic.post(URL, data=fields(**wrong))
    said(answer, 422, words, f'href="#{field}"', "Durite changée</textarea>")
    assert orders(work) == []
    assert work.count(OrderLine) == work.count(Entry) == work.count(OrderNote) == 0
    assert work.count(StockMovement) == before
    assert work.mechanic.post(URL, data=fields()).status_code == 303


def test_nothing_done_cannot_be_finished(work: Workshop) -> None:
    answer = work.mechanic.post(URL, data=fields(travail="", time="", piece_1=""))
    said(answer, 422, "L’ordre ne peut pas être terminé : aucune ligne")
    assert orders(work) == []


def test_an_odd_meter_counts_once_its_reason_is_pressed(work: Workshop) -> None:
    said(work.mechanic.post(URL, data=fields(meter="12")), 422, 'value="Compteur remplacé"')
    values = fields(meter="12", reason=["", "Compteur remplacé"], suite=["ouvert", ""])
    assert work.mechanic.post(URL, data=values).status_code == 303
    assert (orders(work)[0].meter, orders(work)[0].state) == (12, OrderState.IN_PROGRESS)
    with work.site.database.reading() as session:
        assert session.get_one(Vehicle, orders(work)[0].vehicle_id).meter == 12


def test_the_head_goes_beyond_a_missing_convention(work: Workshop) -> None:
    values = fields(pour="objet", objet="Portail", collectivite="SANS")
    said(work.head.post(URL, data=values), 422, "Motif pour passer outre")
    assert "Motif pour passer outre" not in work.mechanic.post(URL, data=values).text
    assert work.head.post(URL, data=values | {"forced_reason": "Convention en signature"}).status_code == 303
    assert orders(work)[0].forced_reason == "Convention en signature"


def test_lists_are_offered_as_one_types(work: Workshop) -> None:
    htmx = {"HX-Request": "true"}
    found = work.mechanic.get(f"{URL}?vehicule=bourg", headers=htmx)
    said(found, 200, '<option value="BOURG-1">', "AB-123-CD, Renault Master, Bourg")
    assert "<main" not in found.text
    said(work.mechanic.get(f"{URL}?piece_2=P2", headers=htmx), 200, '<option value="P2">', "100 u")
    assert work.mechanic.get(f"{URL}?vehicule=", headers=htmx).text.strip() == ""
    said(work.mechanic.get(f"{URL}?vehicule=BOURG-1"), 200, 'value="BOURG-1"')
