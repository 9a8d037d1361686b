"""Today's orders open without network, for the mechanic they were shown to and nobody else."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from garage.domain.permissions import Role
from tests.web.harness import email_of

from .offline import Shop, ask, eventually, opened, sign_in, stored, tablet


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    made = tablet(browser, shop, service_workers="allow")
    yield made
    made.close()
    shop.close()
    shop.open()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    made = context.new_page()
    sign_in(made)
    return made


def kept(page: Page) -> dict[str, list[str]]:
    """The pages that the device keeps, by whose."""
    return ask(
        page,
        """async () => {
            const found = {};
            for (const name of (await caches.keys()).filter((one) => one.startsWith("pages-"))) {
                const keys = await (await caches.open(name)).keys();
                found[name.split("-").pop()] = keys.map((one) => new URL(one.url).pathname).sort();
            }
            return found;
        }""",
    )


def at_work(page: Page, shop: Shop) -> str:
    """An order that Ma journée shows, and everything of the day kept."""
    number = shop.order()
    page.goto(shop.page(number))
    page.get_by_role("button", name="Démarrer").click()
    expect(page.locator("#lignes")).to_have_text("1 lignes")
    page.goto("/ma-journee")
    expect(page.locator(f"main a[href='/ordres/{number}']").first).to_be_visible()
    wanted = {"/ma-journee", "/saisies", f"/ordres/{number}", f"/ordres/{number}/pieces", f"/ordres/{number}/terminer"}
    eventually(lambda: wanted <= set(kept(page).get("1", [])), page, 20)
    return number


def test_the_orders_of_the_day_open_without_network(page: Page, shop: Shop) -> None:
    number = at_work(page, shop)
    shop.close()
    page.goto("/ma-journee")
    expect(page.locator("#saisies")).to_contain_text("Page gardée à")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.entete')).display") == "flex"
    page.locator(f"main a[href='/ordres/{number}']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    expect(page.locator("#saisies")).to_contain_text("Hors connexion. Page gardée à")
    page.goto("/stock/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hors connexion")
    page.get_by_role("link", name="Ma journée").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ma journée")


def test_what_is_entered_on_a_kept_page_arrives_later(page: Page, shop: Shop) -> None:
    number = at_work(page, shop)
    shop.close()
    page.goto(f"/ordres/{number}")
    note = page.locator("form[action='/saisies/note'] textarea").first
    note.fill("Vu hors connexion")
    page.locator("form[action='/saisies/note'] button").last.click()
    expect(page.locator("#saisies")).to_contain_text("Enregistré sur cet appareil")
    page.reload()
    expect(page.locator("#saisies li")).to_contain_text("Vu hors connexion")
    page.locator("#saisies-a-envoyer").click()
    expect(page.locator("[data-saisies-gardees] li")).to_contain_text("Vu hors connexion")
    shop.open()
    page.get_by_role("button", name="Envoyer maintenant").click()
    eventually(lambda: "note" in [entry.kind for entry in shop.entries(number)], page)
    eventually(lambda: stored(page) == [], page)


def test_a_slow_server_gives_way_to_the_kept_page(page: Page, shop: Shop) -> None:
    number = at_work(page, shop)
    app = shop.work.site.app
    whole, app.wsgi_app = app.wsgi_app, lambda environ, start: _slow(whole, environ, start)
    try:
        page.goto(f"/ordres/{number}", timeout=20_000)
        expect(page.locator("#saisies")).to_contain_text("Page gardée à")
    finally:
        app.wsgi_app = whole


def _slow(whole: object, environ: dict[str, object], start: object) -> object:
    if str(environ["PATH_INFO"]).startswith("/ordres/"):
        time.sleep(6)
    return whole(environ, start)  # type: ignore[operator]


def test_pages_belong_to_one_person(page: Page, shop: Shop) -> None:
    at_work(page, shop)
    page.context.clear_cookies()
    sign_in(page, "second@exemple.test")
    page.goto("/ma-journee")
    eventually(lambda: "1" not in kept(page), page)
    shop.close()
    page.goto("/ordres/")
    expect(page.get_by_text("Personne 1")).to_have_count(0)


def test_signing_out_takes_the_pages_away(page: Page, shop: Shop) -> None:
    at_work(page, shop)
    page.locator(".compte summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    eventually(lambda: kept(page) == {}, page)


def test_only_the_workshop_keeps_pages_and_never_bills(context: BrowserContext, shop: Shop) -> None:
    page = context.new_page()
    sign_in(page, email_of(Role.ACCOUNTING))
    page.goto("/ordres/")
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    assert kept(page) == {}


def test_downloads_and_forms_pass_through_the_worker(page: Page, shop: Shop) -> None:
    number = at_work(page, shop)
    page.goto("/ordres/")
    answer = page.evaluate(
        "async () => { const r = await fetch('/ordres/', {headers: {Range: 'bytes=0-9'}}); return r.status; }"
    )
    assert answer in {200, 206}
    page.goto(shop.page(number))
    page.get_by_role("button", name="Ajouter le filtre").click()
    expect(page.locator("#lignes")).to_have_text("2 lignes")
