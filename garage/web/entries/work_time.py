"""Entries of the clock: start, stop, activities, end of the day, and time put right afterwards."""

from datetime import date, datetime
from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session
from wtforms import SelectField

from garage.clock import PARIS
from garage.db.models.work_time import ClockSegment
from garage.db.queries import work_time as queries
from garage.domain.errors.base import NotFound
from garage.domain.work_time import Activity, day_of, on_day, told_end
from garage.french import formats
from garage.french.labels import label
from garage.french.times import hour_of_day, stretch
from garage.operations.work_time import corrections, running
from garage.operations.work_time.corrections import Stretch
from garage.operations.work_time.running import Job, Stopped, Undo
from garage.operations.work_time.segments import By
from garage.web import work_choices
from garage.web.access import person_or_nobody
from garage.web.context import reading
from garage.web.entries.kinds import Done, EntryForm, EntryKind, Sent
from garage.web.forms.entries import NearDay, hidden, words
from garage.web.forms.fields import IntegerFr, Required, choices
from garage.web.forms.work_time import hour

_REASON: Final = "Indiquez le motif en quelques mots, par exemple Chrono oublié"
_END: Final = "Saisissez l’heure de fin, par exemple 17:00"
_START: Final = "Saisissez l’heure de début, par exemple 08:00"


class StartEntry(EntryForm):
    """A clock started on an order, on one of its works perhaps."""

    ordre = hidden()
    travail = IntegerFr("Travail")


class ActivityEntry(EntryForm):
    """A clock started on what belongs to no order."""

    activity = hidden()


class StopEntry(EntryForm):
    """The running clock, whichever it is."""


class SegmentEntry(EntryForm):
    """One segment."""

    segment = IntegerFr("Temps", [Required("Indiquez le temps")])


class ConfirmEntry(SegmentEntry):
    """When a forgotten clock ended."""

    fin = hour("Heure de fin", _END)


class StopForEntry(ConfirmEntry):
    """The head stops somebody's clock."""

    reason = words("Motif", 500, Required(_REASON))


class RemoveEntry(SegmentEntry):
    """A segment that never was."""

    reason = words("Motif", 500, Required(_REASON))


class _JobEntry(EntryForm):
    """What one worked at: chosen in a list, or the number of another order."""

    sur = SelectField("Travail", validate_choice=False)
    autre = words("Autre ordre", 30, description="Son numéro, s’il n’est pas dans la liste.")
    code = SelectField("Main-d’œuvre", validate_choice=False)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        someone = person_or_nobody()
        offered: list[work_choices.Offered] = []
        codes: list[work_choices.Offered] = []
        if someone is not None:
            with reading() as session:
                offered = work_choices.orders(session, someone.id)
                codes = work_choices.codes(session)
        self.code.choices = choices([("", "La même, ou celle de l’ordre"), *((one.value, one.text) for one in codes)])
        lines = {one.value: one.text for one in (*offered, *work_choices.activities())}
        if self.sur.data:
            lines.setdefault(self.sur.data, self.sur.data)
        self.sur.choices = choices(lines.items())

    @property
    def job(self) -> Job:
        """The job that is meant."""
        return work_choices.job(self.autre.data or self.sur.data or "", code=self.code.data)


class CorrectEntry(_JobEntry):
    """A segment as it should have been; `vu` is how its page showed it."""

    segment = IntegerFr("Temps", [Required("Indiquez le temps")])
    jour = NearDay("Jour", [Required("Choisissez le jour")])
    debut = hour("Début", _START)
    fin = hour("Fin")
    reason = words("Motif", 500, Required(_REASON))
    vu = hidden(60)


class AddEntry(_JobEntry):
    """A segment that no clock measured; `personne` is a colleague's, for the head."""

    jour = NearDay("Jour", [Required("Choisissez le jour")])
    debut = hour("Début", _START)
    fin = hour("Fin", _END)
    reason = words("Motif", 500)
    personne = hidden(20)


class UndoEntry(EntryForm):
    """What a start or a stop did to the clock."""

    debute = IntegerFr("Chrono démarré")
    cree = hidden()
    arrete = IntegerFr("Chrono arrêté")
    depuis = hidden()
    coupe = hidden()
    ordre = hidden()
    activity = hidden()
    travail = IntegerFr("Travail")
    code = hidden(20)


def _by(sent: Sent) -> By:
    return By(sent.actor, sent.received_at)


def _whose(sent: Sent) -> int:
    if sent.author.id is None:
        raise NotFound("user", "")
    return sent.author.id


def _activity(text: str | None) -> Activity:
    if text not in set(Activity):
        raise NotFound("activity", text or "")
    return Activity(text)


def job_words(job: Job) -> str:
    """What a clock is on: an order's number, or what belongs to none."""
    return job.order or (f"«\u00a0{label(job.activity)}\u00a0»" if job.activity else "")


def _start(session: Session, sent: Sent, form: StartEntry) -> Done:
    return _begun(session, sent, Job(order=form.ordre.data or "", work_id=form.travail.data))


def _start_activity(session: Session, sent: Sent, form: ActivityEntry) -> Done:
    return _begun(session, sent, Job(activity=_activity(form.activity.data)))


def _begun(session: Session, sent: Sent, job: Job) -> Done:
    started = running.start(session, _whose(sent), job, sent.entered_at, _by(sent))
    if started.already:
        return Done(f"Le chrono tourne déjà sur {job_words(job)}")
    told = [f"Chrono démarré sur {job_words(job)}"]
    if started.stopped is not None:
        told.append(_stopped(started.stopped, sent))
    if started.to_confirm:
        told.append("sa fin est à confirmer")
    made = {"debute": started.segment_id, "cree": sent.received_at.isoformat()}
    return Done("\u202f; ".join(told), undo=("annuler-chrono", made | _undo(started.stopped)))


def _stopped(stopped: Stopped, sent: Sent) -> str:
    what = job_words(stopped.job)
    if stopped.to_confirm:
        return f"fin du chrono de {what} ({hour_of_day(stopped.started_at, sent.today)}) à confirmer"
    if stopped.segment_id is None:
        return f"moins d’une minute sur {what}, non comptée"
    minutes = formats.hours(stopped.minutes)
    if stopped.uncounted:
        return f"{what} ne reçoit plus de temps, le chef d’atelier verra vos {minutes}"
    return f"{what} mis en pause ({minutes})"


def _undo(stopped: Stopped | None, at: datetime | None = None) -> dict[str, Any]:
    """What puts back the clock that was stopped; nothing is said that is not known."""
    values: dict[str, Any] = {}
    if stopped is not None and stopped.segment_id is not None:
        values |= {"arrete": stopped.segment_id, "depuis": at.isoformat() if at else None}
    elif stopped is not None:
        job = stopped.job
        values |= {"ordre": job.order, "activity": job.activity, "travail": job.work_id, "code": job.code}
        values["depuis"] = stopped.started_at.isoformat()
    if stopped is not None and stopped.cut_at is not None:
        values["coupe"] = stopped.cut_at.isoformat()
    return {name: value for name, value in values.items() if value is not None}


def _stop(session: Session, sent: Sent, form: StopEntry) -> Done:
    del form
    stopped = running.stop(session, _whose(sent), sent.entered_at, _by(sent))
    if stopped is None:
        return Done("Aucun chrono ne tournait")
    text = _stopped(stopped, sent)
    ended = session.get(ClockSegment, stopped.segment_id) if stopped.segment_id is not None else None
    undo = _undo(stopped, ended.ended_at if ended is not None else None)
    return Done(text[0].upper() + text[1:], undo=("annuler-chrono", undo))


def _clock_off(session: Session, sent: Sent, form: StopEntry) -> Done:
    done = _stop(session, sent, form)
    return Done(f"Fin de poste. {done.text}", done.undo, url_for("work_time.balance", jour=sent.day.isoformat()))


def _undone(session: Session, sent: Sent, form: UndoEntry) -> Done:
    job = None
    if form.ordre.data or form.activity.data:
        activity = _activity(form.activity.data) if form.activity.data else None
        job = Job(form.ordre.data or None, activity, form.travail.data, form.code.data or None)
    since, cut_at = _instant(form.depuis.data), _instant(form.coupe.data)
    what = Undo(form.debute.data, _instant(form.cree.data), form.arrete.data, job, since, cut_at)
    again = running.undo(session, _whose(sent), what, _by(sent))
    if again is None:
        return Done("Chrono annulé")
    row = queries.segment(session, again.id)
    return Done(f"Le chrono tourne de nouveau sur {job_words(Job(row.number, row.activity))}")


def _instant(text: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read if read.tzinfo else None


def _confirm(session: Session, sent: Sent, form: ConfirmEntry) -> Done:
    segment = corrections.confirm(session, form.segment.data, form.fin.data, _by(sent))
    return Done(_written(session, segment, "Fin du chrono enregistrée"))


def _stop_for(session: Session, sent: Sent, form: StopForEntry) -> Done:
    segment = corrections.stop_for(session, form.segment.data, form.fin.data, form.reason.data or "", _by(sent))
    row = queries.segment(session, segment.id)
    return Done(_written(session, segment, f"Chrono de {row.person} arrêté"))


def _span(day: date, form: CorrectEntry | AddEntry) -> tuple[datetime, datetime | None]:
    start = on_day(day, form.debut.data, PARIS)
    return start, told_end(start, form.fin.data, PARIS) if form.fin.data is not None else None


def _correct(session: Session, sent: Sent, form: CorrectEntry) -> Done:
    before = queries.segment(session, form.segment.data)
    wanted = Stretch(form.job, *_span(form.jour.data, form))
    reason = form.reason.data or ""
    parts = corrections.correct(session, form.segment.data, wanted, reason, _by(sent), form.vu.data)
    undo = None
    if len(parts) == 1 and before.ended_at is not None and not before.to_confirm:
        values = _fields(before) | {"segment": before.id, "reason": f"Annulation\u00a0: {reason}"[:500]}
        undo = ("corriger-temps", values)
    return Done(_written(session, parts[0], "Temps corrigé"), undo)


def _fields(row: Any) -> dict[str, Any]:
    """A segment as the form writes it."""
    start, end = row.started_at.astimezone(PARIS), row.ended_at.astimezone(PARIS)
    return {
        "sur": work_choices.value(row),
        "jour": start.date().isoformat(),
        "debut": f"{start:%H:%M}",
        "fin": f"{end:%H:%M}",
        "code": row.code or "",
    }


def _add(session: Session, sent: Sent, form: AddEntry) -> Done:
    colleague = form.personne.data or ""
    whose = int(colleague) if colleague.isdecimal() else _whose(sent)
    wanted = Stretch(form.job, *_span(form.jour.data, form))
    parts = corrections.add(session, whose, wanted, form.reason.data, _by(sent))
    undo = {"segment": parts[0].id, "reason": "Annulation de l’ajout"}
    return Done(_written(session, parts[0], "Temps ajouté"), ("retirer-temps", undo) if len(parts) == 1 else None)


def _remove(session: Session, sent: Sent, form: RemoveEntry) -> Done:
    row = queries.segment(session, form.segment.data)
    corrections.remove(session, form.segment.data, form.reason.data or "", _by(sent))
    undo = None
    if row.ended_at is not None and not row.to_confirm:
        undo = ("ajouter-temps-oublie", _fields(row) | {"personne": row.user_id, "reason": "Retrait annulé"})
    return Done("Temps retiré", undo)


def _written(session: Session, segment: ClockSegment, text: str) -> str:
    """What was done, and a day that became very long."""
    day = day_of(segment.started_at, PARIS)
    times = stretch(segment.started_at, segment.ended_at)
    return f"{text}\u00a0: {times}{work_choices.long_day(session, segment.user_id, day)}"


def _my_day(_form: Any) -> str:
    return url_for("my_day.index")


def _my_times(_form: Any) -> str:
    return url_for("work_time.index")


def _order_page(form: StartEntry) -> str:
    return url_for("orders.show", number=form.ordre.data or "-")


def _subject(form: Any) -> str | None:
    return str(form.job.order or form.job.activity or "") or None


KINDS: Final = (
    EntryKind("demarrer", "Chrono démarré", StartEntry, _start, lambda form: form.ordre.data, _order_page),
    EntryKind("activite", "Activité", ActivityEntry, _start_activity, home=_my_day),
    EntryKind("pause", "Chrono arrêté", StopEntry, _stop, home=_my_day),
    EntryKind("fin-de-poste", "Fin de poste", StopEntry, _clock_off, home=_my_day),
    EntryKind("annuler-chrono", "Chrono annulé", UndoEntry, _undone, home=_my_day),
    EntryKind("confirmer-temps", "Fin d’un chrono oublié", ConfirmEntry, _confirm, home=_my_times),
    EntryKind("arreter-chrono", "Chrono arrêté par le chef d’atelier", StopForEntry, _stop_for, home=_my_times),
    EntryKind("corriger-temps", "Temps corrigé", CorrectEntry, _correct, _subject, _my_times),
    EntryKind("ajouter-temps-oublie", "Temps ajouté", AddEntry, _add, _subject, _my_times),
    EntryKind("retirer-temps", "Temps retiré", RemoveEntry, _remove, home=_my_times),
)
