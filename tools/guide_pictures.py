"""Takes the pictures of the user guide from the demonstration garage, in a real Chromium: `make pictures`.

With names, takes these alone.
Serves the demonstration, signs in as a mechanic, the head, accounting and a commune, and writes docs/guide/images.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "guide" / "images"
SITE = "http://127.0.0.1:8000"
PASSWORD = "garage-demo"  # noqa: S105 - the demonstration's, printed by the command
MECHANIC, HEAD = "mecanicien@demo.invalid", "chef@demo.invalid"
CLERK, COMMUNE = "compta@demo.invalid", "pencran@demo.invalid"
SIZES = {"telephone": (390, 844), "tablette": (820, 1180), "ordinateur": (1280, 800)}


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it. `path` may hold the address of a link of `start`, found by its CSS selector."""

    name: str
    size: str
    who: str
    path: str
    link: str = ""
    theme: str = "light"


PICTURES = (
    Picture("ma-journee", "telephone", MECHANIC, "/ma-journee?tout=1"),
    Picture("bilan", "telephone", MECHANIC, "/temps/bilan"),
    Picture("ordre", "telephone", MECHANIC, "/ma-journee?tout=1", "main a[href^='/ordres/OR-']"),
    Picture("ordre", "tablette", MECHANIC, "/ma-journee?tout=1", "main a[href^='/ordres/OR-']", "dark"),
    Picture("pieces", "telephone", MECHANIC, "/ma-journee?tout=1", "main a[href^='/ordres/OR-'] >> {}/pieces"),
    Picture("terminer", "telephone", MECHANIC, "/ma-journee?tout=1", "main a[href^='/ordres/OR-'] >> {}/terminer"),
    Picture("scanner", "telephone", MECHANIC, "/scanner"),
    Picture("vehicule", "telephone", MECHANIC, "/parc", "main a[href^='/parc/']:not([href$=csv])", "dark"),
    Picture("saisies", "telephone", MECHANIC, "/saisies"),
    Picture("tableau", "ordinateur", HEAD, "/tableau-de-bord"),
    Picture("planning", "ordinateur", HEAD, "/planning"),
    Picture("demandes", "ordinateur", HEAD, "/demandes"),
    Picture("controle", "ordinateur", HEAD, "/ordres/?etat=a-controler", "main a[href^='/ordres/OR-'] >> {}/controle"),
    Picture("cloture", "ordinateur", HEAD, "/cloture", "", "dark"),
    Picture("forfaits", "ordinateur", HEAD, "/forfaits-atelier"),
    Picture("etiquettes", "ordinateur", HEAD, "/etiquettes"),
    Picture("a-verifier", "ordinateur", HEAD, "/saisies/a-verifier"),
    Picture("releve", "ordinateur", HEAD, "/temps/releve"),
    Picture("facturation-controle", "ordinateur", CLERK, "/facturation", "main a[href^='/facturation/20']"),
    Picture("factures", "ordinateur", CLERK, "/factures"),
    Picture("corriger", "ordinateur", CLERK, "/factures", "main a[href^='/factures/F'] >> {}/corriger"),
    Picture("avoirs", "ordinateur", CLERK, "/avoirs"),
    Picture("export", "ordinateur", CLERK, "/exports/nouveau"),
    Picture("recettes", "ordinateur", CLERK, "/recettes"),
    Picture("echeances", "ordinateur", CLERK, "/recettes/echeances", "", "dark"),
    Picture("releve-compte", "ordinateur", CLERK, "/comptes/PENCRAN"),
    Picture("restes", "ordinateur", CLERK, "/restes-a-facturer"),
    Picture("fin-exercice", "ordinateur", CLERK, "/cloture-exercice"),
    Picture("commune", "ordinateur", CLERK, "/communes/PENCRAN"),
    Picture("reglages", "ordinateur", CLERK, "/reglages"),
    Picture("mes-factures", "ordinateur", COMMUNE, "/mes-factures"),
    Picture("magasin", "ordinateur", HEAD, "/magasin"),
    Picture("a-commander", "ordinateur", HEAD, "/a-commander"),
    Picture("reception", "telephone", HEAD, "/receptions/nouvelle", "main a[href^='/receptions/de/']"),
    Picture("mouvements", "ordinateur", HEAD, "/mouvements"),
    Picture("demandes-pieces", "telephone", HEAD, "/demandes-pieces"),
    Picture("inventaires", "ordinateur", HEAD, "/inventaires"),
    Picture("compter", "telephone", MECHANIC, "/inventaires", "main a[href^='/inventaires/'] >> {}/compter"),
    Picture("valeur-stock", "ordinateur", CLERK, "/valeur-stock"),
    Picture("variation", "ordinateur", CLERK, "/valeur-stock/variation"),
    Picture("rapprocher", "ordinateur", HEAD, "/a-rapprocher"),
)


@contextlib.contextmanager
def demonstration() -> Iterator[None]:
    """The demonstration, served while the pictures are taken."""
    command = [str(Path(sys.executable).with_name("garage")), "demo"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as served:  # noqa: S603 - our own command
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), urllib.request.urlopen(f"{SITE}/sante"):  # noqa: S310 - our own address
                    break
                time.sleep(0.5)
            yield
        finally:
            served.terminate()


def sign_in(page: Page, who: str) -> None:
    """Open a session."""
    page.goto(f"{SITE}/connexion")
    page.fill("[name=email]", who)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url(lambda url: "/connexion" not in url)


def open_page(page: Page, picture: Picture) -> None:
    """Go to a picture's page, by the first link that its selector finds when it has one."""
    page.goto(SITE + picture.path)
    if picture.link:
        selector, _, more = picture.link.partition(" >> ")
        href = page.locator(selector).first.get_attribute("href") or ""
        page.goto(SITE + (more.format(href) if more else href))
    page.evaluate("document.fonts.ready")


def take(browser: Browser, picture: Picture) -> None:
    """One picture, in 64 colours: sharp text and few bytes."""
    width, height = SIZES[picture.size]
    phone = picture.size != "ordinateur"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="fr-FR",
        timezone_id="Europe/Paris",
        color_scheme="dark" if picture.theme == "dark" else "light",
        service_workers="block",
        is_mobile=phone,
        has_touch=phone,
    )
    page = context.new_page()
    sign_in(page, picture.who)
    open_page(page, picture)
    save(picture, page.screenshot())
    context.close()


def take_operators(browser: Browser) -> None:
    """The shared tablet: the head makes this browser one, then its list of names is shown."""
    context = browser.new_context(viewport={"width": 820, "height": 1180}, locale="fr-FR", service_workers="block")
    page = context.new_page()
    sign_in(page, HEAD)
    page.goto(f"{SITE}/appareils/nouveau")
    page.fill("[name=name]", "Tablette de l’atelier")
    page.locator("main form button").last.click()
    page.goto(f"{SITE}/operateurs")
    save(Picture("operateurs", "tablette", HEAD, "/operateurs"), page.screenshot())
    context.close()


def save(picture: Picture, content: bytes) -> None:
    """Write a picture beside the guide."""
    path = IMAGES / f"{picture.name}-{picture.size}.png"
    with Image.open(io.BytesIO(content)) as taken:
        taken.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.name, path.stat().st_size // 1024, "KiB")  # noqa: T201 - it is a command


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = (
        os.environ.get("GARAGE_TEST_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    )
    with demonstration(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        wanted = set(sys.argv[1:]) or {one.name for one in PICTURES} | {"operateurs"}
        for picture in PICTURES:
            if picture.name in wanted:
                take(browser, picture)
        if "operateurs" in wanted:
            take_operators(browser)
        browser.close()


if __name__ == "__main__":
    main()
