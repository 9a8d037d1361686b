"""Signing in and out."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from garage.db.models.users import User
from garage.domain.permissions import Permission, Role
from garage.web.access import allow
from garage.web.wiring import WebOptions

from .harness import PASSWORD, Site, email_of

Make = Callable[..., Site]
HEAD = {"email": email_of(Role.HEAD), "password": PASSWORD}


def _routes(app: Flask) -> None:
    app.add_url_rule("/essai/ordres", "orders.essai", allow(Permission.READ_ORDERS)(lambda: "oui"))


@pytest.fixture
def site(make_site: Make) -> Site:
    """A site with a page for the workshop."""
    return make_site(prepare=_routes)


def _change(site: Site, role: Role, **values: object) -> None:
    with site.database.transaction() as session:
        user = session.query(User).filter_by(role=role).one()
        for name, value in values.items():
            setattr(user, name, value)


def test_a_person_signs_in_and_out(site: Site) -> None:
    client = site.client(Role.HEAD)
    assert client.get("/essai/ordres").text == "oui"
    answer = client.post("/deconnexion")
    assert (answer.status_code, answer.location) == (303, "/connexion")
    assert client.get("/essai/ordres").status_code == 303


def test_sign_out_is_never_a_link(site: Site) -> None:
    assert site.client(Role.HEAD).get("/deconnexion").status_code == 405


@pytest.mark.parametrize(("target", "reached"), [("/essai/ordres?page=2", True), ("https://ailleurs.test/", False)])
def test_one_goes_on_where_one_was_going(site: Site, target: str, reached: bool) -> None:
    answer = site.client().post("/connexion", data=HEAD | {"next": target})
    assert answer.status_code == 303
    assert (answer.location == target) is reached
    assert answer.location.startswith("/")


def test_who_is_signed_in_needs_no_form(site: Site) -> None:
    assert site.client(Role.HEAD).get("/connexion").status_code == 303


def test_an_unknown_address_and_a_wrong_password_are_told_alike(site: Site) -> None:
    def words(form: dict[str, str]) -> list[str]:
        answer = site.client().post("/connexion", data=form)
        assert answer.status_code == 422
        return re.findall(r'class="resume-erreurs".*?</div>', answer.text, re.DOTALL)

    wrong = words(HEAD | {"password": "autre chose encore"})
    assert wrong
    assert wrong == words({"email": "personne@exemple.test", "password": "autre chose encore"})


def test_a_refused_form_keeps_the_address_and_drops_the_password(site: Site) -> None:
    page = site.client().post("/connexion", data=HEAD | {"password": "faux mot secret"}).text
    assert f'value="{HEAD["email"]}"' in page
    assert "faux mot secret" not in page
    assert "<title>Erreur\u00a0: Connexion" in page


def test_an_empty_form_says_what_to_type(site: Site) -> None:
    answer = site.client().post("/connexion", data={})
    assert answer.status_code == 422
    assert "Il y a 2\u00a0erreurs" in answer.text
    assert 'href="#password"' in answer.text


def test_many_failures_are_throttled_even_with_the_right_password(site: Site) -> None:
    client = site.client()
    for _ in range(10):
        client.post("/connexion", data=HEAD | {"password": "pas le bon"})
    answer = client.post("/connexion", data=HEAD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Trop d’essais" in answer.text


@pytest.mark.parametrize("change", [{"session_token": "nouveau"}, {"active": False}])
def test_a_new_password_or_the_end_of_an_account_ends_every_session(site: Site, change: dict[str, object]) -> None:
    client = site.client(Role.HEAD)
    _change(site, Role.HEAD, **change)
    assert client.get("/essai/ordres").status_code == 303


def test_nothing_of_the_former_session_is_kept(site: Site) -> None:
    client = site.client()
    with client.session_transaction() as session:
        session["left"] = "by somebody else"
    client.post("/connexion", data=HEAD)
    with client.session_transaction() as session:
        assert "left" not in session
        assert session.permanent


def test_a_forged_session_is_nobody(site: Site) -> None:
    client = site.client()
    for kept in ("2.mauvais", "abc.jeton2", "999.jeton2", "2"):
        with client.session_transaction() as session:
            session["_user_id"] = kept
        assert client.get("/essai/ordres").status_code == 303


def test_demonstration_accounts_are_offered_and_every_page_says_so(make_site: Make) -> None:
    accounts = (("Chef d’atelier", email_of(Role.HEAD)),)
    site = make_site(WebOptions(secure_cookies=False, demo_accounts=accounts, demo_password=PASSWORD), csrf=True)
    client = site.client()
    page = client.get("/connexion").text
    assert "Démonstration\u00a0: données fictives" in page
    one = page[page.index("comptes-demo") :]
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', one[: one.index("</form>")]))
    assert client.post("/connexion", data=form).status_code == 303
    assert "Démonstration\u00a0: données fictives" in client.get("/").text


def test_no_demonstration_no_band(site: Site) -> None:
    assert "émonstration" not in site.client().get("/connexion").text


def test_a_nul_is_no_way_in(site: Site) -> None:
    answer = site.client().post("/connexion", data={"email": "a\x00@b.fr", "password": PASSWORD})
    assert answer.status_code == 400
    assert "Demande incomprise" in answer.text
