"""What scripts add, and that nothing depends on them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from garage.domain.permissions import Role

from .conftest import APT, Live, find_browser

Open = Callable[..., Page]


def test_the_skip_link_comes_first_and_leads_to_the_content(open_page: Open) -> None:
    page = open_page()
    page.goto("/aide")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_errors_take_the_focus_and_lead_to_the_field(open_page: Open, scripts: bool) -> None:
    page = open_page(java_script_enabled=scripts)
    spoken: list[str] = []
    page.on("console", lambda message: spoken.append(message.text) if "focus" in message.text else None)
    page.goto("/connexion")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    summary = page.locator(".resume-erreurs")
    expect(summary).to_be_visible()
    expect(page).to_have_title("Erreur\u00a0: Connexion – Garage mutualisé")
    expect(summary).to_be_focused()
    assert spoken == []
    if scripts:
        summary.get_by_role("link", name="Saisissez votre mot de passe").click()
        expect(page.get_by_label("Mot de passe")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_one_press_signs_a_demonstration_in_and_the_theme_changes(open_page: Open, scripts: bool) -> None:
    page = open_page(java_script_enabled=scripts)
    page.goto("/connexion")
    page.get_by_role("button", name="Comptabilité").click()
    expect(page.locator(".compte summary")).to_contain_text("Personne")
    page.goto("/aide")
    page.locator(".compte summary").click()
    page.get_by_role("button", name="Sombre").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "sombre")
    expect(page).to_have_url(f"{page.url.split('/aide')[0]}/aide")
    page.locator(".compte summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")


def test_escape_closes_the_account_menu(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/aide")
    page.locator(".compte summary").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_hidden()
    expect(page.locator(".compte summary")).to_be_focused()


def test_a_refused_fragment_is_swapped_and_takes_the_focus(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    spoken: list[str] = []
    page.on("console", lambda message: spoken.append(message.text) if "focus" in message.text else None)
    page.goto("/essai/note")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#zone .resume-erreurs")).to_be_focused()
    assert spoken == []
    page.get_by_label("Note").fill("Fuite d’huile")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#zone [role=status]")).to_have_text("Note enregistrée : Fuite d’huile")


def test_a_refusal_outside_the_form_is_announced(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/essai/note")
    page.get_by_label("Note").fill("panne")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#avis")).to_contain_text("Page réservée")
    expect(page.get_by_label("Note")).to_have_value("panne")


def test_a_silent_network_is_announced_and_the_form_may_be_sent_again(open_page: Open) -> None:
    page = open_page(Role.HEAD)
    page.goto("/essai/note")
    page.route("**/essai/note", lambda route: route.abort())
    page.get_by_label("Note").fill("Fuite")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#avis")).to_contain_text("Le serveur ne répond pas")
    page.unroute("**/essai/note")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.locator("#zone [role=status]")).to_contain_text("Fuite")
    expect(page.locator("#avis")).to_be_empty()


def test_a_form_leaves_once(open_page: Open, live: Live) -> None:
    page = open_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    page.goto("/connexion")
    page.get_by_role("button", name="Se connecter", exact=True).dblclick()
    expect(page.locator(".resume-erreurs")).to_be_visible()
    assert sent == ["POST"]


def test_paper_is_white_and_bare(open_page: Open) -> None:
    page = open_page(Role.HEAD, theme="sombre")
    page.goto("/guide-ui")
    page.emulate_media(media="print")
    for hidden in (
        ".navigation",
        ".entete",
        ".pied",
        ".demonstration",
        ".annuler",
        ".barre-action",
        ".bouton >> nth=0",
    ):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('.carte')).backgroundColor")
        == "rgb(255, 255, 255)"
    )


def test_the_present_page_shows_in_forced_colours(open_page: Open) -> None:
    page = open_page(Role.HEAD, forced_colors="active")
    page.goto("/guide-ui")
    assert page.locator(".etat").first.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"


def test_the_browser_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARAGE_TEST_BROWSER", "/nowhere/chromium")
    assert find_browser() is None
    assert "apt-get install" in APT
