"""A shared tablet in hands: opened in less than five seconds by PIN, badge, keyboard, without scripts; its lock."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from garage.db.models.users import SignInFailure
from garage.domain.permissions import Role
from tests.web.tablets import BADGES, CREW, MECHANIC, PINS, hire

from . import audits
from .conftest import SIZES, Live

Open = Callable[..., Page]


@pytest.fixture
def tablet(open_page: Open, live: Live) -> Callable[..., Page]:
    """A page on the shared tablet that `tablets.populate` made."""

    def open_tablet(size: tuple[int, int] = SIZES["tablet"], **options: object) -> Page:
        page = open_page(None, size=size, **options)
        page.context.add_cookies([{"name": "garage-appareil", "value": "jeton-0", "url": live.origin}])
        return page

    return open_tablet


@pytest.fixture(autouse=True)
def _forgive(live: Live) -> None:
    with live.site.database.transaction() as session:
        session.query(SignInFailure).delete()


def _opened(page: Page) -> None:
    expect(page.locator(".operateur .nom")).to_have_text("Personne 1")


def _sign(page: Page) -> None:
    page.goto("/operateurs")
    page.get_by_role("link", name="Personne 1").click()
    for digit in PINS[MECHANIC]:
        page.locator(f"dialog [data-chiffre='{digit}']").click()
    _opened(page)


def test_a_pin_opens_it_in_five_taps_and_less_than_five_seconds(tablet: Callable[..., Page]) -> None:
    page = tablet()
    page.goto("/operateurs")
    page.evaluate("() => { sessionStorage.taps = 0 }")
    page.evaluate("() => addEventListener('pointerdown', () => { sessionStorage.taps++ }, true)")
    begun = time.monotonic()
    page.get_by_role("link", name="Personne 1").click()
    for digit in PINS[MECHANIC]:
        page.locator(f"dialog [data-chiffre='{digit}']").click()
    _opened(page)
    assert time.monotonic() - begun < 5
    assert int(page.evaluate("() => sessionStorage.taps")) <= 5


@pytest.mark.parametrize("pad_open", [False, True])
def test_a_badge_opens_it_at_any_moment(tablet: Callable[..., Page], pad_open: bool) -> None:
    page = tablet()
    page.goto("/operateurs")
    if pad_open:
        page.get_by_role("link", name="Personne 2").click()
        expect(page.locator("dialog")).to_be_visible()
    page.keyboard.type(f"G1.{BADGES[MECHANIC]}")
    page.keyboard.press("Enter")
    _opened(page)


def test_the_keyboard_alone_opens_it(tablet: Callable[..., Page]) -> None:
    page = tablet()
    page.goto("/operateurs")
    page.get_by_role("link", name="Personne 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog input[name=pin]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.type(PINS[MECHANIC])
    _opened(page)


def test_a_wrong_pin_is_typed_again_without_touching_anything_first(tablet: Callable[..., Page]) -> None:
    page = tablet()
    page.goto("/operateurs")
    page.get_by_role("link", name="Personne 1").click()
    page.keyboard.type("9876")
    expect(page.locator("#pin-erreur")).to_contain_text("Code faux. Il reste 4 essais.")
    page.keyboard.type(PINS[MECHANIC])
    _opened(page)


def test_without_scripts_a_field_and_a_button_do(tablet: Callable[..., Page]) -> None:
    page = tablet(java_script_enabled=False)
    page.goto("/operateurs")
    page.get_by_role("link", name="Personne 1").click()
    page.get_by_label("Code à 4 chiffres").fill(PINS[MECHANIC])
    page.get_by_role("button", name="Ouvrir la tablette").click()
    _opened(page)
    page.get_by_role("button", name="Changer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Qui êtes-vous")


def _quiet(tablet: Callable[..., Page]) -> Page:
    page = tablet()
    page.clock.install()
    _sign(page)
    return page


def test_before_it_locks_it_asks_and_a_touch_keeps_it_open(tablet: Callable[..., Page]) -> None:
    page = _quiet(tablet)
    page.clock.fast_forward("09:35")
    page.clock.run_for(6_000)
    asked = page.get_by_role("dialog", name="Personne 1, êtes-vous là")
    expect(asked).to_be_visible()
    expect(asked).to_contain_text("Votre chrono continue")
    asked.get_by_role("button", name="Continuer").click()
    expect(asked).to_be_hidden()
    page.clock.fast_forward("09:00")
    page.clock.run_for(6_000)
    expect(asked).to_be_hidden()
    _opened(page)


def test_hands_at_work_on_one_page_are_told_to_the_server_once_a_minute_and_an_idle_page_is_not(
    tablet: Callable[..., Page],
) -> None:
    page = _quiet(tablet)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/touche") else None)
    page.clock.run_for(130_000)
    assert told == []
    with page.expect_response("**/touche") as answer:
        page.locator("h1").click()
        page.locator("h1").click()
        page.clock.run_for(65_000)
    assert answer.value.status == 204
    page.clock.run_for(130_000)
    assert len(told) == 1


def test_it_locks_and_gives_back_page_and_words_to_the_same_person(tablet: Callable[..., Page]) -> None:
    page = _quiet(tablet)
    page.goto("/ordres/nouveau?vehicule=LB-001")
    address = page.url
    field = page.locator("main form textarea, main form input[type=text]").first
    field.fill("Bruit au freinage")
    page.clock.fast_forward("10:01")
    page.clock.run_for(6_000)
    page.wait_for_url("**/operateurs")
    expect(page.locator(".operateur")).to_have_count(0)
    _sign(page)
    expect(page).to_have_url(address)
    expect(field).to_have_value("Bruit au freinage")


def test_offline_it_stays_open_says_so_and_locks_once_the_network_is_back(tablet: Callable[..., Page]) -> None:
    page = _quiet(tablet)
    page.context.set_offline(True)
    page.clock.fast_forward("10:01")
    page.clock.run_for(6_000)
    said = page.get_by_text("Hors connexion, la tablette ne se verrouille pas")
    expect(said).to_be_visible()
    page.get_by_role("button", name="Continuer").click()
    expect(said).to_be_hidden()
    page.clock.fast_forward("10:01")
    page.clock.run_for(6_000)
    expect(said).to_be_visible()
    page.context.set_offline(False)
    page.clock.run_for(6_000)
    page.wait_for_url("**/operateurs")


@pytest.mark.parametrize(("left", "words"), [(100, "Votre session va se fermer"), (0, "Votre session est fermée")])
def test_the_end_of_an_ordinary_session_is_announced(open_page: Open, left: int, words: str) -> None:
    page = open_page(Role.ACCOUNTING)
    page.clock.install()
    page.route(
        "**/session", lambda route: route.fulfill(json={"reste": left if route.request.method == "GET" else 43200})
    )
    page.goto("/mon-compte")
    page.clock.fast_forward("11:58:01")
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Rester connecté" if left else "Fermer").click()
    expect(page.get_by_text(words)).to_be_hidden()


def test_a_session_renewed_elsewhere_is_not_announced(open_page: Open) -> None:
    page = open_page(Role.ACCOUNTING)
    page.clock.install()
    page.goto("/mon-compte")
    with page.expect_response("**/session"):
        page.clock.fast_forward("11:58:01")
    expect(page.locator("dialog")).to_be_hidden()


_SIZES = [(320, 640), *SIZES.values()]


@pytest.mark.parametrize("size", _SIZES, ids=lambda size: str(size[0]))
def test_the_names_the_pad_and_what_is_refused_fit_every_size(
    tablet: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = tablet(size)
    page.goto("/operateurs")
    _fits(page)
    page.get_by_role("link", name="Personne 1").click()
    _fits(page)
    page.goto("/operateurs/1")
    _fits(page)
    page.keyboard.type("9876")
    expect(page.locator("#pin-erreur")).to_be_visible()
    _fits(page)
    for told in ("reste 3", "reste 2", "reste 1", "Attendez un quart d’heure"):
        page.keyboard.type("9876")
        expect(page.locator(".resume-erreurs")).to_contain_text(told)
    expect(page.get_by_role("link", name="Passer mon badge")).to_be_visible()
    _fits(page)


@pytest.mark.parametrize("size", _SIZES, ids=lambda size: str(size[0]))
def test_a_tablet_in_use_fits_every_size(tablet: Callable[..., Page], size: tuple[int, int]) -> None:
    page = tablet(size)
    page.goto("/operateurs/1")
    page.keyboard.type(PINS[MECHANIC])
    _opened(page)
    for path in ("/plus", "/mon-compte", "/ordres/"):
        page.goto(path)
        _fits(page)
        expect(page.locator(".operateur")).to_be_in_viewport(ratio=1)


def test_forty_names_fit_and_are_searched(tablet: Callable[..., Page], live: Live) -> None:
    with live.site.database.transaction() as session:
        hire(session, [f"{name}{more}" for more in ("", " Le Bras", " Kerdoncuff", "-Marie") for name in CREW])
    page = tablet(SIZES["phone"])
    page.goto("/operateurs")
    assert page.evaluate("() => scrollY") == 0
    _fits(page)
    page.get_by_label("Chercher un nom").press_sequentially("fanch")
    expect(page.locator("[data-operateur]")).to_have_count(4)
    page.get_by_role("link", name="Fañch Guivarc’h", exact=True).click()
    expect(page.locator("dialog")).to_be_visible()


def _fits(page: Page) -> None:
    assert audits.overflow(page) == []
    assert audits.bars_out_of_view(page) == []
    assert audits.small_targets(page, 60) == []
