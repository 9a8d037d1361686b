"""Entries about the works of an order: added, ticked, put off, dropped, taken up again; points checked."""

from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session
from wtforms import TextAreaField

from garage.db.models.order_works import OrderWork
from garage.db.models.repair_orders import RepairOrder
from garage.db.queries import order_works as queries
from garage.domain.errors.base import NotFound
from garage.domain.order_works import CheckResult, Finding, WorkState
from garage.french.labels import label
from garage.operations import order_works
from garage.operations.order_works import Act, NewWork
from garage.web.entries.kinds import Done, EntryForm, EntryKind, Sent
from garage.web.forms.entries import hidden, longest, words
from garage.web.forms.fields import Required

_KEY: Final = 2**31
_BACK: Final = {
    WorkState.TODO: "remettre-travail",
    WorkState.POSTPONED: "reporter-travail",
    WorkState.DROPPED: "retirer-travail",
}


class NewWorkEntry(EntryForm):
    """A work to do: a code of the grid, a package, or words."""

    ordre = hidden()
    code = hidden(20)
    forfait = hidden(20)
    texte = words("Travail à faire", 500)


class WorkEntry(EntryForm):
    """A work of an order."""

    ordre = hidden()
    travail = hidden()


class PostponeEntry(WorkEntry):
    """A work put off, and why."""

    reason = words("Motif du report", 500, Required("Indiquez le motif, par exemple Pièce à commander"))


class PointEntry(EntryForm):
    """What was found at a point; empty: not checked after all."""

    ordre = hidden()
    point = hidden()
    resultat = hidden(20)
    note = TextAreaField("Précision", longest(500))
    vu = hidden(20)


class FollowEntry(EntryForm):
    """The work that a point at fault asks for, to do now or put off."""

    ordre = hidden()
    point = hidden()
    reporter = hidden(1)


def _act(sent: Sent, form: Any) -> Act:
    moments = sent.entered_at, sent.day, sent.received_at, sent.today
    return Act(form.ordre.data or "", sent.author, sent.actor, *moments)


def _key(text: str | None, what: str) -> int:
    if not (text or "").isdecimal() or int(text or 0) >= _KEY:
        raise NotFound(what, text or "")
    return int(text or 0)


def _work(form: WorkEntry) -> int:
    return _key(form.travail.data, "work")


def _undo(slug: str, form: Any, work: OrderWork) -> tuple[str, dict[str, Any]]:
    return slug, {"ordre": form.ordre.data, "travail": work.id}


def _quoted(work: OrderWork) -> str:
    return f"«\u00a0{work.label}\u00a0»"


def _add(session: Session, sent: Sent, form: NewWorkEntry) -> Done:
    wanted = NewWork(form.code.data or None, form.forfait.data or None, form.texte.data or None)
    work = order_works.add(session, _act(sent, form), wanted)
    return Done(f"{_quoted(work)} ajouté{_known(session, work)}", _undo("retirer-travail", form, work))


def _known(session: Session, work: OrderWork) -> str:
    """Where the same is to be done already, so that nothing is done twice."""
    known = queries.to_do(session, session.get_one(RepairOrder, work.order_id).vehicle_id)
    mine = next((one for one in known if one.work_id == work.id), None)
    number = queries.same_elsewhere(known, mine) if mine else None
    if number is None or mine is None:
        return ""
    return ". Il y était déjà" if number == mine.number else f". Aussi à faire sur l’ordre {number}"


def _tick(session: Session, sent: Sent, form: WorkEntry) -> Done:
    work = order_works.tick(session, _act(sent, form), _work(form))
    if work is None:
        return Done("Ce travail était déjà coché")
    line = ", forfait ajouté à l’ordre" if work.order_line_id is not None else ""
    return Done(f"{_quoted(work)} fait{line}", _undo("decocher", form, work))


def _untick(session: Session, sent: Sent, form: WorkEntry) -> Done:
    work = order_works.untick(session, _act(sent, form), _work(form))
    if work is None:
        return Done("Ce travail n’était pas coché")
    return Done(f"{_quoted(work)} remis à faire", _undo("cocher", form, work))


def _postpone(session: Session, sent: Sent, form: PostponeEntry) -> Done:
    work = order_works.postpone(session, _act(sent, form), _work(form), form.reason.data or "")
    return Done(f"{_quoted(work)} reporté à la prochaine visite", _undo("remettre-travail", form, work))


def _drop(session: Session, sent: Sent, form: WorkEntry) -> Done:
    work, before = order_works.drop(session, _act(sent, form), _work(form))
    return Done(f"{_quoted(work)} retiré de l’ordre", _undo_move(form, work, before))


def _put_back(session: Session, sent: Sent, form: WorkEntry) -> Done:
    work, before = order_works.put_back(session, _act(sent, form), _work(form))
    return Done(f"{_quoted(work)} remis à faire", _undo_move(form, work, before))


def _undo_move(form: WorkEntry, work: OrderWork, before: WorkState) -> tuple[str, dict[str, Any]] | None:
    """What makes a work again what it was; nothing where it was so already."""
    if before is work.state:
        return None
    slug, values = _undo(_BACK[before], form, work)
    return slug, values | ({"reason": work.reason} if before is WorkState.POSTPONED else {})


def _resume(session: Session, sent: Sent, form: WorkEntry) -> Done:
    work = order_works.resume(session, _act(sent, form), _work(form))
    return Done(f"{_quoted(work)} repris sur cet ordre", _undo("retirer-travail", form, work))


def _check(session: Session, sent: Sent, form: PointEntry) -> Done:
    found = Finding(_result(form.resultat.data), form.note.data)
    seen = _result(form.vu.data)
    point, before = order_works.check_point(session, _act(sent, form), _key(form.point.data, "check"), found, seen)
    answer = label(point.result).lower() if point.result else "à contrôler"
    undo = {"ordre": form.ordre.data, "point": point.id, "vu": point.result or ""}
    undo |= {"resultat": before.result or "", "note": before.note or ""}
    return Done(f"{point.label}\u00a0: {answer}", ("controle", undo))


def _result(text: str | None) -> CheckResult | None:
    return CheckResult(text) if text in set(CheckResult) else None


def _follow(session: Session, sent: Sent, form: FollowEntry) -> Done:
    later = bool(form.reporter.data)
    key = _key(form.point.data, "check")
    work = order_works.follow_up(session, _act(sent, form), key, postponed=later)
    said = "reporté à la prochaine visite" if work.state is WorkState.POSTPONED else "ajouté"
    return Done(f"{_quoted(work)} {said}", _undo("retirer-travail", form, work))


def _kind(slug: str, name: str, form: type[EntryForm], apply: Any) -> EntryKind:
    return EntryKind(slug, name, form, apply, lambda sent: sent.ordre.data, _page)


def _page(form: Any) -> str:
    return url_for("orders.show", number=form.ordre.data or "-")


KINDS: Final = (
    _kind("travail", "Ajouter un travail", NewWorkEntry, _add),
    _kind("cocher", "Cocher un travail", WorkEntry, _tick),
    _kind("decocher", "Décocher un travail", WorkEntry, _untick),
    _kind("reporter-travail", "Reporter un travail", PostponeEntry, _postpone),
    _kind("retirer-travail", "Retirer un travail", WorkEntry, _drop),
    _kind("remettre-travail", "Remettre un travail à faire", WorkEntry, _put_back),
    _kind("reprendre-travail", "Reprendre un travail reporté", WorkEntry, _resume),
    _kind("controle", "Contrôler un point", PointEntry, _check),
    _kind("suite-controle", "Suivre un point en défaut", FollowEntry, _follow),
)
