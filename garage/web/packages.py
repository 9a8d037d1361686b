"""Packages of works, made by the head: the list, a new one, a change, put away and taken out again (rule O3)."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import order_entries
from garage.db.queries import packages as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.errors.repair_orders import BadMinutes
from garage.domain.errors.stock import BadQuantity
from garage.domain.errors.tariffs import UnknownTariffCode
from garage.domain.permissions import Permission
from garage.domain.tariffs import TariffNature
from garage.french.refusals import sentence
from garage.operations import packages
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.packages import PackageForm
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("packages", __name__, url_prefix="/forfaits-atelier")
# The field of the form that a refusal of the operations is about.
_FIELDS: Final[dict[type[GarageError], str]] = {BadMinutes: "standard_minutes", UnknownTariffCode: "labour_code"}


@blueprint.get("")
@allow(Permission.MANAGE_WORKSHOP)
def index() -> str:
    """Every package by its words, those put away last."""
    with reading() as session:
        rows = queries.every(session)
    shown = [row for row in rows if row.active]
    return render_template("packages/index.html", rows=shown, archived=[row for row in rows if not row.active])


@blueprint.route("/nouveau", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP)
def new() -> ResponseReturnValue:
    """A new package."""
    form = PackageForm()
    with reading() as session:
        _lists(session, form, None)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                code = packages.create(session, form.content, actor(), clock.now()).code
            done(f"Forfait {code} créé")
            return redirect(url_for("packages.index"), 303)
        except GarageError as refusal:
            _refuse(form, refusal)
    return _page(form, None, {})


@blueprint.route("/<code>", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP)
def change(code: str) -> ResponseReturnValue:
    """Change a package; orders keep the works they took from it."""
    with reading() as session:
        package = queries.one(session, code)
        parts = queries.parts(session, package.id)
        form = PackageForm(data=_shown(session, package, parts))
        _lists(session, form, package.labour_code)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                packages.change(session, code, form.content, form.seen.data or "", actor(), clock.now())
            done(f"Forfait {code} modifié")
            return redirect(url_for("packages.index"), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            _refuse(form, refusal)
    return _page(form, package, {part.reference: f"{part.label} ({part.unit})" for part in parts})


@blueprint.post("/<code>/archiver")
@allow(Permission.MANAGE_WORKSHOP)
def archive(code: str) -> ResponseReturnValue:
    """Put a package away: it is proposed no more."""
    with transaction() as session:
        packages.archive(session, code, actor(), clock.now())
    done(f"Forfait {code} archivé", undo=url_for("packages.restore", code=code))
    return redirect(url_for("packages.index"), 303)


@blueprint.post("/<code>/remettre")
@allow(Permission.MANAGE_WORKSHOP)
def restore(code: str) -> ResponseReturnValue:
    """Take a package out again."""
    with transaction() as session:
        packages.archive(session, code, actor(), clock.now(), active=True)
    done(f"Forfait {code} remis en service", undo=url_for("packages.archive", code=code))
    return redirect(url_for("packages.index"), 303)


def _page(form: PackageForm, package: AnyRow | None, names: dict[str, str]) -> ResponseReturnValue:
    if not any(not row.form.reference.data for row in form.rows):
        form.blank_rows()
    return form_page("packages/form.html", form, package=package, names=names)


def _lists(session: Session, form: PackageForm, present: str | None) -> None:
    """The labour codes in force today, and the present one even if it is no more."""
    today = clock.today()
    known = order_entries.codes(session, TariffNature.LABOUR, (today, today))
    codes = [(code, f"{code} – {text}") for code, text, _ in known]
    if present and present not in dict(codes):
        codes.append((present, f"{present} – hors de la grille en vigueur"))
    form.labour_code.choices = choices([("", "Aucune"), *codes])


def _shown(session: Session, package: AnyRow, parts: Sequence[AnyRow]) -> dict[str, Any]:
    return {
        "code": package.code,
        "label": package.label,
        "labour_code": package.labour_code or "",
        "standard_minutes": package.standard_minutes,
        "vehicle_type": package.vehicle_type.value if package.vehicle_type else "",
        "rows": [{"reference": part.reference, "quantity": part.quantity} for part in parts],
        "points": "\n".join(queries.points(session, package.id)),
        "seen": queries.fingerprint(session, package.id),
    }


def _refuse(form: PackageForm, refusal: GarageError) -> None:
    """Beside the row of the part, or the field, it is about."""
    for row in form.rows:
        unknown = isinstance(refusal, NotFound) and row.form.reference.data == refusal.key
        wrong = isinstance(refusal, BadQuantity) and row.form.quantity.data == refusal.quantity
        if unknown or wrong:
            field = row.form.reference if unknown else row.form.quantity
            field.errors = form.rows.errors = [sentence(refusal)]
            return
    name = _FIELDS.get(type(refusal))
    if name:
        form[name].errors = [*form[name].errors, sentence(refusal)]
    else:
        form.refuse(refusal)
