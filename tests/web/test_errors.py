"""What people see when something is refused or breaks."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, abort, request

from garage import clock
from garage.domain.errors.base import Conflict, NotFound
from garage.domain.errors.users import EmailTaken, TooManyAttempts
from garage.domain.permissions import Role
from garage.web.access import public

from .harness import Site

Make = Callable[..., Site]
_RAISED = {
    "absent": NotFound("vehicle", "AB-123-CD"),
    "conflit": Conflict("order"),
    "trop": TooManyAttempts(clock.now() + timedelta(minutes=5)),
    "refus": EmailTaken("mairie@exemple.test"),
    "panne": ZeroDivisionError("secret de fabrication"),
}


def _routes(app: Flask) -> None:
    @app.route("/essai/<what>", methods=["GET", "POST"])
    @public
    def fail(what: str) -> str:
        if what.isdigit():
            abort(int(what))
        if what in _RAISED:
            raise _RAISED[what]
        return request.form.get("note", "")


@pytest.fixture
def site(make_site: Make) -> Site:
    """A site whose routes fail."""
    site = make_site(prepare=_routes)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    return site


@pytest.mark.parametrize(
    ("what", "status", "words"),
    [
        ("absent", 404, "Page introuvable"),
        ("rien/du/tout", 404, "Page introuvable"),
        ("conflit", 409, "Modifié par une autre personne"),
        ("trop", 429, "Trop de tentatives"),
        ("refus", 422, "mairie@exemple.test"),
        ("403", 403, "Page réservée"),
        ("400", 400, "Demande incomprise"),
        ("413", 413, "16\u00a0Mo"),
        ("418", 418, "Demande incomprise"),
        ("503", 500, "Panne de l’application"),
        ("panne", 500, "Panne de l’application"),
    ],
)
def test_a_page_says_what_happened_and_where_to_go(site: Site, what: str, status: int, words: str) -> None:
    answer = site.client().get(f"/essai/{what}")
    assert answer.status_code == status
    assert words in answer.text
    assert answer.text.count("<h1>") == 1
    assert "bouton-principal" in answer.text


@pytest.mark.parametrize("what", ["absent", "conflit", "refus", "403", "413", "panne"])
def test_a_fragment_says_it_in_the_page_that_asked(site: Site, what: str) -> None:
    answer = site.client().get(f"/essai/{what}", headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#avis"
    assert "<html" not in answer.text
    assert 'class="avis' in answer.text


def test_going_back_wants_the_whole_page(site: Site) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in site.client().get("/essai/absent", headers=headers).text


def test_a_method_that_is_not_allowed_says_which_are(site: Site) -> None:
    answer = site.client().get("/deconnexion")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_too_many_attempts_say_when_to_come_back(site: Site) -> None:
    assert 0 < int(site.client().get("/essai/trop").headers["Retry-After"]) <= 300


def test_a_failure_shows_only_a_number_found_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = site.client().get("/essai/panne")
    found = re.search(r'class="reference">([0-9A-F]{8})<', answer.text)
    assert found
    assert [record.reference for record in caplog.records] == [found[1]]  # type: ignore[attr-defined]
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


def test_the_failure_page_needs_no_database(make_site: Make) -> None:
    site = make_site(prepare=_routes)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = site.client(Role.HEAD)
    with site.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE users RENAME TO gone")
    answer = client.get("/aide")
    assert answer.status_code == 500
    assert "Panne de l’application" in answer.text


def test_a_heavy_body_is_refused_in_french(site: Site) -> None:
    answer = site.client().post("/essai/ok", data={"note": "x" * (16 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "Envoi trop lourd" in answer.text
    assert "photo" not in answer.text.split("Envoi trop lourd")[-1]


class TestExpiredPage:
    """A form sent under a session that has ended."""

    @pytest.fixture
    def site(self, make_site: Make) -> Site:
        """The CSRF check is on."""
        return make_site(csrf=True, prepare=_routes)

    def test_keeps_what_was_typed_and_sends_it_again(self, site: Site) -> None:
        client = site.client()
        typed = {"note": "Fuite d’huile <au carter>", "password": "très secret", "csrf_token": "vieux"}
        answer = client.post("/essai/ok?etape=2", data=typed, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 422
        assert 'name="note" value="Fuite d’huile &lt;au carter&gt;"' in answer.text
        assert 'action="/essai/ok?etape=2"' in answer.text
        assert "très secret" not in answer.text
        token = re.search(r'name="csrf_token" value="([^"]+)">\n<input type="hidden" name="note"', answer.text)
        assert token
        again = client.post("/essai/ok", data={"note": typed["note"], "csrf_token": token[1]})
        assert (again.status_code, again.text) == (200, typed["note"])

    @pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.test"}, {}])
    def test_offers_nothing_to_another_site(self, site: Site, headers: dict[str, str]) -> None:
        answer = site.client().post("/essai/ok", data={"note": "piège"}, headers=headers)
        assert answer.status_code == 422
        assert "Demande venue d’ailleurs" in answer.text
        assert "piège" not in answer.text

    def test_an_older_browser_tells_by_its_origin(self, site: Site) -> None:
        answer = site.client().post("/essai/ok", data={"note": "gardé"}, headers={"Origin": "http://localhost"})
        assert "gardé" in answer.text
