"""The counts and their precision, what is due, opening one, one count with its lines (PA-11, PA-12)."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import bins
from garage.db.queries import counts as queries
from garage.db.queries import stock as parts
from garage.db.queries.counts import Scope, Sums
from garage.db.queries.paging import AnyRow, every
from garage.domain.counts import CountKind, CountState, due_on, precision
from garage.domain.errors.base import GarageError
from garage.domain.errors.counts import NothingToCount, UnknownBins
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.french.labels import label
from garage.operations import counting
from garage.operations.counting import Opening
from garage.web import count_words, paging
from garage.web.access import actor, allow, person
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.counts import OpenForm
from garage.web.forms.fields import choices
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked, typed
from garage.web.notices import done

_DUE_SHOWN: Final = 60
_TITLE: Final = 200
_BATCH: Final = 500
_HEADER: Final = ("Inventaire", "Titre", "Jour", "État", "Lignes", "Lignes comptées")
_NONE: Final = Sums()


def sees_value() -> bool:
    """Whether whoever reads may see quantities expected and costs."""
    return person().may(Permission.READ_VALUE)


@allow(Permission.COUNT_STOCK, Permission.READ_VALUE)
def index() -> str:
    """The counts, the latest first."""
    with reading() as session:
        page = queries.page(session, key_asked())
        sums = queries.sums(session, [row.id for row in page.rows])
    rows = [(row, sums.get(row.id, _NONE)) for row in page.rows]
    return render_template(
        "counts/index.html",
        rows=rows,
        links=around(page, "counts.index"),
        values=sees_value(),
        opens=person().may(Permission.MANAGE_STOCK) or sees_value(),
        keeps=person().may(Permission.MANAGE_STOCK),
        precision=precision,
    )


@allow(Permission.COUNT_STOCK, Permission.READ_VALUE)
def table() -> ResponseReturnValue:
    """The counts for a spreadsheet; what they found is worth is told to whoever may see values."""
    values = sees_value()
    header = (*_HEADER, *(("Écarts écrits",) if values else ()))
    return csv_response(f"inventaires_{clock.today().isoformat()}.csv", header, _rows(values=values))


def _rows(*, values: bool) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, key, _BATCH)):
            sums = queries.sums(session, [row.id for row in page.rows])
            for row in page.rows:
                of = sums.get(row.id, _NONE)
                told = (row.number, row.title, row.counted_on, label(row.state), of.lines, of.counted)
                yield (*told, of.value) if values else told


@allow(Permission.MANAGE_STOCK, Permission.READ_VALUE)
def due() -> str:
    """The parts whose turn has come, the oldest count first."""
    with reading() as session:
        turns = queries.proposal(session, clock.today())
        names = queries.parts(session, [one.part_id for one in turns[:_DUE_SHOWN]])
    return render_template(
        "counts/due.html",
        turns=turns,
        shown=[(one, names[one.part_id]) for one in turns[:_DUE_SHOWN]],
        due_on=due_on,
    )


@allow(Permission.MANAGE_STOCK, Permission.READ_VALUE)
def due_table() -> ResponseReturnValue:
    """The same parts, all of them, for a spreadsheet."""
    name = f"inventaire_tournant_{clock.today().isoformat()}.csv"
    return csv_response(name, ("Référence", "Désignation", "Classe", "Dernier inventaire"), _due_rows())


def _due_rows() -> Iterator[Sequence[Cell]]:
    with reading() as session:
        turns = queries.proposal(session, clock.today())
        for start in range(0, len(turns), 500):
            some = turns[start : start + 500]
            names = queries.parts(session, [one.part_id for one in some])
            for one in some:
                yield names[one.part_id].reference, names[one.part_id].label, label(one.abc), one.last


@allow(Permission.MANAGE_STOCK, Permission.READ_VALUE)
def new() -> ResponseReturnValue:
    """Open a count: everything, a store, bins, a family, the parts whose turn has come, or the part of the address."""
    wanted = typed("piece")
    with reading() as session:
        stores, families = queries.stores(session), queries.families(session)
        part = parts.part(session, wanted) if wanted else None
    asked = typed("choix")
    form = OpenForm(data={"kind": asked} if asked in set(CountKind) else None)
    names = {str(one.id): one.name for one in stores}
    form.store.choices = choices([*names.items()])
    form.family.choices = choices([("", "Choisir"), *((one, one) for one in families)])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                scope = _scope(session, form, part)
                title = form.title.data or _title(form, scope, names, part)
                opening = Opening(scope, title[:_TITLE], form.day, form.form_token.data)
                made = counting.open_count(session, opening, actor(), clock.now(), clock.today())
                number, key = made.number, made.id
                left = queries.left_out(session, number)
            done(f"Inventaire {number} ouvert" + (f". {count_words.left_words(left)}" if left else ""))
            return redirect(url_for("counts.show", count_id=key), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("counts/new.html", form, families=families, part=part)


def _scope(session: Session, form: OpenForm, part: AnyRow | None) -> Scope:
    """What was chosen. Raises UnknownBins, NothingToCount."""
    if part:
        return Scope(CountKind.ROLLING, part_ids=(part.id,))
    kind = CountKind(form.kind.data)
    if kind is CountKind.BINS:
        return Scope(kind, bin_ids=_bin_ids(session, form.bins.data or ""))
    if kind is CountKind.ROLLING:
        turns = queries.proposal(session, clock.today(), form.size.data or 20)
        if not turns:
            raise NothingToCount
        return Scope(kind, part_ids=tuple(one.part_id for one in turns))
    return Scope(kind, store_id=paging.whole(form.store.data), family=form.family.data or None)


def _bin_ids(session: Session, text: str) -> tuple[int, ...]:
    names = [one.strip() for one in text.split(",") if one.strip()]
    found = {name: bins.labelled(session, name) for name in names}
    unknown = tuple(name for name, several in found.items() if len(several) != 1)
    if unknown:
        raise UnknownBins(unknown)
    return tuple(several[0].id for several in found.values())


def _title(form: OpenForm, scope: Scope, stores: dict[str, str], part: AnyRow | None) -> str:
    if part:
        return f"{part.label} ({part.reference})"
    words = {
        CountKind.STORE: stores.get(form.store.data or "", ""),
        CountKind.BINS: form.bins.data or "",
        CountKind.FAMILY: form.family.data or "",
        CountKind.ROLLING: count_words.parts(len(scope.part_ids)),
    }.get(scope.kind, "")
    return f"{label(scope.kind)}, {words}" if words else label(scope.kind)


@allow(Permission.COUNT_STOCK, Permission.READ_VALUE)
def show(count_id: int) -> str:
    """One count: how far it is, its lines; blind until it is handed over, and to whoever may not see values."""
    return told(count_id, typed("lignes"))


def told(count_id: int, which: str, refusal: str = "") -> str:
    """The page of a count with some of its lines, and why something that was asked could not be done."""
    by_family = typed("par") == "famille"
    with reading() as session:
        count = queries.one(session, count_id)
        valued = sees_value() and count.state is not CountState.COUNTING
        which = which if which in queries.WHICH and (valued or which != "ecarts") else ""
        page = queries.lines(session, count_id, which, key_asked())
        sums = queries.sums(session, [count_id]).get(count_id, _NONE)
        differing = queries.differing(session, count_id) if valued else []
        left = queries.left_out(session, count.number)
    worth = count_words.values(differing)
    words = {name: word for name, word in (("lignes", which), ("par", typed("par"))) if word}
    return render_template(
        "counts/show.html",
        count=count,
        rows=page.rows,
        links=around(page, "counts.show", count_id=count_id, **words),
        which=which,
        sums=sums,
        told=valued,
        groups=count_words.groups(differing, by_family=by_family),
        left=left,
        refusal=refusal,
        by_family=by_family,
        precision=precision(sums.right, sums.counted),
        counts_here=person().may(Permission.COUNT_STOCK),
        manages=person().may(Permission.MANAGE_STOCK) or sees_value(),
        approves=sees_value(),
        worth={row.id: worth.get(row.id, ZERO) for row in page.rows},
        place=count_words.place,
        reason_of=count_words.reason,
    )
