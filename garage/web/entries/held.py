"""Entries that came too late to be applied: the head sees both versions and decides; their author is told."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import TextAreaField

from garage import clock
from garage.db.queries import entries as queries
from garage.db.queries.paging import AnyRow
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.workshop import Disagreement, EntryResolved
from garage.domain.permissions import Permission
from garage.french import journal as journal_words
from garage.operations import entries
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.entries import later
from garage.web.entries.kinds import EntryForm, EntryKind
from garage.web.forms.entries import longest
from garage.web.forms.fields import GarageForm, Required
from garage.web.htmx import form_page
from garage.web.notices import done as say

blueprint = Blueprint("held", __name__, url_prefix="/saisies")
HEAD: Final = (Permission.MANAGE_WORKSHOP, Permission.CHECK_ORDERS)
_ID: Final = "<int(max=2147483647):key>"
_REMEMBERED: Final = timedelta(days=30)
_ACTS: Final = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A held entry beside what it is about as it stands now, and what happened to that since it was entered."""

    row: AnyRow
    kind: str
    values: list[tuple[str, str]]
    order: AnyRow | None
    acts: list[tuple[AnyRow, str]]
    known: bool


class AsideForm(GarageForm):
    """Why an entry is set aside."""

    reason = TextAreaField("Motif", [Required("Écrivez le motif, par exemple « Saisi deux fois »"), *longest(500)])


@blueprint.get("")
@allow(Permission.WORK_ON_ORDERS)
def mine() -> str:
    """What waits on this device, which its script lists, and what became of one's held entries."""
    with reading() as session:
        rows = queries.of_author(session, person().id, clock.now() - _REMEMBERED)
        told = [(row, _label(row.kind)) for row in rows]
    return render_template("entries/mine.html", rows=told)


@blueprint.get("/a-verifier")
@allow(*HEAD)
def index() -> str:
    """What waits for the head, the oldest first."""
    with reading() as session:
        rows = queries.held(session)
        shown = [_shown(session, row) for row in rows[: queries.SHOWN]]
        count = entries.waiting(session)
    return render_template("entries/held.html", shown=shown, count=count)


@blueprint.get(f"/a-verifier/{_ID}/photo")
@allow(*HEAD)
def photo(key: int) -> ResponseReturnValue:
    """The photo of a held entry, which no order shows yet."""
    with reading() as session:
        row = queries.one(session, key)
    path = options().photos.path(row.photo) if row.photo else None
    if path is None or not path.is_file():
        raise NotFound("photo", str(key))
    return send_file(path.resolve(), mimetype="image/jpeg", etag=path.stem)


@blueprint.get(f"/a-verifier/{_ID}")
@allow(*HEAD)
def change(key: int) -> ResponseReturnValue:
    """The entry in the form it came from, to be corrected."""
    row, kind = _waiting(key)
    if row is None:
        return _resolved()
    return _page(row, kind, later.form_of(kind, row.data), 200)


@blueprint.post(f"/a-verifier/{_ID}")
@allow(*HEAD)
def record(key: int) -> ResponseReturnValue:
    """Apply an entry as it came, or as the head corrected it; refused again, it stays held and its page says why."""
    row, kind = _waiting(key)
    if row is None:
        return _resolved()
    corrected = "modifie" in request.form
    data = later.merged(kind, row.data, request.form) if corrected else row.data
    form = later.form_of(kind, data)
    if not form.validate():
        return _page(row, kind, form, 422)
    head = later.Head(actor(), clock.now(), options().photos)
    try:
        with transaction() as session:
            differing = _differing(session, kind, row.data, data) if corrected else None
            done = later.record(session, key, form, head, differing)
    except EntryResolved:
        return _resolved()
    except Disagreement as refusal:
        return _page(row, kind, form, 409, refusal)
    except GarageError as refusal:
        form.refuse(refusal)
        return _page(row, kind, form, 422)
    say(f"Saisie de {row.author} enregistrée\u00a0: {done.text or kind.label}")
    return redirect(url_for("held.index"), 303)


@blueprint.route(f"/a-verifier/{_ID}/ecarter", methods=["GET", "POST"])
@allow(*HEAD)
def set_aside(key: int) -> ResponseReturnValue:
    """Say why an entry does not count; it is kept."""
    row, _ = _waiting(key, known=False)
    if row is None:
        return _resolved()
    form = AsideForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                entries.set_aside(session, key, form.reason.data or "", actor(), clock.now())
            say(f"Saisie de {row.author} écartée")
            return redirect(url_for("held.index"), 303)
        except EntryResolved:
            return _resolved()
        except GarageError as refusal:
            form.refuse(refusal)
    with reading() as session:
        shown = _shown(session, row)
    return form_page("entries/set_aside.html", form, shown=shown)


def _waiting(key: int, *, known: bool = True) -> tuple[Any, Any]:
    """The row of a held entry and its kind; no row once somebody resolved it. Raises NotFound."""
    with reading() as session:
        row = queries.one(session, key)
    kind = later.kind_of(row.kind)
    if known and kind is None:
        raise NotFound("entry", row.kind)
    return (row if row.resolved_at is None else None), kind


def _resolved() -> ResponseReturnValue:
    say("Cette saisie a déjà été traitée")
    return redirect(url_for("held.index"), 303)


def _page(
    row: AnyRow, kind: EntryKind, form: EntryForm, status: int, disagreement: Disagreement | None = None
) -> ResponseReturnValue:
    with reading() as session:
        shown = _shown(session, row)
    page = render_template("entries/change.html", shown=shown, kind=kind, form=form, refusal=disagreement)
    return page, status


def _shown(session: Session, row: AnyRow) -> Shown:
    kind = later.kind_of(row.kind)
    order = queries.order_now(session, row.subject) if row.subject else None
    acts = queries.happened(session, row.subject, row.entered_at, _ACTS) if order is not None else []
    return Shown(
        row,
        _label(row.kind),
        later.in_words(session, kind, row.data) if kind else [(name, str(value)) for name, value in row.data.items()],
        order,
        [(act, journal_words.sentence(act.action, act.subject_key, act.data)) for act in acts],
        kind is not None,
    )


def _label(slug: str) -> str:
    kind = later.kind_of(slug)
    return kind.label if kind else slug


def _differing(session: Session, kind: EntryKind, before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """What the head corrected: «Quantité : 2 au lieu de 1»."""
    old = dict(later.in_words(session, kind, before))
    new = later.in_words(session, kind, after)
    told = [
        f"{name}\u00a0: {value} au lieu de {old.get(name) or 'rien'}" for name, value in new if old.get(name) != value
    ]
    return ", ".join(told) or None
