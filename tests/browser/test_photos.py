"""Photos leave the device reduced, upright and by themselves; an odd meter counts once it is confirmed (rule O6)."""

import base64
import io
from typing import Any

from PIL import Image
from playwright.sync_api import Page, Route

from garage.domain.permissions import Role
from tests.web import told

_REDUCE = """async ([name, type, body]) => {
  const script = [...document.scripts].find((one) => one.src.endsWith("/js/photos.js")).src;
  const { reduced } = await import(script);
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  const made = await reduced(new File([bytes], name, { type }));
  const text = Array.from(new Uint8Array(await made.arrayBuffer()), (one) => String.fromCharCode(one)).join("");
  return [made.name, made.type, btoa(text)];
}"""


def reduced(page: Page, content: bytes, name: str = "IMG_1.jpeg", kind: str = "image/jpeg") -> tuple[str, str, bytes]:
    """What leaves for a file."""
    made = page.evaluate(_REDUCE, [name, kind, base64.b64encode(content).decode()])
    return made[0], made[1], base64.b64decode(made[2])


def shot(size: tuple[int, int], **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size[0] // 8, size[1] // 8), 60).convert("RGB").resize(size).save(out, "JPEG", **options)
    return out.getvalue()


def order(open_page: Any) -> Page:
    page: Page = open_page(Role.MECHANIC, size=(390, 844))
    page.goto(f"/ordres/{told.TOLD}")
    return page


def test_a_photo_is_reduced_and_turned_upright_on_the_device(open_page: Any) -> None:
    page = order(open_page)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    great = shot((3200, 2400), quality=97, exif=exif)
    assert len(great) > 600_000
    name, kind, body = reduced(page, great)
    assert (name, kind) == ("IMG_1.jpg", "image/jpeg")
    assert len(body) <= 200_000
    with Image.open(io.BytesIO(body)) as made:
        assert made.height <= 1600
        assert made.width * 4 == made.height * 3
        assert not made.getexif()


def test_what_is_small_or_no_picture_leaves_as_it_is(open_page: Any) -> None:
    page = order(open_page)
    small = shot((320, 240))
    assert reduced(page, small)[2] == small
    false = b"%PDF-1.7" + bytes(300_000)
    assert reduced(page, false) == ("IMG_1.jpeg", "image/jpeg", false)
    assert reduced(page, false, "devis.pdf", "application/pdf")[2] == false


def test_the_photo_leaves_as_soon_as_it_is_taken(open_page: Any) -> None:
    page = order(open_page)
    left: list[bytes] = []

    def answer(route: Route) -> None:
        left.append(route.request.post_data_buffer or b"")
        route.fulfill(status=201, json={"etat": "faite", "vers": f"/ordres/{told.TOLD}"})

    page.route("**/saisies/photo", answer)
    assert page.locator("[data-sans-script]").count() == 0
    great = shot((3200, 2400), quality=97)
    with page.expect_response("**/saisies/photo"):
        page.set_input_files("input[name=photo]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": great})
    page.wait_for_load_state()
    assert len(left) == 1
    assert 0 < len(left[0]) < 300_000


def test_an_odd_meter_is_confirmed_by_a_second_button(open_page: Any) -> None:
    page: Page = open_page(Role.MECHANIC, size=(390, 844))
    page.goto("/ordres/OR-2024-00001")
    confirm = page.get_by_role("button", name="Confirmer ce relevé")
    assert confirm.count() == 0
    page.get_by_label("Compteur").fill("200 000")
    page.get_by_role("button", name="Relever le compteur").click()
    page.get_by_text("Le compteur bondit").first.wait_for()
    assert page.get_by_label("Compteur").input_value() == "200 000"
    confirm.click()
    page.get_by_text("Compteur relevé").first.wait_for()
    page.get_by_role("button", name="Annuler").last.click()
    page.get_by_text("Relevé du compteur annulé").first.wait_for()
