"""Pages that belong to no column: home, site map, legal pages, help, the living style guide, appearance."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, FileField, RadioField, SelectField, SelectMultipleField, TextAreaField

from garage.domain.periods import Quarter
from garage.web import navigation
from garage.web.access import local_path, person_or_nobody, public
from garage.web.context import options
from garage.web.filters import THEMES
from garage.web.forms.fields import DayFr, DecimalFr, GarageForm, Required, TextField, choices

blueprint = Blueprint("pages", __name__)
_YEAR: Final = 365 * 24 * 3600
_DENSITIES: Final = ("bureau", "atelier")


@blueprint.get("/")
@public
def home() -> str:
    """What this is, and the way in; for a person signed in, their pages."""
    person = person_or_nobody()
    return render_template("pages/accueil.html", entries=navigation.entries(person.role) if person else [])


@blueprint.get("/accessibilite")
@public
def accessibility() -> str:
    """The accessibility statement (law of 11 February 2005, article 47)."""
    return render_template("pages/accessibilite.html")


@blueprint.get("/plan-du-site")
@public
def site_map() -> str:
    """Every page one may open."""
    person = person_or_nobody()
    return render_template("pages/plan_du_site.html", entries=navigation.entries(person.role) if person else [])


@blueprint.get("/mentions-legales")
@public
def legal() -> str:
    """Who publishes, who hosts, under which licence."""
    return render_template("pages/mentions_legales.html")


@blueprint.get("/donnees-personnelles")
@public
def privacy() -> str:
    """What is kept about people, why, how long, and their rights."""
    return render_template("pages/donnees_personnelles.html")


@blueprint.post("/apparence")
@public
def appearance() -> ResponseReturnValue:
    """Keep the chosen theme in a cookie, then come back."""
    response = redirect(local_path(request.form.get("retour")) or "/", 303)
    theme = request.form.get("theme", "auto")
    if theme in THEMES:
        response.set_cookie(
            "theme", theme, max_age=_YEAR, secure=options().secure_cookies, httponly=True, samesite="Lax"
        )
    return response


class _SampleForm(GarageForm):
    """Every kind of field, for the style guide."""

    label = TextField("Désignation", [Required("Saisissez la désignation, par exemple Filtre à huile")])
    meter = DecimalFr("Compteur", [Required("Saisissez le compteur, par exemple 84 310")], places=0)
    price = DecimalFr("Prix d’achat hors taxes", description="Celui de la facture du fournisseur.")
    day = DayFr("Date de la carte grise", [Required("Saisissez la date, par exemple 21/11/2026")])
    commune = SelectField("Commune", choices=choices([("", "Choisir une commune"), (1, "Saint-Aubin"), (2, "Œuilly")]))
    urgency = RadioField("Urgence", choices=choices([("non", "Peut attendre"), ("oui", "Véhicule immobilisé")]))
    works = SelectMultipleField("Travaux", choices=choices([("v", "Vidange"), ("f", "Freins"), ("p", "Pneumatiques")]))
    told = BooleanField("Prévenir la commune par courrier électronique")
    note = TextAreaField("Observations")
    photo = FileField("Photo du compteur")


@blueprint.get("/guide-ui")
@public
def style_guide() -> str:
    """Every component in every state; `theme` and `densite` choose how they are shown."""
    theme, density = request.args.get("theme"), request.args.get("densite")
    values: dict[str, Any] = {"choisi": {"theme": theme or "auto", "densite": density or "bureau"}}
    if theme in THEMES:
        values["apparence"] = theme
    if density in _DENSITIES:
        values["densite"] = density
    blank = _SampleForm(formdata=None, prefix="vierge")
    ticked = _SampleForm(formdata=None, prefix="coche", data={"works": ["v"], "told": True, "urgency": "oui"})
    wrong = _SampleForm(formdata=None, prefix="faux", data={"label": "", "meter": Decimal(84310)})
    wrong.label.errors = ["Saisissez la désignation, par exemple Filtre à huile"]
    wrong.day.raw_data = ["31/02/2026"]
    wrong.day.errors = [DayFr.message]
    wrong.urgency.errors = ["Choisissez l’urgence"]
    return render_template(
        "pages/guide_ui.html",
        vierge=blank,
        coche=ticked,
        faux=wrong,
        jour_exemple=date(2026, 11, 21),
        instant_exemple=datetime(2026, 11, 21, 13, 32, tzinfo=UTC),
        trimestre_exemple=Quarter(2026, 3),
        sommes={"petite": Decimal("42.5"), "grande": Decimal("1234567.89"), "moins": Decimal("-120")},
        **values,
    )
