"""The page of devices: share this one, rename, withdraw, PINs of the crew, news of a device."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from garage.db.models.devices import Device
from garage.db.models.users import User
from garage.domain.devices import DeviceKind, fingerprint
from garage.domain.permissions import Role
from garage.web.wiring import WebOptions

from .harness import PASSWORD, Site, email_of
from .tablets import HEAD, MECHANIC, acts, device, equip, share, sign, somebody
from .workshop import said

Make = Callable[..., Site]


@pytest.fixture
def site(make_site: Make) -> Site:
    return equip(make_site())


def test_sharing_a_device_ends_the_session_of_the_head_and_keeps_only_a_hash(site: Site) -> None:
    tablet = share(site)
    cookie = tablet.get_cookie("garage-appareil")
    assert cookie
    assert (len(cookie.value), cookie.http_only, cookie.same_site) == (64, True, "Lax")
    assert device(site).token_hash == fingerprint(cookie.value) != cookie.value
    assert (device(site).name, device(site).created_by_id) == ("Tablette du pont 1", HEAD)
    assert somebody(tablet) is None
    said(tablet.get("/operateurs"), 200, "Qui êtes-vous ?", "Personne 1", "Tablette du pont 1")
    assert tablet.get("/appareils").location == "/operateurs"
    assert acts(site, "device.register") == [("device.register", "Tablette du pont 1")]


def test_over_https_the_cookies_belong_to_this_host_alone(make_site: Make) -> None:
    site = make_site(WebOptions(secure_cookies=True))
    client = site.app.test_client()
    signed = client.post(
        "/connexion", data={"email": email_of(Role.HEAD), "password": PASSWORD}, base_url="https://localhost"
    )
    assert signed.status_code == 303
    answer = client.post("/appareils/nouveau", data={"name": "T", "kind": "tablet"}, base_url="https://localhost")
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-garage-appareil=")]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=315360000"))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "", "kind": "tablet"}, "name"),
        ({"name": "x" * 101, "kind": "tablet"}, "name"),
        ({"name": "a\u200bb", "kind": "tablet"}, "name"),
        ({"name": "Tablette", "kind": "phone"}, "kind"),
    ],
)
def test_a_device_that_cannot_be_shared_is_said_at_its_field(site: Site, data: dict[str, str], field: str) -> None:
    client = site.client(Role.HEAD)
    answer = client.post("/appareils/nouveau", data=data)
    assert answer.status_code == 422
    assert f'id="{field}-erreur"' in answer.text
    assert client.get_cookie("garage-appareil") is None
    assert somebody(client) is not None


def test_sharing_it_again_withdraws_what_it_was(site: Site) -> None:
    tablet = share(site)
    tablet.post("/connexion", data={"email": email_of(Role.HEAD), "password": PASSWORD})
    said(tablet.get("/appareils/nouveau"), 200, "Cet appareil est déjà connu")
    assert tablet.post("/appareils/nouveau", data={"name": "Pont 2", "kind": "tablet"}).status_code == 303
    assert device(site, 1).revoked_at is not None
    assert device(site, 2).revoked_at is None
    said(tablet.get("/operateurs"), 200, "Pont 2")


def test_a_device_is_renamed(site: Site) -> None:
    share(site)
    head = site.client(Role.HEAD)
    assert 'value="Tablette du pont 1"' in head.get("/appareils/1").text
    assert head.post("/appareils/1", data={"name": ""}).status_code == 422
    assert head.post("/appareils/1", data={"name": "Tablette de la fosse"}).status_code == 303
    said(head.get("/appareils"), 200, "Appareil renommé", "Tablette de la fosse", "dernier signe le")
    assert acts(site, "device.rename") == [("device.rename", "Tablette de la fosse")]
    assert head.get("/appareils/99").status_code == 404


def test_a_withdrawn_device_opens_nothing_and_a_stolen_cookie_neither(site: Site) -> None:
    tablet, thief = share(site), site.client()
    assert sign(tablet) == 303
    assert somebody(tablet) == "Personne 1"
    for name in ("garage-appareil", "garage-place", "garage"):
        cookie = tablet.get_cookie(name)
        assert cookie
        thief.set_cookie(name, cookie.value)
    head = site.client(Role.HEAD)
    said(head.get("/appareils/1/retirer"), 200, "Un appareil retiré ne revient pas")
    assert head.post("/appareils/1/retirer").status_code == 303
    for client in (tablet, thief):
        assert somebody(client) is None
        assert client.get("/ordres/").location.startswith("/connexion")
        assert client.get("/operateurs").location.startswith("/connexion")
        assert sign(client) == 303
        assert somebody(client) is None
    said(head.get("/appareils"), 200, "Retiré", "retrait le")
    assert head.post("/appareils/1/retirer").status_code == 422
    assert head.get("/appareils/1").status_code == 422
    assert acts(site, "device.revoke") == [("device.revoke", "Tablette du pont 1")]


def test_the_page_of_withdrawal_says_what_would_be_lost(site: Site) -> None:
    tablet = share(site)
    assert tablet.post("/appareils/present", data={"attente": "2"}).status_code == 204
    said(site.client(Role.HEAD).get("/appareils/1/retirer"), 200, "2 saisies y attendent")


@pytest.mark.parametrize(
    ("told", "status", "kept"), [("4", 204, 4), ("-3", 204, 0), ("x", 422, 0), ("9" * 12, 204, 100_000)]
)
def test_a_device_says_what_it_keeps_to_send(site: Site, told: str, status: int, kept: int) -> None:
    tablet = share(site)
    assert tablet.post("/appareils/present", data={"attente": told}).status_code == status
    assert device(site).waiting == kept
    assert site.client().post("/appareils/present", data={"attente": "1"}).status_code == 303


def test_a_screen_gives_news_and_opens_no_name(site: Site) -> None:
    screen = share(site, "Écran", DeviceKind.SCREEN)
    assert screen.post("/appareils/present", data={"attente": ""}).status_code == 204
    assert screen.get("/ecran-atelier").status_code == 200
    assert screen.get("/operateurs").location.startswith("/connexion")
    assert sign(screen) == 303
    assert somebody(screen) is None
    assert screen.get("/ordres/").location.startswith("/connexion")
    site.client(Role.HEAD).post("/appareils/1/retirer")
    assert screen.get("/ecran-atelier").location.startswith("/connexion")


def test_the_head_gives_a_pin_with_the_person_beside(site: Site) -> None:
    tablet, head = share(site), site.client(Role.HEAD)
    assert sign(tablet) == 303
    said(head.get("/appareils"), 200, "Code choisi", "Donner un nouveau code")
    said(head.get("/appareils/codes/1"), 200, "Personne 1")
    bad = head.post("/appareils/codes/1", data={"pin": "2580", "again": "2581"})
    said(bad, 422, "Les deux codes ne sont pas les mêmes", 'id="again-erreur"')
    assert "2580" not in bad.text
    said(head.post("/appareils/codes/1", data={"pin": "1234", "again": "1234"}), 422, "se devine", 'id="pin-erreur"')
    assert head.post("/appareils/codes/1", data={"pin": "2580", "again": "2580"}).status_code == 303
    assert somebody(tablet) is None  # what the former PIN opened is closed
    assert sign(tablet, MECHANIC) == 422
    assert sign(tablet, MECHANIC, "2580") == 303
    assert head.get("/appareils/codes/4").status_code == 404
    assert acts(site, "pin.give") == [("pin.give", email_of(Role.MECHANIC))]


@pytest.mark.parametrize("what", ["code", "badge"])
def test_the_administrator_withdraws_a_pin_or_a_badge(site: Site, what: str) -> None:
    tablet, admin = share(site), site.client(Role.ADMIN)
    how = {
        "code": (f"/operateurs/{MECHANIC}", {"pin": "4071"}),
        "badge": ("/operateurs/badge", {"badge": "G1.7K3M9QWXTZ0C"}),
    }
    address, data = how[what]
    assert tablet.post(address, data=data).status_code == 303
    said(admin.get("/personnes/1"), 200, f"Retirer le {what}…")
    said(admin.get(f"/personnes/1/retirer/{what}"), 200, "ne reviendra pas")
    assert admin.post(f"/personnes/1/retirer/{what}").status_code == 303
    assert somebody(tablet) is None
    assert tablet.post(address, data=data).status_code == 422
    assert admin.get(f"/personnes/1/retirer/{what}").status_code == 404
    assert admin.get("/personnes/1/retirer/rien").status_code == 404
    assert len(acts(site, "pin.withdraw", "badge.withdraw")) == 1


def test_no_device_and_nobody_with_a_pin_say_what_to_do(make_site: Make) -> None:
    site = make_site()
    said(site.client(Role.HEAD).get("/appareils"), 200, "Aucun appareil partagé", "Sans code")
    said(share(site).get("/operateurs"), 200, "Personne n’a encore de code ni de badge")


def test_a_refused_sharing_writes_nothing(site: Site) -> None:
    for role in (Role.MECHANIC, Role.COLLECTIVITY, Role.ACCOUNTING):
        answer = site.client(role).post("/appareils/nouveau", data={"name": "T", "kind": "tablet"})
        assert answer.status_code == 403
    with site.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Device)) == 0
        assert session.get_one(User, MECHANIC).pin_hash is not None
