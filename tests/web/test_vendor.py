"""Third-party files are the ones of the manifest, and static files keep within their budget."""

import gzip
import hashlib
import re
import tomllib

import pytest

from garage.web.assets import STATIC
from garage.web.wiring import TEMPLATES

MANIFEST = tomllib.loads((STATIC / "vendor/vendor.toml").read_text("utf-8"))
ASSETS = MANIFEST["asset"]


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset["file"])
def test_every_vendored_file_is_the_one_of_the_manifest(asset: dict[str, str]) -> None:
    assert hashlib.sha256((STATIC / asset["file"]).read_bytes()).hexdigest() == asset["sha256"]
    assert asset["licence"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", asset["version"])


def test_every_file_of_the_vendor_and_font_folders_is_in_the_manifest() -> None:
    folders = [*(STATIC / "vendor").iterdir(), *(STATIC / "fonts").iterdir()]
    found = {path.relative_to(STATIC).as_posix() for path in folders} - {"vendor/vendor.toml"}
    assert found == {asset["file"] for asset in ASSETS}


def test_icons_named_in_templates_are_in_the_sprite() -> None:
    known = set(MANIFEST["icons"])
    sprite = (STATIC / "vendor/icones.svg").read_text("utf-8")
    assert {f'id="i-{name}"' in sprite for name in known} == {True}
    pages = "".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r'icone\("([\w-]+)"\)|icone_nom="([\w-]+)"|#i-([\w-]+)"', pages))
    assert {name for names in used for name in names if name} <= known


def _weight(pattern: str) -> int:
    return sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in STATIC.rglob(pattern))


# What a page of the workshop loads; an order's page adds photos and drafts, any other page one script of its own.
_EVERYWHERE = ("htmx-*.js", "garage.js", "outbox.js", "wedge.js", "lock.js")
_ORDER = ("photos.js", "drafts.js")
# In the background, and the reader of codes where the browser's camera has none of its own.
_APART = ("sw.js", "barcode-detector-*.js")


def _heaviest_page() -> int:
    known = {path for pattern in (*_EVERYWHERE, *_ORDER, *_APART) for path in STATIC.rglob(pattern)}
    alone = [_weight(path.name) for path in STATIC.rglob("*.js") if path not in known]
    return sum(map(_weight, _EVERYWHERE)) + max(sum(map(_weight, _ORDER)), *alone)


def test_weights() -> None:
    assert _weight("*.css") <= 15 * 1024
    assert _heaviest_page() <= 35 * 1024
    assert _weight("*.svg") <= 8 * 1024
