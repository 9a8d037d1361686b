"""The administrator's people: list, new, change, and every refusal beside its field."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from garage.db.models.users import User
from garage.domain.permissions import Role

from .harness import PASSWORD, Site, email_of

Make = Callable[..., Site]
GOOD = {
    "name": "Camille Le Goff",
    "email": "camille@exemple.test",
    "role": "mechanic",
    "collectivity": "",
    "password": "douze caractères",
    "active": "y",
}


def _count(site: Site) -> int:
    with site.database.reading() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


def _user(site: Site, user_id: int) -> User:
    with site.database.reading() as session:
        return session.get_one(User, user_id)


def test_everybody_is_listed(site: Site) -> None:
    page = site.client(Role.ADMIN).get("/personnes").text
    assert all(f"Personne {place}" in page for place in range(1, 6))
    assert "Œuilly" in page


def test_people_go_on_by_key(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garage.web.users._PAGE", 2)
    client = site.client(Role.ADMIN)
    first = client.get("/personnes").text
    following = client.get(first.split('rel="next" href="')[1].split('"')[0]).text
    assert "Personne 2" in first
    assert "Personne 2<" not in following
    assert "Personne 3" in following


def test_a_new_person_can_sign_in(site: Site) -> None:
    answer = site.client(Role.ADMIN).post("/personnes/nouvelle", data=GOOD)
    assert (answer.status_code, answer.location) == (303, "/personnes")
    signed = site.client().post("/connexion", data={"email": GOOD["email"], "password": GOOD["password"]})
    assert signed.status_code == 303


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "Saisissez le nom"),
        ({"email": ""}, "email", "Saisissez l’adresse électronique"),
        ({"email": "camille"}, "email", "n’est pas valable"),
        ({"email": email_of(Role.HEAD)}, "email", "est déjà celle d’une autre personne"),
        ({"role": ""}, "role", "Choisissez le rôle"),
        ({"role": "collectivity"}, "collectivity", "Choisissez la collectivité"),
        ({"collectivity": "1"}, "collectivity", "Choisissez la collectivité"),
        ({"password": "court"}, "password", "12 caractères au moins"),
        ({"password": ""}, "password", "12 caractères au moins"),
    ],
)
def test_a_refusal_stands_beside_its_field(site: Site, changes: dict[str, str], field: str, words: str) -> None:
    answer = site.client(Role.ADMIN).post("/personnes/nouvelle", data=GOOD | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-erreur"' in answer.text
    kept = (GOOD | changes)["name"]
    assert f'value="{kept}"' in answer.text
    assert GOOD["password"] not in answer.text
    assert _count(site) == 5


@pytest.mark.parametrize(("changes"), [{"role": "chief"}, {"collectivity": "99"}])
def test_a_choice_that_was_not_offered_is_refused(site: Site, changes: dict[str, str]) -> None:
    assert site.client(Role.ADMIN).post("/personnes/nouvelle", data=GOOD | changes).status_code == 422
    assert _count(site) == 5


def test_a_person_is_changed_and_their_password_kept(site: Site) -> None:
    client = site.client(Role.ADMIN)
    page = client.get("/personnes/1").text
    assert 'value="Personne 1"' in page
    assert "Laissez vide pour garder" in page
    hashed = _user(site, 1).password_hash
    answer = client.post("/personnes/1", data=GOOD | {"password": "", "email": email_of(Role.MECHANIC)})
    assert answer.status_code == 303
    changed = _user(site, 1)
    assert (changed.name, changed.password_hash) == ("Camille Le Goff", hashed)
    assert "Compte de Camille Le Goff modifié" in client.get("/personnes").text


def test_a_person_put_aside_cannot_sign_in_and_their_session_ends(site: Site) -> None:
    theirs = site.client(Role.MECHANIC)
    data = GOOD | {"password": ""}
    del data["active"]
    assert site.client(Role.ADMIN).post("/personnes/1", data=data).status_code == 303
    assert theirs.get("/").text.count("Se connecter") > 0
    signed = site.client().post("/connexion", data={"email": GOOD["email"], "password": PASSWORD})
    assert signed.status_code == 422
    assert "Désactivé" in site.client(Role.ADMIN).get("/personnes").text


@pytest.mark.parametrize("changes", [{"role": "head"}, {"active": None}])
def test_the_last_administrator_stays(site: Site, changes: dict[str, str | None]) -> None:
    own = {"name": "Personne 5", "email": email_of(Role.ADMIN), "role": "admin", "password": ""}
    data = {name: value for name, value in (GOOD | own | changes).items() if value is not None}
    answer = site.client(Role.ADMIN).post("/personnes/5", data=data)
    assert answer.status_code == 422
    assert "dernier administrateur actif" in answer.text
    assert _user(site, 5).role is Role.ADMIN


def test_nobody_at_that_address(site: Site) -> None:
    client = site.client(Role.ADMIN)
    assert client.get("/personnes/99").status_code == 404
    assert client.post("/personnes/99", data=GOOD).status_code == 404
