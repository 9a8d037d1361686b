"""A fault reported in the street, asked for by an agent, answered by the head: pages, refusals, who sees what."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.journal import JournalEntry
from garage.db.models.mails import Mail
from garage.db.models.order_records import Photo
from garage.db.models.repair_orders import RepairOrder
from garage.db.models.requests import Request
from garage.db.models.users import User
from garage.db.models.vehicles import Vehicle
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState
from garage.domain.requests import RequestState, Step
from garage.operations import repair_orders
from garage.web.request_reports import TONES
from tests.factories import garage as make

from .harness import Site
from .workshop import HEAD, LONG_NAME, Workshop, build, said

TYPED = {"signs": ["Fuite", "Freins"], "what": "Flaque sous le moteur", "name": "Maël", "email": "mael@bourg.test"}


@pytest.fixture
def workshop(site: Site) -> Workshop:
    return build(site)


def tag(workshop: Workshop, code: str = "BOURG") -> str:
    with workshop.site.database.reading() as session:
        return session.scalars(select(Vehicle.tag).where(Vehicle.id == workshop.garage.vehicles[code].id)).one()


def report(workshop: Workshop, client: FlaskClient | None = None, **changes: Any) -> TestResponse:
    client = client or workshop.site.client()
    return client.post(f"/signaler/{tag(workshop)}", data=TYPED | changes)


def made(workshop: Workshop) -> list[Request]:
    with workshop.site.database.reading() as session:
        return list(session.scalars(select(Request).order_by(Request.id)))


def agent_of(workshop: Workshop, code: str) -> FlaskClient:
    """An agent of a collectivity of the garage."""
    owner = getattr(workshop.garage, code)
    with workshop.site.database.transaction() as session:
        session.execute(update(User).where(User.role == Role.COLLECTIVITY).values(collectivity_id=owner.id))
    return workshop.site.client(Role.COLLECTIVITY)


def picture(colour: str = "red") -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(content, "JPEG")
    return io.BytesIO(content.getvalue()), "photo.jpg"


def test_the_page_of_a_label_names_the_vehicle_and_nothing_else(workshop: Workshop) -> None:
    answer = workshop.site.client().get(f"/signaler/{tag(workshop)}")
    said(answer, 200, "Signaler un problème", "AB-123-CD", "Renault Master", "Données personnelles et droits")
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    for secret in ("84", "OR-2", "Fuite d’huile", "Bourg", "BOURG-1", "déjà en cours"):
        assert secret not in re.sub(r"<svg.*?</svg>|/static/\w+/|value=\"[^\"]*\"", "", answer.text), secret


@pytest.mark.parametrize(
    "path", ["/signaler/INCONNU", "/signaler/%00", "/suivi/rien", "/suivi/%00", "/suivi/x/envoyee"]
)
def test_what_leads_nowhere(workshop: Workshop, path: str) -> None:
    said(workshop.site.client().get(path), 404, "introuvable")


def test_a_report_is_confirmed_with_its_number_and_followed(workshop: Workshop) -> None:
    client = workshop.site.client()
    answer = report(workshop, client, urgent="y", phone="06 12 34 56 78")
    assert answer.status_code == 303
    (kept,) = made(workshop)
    assert (kept.what, kept.urgent) == ("Fuite, Freins\nFlaque sous le moteur", True)
    said(client.get(answer.location), 200, "Demande envoyée", kept.number, f"/suivi/{kept.follow_token}", "danger")
    follow = client.get(f"/suivi/{kept.follow_token}")
    said(follow, 200, kept.number, "Demandé", "Immobilisé", "Flaque sous le moteur", "AB-123-CD")
    assert follow.headers["X-Robots-Tag"] == "noindex, nofollow"
    for secret in ("Maël", "mael@", "06 12", "Personne", "€"):
        assert secret not in follow.text, secret
    said(client.get(f"/signaler/{tag(workshop)}"), 200, "Une demande est déjà en cours pour ce véhicule (reçue le")
    assert "Flaque" not in client.get(f"/signaler/{tag(workshop)}").text


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"signs": [], "what": " "}, "what", "Cochez ce qui se passe"),
        ({"name": ""}, "name", "Saisissez le nom"),
        ({"email": ""}, "email", "Donnez une adresse électronique ou un téléphone"),
        ({"email": "mael"}, "email", "n’est pas valable. Exemple : prenom.nom@commune.fr"),
        ({"phone": "12"}, "phone", "Exemple : 06 12 34 56 78"),
        ({"what": "x" * 2001}, "what", "2000 caractères"),
        ({"site": "http://robot"}, "site", "celui d’un robot"),
        ({"photo_2": (b"rien", "photo.jpg")}, "photo_2", "n’est pas une photo lisible"),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(
    workshop: Workshop, changes: dict[str, Any], field: str, words: str
) -> None:
    files = {name: (io.BytesIO(value[0]), value[1]) for name, value in changes.items() if isinstance(value, tuple)}
    answer = report(workshop, **(changes | files))
    said(answer, 422, words, "<title>Erreur :")
    assert f'id="{field}-erreur"' in answer.text or field == "site"
    kept = TYPED | changes
    for name in {"what", "name", "email"} - {field}:
        assert str(kept[name]) in answer.text, name
    assert ('value="Fuite" checked' in answer.text) is bool(kept["signs"])
    assert made(workshop) == []


def test_everything_wrong_is_told_at_once(workshop: Workshop) -> None:
    answer = report(workshop, signs=[], what="", name="", email="", phone="")
    said(answer, 422, "Il y a 3 erreurs")


def test_spaces_of_a_telephone_s_keyboard_are_no_fault(workshop: Workshop) -> None:
    assert report(workshop, what="Freins\u00a0: mous\u202f!\r\nDepuis lundi").status_code == 303
    assert made(workshop)[0].what == "Fuite, Freins\nFreins : mous !\r\nDepuis lundi"


def test_photos_are_kept_reduced_and_shown(workshop: Workshop) -> None:
    client = workshop.site.client()
    answer = report(workshop, client, photo_1=picture(), photo_3=picture("blue"))
    token = answer.location.split("/")[2]
    page = client.get(f"/suivi/{token}")
    addresses = re.findall(r'src="(/suivi/[^"]*\.jpg[^"]*)"', page.text)
    assert len(addresses) == 2
    for address in addresses:
        photo = client.get(address)
        assert (photo.status_code, photo.mimetype) == (200, "image/jpeg")
        assert client.get(address.replace("?petite=1", "")).status_code == 200
    assert client.get(f"/suivi/{token}/photos/9999.jpg").status_code == 404
    with workshop.site.database.transaction() as session:
        session.execute(update(Photo).values(removed_at=clock.now()))
    assert client.get(addresses[0]).status_code == 404


def test_photos_of_a_faulty_form_are_not_sent_again(workshop: Workshop) -> None:
    answer = report(workshop, name="", photo_1=picture(), photo_2=picture("blue"))
    said(answer, 422, "2 photos gardées")
    kept = re.search(r'name="kept_photos" type="hidden" value="([^"]+)"', answer.text)
    assert kept
    assert report(workshop, kept_photos=kept[1]).status_code == 303
    assert report(workshop, kept_photos=kept[1], what="Sans", drop_photos="y").status_code == 303
    assert report(workshop, kept_photos=kept[1] + "x", what="Faux").status_code == 303
    with workshop.site.database.reading() as session:
        counts = session.execute(select(Photo.request_id, func.count()).group_by(Photo.request_id)).all()
    assert [tuple(one) for one in counts] == [(1, 2)]


def test_three_photos_at_most(workshop: Workshop) -> None:
    answer = report(workshop, name="", photo_1=picture(), photo_2=picture("blue"), photo_3=picture("green"))
    kept = re.search(r'name="kept_photos" type="hidden" value="([^"]+)"', answer.text)
    assert kept
    assert 'type="file"' not in answer.text
    assert report(workshop, kept_photos=kept[1], photo_1=picture("white")).status_code == 303
    with workshop.site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Photo)) == 3


def test_the_same_form_twice_is_one_request(workshop: Workshop) -> None:
    first, second = (report(workshop, form_token="jeton") for _ in range(2))
    assert first.location == second.location
    assert len(made(workshop)) == 1


def test_a_vehicle_asked_for_too_often_waits(workshop: Workshop) -> None:
    for n in range(6):
        assert report(workshop, what=str(n)).status_code == 303
    answer = report(workshop)
    said(answer, 429, "Trop de demandes", "Flaque sous le moteur", "Maël")
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert len(made(workshop)) == 6
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert report(workshop).status_code == 303


def test_a_machine_that_sends_too_often_waits(workshop: Workshop) -> None:
    for _ in range(20):
        assert report(workshop, name="").status_code == 422
    said(report(workshop), 429, "Trop de demandes")
    assert made(workshop) == []


def test_a_form_of_another_site_is_refused(make_site: Callable[..., Site]) -> None:
    workshop = build(make_site())
    workshop.site.app.config["WTF_CSRF_ENABLED"] = True
    client = workshop.site.client()
    address = f"/signaler/{tag(workshop)}"
    assert report(workshop, client).status_code == 422
    token = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', client.get(address).text)
    assert token
    assert report(workshop, client, csrf_token=token[1]).status_code == 303


# Agents of collectivities.


def test_an_agent_asks_for_its_vehicles_or_an_object(workshop: Workshop) -> None:
    agent = agent_of(workshop, "partner")
    vehicle = workshop.garage.vehicles["BOURG"].id
    page = agent.get(f"/demandes/nouvelle?vehicule={vehicle}")
    said(page, 200, "Demander une intervention", f'selected value="{vehicle}"', "Personne 3")
    assert "VILLE-1" not in page.text
    said(agent.get("/demandes"), 200, "Aucune demande")
    assert agent.post("/demandes/nouvelle", data=TYPED | {"vehicle": vehicle}).status_code == 303
    said(agent.post("/demandes/nouvelle", data=TYPED), 422, "Choisissez un véhicule, ou décrivez l’objet")
    others = workshop.garage.vehicles["VILLE"].id
    for words in ({"vehicle": others}, {"vehicle": others, "object_label": "Portail"}, {"vehicle": "x"}):
        said(agent.post("/demandes/nouvelle", data=TYPED | words), 422, "Choisissez un véhicule, ou décrivez l’objet")
    answer = agent.post("/demandes/nouvelle", data=TYPED | {"object_label": "Portail du dépôt"})
    said(agent.get(answer.location), 200, "Portail du dépôt", "Voir les demandes")
    said(agent.get("/demandes"), 200, "D-20", "Portail du dépôt", "Renault Master")


def test_another_collectivity_s_requests_are_not_there(workshop: Workshop) -> None:
    report(workshop, photo_1=picture())
    number = made(workshop)[0].number
    assert agent_of(workshop, "partner").get(f"/demandes/{number}").status_code == 200
    assert agent_of(workshop, "partner").get(f"/demandes/{number}/photos/1.jpg").status_code == 200
    other = agent_of(workshop, "founder")
    said(other.get("/demandes"), 200, "Aucune demande")
    for path in (f"/demandes/{number}", f"/demandes/{number}/photos/1.jpg"):
        assert other.get(path).status_code == 404
    with workshop.site.database.reading() as session:
        acts = session.scalars(select(JournalEntry.subject_key).where(JournalEntry.action == "not_visible")).all()
    assert acts == [number, number]


# The workshop.


def test_the_head_accepts_and_everything_follows(workshop: Workshop) -> None:
    report(workshop, urgent="y", photo_1=picture())
    kept = made(workshop)[0]
    said(workshop.head.get("/demandes"), 200, "1 demande à traiter", kept.number, "Immobilisé")
    page = workshop.head.get(f"/demandes/{kept.number}")
    said(page, 200, "Maël", "mailto:mael@bourg.test", "Accepter et ouvrir un ordre…", "Refuser…", ".jpg")
    said(workshop.mechanic.get(f"/demandes/{kept.number}"), 200, "Flaque sous le moteur")
    assert "Refuser…" not in workshop.mechanic.get(f"/demandes/{kept.number}").text
    form = workshop.head.get(f"/demandes/{kept.number}/accepter")
    said(form, 200, "Ouvrir un nouvel ordre", workshop.number)
    answer = workshop.head.post(
        f"/demandes/{kept.number}/accepter", data={"order": "", "kind": "breakdown", "state": "requested"}
    )
    assert answer.status_code == 303
    after = workshop.head.get(answer.location)
    order = made(workshop)[0].order_id
    with workshop.site.database.reading() as session:
        opened = session.get_one(RepairOrder, order)
    said(after, 200, f"Ordre {opened.number} ouvert", f"/ordres/{opened.number}", "Remettre à traiter", "Acceptée")
    said(workshop.head.get("/demandes"), 200, "0 demande à traiter", "Aucune demande à traiter")
    said(workshop.head.get("/demandes?etat=acceptees"), 200, kept.number)
    said(workshop.head.post(f"/demandes/{kept.number}/accepter", data={"kind": "other", "state": "planned"}), 409)
    said(workshop.head.get(f"/demandes/{kept.number}/refuser"), 409, "déjà reçu une réponse")
    said(workshop.head.get(f"/ordres/{opened.number}"), 200, "Flaque sous le moteur", "Maël")


def test_the_head_ties_it_to_an_open_order_and_takes_that_back(workshop: Workshop) -> None:
    report(workshop)
    number = made(workshop)[0].number
    words = {"order": workshop.number, "kind": "breakdown", "state": "requested"}
    answer = workshop.head.post(f"/demandes/{number}/accepter", data=words)
    said(workshop.head.get(answer.location), 200, f"rattachée à l’ordre {workshop.number}", "En atelier")
    back = workshop.head.post(f"/demandes/{number}/remettre")
    said(workshop.head.get(back.location), 200, f"L’ordre {workshop.number} reste ouvert")
    assert made(workshop)[0].state is RequestState.RECEIVED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"order": "OR-2020-00001"}, "Introuvable : ordre de réparation"),
        ({"promised_on": "2020-01-01"}, "est passé"),
        ({"kind": "rien"}, "N’est pas un choix valide"),
        ({"state": "done"}, "N’est pas un choix valide"),
    ],
)
def test_an_acceptance_that_cannot_be(workshop: Workshop, words: dict[str, str], sentence: str) -> None:
    report(workshop)
    number = made(workshop)[0].number
    answer = workshop.head.post(
        f"/demandes/{number}/accepter", data={"kind": "breakdown", "state": "requested"} | words
    )
    said(answer, 422, sentence)
    assert made(workshop)[0].state is RequestState.RECEIVED


def test_without_a_convention_a_reason_is_asked_for(workshop: Workshop) -> None:
    with workshop.site.database.transaction() as session:
        owner = make.collectivity(session, "NUE", name=LONG_NAME)
        vehicle = make.vehicle(session, owner, "NUE-1").tag
    workshop.site.client().post(f"/signaler/{vehicle}", data=TYPED)
    number = made(workshop)[0].number
    words = {"order": "", "kind": "breakdown", "state": "requested"}
    answer = workshop.head.post(f"/demandes/{number}/accepter", data=words)
    said(answer, 422, "Aucune convention", "Motif pour passer outre")
    answer = workshop.head.post(f"/demandes/{number}/accepter", data=words | {"forced_reason": "En cours"})
    assert answer.status_code == 303


def test_the_head_refuses_with_an_answer(workshop: Workshop) -> None:
    report(workshop)
    kept = made(workshop)[0]
    said(workshop.head.post(f"/demandes/{kept.number}/refuser", data={"answer": " "}), 422, "Écrivez la réponse")
    answer = workshop.head.post(f"/demandes/{kept.number}/refuser", data={"answer": "Véhicule vendu"})
    said(workshop.head.get(answer.location), 200, "refusée", "/remettre", "Véhicule vendu")
    said(workshop.site.client().get(f"/suivi/{kept.follow_token}"), 200, "Refusée", "Véhicule vendu")
    workshop.head.post(f"/demandes/{kept.number}/remettre")
    assert made(workshop)[0].state is RequestState.RECEIVED
    with workshop.site.database.reading() as session:
        assert session.scalars(select(Mail.key)).all() == [f"request:{kept.id}:received"]


@pytest.mark.parametrize("role", [Role.MECHANIC, Role.ACCOUNTING, Role.ADMIN, Role.COLLECTIVITY])
@pytest.mark.parametrize("act", ["accepter", "refuser", "remettre"])
def test_only_the_head_answers(workshop: Workshop, role: Role, act: str) -> None:
    report(workshop)
    number = made(workshop)[0].number
    assert workshop.site.client(role).post(f"/demandes/{number}/{act}", data={"answer": "Non"}).status_code == 403
    assert made(workshop)[0].state is RequestState.RECEIVED


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ([OrderState.PLANNED], "Planifié"),
        ([OrderState.IN_PROGRESS], "En atelier"),
        ([OrderState.IN_PROGRESS, OrderState.BLOCKED], "En attente"),
        ([OrderState.CANCELLED], "Annulé"),
    ],
)
def test_the_follow_up_in_each_state(workshop: Workshop, states: list[OrderState], word: str) -> None:
    report(workshop)
    kept = made(workshop)[0]
    words = {"order": "", "kind": "breakdown", "state": "requested", "promised_on": "2099-10-14"}
    workshop.head.post(f"/demandes/{kept.number}/accepter", data=words)
    client, address = workshop.site.client(), f"/suivi/{kept.follow_token}"
    said(client.get(address), 200, "Acceptée", "Fin prévue le", "14 octobre 2099")
    with workshop.site.database.transaction() as session:
        number = session.scalars(select(RepairOrder.number).order_by(RepairOrder.id.desc())).first() or ""
        for state in states:
            repair_orders.change_state(session, number, state, HEAD, clock.now(), reason="Chute du mécanicien")
    page = client.get(address)
    said(page, 200, word)
    assert "Chute du mécanicien" not in page.text
    assert ("Fin prévue" in page.text) is (word != "Annulé")


def test_every_step_has_its_look() -> None:
    assert set(TONES) == set(Step)


def test_lists_by_key(workshop: Workshop) -> None:
    for n in range(25):
        with workshop.site.database.transaction() as session:
            session.add(
                Request(
                    number=f"D-2020-{n:05d}", follow_token=f"jeton{n}", collectivity_id=workshop.garage.partner.id,
                    object_label=f"Portail {n}", what="Grince", contact_name="Maël", contact_phone="0298000000",
                    state=RequestState.RECEIVED, created_at=clock.now(),
                )
            )  # fmt: skip
    first = workshop.head.get("/demandes")
    said(first, 200, "25 demandes à traiter", "D-2020-00024", "Page suivante")
    assert "D-2020-00000" not in first.text
    said(workshop.head.get("/demandes?apres=D-2020-00001"), 200, "D-2020-00000", "Page précédente")
    said(workshop.head.get("/demandes?avant=D-2020-00000&etat=%00"), 200)
    vehicle = workshop.garage.vehicles["BOURG"].id
    said(workshop.head.get(f"/demandes?vehicule={vehicle}"), 200, "pour ce véhicule", "Véhicule BOURG-1")
    assert "BOURG-1" not in agent_of(workshop, "founder").get(f"/demandes?vehicule={vehicle}").text
