"""General pages, navigation, appearance, health, and what every template must respect."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from garage.domain.permissions import Permission, Role, may
from garage.web.access import allow
from garage.web.assets import STATIC
from garage.web.navigation import ENTRIES
from garage.web.notices import done
from garage.web.wiring import TEMPLATES

from .harness import Site, build_site

Make = Callable[..., Site]
PUBLIC = [
    "/", "/connexion", "/aide", "/accessibilite", "/plan-du-site", "/mentions-legales", "/donnees-personnelles",
    "/guide-ui",
]  # fmt: skip
_MARKUP = re.compile(r"(\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}|<[^>]*>)", re.DOTALL)


def _every_entry(app: Flask) -> None:
    """Every planned page, so that the navigation is whole."""
    for entry in ENTRIES:
        if entry.endpoint not in app.view_functions:
            app.add_url_rule(f"/essai/{entry.endpoint}", entry.endpoint, allow(entry.permission)(lambda: "oui"))


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_have_the_same_skeleton(site: Site, path: str) -> None:
    answer = site.client().get(path)
    assert answer.status_code == 200
    page = answer.text
    assert '<html lang="fr"' in page
    assert page.count("<h1>") == 1
    assert 'href="#contenu">Aller au contenu' in page
    assert re.search(r"<title>[^<]+ – Garage mutualisé</title>", page)
    for words in (
        "Accessibilité\u00a0: non conforme",
        "Plan du site",
        "Mentions légales",
        "Données personnelles",
        "Aide",
    ):
        assert words in page[page.index("<footer") :]
    assert not re.search(r" (?:style|onclick|onload|hx-[a-z]+)=", page)
    assert not re.search(r"<script(?![^>]* src=)|<style", page)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_its_own_navigation(make_site: Make, role: Role) -> None:
    site = make_site()
    page = site.client(role).get("/aide").text
    density = "atelier" if role in {Role.MECHANIC, Role.HEAD} else "bureau"
    assert f'data-densite="{density}"' in page


def test_entries_appear_when_their_page_exists_and_the_role_may_open_it(make_site: Make) -> None:
    site = make_site()
    with site.app.test_request_context():
        known = set(site.app.view_functions)
    page = site.client(Role.ACCOUNTING).get("/").text
    mine = [one for one in ENTRIES if one.only in (None, Role.ACCOUNTING) and may(Role.ACCOUNTING, one.permission)]
    shown = {one.label for one in mine if one.endpoint in known}
    for entry in ENTRIES:
        assert (f'<span class="long">{entry.label}</span>' in page) is (entry.label in shown), entry.label


def test_the_theme_is_kept_and_one_comes_back(site: Site) -> None:
    client = site.client()
    answer = client.post("/apparence", data={"theme": "sombre", "retour": "/aide?x=1"})
    assert (answer.status_code, answer.location) == (303, "/aide?x=1")
    assert 'data-theme="sombre"' in client.get("/aide").text
    client.post("/apparence", data={"theme": "<script>", "retour": "//ailleurs.test"})
    assert 'data-theme="sombre"' in client.get("/aide").text


def test_a_strange_theme_is_the_device_s(site: Site) -> None:
    client = site.client()
    client.set_cookie("theme", '"><b>')
    assert 'data-theme="auto"' in client.get("/").text


def test_what_was_done_is_said_once_with_its_undo(make_site: Make) -> None:
    def routes(app: Flask) -> None:
        @app.get("/essai/fait")
        @allow(Permission.READ_ORDERS)
        def act() -> str:
            done("Pièce ajoutée", undo="/essai/annuler")
            return ""

    client = make_site(prepare=routes).client(Role.HEAD)
    client.get("/essai/fait")
    page = client.get("/aide").text
    assert "Pièce ajoutée" in page
    assert 'action="/essai/annuler"' in page
    assert "Pièce ajoutée" not in client.get("/aide").text


def test_health_tells_only_alive_or_not(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = site.client().get("/sante")
    assert (answer.status_code, answer.get_json()) == (200, {"etat": "ok"})


def test_health_fails_without_its_database(tmp_path: Path) -> None:
    site = build_site(tmp_path)
    site.database.dispose()
    (tmp_path / "garage.sqlite").unlink()
    for name in ("garage.sqlite-wal", "garage.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "garage.sqlite").mkdir()
    answer = site.client().get("/sante")
    site.database.dispose()
    assert (answer.status_code, answer.get_json()) == (503, {"etat": "base indisponible"})


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_french_typography_of_templates(path: Path) -> None:
    text = " ".join(_MARKUP.split(path.read_text("utf-8"))[::2])
    assert not re.search(r" [:;!?](?:\s|$)", text), "no-break space before : ; ! ?"
    assert not re.search(r"« | »", text), "no-break space inside « »"
    assert not re.search(r"[a-zA-ZÀ-ÿ]'[a-zA-ZÀ-ÿ]", text), "typographic apostrophe"
    assert "Veuillez" not in text


def test_dark_tokens_are_the_same_chosen_or_asked_for_by_the_device() -> None:
    css = (STATIC / "css/garage.css").read_text("utf-8")
    chosen = re.search(r'\[data-theme="sombre"\] \{(.*?)\}', css, re.DOTALL)
    asked = re.search(r'\[data-theme="auto"\] \{(.*?)\}', css, re.DOTALL)
    assert chosen
    assert asked
    assert chosen[1].split() == asked[1].split()


def _tokens(theme: str) -> dict[str, str]:
    css = (STATIC / "css/garage.css").read_text("utf-8")
    block = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\}}', css, re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+): (#\w+);", block[1]))


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["clair", "sombre"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("texte", "fond", 7), ("texte", "surface", 7), ("texte", "surface-2", 7), ("texte-2", "fond", 6.4),
        ("texte-2", "surface-2", 4.5), ("action", "surface", 7), ("action-texte", "action", 7),
        ("action-texte", "action-fort", 7), ("texte", "action-doux", 7), ("action", "action-doux", 4.5),
        ("lien", "surface", 7), ("lien", "fond", 7), ("trait-champ", "surface", 4.5), ("trait-champ", "fond", 4.5),
        ("bandeau-texte", "bandeau", 7), ("bandeau-texte", "bandeau-2", 7), ("encre-texte", "encre", 7),
        ("encre-lien", "encre", 6.4), ("rouge", "surface", 6.4),
        *((tone, f"{tone}-fond", 6.4) for tone in ("vert", "ambre", "rouge", "bleu", "violet", "gris")),
    ],
)  # fmt: skip
def test_contrasts_of_the_tokens(theme: str, text: str, ground: str, least: float) -> None:
    tokens = _tokens(theme)
    assert _contrast(tokens[text], tokens[ground]) >= least
