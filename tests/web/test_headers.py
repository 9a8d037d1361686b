"""What every answer tells the browser, and how static files are served."""

import gzip
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest

from garage.domain.permissions import Role
from garage.web.assets import STATIC, static_url
from garage.web.headers import CONTENT_SECURITY_POLICY
from garage.web.wiring import WebOptions

from .harness import PASSWORD, Site, email_of

Make = Callable[..., Site]


@pytest.mark.parametrize("path", ["/", "/connexion", "/rien", "/sante", "/guide-ui"])
def test_every_answer_is_dressed(site: Site, path: str) -> None:
    headers = site.client().get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_https_for_a_year_only_over_https(make_site: Make) -> None:
    assert "Strict-Transport-Security" not in make_site().client().get("/").headers
    secure = make_site(WebOptions(secure_cookies=True)).client().get("/", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def test_the_session_cookie_is_locked(make_site: Make) -> None:
    client = make_site(WebOptions(secure_cookies=True)).client()
    form = {"email": email_of(Role.HEAD), "password": PASSWORD}
    answer = client.post("/connexion", data=form, base_url="https://localhost")
    (morsel,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert morsel.key == "__Host-garage"
    assert morsel["secure"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"
    assert morsel["expires"]


def test_pages_travel_compressed(site: Site) -> None:
    answer = site.client().get("/guide-ui", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Guide de l’interface" in gzip.decompress(answer.data).decode()
    plain = site.client().get("/guide-ui")
    assert "Content-Encoding" not in plain.headers
    assert int(plain.headers["Content-Length"]) == len(plain.data)


@pytest.mark.parametrize(
    "name", ["css/garage.css", "js/garage.js", "vendor/icones.svg", "fonts/atkinson-next-latin.woff2"]
)
def test_static_files_are_cached_for_ever_and_compressed(site: Site, name: str) -> None:
    answer = site.client().get(static_url(name), headers={"Accept-Encoding": "gzip"})
    body = answer.data
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if name.endswith("woff2"):
        assert body == (STATIC / name).read_bytes()
    else:
        assert gzip.decompress(body) == (STATIC / name).read_bytes()
    answer.close()


def test_a_static_file_that_is_not_there_is_a_fault_of_the_page() -> None:
    with pytest.raises(LookupError, match="absent"):
        static_url("css/absent.css")


def test_no_way_out_of_the_static_folder(site: Site) -> None:
    assert site.client().get(static_url("css/garage.css") + "/../../../../pages.py").status_code == 404
