"""What lets the workshop go on without network: the worker of the browser, the manifest, the page for what is not kept.

What the worker keeps and for whom is written in static/js/sw.js.
"""

import json
from typing import Final

from flask import Blueprint, jsonify, render_template, url_for
from flask.wrappers import Response

from garage.web.access import public
from garage.web.assets import STATIC, static_url
from garage.web.context import options

blueprint = Blueprint("offline", __name__)

FIRST: Final = "/ma-journee"
# Beside the scripts: what every page of the workshop asks for.
_FILES: Final = (
    "css/garage.css",
    "favicon.svg",
    "fonts/atkinson-next-latin.woff2",
    "vendor/htmx-2.0.11.min.js",
    "vendor/icones.svg",
)


@blueprint.get("/sw.js")
@public
def worker() -> Response:
    """The service worker, another one whenever a static file changes."""
    scripts = sorted(path.name for path in (STATIC / "js").glob("*.js") if path.name != "sw.js")
    files = [static_url(name) for name in (*_FILES, *(f"js/{script}" for script in scripts))]
    version = static_url("favicon.svg").split("/")[2]
    config = json.dumps({"version": version, "files": files, "offline": url_for("offline.page")})
    text = f"const CONFIG = {config};\n{(STATIC / 'js' / 'sw.js').read_text('utf-8')}"
    return Response(text, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What a device needs to install the application; no orientation is imposed (RGAA 13.9)."""
    icons = [
        {"src": static_url(f"icons/{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    response = jsonify(
        id="/",
        name=options().site_name,
        short_name="Garage",
        lang="fr",
        dir="ltr",
        start_url=FIRST,
        scope="/",
        display="standalone",
        background_color="#f3f5f4",
        theme_color="#0a3c43",
        icons=icons,
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/hors-connexion")
@public
def page() -> str:
    """Shown by the worker in place of a page that is not kept on the device."""
    return render_template("pages/hors_connexion.html", first=FIRST)
