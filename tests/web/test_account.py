"""One's own account: page, PIN, «Plus», staying signed in on one's own phone, and the end of a session."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from garage.domain.permissions import Role

from .harness import PASSWORD, Site, email_of
from .tablets import MECHANIC, acts, equip, share, sign, somebody
from .workshop import said

Make = Callable[..., Site]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def site(make_site: Make, now: time_machine.Traveller) -> Site:
    del now
    return equip(make_site())


def _signed(site: Site, role: Role, **more: str) -> object:
    client = site.client()
    client.post("/connexion", data={"email": email_of(role), "password": PASSWORD} | more)
    return client


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_an_account(site: Site, role: Role) -> None:
    page = site.client(role).get("/mon-compte")
    said(page, 200, "Mon compte", email_of(role), "12 heures")
    assert ("Mon badge" in page.text) is (role in {Role.MECHANIC, Role.HEAD})


def test_the_page_says_what_opens_a_tablet(make_site: Make, now: time_machine.Traveller) -> None:
    del now
    said(make_site().client(Role.MECHANIC).get("/mon-compte"), 200, "Sans code", "Sans badge", "Choisir mon code")
    said(equip(make_site()).client(Role.MECHANIC).get("/mon-compte"), 200, "Code choisi", "Badge en service")


@pytest.mark.parametrize("proof", [PASSWORD, "4071"])
def test_one_chooses_one_s_own_pin(site: Site, proof: str) -> None:
    mine = site.client(Role.MECHANIC)
    data = {"current": proof, "pin": "2580", "again": "2580"}
    assert mine.post("/mon-code", data=data).location == "/mon-compte"
    said(mine.get("/mon-compte"), 200, "Code enregistré")
    tablet = share(site)
    assert sign(tablet, MECHANIC, "4071") == 422
    assert sign(tablet, MECHANIC, "2580") == 303
    assert acts(site, "pin.choose") == [("pin.choose", email_of(Role.MECHANIC))]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"current": ""}, "current", "Saisissez votre mot de passe"),
        ({"current": "8356"}, "current", "ni votre mot de passe"),
        ({"pin": "258", "again": "258"}, "pin", "Saisissez 4 chiffres"),
        ({"pin": "25a0", "again": "25a0"}, "pin", "Saisissez 4 chiffres"),
        ({"pin": "²580", "again": "²580"}, "pin", "Saisissez 4 chiffres"),
        ({"again": "2581"}, "again", "pas les mêmes"),
        *(({"pin": pin, "again": pin}, "pin", "se devine") for pin in ("0000", "1234", "4321", "7890", "1212", "9999")),
    ],
)
def test_a_refusal_stands_beside_its_field(site: Site, changes: dict[str, str], field: str, words: str) -> None:
    data = {"current": PASSWORD, "pin": "2580", "again": "2580"} | changes
    answer = site.client(Role.MECHANIC).post("/mon-code", data=data)
    said(answer, 422, words, f'id="{field}-erreur"')
    assert PASSWORD not in answer.text
    assert sign(share(site), MECHANIC, "4071") == 303


def test_guessing_the_proof_is_throttled(site: Site, now: time_machine.Traveller) -> None:
    mine = site.client(Role.MECHANIC)
    data = {"pin": "2580", "again": "2580"}
    for _ in range(5):
        assert mine.post("/mon-code", data=data | {"current": "9876"}).status_code == 422
    answer = mine.post("/mon-code", data=data | {"current": "4071"})
    said(answer, 429, "Trop de codes faux")
    assert int(answer.headers["Retry-After"]) > 0
    assert sign(share(site), MECHANIC) == 429
    now.shift(timedelta(minutes=15, seconds=1))
    assert mine.post("/mon-code", data=data | {"current": "4071"}).status_code == 303


def test_a_pin_changed_at_one_tablet_closes_what_it_opened_at_the_others(site: Site) -> None:
    tablet, other = share(site), share(site, "Tablette 2")
    sign(tablet)
    sign(other)
    assert tablet.post("/mon-code", data={"current": "4071", "pin": "2580", "again": "2580"}).status_code == 303
    assert somebody(tablet) == "Personne 1"
    assert somebody(other) is None
    assert sign(other, MECHANIC, "2580") == 303


def test_plus_has_what_the_phone_s_bar_has_no_room_for(site: Site) -> None:
    own = site.client(Role.HEAD).get("/plus")
    said(
        own,
        200,
        "Appareils",
        "Mon compte",
        "Aide",
        "Se déconnecter",
        "Saisies de cet appareil",
        "Lecteur de codes branché",
    )
    assert "Changer d’opérateur" not in own.text
    tablet = share(site)
    sign(tablet)
    said(tablet.get("/plus"), 200, "Changer d’opérateur", "Votre chrono continue")


def test_on_one_s_own_phone_one_stays_for_thirty_days_without_a_visit(site: Site, now: time_machine.Traveller) -> None:
    phone = _signed(site, Role.MECHANIC, stay="y")
    for _ in range(3):
        now.shift(timedelta(days=29))
        assert phone.get("/ordres/").status_code == 200
    said(phone.get("/mon-compte"), 200, "30 jours")
    now.shift(timedelta(days=31))
    assert phone.get("/ordres/").location.startswith("/connexion")


@pytest.mark.parametrize(("role", "stay"), [(Role.ACCOUNTING, "y"), (Role.ADMIN, "y"), (Role.MECHANIC, "")])
def test_an_ordinary_session_ends_after_twelve_hours(
    site: Site, now: time_machine.Traveller, role: Role, stay: str
) -> None:
    client = _signed(site, role, **({"stay": stay} if stay else {}))
    now.shift(timedelta(hours=11, minutes=59))
    assert client.get("/mon-compte").status_code == 200
    now.shift(timedelta(hours=12, seconds=1))
    assert client.get("/mon-compte").location.startswith("/connexion")


def test_asking_how_long_a_session_lasts_does_not_renew_it_and_staying_does(
    site: Site, now: time_machine.Traveller
) -> None:
    client = site.client(Role.ACCOUNTING)
    now.shift(timedelta(hours=11, minutes=58, seconds=30))
    assert client.get("/session").json == {"reste": 90}
    assert client.get("/session").json == {"reste": 90}
    assert client.post("/session").json == {"reste": 12 * 3600}
    now.shift(timedelta(hours=11))
    assert client.get("/session").json == {"reste": 3600}
    now.shift(timedelta(hours=2))
    assert client.get("/session").json == client.post("/session").json == {"reste": 0}


def test_a_session_signed_by_another_key_is_nobody(site: Site) -> None:
    client = site.client(Role.HEAD)
    kept = client.get_cookie("garage")
    assert kept
    client.set_cookie("garage", kept.value[:-3] + ("abc" if not kept.value.endswith("abc") else "abd"))
    assert somebody(client) is None
