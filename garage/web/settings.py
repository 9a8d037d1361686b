"""Accounting's settings: what is decided, its effect, who changed it; one group at a time is changed (rules B3, B4)."""

from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import billing
from garage.db.queries import settings as queries
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.errors.settings import SettingsRefused
from garage.domain.invoices.bill import SERIES
from garage.domain.invoices.numbering import number
from garage.domain.permissions import Permission
from garage.domain.settings import FIELDS_OF, BillingSettings, SettingGroup, flat, key_of
from garage.french.settings import GROUPS, effect_of, name_of, value_of
from garage.operations import numbering, settings
from garage.operations.settings import Edit
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.settings import LONG, StartForm, form_of, mandatory
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("settings", __name__, url_prefix="/reglages")
SLUGS: Final = {
    "passage": SettingGroup.RUN,
    "numeros": SettingGroup.NUMBERS,
    "seuil": SettingGroup.FLOOR,
    "banque": SettingGroup.BANK,
    "textes": SettingGroup.TEXTS,
    "courriers": SettingGroup.MAILS,
    "comptes": SettingGroup.ACCOUNTS,
    "magnus": SettingGroup.MAGNUS,
    "pes": SettingGroup.PES,
    "inventaires": SettingGroup.STOCK,
}
_DEFAULTS: Final = flat(BillingSettings())


@blueprint.get("")
@allow(Permission.ISSUE_INVOICES)
def index() -> str:
    """Every setting: its effect, its value and default, who changed it last and when."""
    with reading() as session:
        values = flat(queries.current(session))
        changes = queries.changes(session)
        issuer = billing.issuer(session)
    return render_template(
        "settings/index.html",
        groups=[(slug, GROUPS[group], FIELDS_OF[group]) for slug, group in SLUGS.items()],
        values=values,
        defaults=_DEFAULTS,
        changes=changes,
        issuer=issuer,
        key_of=key_of,
        name_of=name_of,
        effect_of=effect_of,
        value_of=value_of,
    )


@blueprint.route("/<group>", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def change(group: str) -> ResponseReturnValue:
    """Change one group; a field that cannot be is told beside it."""
    if group not in SLUGS:
        raise NotFound("settings", group)
    which = SLUGS[group]
    with reading() as session:
        values = flat(queries.current(session))
        form = form_of(which)(data=values | {"seen": queries.version(session, which)})
    if form.validate_on_submit():
        try:
            edit = Edit(which, form.values(which), form.seen.data or "")
            with transaction() as session:
                changed = settings.change(session, edit, actor(), clock.now(), clock.today())
            done(
                f"{GROUPS[which]}\u00a0: réglages enregistrés" if changed else f"{GROUPS[which]}\u00a0: rien n’a changé"
            )
            return redirect(url_for("settings.index"), 303)
        except SettingsRefused as refusal:
            form.show_faults(refusal)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page(
        "settings/form.html",
        form,
        group=which,
        name=GROUPS[which],
        fields=FIELDS_OF[which],
        long=LONG,
        mandatory=mandatory,
        numbered=which is SettingGroup.NUMBERS,
    )


@blueprint.route("/premier-numero", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def start() -> ResponseReturnValue:
    """Begin a series at another number, in its first year in the program (rule B3)."""
    today = clock.today()
    form = StartForm(today.year)
    if form.validate_on_submit():
        begun = (form.series.data, int(form.year.data), form.first.data or 0)
        try:
            with transaction() as session:
                first = numbering.start(session, begun, actor(), clock.now(), today)
            done(f"La première pièce de la série portera le numéro {first}")
            return redirect(url_for("settings.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    with reading() as session:
        decided = queries.current(session)
        rows = {year: queries.series(session, year) for year in (today.year, today.year + 1)}
    coming = [
        (
            label_year,
            letter,
            number(letter, label_year, rows[label_year][letter].last + 1 if letter in rows[label_year] else 1, decided),
        )
        for label_year in rows
        for letter in SERIES.values()
    ]
    return form_page("settings/start.html", form, coming=coming)
