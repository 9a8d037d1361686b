"""A workshop behind a bad network: a server of its own, a page with the forms of a day, and tablets to cut off."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from garage import clock
from garage.archive import Archive
from garage.db.models.entries import Entry
from garage.db.models.users import User
from garage.domain.permissions import Permission, Role
from garage.operations import repair_orders
from garage.photos import PhotoStore
from garage.web.access import allow
from garage.web.wiring import TEMPLATES, WebOptions
from tests.factories import garage as make
from tests.web.harness import PASSWORD, Site, build_site, email_of
from tests.web.workshop import HEAD, Workshop, build, yesterday

_fleet = count(900)
_PAGE = """{% extends "base.html" %}{% from "components/saisies.html" import saisie, bouton_saisie %}
{% block titre %}Essai{% endblock %}
{% block contenu %}<h1>Essai {{ number }}</h1>
{{ bouton_saisie("Ajouter le filtre", "piece", {"ordre": number, "reference": part, "quantity": "1"}, here) }}
{% call saisie("piece", {"ordre": number, "reference": part}, here) %}
<div class="champ"><label for="quantity">Quantité</label>
<input class="saisie" id="quantity" name="quantity" value="1"></div>
<button class="bouton">Ajouter cette quantité</button>{% endcall %}
{% call saisie("note", {"ordre": number}, here) %}
<div class="champ"><label for="text">Note</label><textarea class="saisie" id="text" name="text"></textarea></div>
<button class="bouton">Enregistrer la note</button>{% endcall %}
{% call saisie("photo", {"ordre": number}, here, fichiers=true) %}
<div class="champ"><label for="photo">Photo</label><input class="saisie" type="file" id="photo" name="photo"></div>
<button class="bouton">Envoyer la photo</button>{% endcall %}
{% call saisie("compteur", {"ordre": number, "vu": "84310"}, here) %}
<div class="champ"><label for="meter">Compteur</label><input class="saisie" id="meter" name="meter"></div>
<button class="bouton">Enregistrer le compteur</button>{% endcall %}
{{ bouton_saisie("Démarrer", "demarrer", {"ordre": number}, here, "principal", "player-play") }}
<p id="lignes">{{ lines }} lignes</p>
{% endblock %}"""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


@dataclass
class Shop:
    """A site at work at an address that can be taken away and given back."""

    work: Workshop
    port: int = 0
    _server: Any = None
    _thread: Any = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Answer, always at the same address."""
        self._server = make_server("127.0.0.1", self.port, self.work.site.app, threaded=True, request_handler=_Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nobody answers any more."""
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def order(self, meter: int | None = None) -> str:
        """A new order in progress: on a vehicle of its own when a meter is given."""
        thing: dict[str, Any] = {"object_label": "Portail"}
        if meter is not None:
            with self.work.site.database.transaction() as session:
                vehicle = make.vehicle(session, self.work.garage.partner, f"V{next(_fleet)}")
                thing = {"vehicle_id": vehicle.id, "meter": meter}
        entered = repair_orders.NewOrder(
            self.work.garage.partner.id, yesterday(), repair_orders.OrderKind.BREAKDOWN, reason="Grippé", **thing
        )
        return str(self.work.act(repair_orders.open_order, entered, HEAD, clock.now(), clock.today()).number)

    def entries(self, order: str) -> list[Entry]:
        """What was received about an order."""
        with self.work.site.database.reading() as session:
            return list(session.scalars(select(Entry).where(Entry.subject == order).order_by(Entry.id)))

    def page(self, order: str) -> str:
        """The forms of an order."""
        return f"/ordres/{order}/essai"


def _routes(app: Flask) -> None:
    def forms(number: str) -> str:
        with app.extensions["garage.database"].reading() as session:
            lines = len(session.scalars(select(Entry).where(Entry.subject == number)).all())
        return render_template(
            "essai/saisies.html", number=number, part="P1", here=f"/ordres/{number}/essai", lines=lines
        )

    allowed = allow(Permission.WORK_ON_ORDERS)(forms)
    app.add_url_rule("/ordres/<number>/essai", "essai.forms", allowed)
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader({"essai/saisies.html": _PAGE})])


@contextmanager
def opened(folder: Path) -> Iterator[Shop]:
    """A shop that answers, with a second mechanic."""
    options = WebOptions(secure_cookies=False, archive=Archive(folder / "bills"), photos=PhotoStore(folder / "photos"))
    site: Site = build_site(folder, options, csrf=True, prepare=_routes)
    site.app.config["WTF_CSRF_ENABLED"] = False
    work = build(site)
    site.app.config["WTF_CSRF_ENABLED"] = True
    with site.database.transaction() as session:
        first = session.get_one(User, 1)
        session.add(
            User(
                email="second@exemple.test",
                name="Second Mécanicien",
                role=Role.MECHANIC,
                password_hash=first.password_hash,
                session_token="jeton-second",
                active=True,
                created_at=clock.now(),
            )
        )
    shop = Shop(work)
    shop.open()
    yield shop
    shop.close()
    site.database.dispose()


def sign_in(page: Page, email: str = "") -> None:
    """Through the sign-in page."""
    page.goto("/connexion")
    page.get_by_label("Adresse électronique").fill(email or email_of(Role.MECHANIC))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/connexion" not in url)


def tablet(browser: Browser, shop: Shop, **options: Any) -> BrowserContext:
    """A tablet with scripts, no worker unless asked."""
    context = browser.new_context(
        locale="fr-FR",
        timezone_id="Europe/Paris",
        base_url=shop.origin,
        **{"viewport": {"width": 820, "height": 1180}, "service_workers": "block"} | options,
    )
    context.set_default_timeout(10_000)
    return context


@dataclass
class Link:
    """The way from a page to /saisies: cut, deaf (the server hears and its answer is lost), or good again."""

    page: Page
    sent: list[str] = field(default_factory=list)

    def cut(self) -> None:
        """Nothing arrives."""
        self.restore()
        self.page.route("**/saisies/*", lambda route: route.abort())

    def deaf(self) -> None:
        """Everything arrives, no answer comes back."""
        self.restore()

        def lose(route: Route) -> None:
            if route.request.method == "POST":
                route.fetch()
            route.abort()

        self.page.route("**/saisies/*", lose)

    def restore(self) -> None:
        """All is well."""
        self.page.unroute("**/saisies/*")


def back_online(page: Page) -> None:
    """What the device tells when its network is back."""
    page.evaluate("() => window.dispatchEvent(new Event('online'))")


def ask(page: Page, script: str) -> Any:
    """What a page answers, once it has done renewing itself."""
    for _ in range(20):
        try:
            return page.evaluate(script)
        except Error as fault:
            if "navigation" not in str(fault):
                raise
            page.wait_for_load_state()
    raise AssertionError("the page never rests")


def stored(page: Page) -> list[dict[str, Any]]:
    """What the device keeps."""
    return ask(
        page,
        """() => new Promise((resolve, reject) => {
            const request = indexedDB.open("garage", 1);
            request.onerror = () => reject(request.error);
            request.onsuccess = () => {
                const all = request.result.transaction("saisies").objectStore("saisies").getAll();
                all.onsuccess = () => {
                    request.result.close();
                    resolve(all.result.map(({ id, etat, essais, cle, quoi, quand, ordre, fichiers }) => (
                        { id, etat, essais, cle, quoi, quand, ordre, poids: fichiers.map(([, blob]) => blob.size) })));
                };
            };
        })""",
    )


def eventually(check: Callable[[], bool], page: Page, seconds: float = 10) -> None:
    """Wait until something holds."""
    end = clock.now() + timedelta(seconds=seconds)
    while not check():
        assert clock.now() < end, "it never came"
        page.wait_for_timeout(50)


def big_photo() -> bytes:
    """About 5 MB, as a tablet takes them."""
    out = io.BytesIO()
    Image.effect_noise((2600, 1950), 90).convert("RGB").save(out, "JPEG", quality=97)
    return out.getvalue()
