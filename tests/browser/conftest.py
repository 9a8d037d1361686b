"""A Chromium of the machine, the application served in this process, and the HTML checker if it is there."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask, abort
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from garage.domain.permissions import Permission, Role
from garage.photos import PhotoStore
from garage.web.access import allow
from garage.web.forms.fields import GarageForm, Required, TextField
from garage.web.htmx import form_page
from garage.web.wiring import TEMPLATES, WebOptions
from tests.web.harness import PASSWORD, Site, build_site, email_of

from .scanning import film
from .screens import POPULATE

ROOT = Path(__file__).resolve().parents[2]
APT = "no browser: apt-get install --no-install-recommends chromium-headless-shell fonts-liberation2"
VNU = "no HTML checker: sh tools/fetch_vnu.sh (and Java 11 or newer)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _missing(reason: str) -> NoReturn:
    if os.environ.get("GARAGE_TESTS_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def find_browser() -> str | None:
    """The first Chromium found: environment, Debian's packages, PATH."""
    named = os.environ.get("GARAGE_TEST_BROWSER")
    if named:
        return named if Path(named).exists() else None
    for place in ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"):
        if Path(place).exists():
            return place
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    place = find_browser()
    if place is None:
        _missing(APT)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=place, headless=True)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def vnu() -> list[str]:
    """The command of the HTML checker."""
    jar = Path(os.environ.get("GARAGE_TEST_VNU") or ROOT / ".cache" / "vnu" / "vnu.jar")
    java = shutil.which("java")
    if not jar.exists() or java is None:
        _missing(VNU)
    return [java, "-jar", str(jar)]


@dataclass(frozen=True)
class Live:
    """The application at an address."""

    site: Site
    origin: str


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


class _NoteForm(GarageForm):
    note = TextField("Note", [Required("Saisissez une note, par exemple Fuite d’huile")])


_TEMPLATES = {
    "essai/note.html": """{% extends "base.html" %}{% block titre %}Note{% endblock %}
{% block contenu %}<h1>Note</h1><div id="zone">{% include "essai/_note.html" %}</div>{% endblock %}""",
    "essai/_note.html": """{% from "components/formulaires.html" import champ, resume_erreurs %}
<form method="post" action="/essai/note" novalidate data-envoi-unique
 data-hx-post="/essai/note" data-hx-target="#zone" data-hx-swap="innerHTML">
{% if request.headers.get("HX-Request") %}{{ resume_erreurs(form) }}{% endif %}{{ form.hidden_tag() }}
{{ champ(form.note) }}<button class="bouton" type="submit">Enregistrer la note</button></form>""",
}


def _routes(app: Flask) -> None:
    """Pages that exist only here: a reserved one, and a form sent by htmx."""
    app.add_url_rule("/essai/reserve", "essai.reserved", allow(Permission.ISSUE_INVOICES)(lambda: "oui"))

    def note() -> Any:
        form = _NoteForm()
        if form.note.data == "panne":
            abort(403)
        if form.validate_on_submit():
            return f'<p role="status">Note enregistrée : {form.note.data}</p>'
        return form_page("essai/note.html", form, fragment="essai/_note.html")

    app.add_url_rule("/essai/note", "essai.note", allow(Permission.READ_ORDERS)(note), methods=["GET", "POST"])
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader(_TEMPLATES)])


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The application, served by threads of this process."""
    accounts = (("Chef d’atelier", email_of(Role.HEAD)), ("Comptabilité", email_of(Role.ACCOUNTING)))
    folder = tmp_path_factory.mktemp("live")
    photos = PhotoStore(folder / "photos")
    options = WebOptions(secure_cookies=False, demo_accounts=accounts, demo_password=PASSWORD, photos=photos)
    site = build_site(folder, options, csrf=True, prepare=_routes)
    for populate in POPULATE:
        populate(site.database)
    server = make_server("127.0.0.1", 0, site.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Live(site, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    site.database.dispose()


SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1280, 800)}
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def keys(browser: Browser, live: Live) -> dict[Role | None, list[Any]]:
    """The session cookies of each role, asked for once through the sign-in page."""
    found: dict[Role | None, list[Any]] = {None: []}
    for role in Role:
        context = browser.new_context(service_workers="block")
        page = context.new_page()
        page.goto(f"{live.origin}/connexion")
        page.get_by_label("Adresse électronique").fill(email_of(role))
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter", exact=True).click()
        page.wait_for_load_state()
        assert "/connexion" not in page.url, page.content()
        found[role] = context.cookies()
        context.close()
    return found


@pytest.fixture
def open_page(browser: Browser, live: Live, keys: dict[Role | None, list[Any]]) -> Iterator[Open]:
    """Opens a blank page as a role, in a size and a theme; everything is closed at the end."""
    contexts: list[BrowserContext] = []

    def open_one(
        role: Role | None = None, *, size: tuple[int, int] = (1280, 800), theme: str = "clair", **options: Any
    ) -> Page:
        phone = size[0] < 600
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            is_mobile=phone,
            has_touch=phone,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            base_url=live.origin,
            **{"service_workers": "block"} | options,
        )
        context.add_cookies([*keys[role], {"name": "theme", "value": theme, "url": live.origin}])
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def filmed(browser: Browser, live: Live, keys: dict[Role | None, list[Any]], tmp_path: Path) -> Iterator[Open]:
    """Opens a page whose camera looks at a code."""
    place = find_browser()
    if place is None:
        _missing(APT)
    opened: list[Browser] = []
    driver = browser.browser_type

    def open_one(content: str, **options: Any) -> Page:
        flags = [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film(tmp_path / 'code.mjpeg', content)}",
        ]
        one = driver.launch(executable_path=place, headless=True, args=flags)
        opened.append(one)
        context = one.new_context(
            viewport={"width": 390, "height": 844},
            base_url=live.origin,
            permissions=["camera"],
            locale="fr-FR",
            **options,
        )
        context.add_cookies(keys[Role.MECHANIC])
        context.set_default_timeout(15_000)
        return context.new_page()

    yield open_one
    for one in opened:
        one.close()
