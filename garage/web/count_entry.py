"""Counting: a code leads to a part of a bin, a quantity, the next one; or a whole file (PA-11). Always blind."""

from typing import Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import counts as queries
from garage.db.queries import tags
from garage.db.queries.paging import AnyRow
from garage.domain.counts import CountState
from garage.domain.errors.base import GarageError
from garage.domain.errors.counts import CountClosed, CountedMeanwhile, NothingCounted, SecondCountMissing
from garage.domain.permissions import Permission
from garage.domain.tags import Thing
from garage.french import formats, importing
from garage.french.refusals import sentence
from garage.operations import count_file, counting, stores
from garage.operations.count_file import FileReading
from garage.operations.counting import Entry
from garage.web import count_list, count_words, paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.counts import CodeForm, CountedForm, FileForm
from garage.web.forms.entries import number as filled
from garage.web.htmx import form_page
from garage.web.notices import done
from garage.web.scan import with_camera

_SHOWN: Final = 30
_MOST_SHOWN: Final = 200


def _open(session: Session, count_id: int) -> AnyRow:
    """A count that is being counted. Raises NotFound, CountClosed."""
    count = queries.one(session, count_id)
    if count.state is not CountState.COUNTING:
        raise CountClosed(count.number, count.state)
    return count


@allow(Permission.COUNT_STOCK)
def scan(count_id: int) -> ResponseReturnValue:
    """The camera, the field and what is left, of the bin at hand first; with a code, where it leads."""
    form = CodeForm(request.args)
    bin_id = paging.whole(request.args.get("casier"))
    with reading() as session:
        count = _open(session, count_id)
        here = queries.bin_words(session, bin_id) if bin_id is not None else None
        code = (form.q.data or "").strip()
        if code and form.validate():
            led = _follow(session, count_id, code, here)
            if led is not None:
                return led
            form.q.errors = [f"Aucune pièce ni aucun casier ne porte le code «\u00a0{code[:60]}\u00a0»."]
        left = queries.left_in(session, count_id, here.id if here else None, _SHOWN + 1)
        sums = queries.sums(session, [count_id]).get(count_id, queries.Sums())
    page = form_page(
        "counts/scan.html",
        form,
        count=count,
        here=here,
        place=count_words.place,
        left=left[:_SHOWN],
        more=len(left) > _SHOWN,
        sums=sums,
    )
    return with_camera(page)


def _follow(session: Session, count_id: int, code: str, here: AnyRow | None) -> Response | None:
    """Where a code leads: a bin becomes the one at hand, a part to its line there; None when nobody knows it."""
    found = tags.resolve(session, code)
    bins = [one for one in found if one.thing is Thing.BIN]
    parts = [one for one in found if one.thing is Thing.PART]
    if not parts:
        return _to(url_for("counts.scan", count_id=count_id, casier=bins[0].id)) if bins else None
    if len(parts) > 1:
        return _choose(count_id, [queries.place(session, one.id or 0, _bin_of(session, one.id, here)) for one in parts])
    part_id = parts[0].id or 0
    lines = queries.of_part(session, count_id, part_id)
    if here is None and len(lines) > 1:
        return _choose(count_id, list(lines))
    bin_id = here.id if here else lines[0].bin_id if lines else _bin_of(session, part_id, None)
    return _to(url_for("counts.enter", count_id=count_id, part_id=part_id, bin_id=bin_id))


def _bin_of(session: Session, part_id: int | None, here: AnyRow | None) -> int:
    return here.id if here else queries.usual_bin(session, part_id or 0) or stores.LOOSE


def _to(address: str) -> Response:
    return make_response(redirect(address, 303))


def _choose(count_id: int, rows: list[AnyRow]) -> Response:
    """A part that lies in several bins, or a code of several parts."""
    return make_response(render_template("counts/choose.html", rows=rows, count_id=count_id, place=count_words.place))


@allow(Permission.COUNT_STOCK)
def enter(count_id: int, part_id: int, bin_id: int) -> ResponseReturnValue:
    """The quantity found of a part in a bin; then back to the next one."""
    with reading() as session:
        count = _open(session, count_id)
        place = queries.place(session, part_id, bin_id)
        line = next((one for one in queries.of_part(session, count_id, part_id) if one.bin_id == bin_id), None)
    form = CountedForm(data={"seen": str(line.version if line else 0)})
    if form.validate_on_submit():
        entry = Entry(part_id, bin_id, filled(form.counted.data), paging.whole(form.seen.data) or 0)
        try:
            with transaction() as session:
                again = counting.enter(session, count_id, entry, actor(), clock.now()).recount
            told = f"{formats.quantity(entry.counted)} {place.unit} de {place.label}"
            done(f"{told}\u00a0: à compter une seconde fois" if again else f"{told}\u00a0: compté")
            return redirect(url_for("counts.scan", count_id=count_id, casier=bin_id), 303)
        except CountClosed:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, CountedMeanwhile):
                form.seen.data = str(_version(count_id, part_id, bin_id))
    return form_page("counts/enter.html", form, count=count, place=place, line=line, where=count_words.place(place))


def _version(count_id: int, part_id: int, bin_id: int) -> int:
    with reading() as session:
        lines = queries.of_part(session, count_id, part_id)
    return next((one.version for one in lines if one.bin_id == bin_id), 0)


@allow(Permission.COUNT_STOCK)
def file(count_id: int) -> ResponseReturnValue:
    """A file of quantities: every fault told at once, or the whole of it entered."""
    form = FileForm()
    found: FileReading | None = None
    with reading() as session:
        count = _open(session, count_id)
    if form.validate_on_submit():
        sent = request.files.get("file")
        with transaction() as session:
            content = sent.read() if sent else b""
            found = count_file.enter_file(session, count_id, content, actor(), clock.now())
        if not found.faults:
            done(_said(found))
            return redirect(url_for("counts.show", count_id=count_id), 303)
        many = importing.number(len(found.faults), "erreur", "erreurs")
        form.file.errors = [f"Rien n’est enregistré\u00a0: {many} à corriger, puis envoyez de nouveau le fichier"]
    return form_page("counts/file.html", form, count=count, found=found, located=importing.located, most=_MOST_SHOWN)


def _said(found: FileReading) -> str:
    entered = importing.number(len(found.entries), "ligne comptée", "lignes comptées")
    known = f", {importing.number(found.known, 'déjà connue', 'déjà connues')}" if found.known else ""
    return f"Fichier repris\u00a0: {entered}{known}"


@allow(Permission.COUNT_STOCK)
def hand_over(count_id: int) -> ResponseReturnValue:
    """Counting is over."""
    try:
        with transaction() as session:
            counting.hand_over(session, count_id, actor(), clock.now())
    except (NothingCounted, SecondCountMissing) as refusal:
        which = "a-recompter" if isinstance(refusal, SecondCountMissing) else "a-compter"
        return make_response(count_list.told(count_id, which, sentence(refusal)), 422)
    done("Comptage terminé, remis à l’approbation")
    return redirect(url_for("counts.show", count_id=count_id), 303)
