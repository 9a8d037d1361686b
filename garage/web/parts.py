"""The catalogue on screen: create and change a part, retire it and put it back, its photo (rule S1)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.models.stock import Bin, Part
from garage.db.queries import parts as queries
from garage.db.queries import stock, store_files, stores, suppliers
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.errors.workshop import BadPhoto
from garage.domain.permissions import Permission
from garage.operations import parts
from garage.operations.stores import MAIN
from garage.web.access import actor, allow
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.parts import PartForm, PhotoForm
from garage.web.htmx import form_page
from garage.web.lists import typed
from garage.web.notices import done

blueprint = Blueprint("parts", __name__, url_prefix="/pieces")
_DAY: Final = 24 * 3600


@blueprint.get("/equivalences.csv")
@allow(Permission.READ_STOCK)
def equivalents() -> ResponseReturnValue:
    """The parts that replace each other, as an import reads them."""
    return csv_response(f"equivalences_{clock.today().isoformat()}.csv", ("Référence", "Équivalente"), _pairs())


def _pairs() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        for row in store_files.twins(session):
            yield row.reference, row.other


@blueprint.route("/nouvelle", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def new() -> ResponseReturnValue:
    """A new part."""
    form = PartForm(data={"reference": typed("reference"), "unit": "u", "store": str(MAIN)})
    with reading() as session:
        _offer(session, form, None)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = parts.create(session, form.content, actor(), clock.now()).reference
            done(f"Pièce {made} créée")
            return redirect(url_for("stock.show", reference=made), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return _page(form, None)


@blueprint.route("/<path:reference>/modifier", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def change(reference: str) -> ResponseReturnValue:
    """Change a part, unless somebody else did meanwhile."""
    with reading() as session:
        part = queries.entity(session, reference)
        form = PartForm(data=_shown(session, part))
        _offer(session, form, part)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                by = actor(), clock.now()
                made = parts.change(session, reference, form.content, form.seen.data or "", by).reference
            done(f"Pièce {made} modifiée")
            return redirect(url_for("stock.show", reference=made), 303)
        except Conflict:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return _page(form, part)


def _page(form: PartForm, part: Part | None) -> ResponseReturnValue:
    with reading() as session:
        form.blank_rows()
        _offer(session, form, part)
        families = queries.families(session)
    basis = options().cost_basis
    return form_page("parts/form.html", form, part=part, families=families, basis=basis)


def _offer(session: Session, form: PartForm, part: Part | None) -> None:
    mine = {row.supplier_id for row in queries.sold(session, part.id)} | {part.supplier_id} if part else set()
    form.offer(part.unit if part else "u", stores.open_names(session), suppliers.names(session, mine))


def _shown(session: Session, part: Part) -> dict[str, Any]:
    usual = session.get(Bin, part.bin_id) if part.bin_id else None
    told = queries.state(session, part)
    return {
        "reference": part.reference,
        "label": part.label,
        "unit": part.unit,
        "family": part.family or "",
        "store": str(usual.store_id if usual else MAIN),
        "bin": usual.code if usual else "",
        "minimum": part.minimum,
        "maximum": part.maximum,
        "supplier": str(part.supplier_id or ""),
        "waste": part.waste.value if part.waste else "",
        "deposit": part.deposit,
        "barcodes": "\n".join(told["barcodes"]),
        "sold": [
            {"supplier": str(row.supplier_id), "reference": row.reference, "price": row.price, "pack": row.pack}
            for row in queries.sold(session, part.id)
        ],
        "equivalents": "\n".join(told["equivalents"]),
        "models": [row._asdict() for row in queries.models(session, part.id)],
        "seen": queries.fingerprint(session, part),
    }


@blueprint.post("/<path:reference>/retirer")
@allow(Permission.MANAGE_STOCK)
def retire(reference: str) -> ResponseReturnValue:
    """Take a part of which nothing is left out of lists and searches."""
    with transaction() as session:
        parts.retire(session, reference, actor(), clock.now())
    done(f"Pièce {reference} retirée du catalogue", undo=url_for("parts.restore", reference=reference))
    return redirect(url_for("stock.show", reference=reference), 303)


@blueprint.post("/<path:reference>/remettre")
@allow(Permission.MANAGE_STOCK)
def restore(reference: str) -> ResponseReturnValue:
    """Put it back."""
    with transaction() as session:
        parts.retire(session, reference, actor(), clock.now(), active=True)
    done(f"Pièce {reference} remise au catalogue", undo=url_for("parts.retire", reference=reference))
    return redirect(url_for("stock.show", reference=reference), 303)


@blueprint.route("/<path:reference>/photo", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def photo(reference: str) -> ResponseReturnValue:
    """Give a part its photo, in place of the one before."""
    with reading() as session:
        part = stock.part(session, reference)
    form = PhotoForm()
    if form.validate_on_submit():
        try:
            content = form.photo.data.read() if form.photo.data else b""
            if not content:
                raise BadPhoto
            kept = options().photos.keep(content)
            with transaction() as session:
                parts.show(session, reference, kept.sha256, actor(), clock.now())
            done("Photo enregistrée")
            return redirect(url_for("stock.show", reference=reference), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("parts/photo.html", form, part=part)


@blueprint.post("/<path:reference>/sans-photo")
@allow(Permission.MANAGE_STOCK)
def no_photo(reference: str) -> ResponseReturnValue:
    """Take its photo away from a part; the file stays."""
    with transaction() as session:
        parts.show(session, reference, None, actor(), clock.now())
    done("Photo retirée")
    return redirect(url_for("stock.show", reference=reference), 303)


@blueprint.get("/<path:reference>/photo.jpg")
@allow(Permission.READ_STOCK)
def picture(reference: str) -> ResponseReturnValue:
    """The photo of a part as it was kept."""
    return _sent(reference, options().photos.path(_content(reference)))


@blueprint.get("/<path:reference>/vignette.jpg")
@allow(Permission.READ_STOCK)
def thumbnail(reference: str) -> ResponseReturnValue:
    """Its small twin."""
    return _sent(reference, options().photos.thumbnail(_content(reference)))


def _content(reference: str) -> str:
    with reading() as session:
        part = queries.entity(session, reference)
    if part.photo is None:
        raise NotFound("photo", reference)
    return part.photo


def _sent(reference: str, path: Path) -> ResponseReturnValue:
    if not path.is_file():
        raise NotFound("photo", reference)
    response = send_file(path.resolve(), mimetype="image/jpeg", conditional=True, etag=path.stem)
    response.headers["Cache-Control"] = f"private, max-age={_DAY}"
    return response
