"""The one address where the workshop enters things, at once or later: applied once, held for the head, or refused.

A page without JavaScript gets a page back; the outbox of the device (header X-Saisie) gets a status and some JSON:
201 done, 409 known already, 202 held for the head, 422 refused, 412 somebody else gave another value. What comes late
(X-Saisie: rejouee) is never refused: its author is no longer at the page.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import CombinedMultiDict

from garage import clock
from garage.domain.entries import entered_at
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.errors.workshop import Disagreement
from garage.domain.permissions import Permission
from garage.french.refusals import sentence
from garage.operations import entries
from garage.photos import Kept
from garage.web.access import allow, local_path, person
from garage.web.context import options, transaction
from garage.web.entries import authors, registry
from garage.web.entries.kinds import ENVELOPE, Done, EntryForm, EntryKind, Sent
from garage.web.forms.fields import errors_of
from garage.web.notices import done as say

_KEY, _SLUG, _SUBJECT = 64, 40, 100
blueprint = Blueprint("entries", __name__, url_prefix="/saisies")


@dataclass(frozen=True, slots=True)
class _Answering:
    """The entry being answered, and whether a device's outbox waits for the answer, at once or later."""

    kind: EntryKind
    form: EntryForm

    @property
    def outbox(self) -> bool:
        return "X-Saisie" in request.headers

    @property
    def late(self) -> bool:
        return _late()

    @property
    def key(self) -> str:
        """The key as it is kept: one too long to be ours is folded, the same way each time."""
        key = self.form.cle.data or ""
        return key if len(key) <= _KEY else hashlib.sha256(key.encode()).hexdigest()

    @property
    def back(self) -> str:
        return local_path(self.form.retour.data) or self.kind.home(self.form)


def _late() -> bool:
    return request.headers.get("X-Saisie") == "rejouee"


@blueprint.get("/jeton")
@allow(Permission.WORK_ON_ORDERS)
def token() -> ResponseReturnValue:
    """A fresh token for the outbox of a device, and whether the server answers at all."""
    csrf = generate_csrf()  # type: ignore[no-untyped-call]
    return jsonify(csrf=csrf, personne=person().id, auteur=authors.signature(person().id))


@blueprint.post("/<slug>")
@allow(Permission.WORK_ON_ORDERS)
def receive(slug: str) -> ResponseReturnValue:
    """One entry of the workshop, of any kind. One sent by itself later does not prolong a session."""
    g.renews_nothing = _late()
    if slug not in registry.KINDS and _late():
        return _hold(_Answering(_gone(slug), EntryForm(_fields())), None, sentence(NotFound("entry", slug)))
    kind = registry.kind(slug)
    answering = _Answering(kind, kind.form(CombinedMultiDict([request.files, _fields()])))
    valid = answering.form.validate()
    if not valid and not answering.late:
        return _refused(answering)
    photo = None
    try:
        photo = _photo(answering.form)
        return _applied(answering, photo) if valid else _hold(answering, photo, _first_error(answering.form))
    except GarageError as refusal:
        if answering.late:
            return _hold(answering, photo, sentence(refusal))
        if isinstance(refusal, Disagreement):
            return _disagreement(answering, refusal)
        answering.form.refuse(refusal)
        return _refused(answering)


def _fields() -> CombinedMultiDict[str, str]:
    return CombinedMultiDict([request.form, request.args])


def _gone(slug: str) -> EntryKind:
    """A kind that a former version knew: the head reads what was entered."""
    return EntryKind(slug[:_SLUG], slug, EntryForm, lambda _session, _sent, _form: Done(""))


def _applied(answering: _Answering, photo: Kept | None) -> ResponseReturnValue:
    now = clock.now()
    with transaction() as session:
        author = authors.author(session, answering.form.auteur.data or "")
        sent = Sent(answering.key, author, author, _entered_at(answering.form, now), now, photo)
        if not entries.begin(session, _received(answering, sent)):
            return _known(answering)
        done = answering.kind.apply(session, sent, answering.form)
    return _done(answering, done)


def _photo(form: EntryForm) -> Kept | None:
    file = request.files.get("photo")
    content = file.read() if file else b""
    return options().photos.keep(content) if content and "photo" in form else None


def _entered_at(form: EntryForm, now: datetime) -> datetime:
    return entered_at(_instant(form.saisi_a.data), _instant(form.envoye_a.data), now)


def _instant(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _received(answering: _Answering, sent: Sent) -> entries.Received:
    subject = answering.kind.subject(answering.form) or request.form.get("ordre")
    return entries.Received(
        key=sent.key,
        kind=answering.kind.slug,
        subject=subject[:_SUBJECT] if subject else None,
        author_id=sent.author.id or 0,
        sender_id=person().id,
        entered_at=sent.entered_at,
        received_at=sent.received_at,
        data={name: _one_or_more(name) for name in _fields() if name not in ENVELOPE},
        photo=sent.photo.sha256 if sent.photo else None,
    )


def _one_or_more(name: str) -> str | list[str]:
    values = _fields().getlist(name)
    return values[0] if len(values) == 1 else values


def _done(answering: _Answering, done: Done) -> ResponseReturnValue:
    back = done.to or answering.back
    if done.text and not answering.late:
        say(done.text, done.undo_address(back))
    return (jsonify(etat="faite", vers=back), 201) if answering.outbox else redirect(back, 303)


def _known(answering: _Answering) -> ResponseReturnValue:
    return (jsonify(etat="connue", vers=answering.back), 409) if answering.outbox else redirect(answering.back, 303)


def _hold(answering: _Answering, photo: Kept | None, refusal: str) -> ResponseReturnValue:
    """What came late and cannot be applied is never lost: the head sees it with the reason."""
    now = clock.now()
    with transaction() as session:
        author = authors.signed_by(session, answering.form.auteur.data or "")
        try:
            entered = _entered_at(answering.form, now)
        except GarageError:
            entered = _instant(answering.form.saisi_a.data) or now
        sent = Sent(answering.key, author, author, entered, now, photo)
        if not entries.hold(session, _received(answering, sent), refusal, author):
            return _known(answering)
    return jsonify(etat="tenue", texte=refusal), 202


def _first_error(form: EntryForm) -> str:
    return next((text for _, text in errors_of(form)), "")


def _refused(answering: _Answering) -> ResponseReturnValue:
    """At the right field, with what was typed kept."""
    if answering.outbox:
        faults = [{"champ": champ, "texte": text} for champ, text in errors_of(answering.form)]
        return jsonify(etat="refusee", erreurs=faults, boutons=getattr(answering.form, "boutons", ())), 422
    page = render_template(
        "entries/form.html", form=answering.form, kind=answering.kind, back=answering.back, envelope=ENVELOPE
    )
    return page, 422


def _disagreement(answering: _Answering, refusal: Disagreement) -> ResponseReturnValue:
    """Both values, and a choice: theirs stays, or mine is sent again having seen theirs."""
    page = render_template(
        "entries/disagreement.html",
        kind=answering.kind,
        refusal=refusal,
        back=answering.back,
        fields=[(name, value) for name, value in request.form.items() if name not in ("cle", "vu", "csrf_token")],
    )
    if answering.outbox:
        return jsonify(etat="desaccord", texte=sentence(refusal), page=page), 412
    return page, 409
