"""A new order through its screens (rules O1, C4, O6, E6)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.repair_orders import RepairOrder
from garage.domain.repair_orders import OrderKind
from tests.factories import garage as make

from .harness import Site
from .workshop import Workshop, build, said, yesterday

NEW = "/ordres/nouveau"


@pytest.fixture
def work(site: Site) -> Workshop:
    return build(site)


def _send(work: Workshop, *, head: bool = False, **changes: Any) -> TestResponse:
    data = {"collectivity": "BOURG", "vehicle": "BOURG-1", "kind": "breakdown", "meter": "84 400 km"} | changes
    return (work.head if head else work.mechanic).post(NEW, data=data)


def _refused(work: Workshop, answer: TestResponse, *words: str) -> None:
    said(answer, 422, *words)
    assert work.count(RepairOrder) == 1


def _last(work: Workshop) -> RepairOrder:
    with work.site.database.reading() as session:
        return session.scalars(select(RepairOrder).order_by(RepairOrder.id.desc())).first()


def test_first_for_what(work: Workshop) -> None:
    said(work.mechanic.get(NEW), 200, "Un véhicule", "Un site ou un objet", "Ville-centre")
    said(work.mechanic.get(f"{NEW}?q=bourg"), 200, "1 véhicule trouvé", "vehicule=BOURG-1", "AB-123-CD")
    said(work.mechanic.get(f"{NEW}?q=zzz"), 200, "Aucun véhicule ne correspond")
    said(work.mechanic.get(f"{NEW}?collectivite=BOURG"), 200, "1 véhicule trouvé")
    fragment = work.mechanic.get(f"{NEW}?q=ab123", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "4\u00a0véhicules trouvés" in fragment.text


def test_many_vehicles_ask_for_more_words(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        for n in range(30):
            make.vehicle(session, work.garage.partner, f"B-{n}")
    said(work.mechanic.get(f"{NEW}?collectivite=BOURG"), 200, "20 véhicules trouvés, d’autres suivent")


def test_the_form_knows_the_vehicle(work: Workshop) -> None:
    answer = work.mechanic.get(f"{NEW}?vehicule=BOURG-1")
    said(answer, 200, "Bourg", "AB-123-CD", "84 310 km", work.number, "Reprendre", "Aujourd’hui", "Hier")
    assert "Site ou objet" not in answer.text
    assert "passer outre" not in answer.text
    assert work.mechanic.get(f"{NEW}?vehicule=RIEN").status_code == 404
    assert work.mechanic.get(f"{NEW}?collectivite=RIEN&objet=1").status_code == 404


def test_an_order_for_a_vehicle(work: Workshop) -> None:
    values = {
        "near": yesterday().isoformat(),
        "reason": "Frein\r\nqui tire",
        "requester": "Accueil",
        "service": "Voirie",
    }
    answer = _send(work, **values, engagement="ENG-7")
    made = _last(work)
    assert (answer.status_code, answer.location) == (303, f"/ordres/{made.number}")
    assert (made.opened_on, made.meter, made.kind) == (yesterday(), 84400, OrderKind.BREAKDOWN)
    assert (made.reason, made.requester, made.service, made.engagement) == (
        "Frein\r\nqui tire",
        "Accueil",
        "Voirie",
        "ENG-7",
    )
    assert made.created_by_id == 1
    said(work.mechanic.get(answer.location), 200, f"Ordre {made.number} ouvert")


def test_an_order_for_an_object(work: Workshop) -> None:
    said(work.mechanic.get(f"{NEW}?collectivite=VILLE&objet=1"), 200, "Site ou objet", "Ville-centre")
    answer = _send(work, collectivity="VILLE", vehicle="", object_label="  Portail   nord ", kind="site", meter="")
    assert answer.status_code == 303
    assert (_last(work).object_label, _last(work).vehicle_id, _last(work).meter) == ("Portail nord", None, None)


def test_sent_twice_it_is_one_order(work: Workshop) -> None:
    first, second = (_send(work, form_token="a" * 32) for _ in range(2))
    assert first.location == second.location
    assert work.count(RepairOrder) == 2


def test_neither_vehicle_nor_object(work: Workshop) -> None:
    answer = _send(work, vehicle="", requester="Accueil", meter="")
    _refused(
        work,
        answer,
        "Choisissez un véhicule, ou décrivez l’objet du travail",
        'value="Accueil"',
        'href="#object_label"',
    )


def test_the_vehicle_of_another(work: Workshop) -> None:
    _refused(work, _send(work, vehicle="VILLE-1"), "Le véhicule VILLE-1 n’appartient pas à cette collectivité")


def test_nobody_opens_for_nobody(work: Workshop) -> None:
    assert _send(work, collectivity="RIEN").status_code == 404
    assert _send(work, collectivity="", vehicle="").status_code == 404
    assert _send(work, vehicle="RIEN").status_code == 404


def test_without_convention_the_head_alone_may_force(work: Workshop) -> None:
    asked = {"collectivity": "SANS", "vehicle": "", "object_label": "Portail", "meter": "", "kind": "site"}
    _refused(work, _send(work, **asked), "Aucune convention de Sans convention ne couvre", 'value="Portail"')
    _refused(work, _send(work, **asked, forced_reason="Urgence"), "Aucune convention")
    answer = _send(work, head=True, **asked)
    _refused(work, answer, "Aucune convention", "Motif pour passer outre")
    assert "Motif pour passer outre" not in _send(work, **asked).text
    forced = _send(work, head=True, **asked, forced_reason="Urgence du préfet")
    assert forced.status_code == 303
    said(work.head.get(forced.location), 200, "Ouvert sans convention", "Urgence du préfet")


def test_not_tomorrow(work: Workshop) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    answer = _send(work, done_on=tomorrow.isoformat())
    _refused(
        work,
        answer,
        f"Le {tomorrow:%d/%m/%Y} n’est pas possible ici",
        f'value="{tomorrow.isoformat()}"',
        'href="#done_on"',
    )


def test_a_meter_goes_back_with_a_reason_only(work: Workshop) -> None:
    answer = _send(work, meter="80 000 km")
    _refused(
        work,
        answer,
        "Le compteur recule : 84 310 au dernier relevé, 80 000 saisi",
        'value="80 000 km"',
        "Motif du compteur",
    )
    assert _send(work, meter="80000", meter_reason="Compteur remplacé").status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("meter", "beaucoup", "Saisissez le compteur en chiffres"),
        ("meter", "-5", "Le compteur doit aller de 0 à"),
        ("meter", "99999999999999", "Le compteur doit aller de 0 à"),
        ("done_on", "31/02/2026", "Saisissez une date"),
        ("requester", "x" * 201, "au plus 200 caractères"),
        ("service", "a\x07b", "caractères invisibles"),
        ("kind", "nimporte", "Nature"),
    ],
)
def test_what_cannot_be_read(work: Workshop, field: str, value: str, words: str) -> None:
    _refused(work, _send(work, **{field: value}), words, "Il y a 1 erreur")


def test_an_engagement_number_is_asked_for_but_not_required(work: Workshop) -> None:
    with work.site.database.transaction() as session:
        owner = make.collectivity(session, "EXIGE", name="Exigeante", engagement_required=True)
        make.convention(session, owner)
    said(work.mechanic.get(f"{NEW}?collectivite=EXIGE&objet=1"), 200, "Exigeante le demande pour payer ses factures")
    answer = _send(work, collectivity="EXIGE", vehicle="", object_label="Portail", meter="")
    assert answer.status_code == 303
    said(work.mechanic.get(answer.location), 200, "Numéro d’engagement manquant")
