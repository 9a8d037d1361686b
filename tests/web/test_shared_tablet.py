"""Who stands at a shared tablet: PIN, badge, rights, throttling, lock after ten minutes, and nobody else's session."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from garage.db.models.users import SignInFailure, User
from garage.domain.permissions import Permission, Role
from garage.operations import pins
from garage.web.access import actor, allow, device_or
from garage.web.entries.authors import author, signature

from .harness import PASSWORD, Site, email_of
from .tablets import BADGES, COLLECTIVITY, HEAD, MECHANIC, PINS, acts, device, equip, hire, share, sign, somebody
from .workshop import said

Make = Callable[..., Site]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def _routes(app: Flask) -> None:
    app.add_url_rule("/essai/controle", "essai.check", allow(Permission.CHECK_ORDERS)(lambda: "oui"))
    app.add_url_rule("/essai/mur", "essai.wall", device_or(Permission.READ_ORDERS)(lambda: "planning"))
    app.add_url_rule(
        "/essai/ecrire", "essai.write", allow(Permission.WORK_ON_ORDERS)(lambda: actor().role.value), methods=["POST"]
    )

    def written_by() -> str:
        with app.extensions["garage.database"].reading() as session:
            return author(session, signature(HEAD)).role.value

    app.add_url_rule("/essai/auteur", "essai.author", allow(Permission.WORK_ON_ORDERS)(written_by))


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def site(make_site: Make, now: time_machine.Traveller) -> Site:
    del now
    return equip(make_site(prepare=_routes))


@pytest.fixture
def tablet(site: Site) -> FlaskClient:
    return share(site)


def test_a_pin_opens_the_tablet_under_the_name_it_shows(site: Site, tablet: FlaskClient) -> None:
    said(tablet.get("/operateurs"), 200, "Personne 1", "Personne 2")
    assert "Personne 3" not in tablet.get("/operateurs").text
    said(tablet.get("/operateurs/1"), 200, "Personne 1", "Code à 4 chiffres")
    answer = tablet.post("/operateurs/1", data={"pin": "4071"})
    assert (answer.status_code, answer.location) == (303, site.client(Role.MECHANIC).get("/connexion").location)
    page = tablet.get("/aide", follow_redirects=True).text
    assert 'name="operateur" content="1"' in page
    assert 'name="appareil" content="partage"' in page
    assert "Changer" in page
    assert "Se déconnecter" not in page


@pytest.mark.parametrize("typed", [BADGES[MECHANIC], BADGES[MECHANIC].lower()])
def test_a_badge_opens_it_at_once(tablet: FlaskClient, typed: str) -> None:
    assert tablet.post("/operateurs/badge", data={"badge": f"G1.{typed}\n"}).status_code == 303
    assert somebody(tablet) == "Personne 1"


@pytest.mark.parametrize("typed", ["", "G1.", "G1.AAAAAAAAAAAA", BADGES[MECHANIC], "B.ETAGERE", "G1." + "x" * 300])
def test_what_is_no_badge_opens_nothing_and_is_not_shown_again(tablet: FlaskClient, typed: str) -> None:
    answer = tablet.post("/operateurs/badge", data={"badge": typed})
    assert answer.status_code == 422
    assert 'id="badge-erreur"' in answer.text
    assert not typed or f'"{typed}"' not in answer.text
    assert somebody(tablet) is None


@pytest.mark.parametrize(("user_id", "pin"), [(MECHANIC, "4072"), (MECHANIC, ""), (MECHANIC, "40710"), (HEAD, "4071")])
def test_a_wrong_pin_opens_nothing(tablet: FlaskClient, user_id: int, pin: str) -> None:
    answer = tablet.post(f"/operateurs/{user_id}", data={"pin": pin})
    assert answer.status_code == 422
    assert 'id="pin-erreur"' in answer.text
    assert somebody(tablet) is None


def test_a_pin_outside_the_workshop_or_of_somebody_gone_opens_nothing(site: Site, tablet: FlaskClient) -> None:
    assert sign(tablet, COLLECTIVITY) == 404
    with site.database.transaction() as session:
        session.get_one(User, MECHANIC).active = False
    assert sign(tablet, MECHANIC) == 404
    assert tablet.post("/operateurs/badge", data={"badge": f"G1.{BADGES[MECHANIC]}"}).status_code == 422
    assert sign(tablet, 99, "4071") == 404
    assert somebody(tablet) is None


def test_unknown_people_take_the_same_work_as_known_ones(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    share(site)
    seen: list[bool] = []
    real = pins.matches
    monkeypatch.setattr(pins, "matches", lambda stored, pin: seen.append(stored is None) or real(stored, pin))
    for user_id in (MECHANIC, COLLECTIVITY, 99):
        with site.database.transaction() as session:
            pins.try_pin(session, user_id, "0001", 1, NOW)
    assert seen == [False, True, True]


def test_five_wrong_pins_wait_a_quarter_of_an_hour_and_the_head_is_told(
    site: Site, tablet: FlaskClient, now: time_machine.Traveller
) -> None:
    for left in (4, 3, 2):
        said(tablet.post("/operateurs/1", data={"pin": "9876"}), 422, f"Il reste {left} essais")
    said(tablet.post("/operateurs/1", data={"pin": "9876"}), 422, "Il reste 1 essai.")
    said(tablet.post("/operateurs/1", data={"pin": "9876"}), 422, "Attendez un quart d’heure")
    answer = tablet.post("/operateurs/1", data={"pin": PINS[MECHANIC]})
    said(answer, 429, "Trop de codes faux", "Passer mon badge")
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert acts(site, "pin.throttled") == [("pin.throttled", "Personne 1")]
    said(site.client(Role.HEAD).get("/appareils"), 200, "Codes faux en série pour Personne 1", "Tablette du pont 1")
    other = share(site, "Tablette 2")
    assert sign(other) == 429, "another tablet does not begin again"
    assert sign(tablet, HEAD) == 303, "a colleague is not held up"
    tablet.post("/verrouiller")
    assert tablet.post("/operateurs/badge", data={"badge": f"G1.{BADGES[MECHANIC]}"}).status_code == 303
    tablet.post("/verrouiller")
    now.shift(timedelta(minutes=15, seconds=1))
    assert sign(tablet) == 303


def test_a_right_pin_begins_the_count_again_and_a_new_one_ends_the_wait(site: Site, tablet: FlaskClient) -> None:
    for _ in range(4):
        sign(tablet, MECHANIC, "9876")
    assert sign(tablet) == 303
    tablet.post("/verrouiller")
    for _ in range(5):
        sign(tablet, MECHANIC, "9876")
    assert sign(tablet) == 429
    site.client(Role.HEAD).post("/appareils/codes/1", data={"pin": "2580", "again": "2580"})
    assert sign(tablet, MECHANIC, "2580") == 303


def test_a_device_where_many_fail_waits_too(site: Site, tablet: FlaskClient) -> None:
    with site.database.transaction() as session:
        session.add_all([SignInFailure(key="device:1", at=NOW) for _ in range(20)])
    assert sign(tablet) == 429
    assert tablet.post("/operateurs/badge", data={"badge": f"G1.{BADGES[MECHANIC]}"}).status_code == 429
    assert sign(share(site, "Tablette 2")) == 303


def test_failures_are_counted_and_forgotten(site: Site, tablet: FlaskClient, now: time_machine.Traveller) -> None:
    sign(tablet, MECHANIC, "9876")
    now.shift(timedelta(minutes=16))
    sign(tablet, HEAD, "9876")
    with site.database.reading() as session:
        assert sorted(session.scalars(select(SignInFailure.key))) == ["device:1", "pin:2"]


@pytest.mark.parametrize("how", ["pin", "badge"])
def test_the_head_has_a_mechanic_s_rights_by_pin_and_it_is_said(site: Site, tablet: FlaskClient, how: str) -> None:
    if how == "pin":
        assert sign(tablet, HEAD) == 303
    else:
        assert tablet.post("/operateurs/badge", data={"badge": f"G1.{BADGES[HEAD]}"}).status_code == 303
    assert somebody(tablet) == "Personne 2"
    for path in ("/essai/controle", "/appareils", "/appareils/nouveau", "/appareils/codes/1", "/stock/X/entree"):
        assert tablet.get(path).status_code in {403, 404}, path
    assert tablet.get("/essai/controle").status_code == 403
    assert tablet.post("/essai/ecrire").text == Role.MECHANIC.value
    said(tablet.get("/mon-compte"), 200, "droits d’un mécanicien", "Chef d’atelier, droits de mécanicien")
    said(tablet.get("/plus"), 200, "droits d’un mécanicien")


def test_an_entry_signed_by_the_head_carries_no_more_rights_than_the_session_that_sends_it(
    site: Site, tablet: FlaskClient
) -> None:
    sign(tablet, HEAD)
    assert tablet.get("/essai/auteur").text == Role.MECHANIC.value
    assert site.client(Role.MECHANIC).get("/essai/auteur").text == Role.MECHANIC.value
    assert site.client(Role.HEAD).get("/essai/auteur").text == Role.HEAD.value


def test_with_a_password_the_head_is_the_head_but_the_tablet_still_locks(
    tablet: FlaskClient, now: time_machine.Traveller
) -> None:
    said(tablet.get("/connexion"), 200, "Choisir mon nom")
    assert "Rester connecté" not in tablet.get("/connexion").text
    data = {"email": email_of(Role.HEAD), "password": PASSWORD, "stay": "y"}
    assert tablet.post("/connexion", data=data).status_code == 303
    assert tablet.get("/essai/controle").text == "oui"
    now.shift(timedelta(minutes=10, seconds=1))
    assert tablet.get("/essai/controle").location == "/operateurs"


def test_ten_minutes_without_touch_lock_and_the_same_person_comes_back_to_the_page(
    tablet: FlaskClient, now: time_machine.Traveller
) -> None:
    sign(tablet)
    for _ in range(3):
        now.shift(timedelta(minutes=9, seconds=59))
        assert tablet.get("/ordres/").status_code == 200
    now.shift(timedelta(minutes=10, seconds=1))
    answer = tablet.get("/ordres/?etat=tous")
    assert (answer.status_code, answer.location) == (303, "/operateurs")
    assert somebody(tablet) is None
    assert tablet.post("/operateurs/1", data={"pin": "4071"}).location == "/ordres/?etat=tous"


def test_another_person_begins_at_their_own_first_page(tablet: FlaskClient, now: time_machine.Traveller) -> None:
    sign(tablet)
    now.shift(timedelta(minutes=11))
    tablet.get("/ordres/?etat=tous")
    assert tablet.post("/operateurs/2", data={"pin": "8356"}).location != "/ordres/?etat=tous"


def test_a_page_asked_for_while_nobody_is_there_opens_for_whoever_comes(tablet: FlaskClient) -> None:
    assert tablet.get("/ordres/?etat=tous").location == "/operateurs"
    assert tablet.post("/operateurs/2", data={"pin": "8356"}).location == "/ordres/?etat=tous"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("get", "/ordres/", {"HX-Request": "true"}),
        ("get", "/saisies/jeton", {"X-Saisie": "rejouee"}),
        ("get", "/ordres/", {"Sec-Fetch-Mode": "cors"}),
        ("get", "/session", {"Sec-Fetch-Mode": "cors"}),
        ("post", "/appareils/present", {"Sec-Fetch-Mode": "cors"}),
    ],
)
def test_what_goes_on_in_an_empty_workshop_is_no_touch(
    tablet: FlaskClient, now: time_machine.Traveller, method: str, path: str, headers: dict[str, str]
) -> None:
    sign(tablet)
    for _ in range(3):
        now.shift(timedelta(minutes=4))
        getattr(tablet, method)(path, headers=headers)
    assert tablet.get("/ordres/").location == "/operateurs"


def test_a_touch_told_by_the_script_counts_but_never_wakes_a_locked_tablet(
    tablet: FlaskClient, now: time_machine.Traveller
) -> None:
    sign(tablet)
    for _ in range(3):
        now.shift(timedelta(minutes=9))
        assert tablet.post("/touche", headers={"Sec-Fetch-Mode": "cors"}).status_code == 204
    assert somebody(tablet) == "Personne 1"
    now.shift(timedelta(minutes=10, seconds=1))
    assert tablet.post("/touche", headers={"Sec-Fetch-Mode": "cors"}).status_code == 303
    assert somebody(tablet) is None


def test_an_outbox_is_told_to_wait_for_somebody(tablet: FlaskClient, now: time_machine.Traveller) -> None:
    sign(tablet)
    now.shift(timedelta(minutes=11))
    answer = tablet.post("/saisies/piece", data={}, headers={"X-Saisie": "1"})
    assert (answer.status_code, answer.json) == (401, {"etat": "connexion"})
    fragment = tablet.get("/ordres/", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/ordres/?q=a"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/operateurs")
    assert tablet.post("/operateurs/1", data={"pin": "4071"}).location == "/ordres/?q=a"


def test_what_was_typed_while_it_locked_is_kept(make_site: Make, now: time_machine.Traveller) -> None:
    site = equip(make_site(prepare=_routes))
    tablet = share(site)
    sign(tablet)
    now.shift(timedelta(minutes=11))
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = tablet.post("/essai/ecrire", data={"note": "Fuite au vérin", "pin": "4071"}, headers=own)
    said(answer, 422, "Fuite au vérin", "Renvoyer ma saisie")
    assert "4071" not in answer.text
    assert tablet.post("/essai/ecrire").location == "/operateurs"


def test_change_locks_at_once_and_keeps_the_page(tablet: FlaskClient) -> None:
    sign(tablet)
    answer = tablet.post("/verrouiller", data={"retour": "/ordres/?etat=tous"})
    assert (answer.status_code, answer.location) == (303, "/operateurs")
    assert somebody(tablet) is None
    assert tablet.post("/operateurs/1", data={"pin": "4071"}).location == "/ordres/?etat=tous"
    tablet.post("/verrouiller", data={"retour": "https://ailleurs.test/"})
    assert tablet.post("/operateurs/1", data={"pin": "4071"}).location.startswith("/")


def test_signing_out_of_a_tablet_comes_back_to_the_names(tablet: FlaskClient) -> None:
    sign(tablet)
    assert tablet.post("/deconnexion").location == "/operateurs"
    assert somebody(tablet) is None


def test_elsewhere_locking_does_nothing(site: Site) -> None:
    client = site.client(Role.MECHANIC)
    assert client.post("/verrouiller").location == "/"
    assert somebody(client) is not None


def test_nothing_of_the_former_person_s_session_is_kept(tablet: FlaskClient) -> None:
    sign(tablet)
    first = tablet.get_cookie("garage")
    with tablet.session_transaction() as session:
        session["left"] = "by somebody else"
        former = session["place"]["cle"]
    sign(tablet, HEAD)
    with tablet.session_transaction() as session:
        assert "left" not in session
        assert session["place"]["cle"] != former
        assert not session.permanent
    now = tablet.get_cookie("garage")
    assert first
    assert now
    assert now.value != first.value


def test_a_late_answer_does_not_bring_back_the_one_before(tablet: FlaskClient) -> None:
    sign(tablet)
    former = tablet.get_cookie("garage")
    assert former
    tablet.post("/verrouiller")
    sign(tablet, HEAD)
    tablet.set_cookie("garage", former.value)  # an answer that was on its way when the person changed
    assert somebody(tablet) is None


def test_a_session_of_a_tablet_is_worth_nothing_elsewhere_nor_the_reverse(site: Site, tablet: FlaskClient) -> None:
    sign(tablet)
    kept, ordinary = tablet.get_cookie("garage"), site.client(Role.HEAD).get_cookie("garage")
    assert kept
    assert ordinary
    elsewhere = site.client()
    elsewhere.set_cookie("garage", kept.value)
    assert somebody(elsewhere) is None
    other = share(site, "Tablette 2")
    other.set_cookie("garage", kept.value)
    other.set_cookie("garage-place", tablet.get_cookie("garage-place").value)  # type: ignore[union-attr]
    assert somebody(other) is None
    tablet.set_cookie("garage", ordinary.value)
    assert somebody(tablet) is None


@pytest.mark.parametrize("value", ["", "x", "0" * 64, "é" * 10])
def test_a_forged_device_is_no_device(site: Site, value: str) -> None:
    client = site.client()
    client.set_cookie("garage-appareil", value)
    assert client.get("/operateurs").location.startswith("/connexion")
    assert client.post("/operateurs/1", data={"pin": "4071"}).location.startswith("/connexion")
    assert client.get("/essai/mur").status_code == 303


@pytest.mark.parametrize(
    "place", [None, "x", [], {"appareil": 1}, {"appareil": 1, "cle": "", "preuve": "mot de passe"}]
)
def test_a_session_with_a_strange_place_is_nobody(tablet: FlaskClient, place: object) -> None:
    sign(tablet)
    with tablet.session_transaction() as session:
        session["place"] = place
    assert somebody(tablet) is None


def test_a_wall_screen_sees_what_is_open_to_devices_alone(site: Site, tablet: FlaskClient) -> None:
    assert tablet.get("/essai/mur").text == "planning"
    assert site.client(Role.ACCOUNTING).get("/essai/mur").text == "planning"
    assert site.client(Role.ADMIN).get("/essai/mur").status_code == 403
    assert site.client().get("/essai/mur").location.startswith("/connexion")


def test_many_names_are_searched_without_accents(site: Site, tablet: FlaskClient) -> None:
    assert "Chercher un nom" not in tablet.get("/operateurs").text
    with site.database.transaction() as session:
        hire(session, [f"Prénom {place}" for place in range(11)] + ["Éloïse Œuf"])
    assert "Chercher un nom" in tablet.get("/operateurs").text
    found = tablet.get("/operateurs?q=eloise oeu")
    said(found, 200, "Éloïse Œuf")
    assert "Prénom 3" not in found.text
    said(tablet.get("/operateurs?q=zzz"), 200, "Personne ne s’appelle « zzz »")
    fragment = tablet.get("/operateurs?q=prenom 3", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert "Prénom 3" in fragment


def test_opening_says_the_device_was_seen(site: Site, tablet: FlaskClient, now: time_machine.Traveller) -> None:
    now.shift(timedelta(hours=2))
    tablet.get("/operateurs")
    assert device(site).last_seen_at == NOW
    sign(tablet)
    assert device(site).last_seen_at == NOW + timedelta(hours=2)


def test_a_tablet_left_alone_for_a_week_asks_for_a_pin_and_nothing_else(
    make_site: Make, now: time_machine.Traveller
) -> None:
    site = equip(make_site(csrf=True))

    def token(page: str) -> str:
        return re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]

    tablet = site.client()
    hidden = {"csrf_token": token(tablet.get("/connexion").text)}
    tablet.post("/connexion", data={"email": email_of(Role.HEAD), "password": PASSWORD} | hidden)
    hidden = {"csrf_token": token(tablet.get("/appareils/nouveau").text)}
    tablet.post("/appareils/nouveau", data={"name": "T", "kind": "tablet"} | hidden)
    page = tablet.get("/operateurs").text
    now.shift(timedelta(days=7))
    assert tablet.post("/operateurs/1", data={"pin": "4071", "csrf_token": token(page)}).status_code == 303
    assert tablet.post("/operateurs/1", data={"pin": "4071"}).status_code == 422
