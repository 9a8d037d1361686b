"""Who may reach which address."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from garage.db.models.journal import JournalEntry
from garage.domain.errors.base import NotVisible
from garage.domain.permissions import Permission, Role
from garage.web.access import actor, allow, local_path, public, signed_in

from .harness import Site

Make = Callable[..., Site]


def _routes(app: Flask) -> None:
    @app.route("/essai/factures", methods=["GET", "POST"])
    @allow(Permission.ISSUE_INVOICES)
    def issue() -> str:
        return actor().name

    @app.get("/essai/plusieurs")
    @allow(Permission.ISSUE_INVOICES, Permission.MANAGE_PEOPLE)
    def several() -> str:
        return "oui"

    @app.get("/essai/connecte")
    @signed_in
    def anyone() -> str:
        return "oui"

    @app.get("/essai/autre-commune")
    @signed_in
    def hidden() -> str:
        raise NotVisible("vehicle", "AB-123-CD")


@pytest.fixture
def site(make_site: Make) -> Site:
    """A site with the routes above."""
    return make_site(prepare=_routes)


def test_a_route_that_declares_nobody_stops_the_start(make_site: Make) -> None:
    def forgetful(app: Flask) -> None:
        app.add_url_rule("/oubli", "forgotten", lambda: "")

    with pytest.raises(RuntimeError, match="forgotten"):
        make_site(prepare=forgetful)


def test_a_declaration_names_a_permission() -> None:
    with pytest.raises(ValueError, match="permission"):
        allow()


def test_nobody_is_sent_to_sign_in_from_every_page_that_is_not_public(make_site: Make) -> None:
    site = make_site()
    client = site.client()
    for rule in site.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or _is_public(site.app, rule):
            continue
        answer = client.get(re.sub(r"<[^>]+>", "1", rule.rule))
        assert (answer.status_code, answer.location.startswith("/connexion")) == (303, True), rule.rule


def _is_public(app: Flask, rule: Rule) -> bool:
    return bool(app.view_functions[rule.endpoint].garage_access.anonymous)  # type: ignore[attr-defined]


def test_sign_in_brings_back_to_the_page_asked_for(site: Site) -> None:
    answer = site.client().get("/essai/factures?trimestre=2026-T3")
    assert answer.location == "/connexion?next=/essai/factures?trimestre%3D2026-T3"


def test_a_fragment_asked_for_after_the_session_reloads_the_page(site: Site) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/essai/connecte?page=2"}
    answer = site.client().get("/essai/factures", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/connexion?next=/essai/connecte?page%3D2"


def test_the_right_role_passes(site: Site) -> None:
    assert site.client(Role.ACCOUNTING).get("/essai/factures").text == "Personne 4"
    assert site.client(Role.ADMIN).get("/essai/plusieurs").status_code == 200
    assert site.client(Role.MECHANIC).get("/essai/connecte").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_role_is_told_which_one_is_needed(site: Site, method: str) -> None:
    answer = getattr(site.client(Role.MECHANIC), method)("/essai/factures")
    assert answer.status_code == 403
    assert "<strong>Comptabilité</strong>" in answer.text
    assert "demandez-le à l’administrateur" in answer.text


def test_refusals_are_in_the_journal(site: Site) -> None:
    client = site.client(Role.COLLECTIVITY)
    client.get("/essai/factures")
    assert client.get("/essai/autre-commune").status_code == 404
    with site.database.reading() as session:
        rows = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [(row.actor, row.action, row.subject, row.subject_key) for row in rows] == [
        ("Personne 3", "access.refused", "issue", "/essai/factures"),
        ("Personne 3", "not_visible", "vehicle", "AB-123-CD"),
    ]


def test_what_is_not_visible_looks_like_what_is_not_there(site: Site) -> None:
    client = site.client(Role.COLLECTIVITY)
    hidden, missing = client.get("/essai/autre-commune"), client.get("/essai/rien-ici")
    assert hidden.text.replace("autre-commune", "rien-ici") == missing.text


@pytest.mark.parametrize(
    "text", ["https://ailleurs.test/", "//ailleurs.test", "/\\ailleurs.test", "/a\nb", "ordres", "", None, "/\tx"]
)
def test_no_way_out_of_the_site(text: str | None) -> None:
    assert local_path(text) is None


def test_public_marks_a_view() -> None:
    assert public(_routes).garage_access.anonymous  # type: ignore[attr-defined]
