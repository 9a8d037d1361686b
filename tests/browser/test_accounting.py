"""Accounting issues a quarter in the browser: with scripts and without, in at most four presses."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from garage.domain.permissions import Role
from tests.web.accounting import QUARTER, Shop, shop
from tests.web.harness import PASSWORD, Site, build_site, email_of

from .conftest import SIZES


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Shop, str]]:
    """A garage with work to bill, at an address; its runs wait until a test does them."""

    def make_site(*args: object, **options: object) -> Site:
        return build_site(tmp_path, *args, csrf=True, **options)  # type: ignore[arg-type]

    made = shop(make_site, tmp_path / "pdf", launches=False)
    server = make_server("127.0.0.1", 0, made.site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    made.site.database.dispose()


@pytest.fixture
def accountant(browser: Browser, served: tuple[Shop, str]) -> Iterator[Callable[..., Page]]:
    """Opens the site as the accountant."""
    contexts = []

    def open_one(*, scripts: bool = True) -> Page:
        width, height = SIZES["desktop"]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale="fr-FR",
            base_url=served[1],
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/connexion")
        page.get_by_label("Adresse électronique").fill(email_of(Role.ACCOUNTING))
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter", exact=True).click()
        return page

    yield open_one
    for context in contexts:
        context.close()


_PATH = (
    ("link", "Préparer le 3e trimestre"),
    ("link", "Voir l’aperçu"),
    ("link", "Émettre les 5 documents…"),
    ("button", "Émettre les 5 documents"),
)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_quarter_is_issued_in_four_presses_and_followed_to_its_end(
    served: tuple[Shop, str], accountant: Callable[..., Page], *, scripts: bool
) -> None:
    page = accountant(scripts=scripts)
    page.wait_for_url("**/facturation")
    presses = 0
    for role, name in _PATH:
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        presses += 1
    page.wait_for_url("**/facturation/passages/1")
    assert presses == 4
    expect(page.get_by_text("L’émission va démarrer")).to_be_visible()
    served[0].run(1)
    expect(page.get_by_text("Émission terminée")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("link", name="F2026-0001", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger les PDF (ZIP)").click()
    assert download.value.suggested_filename == f"factures_{QUARTER}.zip"


def test_a_quarter_is_issued_from_the_keyboard(served: tuple[Shop, str], accountant: Callable[..., Page]) -> None:
    page = accountant()
    page.wait_for_url("**/facturation")
    for _, name in _PATH:
        _tab_to(page, name)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.wait_for_url("**/facturation/passages/1")


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus; the order of stops is that of the page."""
    last = -1.0
    for _ in range(60):
        page.keyboard.press("Tab")
        text, top = page.evaluate(
            "() => { const f = document.activeElement; return [f.innerText, f.getBoundingClientRect().top + scrollY] }"
        )
        if page.evaluate("() => document.activeElement.closest('main') !== null"):
            assert top >= last - 60, text
            last = top
        if text.replace("\u00a0", " ").strip().startswith(name):
            return
    raise AssertionError(name)


def test_amounts_are_copied_as_plain_numbers(served: tuple[Shop, str], accountant: Callable[..., Page]) -> None:
    page = accountant()
    page.goto(f"/facturation/{QUARTER}")
    page.evaluate(
        "() => { const cell = document.createElement('p'); cell.id = 'copie';"
        " cell.textContent = '\u2212' + '1\u202f234,56\u00a0€'; document.querySelector('main').prepend(cell);"
        " getSelection().selectAllChildren(cell) }"
    )
    copied = page.evaluate(
        "() => { const held = new DataTransfer();"
        " document.dispatchEvent(new ClipboardEvent('copy', {clipboardData: held, cancelable: true}));"
        " return held.getData('text/plain') }"
    )
    assert copied == "-1234,56"


def test_the_progress_page_is_found_from_another_browser_after_a_reload(
    served: tuple[Shop, str], accountant: Callable[..., Page]
) -> None:
    page = accountant()
    page.goto(f"/facturation/{QUARTER}/emettre")
    page.get_by_role("button", name="Émettre les 5 documents").click()
    page.wait_for_url("**/facturation/passages/1")
    page.reload()
    expect(page.get_by_text("L’émission va démarrer")).to_be_visible()
    other = accountant(scripts=False)
    other.get_by_role("link", name="Suivre son avancement").click()
    other.wait_for_url("**/facturation/passages/1")
    served[0].run(1)
    other.reload()
    expect(other.get_by_text("Émission terminée")).to_be_visible()


def test_the_progress_page_is_left_and_found_again(served: tuple[Shop, str], accountant: Callable[..., Page]) -> None:
    page = accountant()
    page.goto(f"/facturation/{QUARTER}/emettre")
    page.get_by_role("button", name="Émettre les 5 documents").click()
    page.wait_for_url("**/facturation/passages/1")
    page.get_by_role("link", name="Facturation").first.click()
    page.get_by_role("link", name="Suivre son avancement").click()
    page.wait_for_url("**/facturation/passages/1")


def test_an_error_takes_the_focus_and_keeps_what_was_typed(
    served: tuple[Shop, str], accountant: Callable[..., Page]
) -> None:
    page = accountant()
    page.goto(f"/facturation/{QUARTER}/emettre")
    page.get_by_label("Date des factures").fill("31/02/2026")
    page.get_by_role("button", name="Émettre les 5 documents").click()
    expect(page.get_by_role("alert").filter(has_text="Il y a 1 erreur")).to_be_focused()
    page.get_by_role("link", name="Saisissez la date des factures").click()
    expect(page.get_by_label("Date des factures")).to_be_focused()
    expect(page.get_by_label("Date des factures")).to_have_value("31/02/2026")
