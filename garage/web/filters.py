"""What templates may call: the formats of garage.french under French names, and facts of the page being printed."""

import re
from datetime import datetime
from typing import Any

from flask import Flask, g, request
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from garage import clock
from garage.domain.periods import Quarter
from garage.domain.permissions import Role
from garage.french import formats, times
from garage.french.labels import label
from garage.web import clocks, navigation
from garage.web.access import local_path, person_or_nobody
from garage.web.assets import static_url
from garage.web.context import options
from garage.web.entries.authors import signature
from garage.web.forms.entries import new_token
from garage.web.forms.fields import errors_of
from garage.web.htmx import CONFIG
from garage.web.notices import notices

THEMES = ("auto", "clair", "sombre")
_WORKSHOP = {Role.MECHANIC, Role.HEAD}


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """A count and its noun; 0 and 1 are singular.

    >>> plural(1, "facture"), plural(0, "pièce trouvée", "pièces trouvées")[2:], plural(3, "journal", "journaux")[2:]
    ('1\\xa0facture', 'pièce trouvée', 'journaux')
    """
    noun = singular if abs(count) < 2 else (plural_form or f"{singular}s")
    return f"{formats.count(count)}{formats.NBSP}{noun}"


def quarter_html(value: Quarter) -> Markup:
    """A quarter with its ordinal raised: 3<sup>e</sup> trimestre 2026."""
    return Markup(re.sub(r"^(\d)(er|e) ", r"\1<sup>\2</sup>" + formats.NBSP, str(escape(formats.quarter(value)))))  # noqa: S704


def instant(value: datetime) -> str:
    """An aware instant as it reads in Paris: 21/11/2026 14:32."""
    local = value.astimezone(clock.PARIS)
    return f"{formats.day(local.date())}{formats.NBSP}{local:%H:%M}"


def register(app: Flask) -> None:
    """Set up Jinja: strict, French, and the values every page reads."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        euros=formats.euros,
        prix_unitaire=formats.unit_price,
        quantite=formats.quantity,
        compte=formats.count,
        heures=formats.hours,
        centiemes=formats.hundredths,
        pourcent=formats.percent,
        jour=formats.day,
        jour_long=formats.long_day,
        instant=instant,
        heure=times.hour,
        jour_court=times.short_day,
        jour_de=lambda value: formats.day(clock.paris_day(value)),
        trimestre=quarter_html,
        immatriculation=formats.registration,
        siret=formats.siret,
        libelle=label,
    )
    environment.globals.update(
        pluriel=plural,
        static_url=static_url,
        erreurs_de=errors_of,
        faits=notices,
        htmx_config=CONFIG,
        nouvelle_cle=new_token,
        signature=signature,
        chrono_en_cours=clocks.mine,
    )
    app.context_processor(_of_the_page)


def _of_the_page() -> dict[str, Any]:
    """Who looks, at what, dressed how. A page about our own failure asks the database nothing."""
    person = None if g.get("bare", False) else person_or_nobody()
    links = navigation.links(person.role) if person else []
    theme = request.cookies.get("theme", "auto")
    return {
        "utilisateur": person,
        "navigation": links,
        "navigation_plus": any(link.hidden_on_phone for link in links),
        "apparence": theme if theme in THEMES else "auto",
        "densite": "atelier" if person and person.role in _WORKSHOP else "bureau",
        "demonstration": options().demonstration,
        "nom_site": options().site_name,
        "version": options().version,
        "chemin": local_path(request.full_path.rstrip("?")) if request.method == "GET" else "/",
    }
