"""What the workshop needs to go on without network: the worker, the manifest and its icons, the page for the rest."""

import io
import json
import re

import pytest
from PIL import Image

from garage.domain.permissions import Role
from garage.web.assets import STATIC, static_url

from .harness import Site
from .workshop import said


def test_the_worker_is_never_cached_and_knows_every_file_it_keeps(site: Site) -> None:
    client = site.client()
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    found = re.match(r"const CONFIG = (\{.*\});\n", answer.text)
    assert found
    config = json.loads(found[1])
    assert static_url("favicon.svg").startswith(f"/static/{config['version']}/")
    assert {static_url(f"js/{name}") for name in ("outbox.js", "drafts.js")} <= set(config["files"])
    assert static_url("js/sw.js") not in config["files"]
    for address in (*config["files"], config["offline"]):
        kept = client.get(address)
        assert kept.status_code == 200, address
        kept.close()


def test_the_application_can_be_installed_and_turned_as_one_likes(site: Site) -> None:
    answer = site.client().get("/manifest.webmanifest")
    manifest = answer.json
    assert answer.mimetype == "application/manifest+json"
    assert (manifest["lang"], manifest["start_url"], manifest["scope"]) == ("fr", "/ma-journee", "/")
    assert "orientation" not in manifest
    for icon in manifest["icons"]:
        picture = site.client().get(icon["src"])
        with Image.open(io.BytesIO(picture.data)) as drawn:
            assert f"{drawn.width}x{drawn.height}" == icon["sizes"]
        picture.close()


def test_a_page_that_is_not_kept_says_where_to_go(site: Site) -> None:
    said(site.client().get("/hors-connexion"), 200, "Hors connexion", "rien n’est perdu", "/ma-journee", "/saisies")


def test_a_page_fetched_ahead_brings_nobody_back_and_eats_no_notice(site: Site) -> None:
    client = site.client(Role.MECHANIC)
    ahead = client.get("/ma-journee", headers={"X-Prechargement": "1"})
    assert ahead.status_code == 200
    assert "Set-Cookie" not in ahead.headers
    assert "Set-Cookie" in client.get("/ma-journee").headers


@pytest.mark.parametrize("role", [None, *Role])
def test_only_the_workshop_gets_the_outbox(site: Site, role: Role | None) -> None:
    page = site.client(role).get("/plan-du-site").text
    assert ("js/outbox.js" in page) is (role in {Role.MECHANIC, Role.HEAD})
    assert ('rel="manifest"' in page) is (role in {Role.MECHANIC, Role.HEAD})


def test_scripts_speak_french_with_its_typography() -> None:
    for path in (STATIC / "js").glob("*.js"):
        text = re.sub(r"^\s*//.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
        text = re.sub(r"\$\{[^}]*\}", "", text)
        said_words = re.findall(r'"([^"\n]*)"|`([^`\n]*)`', text)
        wrong = [
            one for pair in said_words for one in pair if re.search(r"[a-zéè]'[a-zéèêà]|[a-zéè] [:;!?](?: |$)", one)
        ]
        assert wrong == [], path.name
