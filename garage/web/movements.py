"""The journal of the stock's movements, and what the storekeeper does by hand: transfer, loss, corrected price."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from garage import clock
from garage.db.queries import movements as queries
from garage.db.queries import stock as parts
from garage.db.queries.movements import MovementFilter
from garage.db.queries.paging import AnyRow, every
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.losses import LossReason
from garage.domain.permissions import Permission
from garage.domain.stock import Balance, MovementKind
from garage.french import formats, stock_value
from garage.french.labels import label
from garage.french.store import bin_name
from garage.operations import stock, stock_acts
from garage.operations.purchases import By
from garage.operations.stock import Movement
from garage.operations.stock_acts import Act
from garage.web.access import actor, allow, person
from garage.web.context import options, reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.entries import number as filled
from garage.web.forms.fields import choices
from garage.web.forms.store import LossForm, MovementFilters, PriceForm, TransferForm
from garage.web.htmx import form_page
from garage.web.lists import address, around, key_asked, typed
from garage.web.notices import done
from garage.web.paging import whole

blueprint = Blueprint("movements", __name__, url_prefix="/mouvements")
blueprint.add_app_template_filter(
    lambda row: stock_value.unlike(row.kind, row.value_change, row.variance, through=row.through), "ecart_de_valeur"
)
blueprint.add_app_template_filter(lambda row: bin_name(row.bin, row.store_id, row.store), "casier_de")

_BATCH: Final = 500
_NAMES: Final = ("piece", "mouvement", "casier", "personne", "ordre", "du", "au")
_HEADER: Final = (
    "N°", "Jour", "Écrit le", "Mouvement", "Référence", "Désignation", "Magasin", "Casier", "Quantité", "Unité",
    "En stock après", "Ordre", "Bon de livraison", "Fournisseur", "Inventaire", "Achat pour un ordre", "Par", "Motif",
    "Au-delà du stock",
)  # fmt: skip
_FORCED: Final = (
    "Référence", "Désignation", "En stock", "Unité", "Jour", "Quantité sortie", "Ordre", "Par", "Motif",
)  # fmt: skip
_COSTS: Final = ("Coût unitaire", "Coût moyen après", "Valeur", "Écart de prix")


def by() -> By:
    """Who acts, now."""
    return By(actor(), clock.now(), clock.today())


def _sees_costs() -> bool:
    return person().may(Permission.READ_VALUE)


def _asked() -> tuple[MovementFilter, dict[str, str], MovementFilters]:
    """The movements that the address asks for, the words that go back into it, and the filters as typed."""
    filters = MovementFilters(request.args)
    filters.validate()
    first, last = filters.du.data, filters.au.data
    told = {name: typed(name) for name in _NAMES}
    told |= {"du": first.isoformat() if first else "", "au": last.isoformat() if last else ""}
    kind = MovementKind(told["mouvement"]) if told["mouvement"] in set(MovementKind) else None
    wanted = MovementFilter(
        told["piece"], told["ordre"].upper(), kind, told["casier"], whole(told["personne"]), first, last
    )
    understood = {
        "piece": wanted.reference,
        "mouvement": kind,
        "casier": wanted.bin,
        "personne": wanted.person_id,
        "ordre": wanted.order,
        "du": first,
        "au": last,
    }
    return wanted, {name: told[name] for name, value in understood.items() if value not in (None, "")}, filters


@blueprint.get("")
@allow(Permission.READ_STOCK)
def index() -> str:
    """The movements, the latest written first, as the address filters them."""
    wanted, kept, filters = _asked()
    with reading() as session:
        page = queries.page(session, wanted, key_asked())
        people = {str(row.id): row.name for row in queries.people(session)}
    filters.offer(people.items())
    return render_template(
        "movements/index.html",
        page=page,
        links=around(page, "movements.index", **kept),
        kept=kept,
        filters=filters,
        chips=_chips(kept, people),
        costs=_sees_costs(),
        keeps=person().may(Permission.MANAGE_STOCK),
    )


def _chips(kept: dict[str, str], people: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force, each with the address without it."""
    shown: dict[str, Callable[[str], str]] = {
        "mouvement": lambda word: label(MovementKind(word)),
        "casier": lambda word: f"Casier {word}",
        "personne": lambda word: people.get(word, word),
        "du": lambda word: f"Du {formats.day(date.fromisoformat(word))}",
        "au": lambda word: f"Au {formats.day(date.fromisoformat(word))}",
    }
    return [(shown[name](word) if name in shown else word, _without(kept, name)) for name, word in kept.items()]


def _without(kept: dict[str, str], name: str) -> str:
    return address("movements.index", {key: text for key, text in kept.items() if key != name})


@blueprint.get("/export.csv")
@allow(Permission.READ_STOCK)
def table() -> ResponseReturnValue:
    """The filtered movements, for a spreadsheet; costs for those who may read them."""
    wanted, _, _ = _asked()
    costs = _sees_costs()
    name = f"mouvements_{clock.today().isoformat()}.csv"
    return csv_response(name, (*_HEADER, *_COSTS) if costs else _HEADER, _rows(wanted, costs=costs))


def _rows(wanted: MovementFilter, *, costs: bool) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            for row in page.rows:
                known = (
                    row.id, row.moved_on, clock.paris_day(row.recorded_at), label(row.kind), row.reference, row.label,
                    row.store, row.bin, row.quantity, row.unit, row.on_hand, row.order_number, row.delivery_note,
                    row.supplier, row.count_number, "oui" if row.through else None, row.actor, row.reason,
                    "oui" if row.forced else None,
                )  # fmt: skip
                paid = (row.unit_cost, row.average_cost, row.value_change, row.variance)
                yield (*known, *paid) if costs else known


@blueprint.get("/au-dela-du-stock")
@allow(Permission.READ_VALUE)
def forced() -> str:
    """Issues beyond the stock, until a receipt or a count settles them (rule S4)."""
    with reading() as session:
        rows = queries.in_the_red(session)
        issues = queries.forced(session, [row.id for row in rows])
        bins = {row.id: [one for one in queries.bins_of(session, row.id) if one.quantity < 0] for row in rows}
    return render_template(
        "movements/forced.html",
        rows=rows,
        issues={row.id: [one for one in issues if one.part_id == row.id] for row in rows},
        bins=bins,
        named=bin_name,
        keeps=person().may(Permission.MANAGE_STOCK),
    )


@blueprint.get("/au-dela-du-stock.csv")
@allow(Permission.READ_VALUE)
def forced_table() -> ResponseReturnValue:
    """The same issues for a spreadsheet."""
    return csv_response(f"sorties-au-dela_{clock.today().isoformat()}.csv", _FORCED, _forced_rows())


def _forced_rows() -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        rows = {row.id: row for row in queries.in_the_red(session)}
        for one in queries.forced(session, list(rows)):
            part = rows[one.part_id]
            yield (
                part.reference, part.label, part.on_hand, part.unit, one.moved_on, -one.quantity, one.order_number,
                one.actor, one.reason,
            )  # fmt: skip


def _bins(rows: Sequence[AnyRow], *, held: bool = False) -> list[tuple[int, str]]:
    """Bins to choose from; with what each holds of the part when `held`."""
    return [
        (row.id, bin_name(row.code, row.store_id, row.store) + (f" ({formats.quantity(row.quantity)})" if held else ""))
        for row in rows
    ]


def _offer(form: TransferForm | LossForm, session: Session, part: AnyRow) -> None:
    holding = [row for row in queries.bins_of(session, part.id) if row.quantity > 0]
    form.from_bin.choices = choices([("", "Choisir un casier"), *_bins(holding, held=True)])
    if not form.is_submitted():
        form.seen.data = str(parts.last_movement(session, part.id))
        form.from_bin.data = str(holding[0].id) if len(holding) == 1 else ""


def _act(form: TransferForm | LossForm, part: AnyRow, reason: str | None) -> Act:
    movement = Movement(form.day, actor(), clock.now(), reason, bin_id=whole(form.from_bin.data))
    return Act(part.id, filled(form.quantity.data), movement, whole(form.seen.data) or 0)


@blueprint.route("/transfert/<path:reference>", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def transfer(reference: str) -> ResponseReturnValue:
    """From one bin to another."""
    form = TransferForm()
    with reading() as session:
        part = parts.part(session, reference)
        _offer(form, session, part)
        form.to_bin.choices = choices([("", "Choisir un casier"), *_bins(queries.bins(session))])
    if form.validate_on_submit():
        try:
            with transaction() as session:
                act = _act(form, part, form.reason.data or None)
                stock_acts.transfer(session, act, whole(form.to_bin.data) or 0, by())
            done(f"{formats.quantity(act.quantity)} {part.unit} de {part.label} transféré")
            return redirect(url_for("stock.show", reference=reference), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("movements/transfer.html", form, part=part)


@blueprint.route("/perte/<path:reference>", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def lose(reference: str) -> ResponseReturnValue:
    """Goods lost, broken, stolen, past their date, or entered by mistake."""
    form = LossForm()
    with reading() as session:
        part = parts.part(session, reference)
        _offer(form, session, part)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                stock_acts.lose(
                    session, _act(form, part, None), LossReason(form.why.data), form.reason.data or "", by()
                )
            done(f"Perte de {part.label} enregistrée")
            return redirect(url_for("stock.show", reference=reference), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("movements/loss.html", form, part=part)


@blueprint.route("/<int(max=2147483647):movement_id>/prix", methods=["GET", "POST"])
@allow(Permission.MANAGE_STOCK)
def price(movement_id: int) -> ResponseReturnValue:
    """Another cost for goods received: typed, checked against what it changes, then written (rule S3)."""
    form = PriceForm()
    with reading() as session:
        row = queries.movement(session, movement_id)
        part = parts.part(session, row.reference)
        latest = str(parts.last_movement(session, part.id))
    after: tuple[Balance, Any] | None = None
    if form.validate_on_submit():
        cost, reason = filled(form.cost.data), form.reason.data or ""
        try:
            seen, _, checked = (form.seen.data or "").partition(" ")
            if checked == str(cost):
                with transaction() as session:
                    stock_acts.correct_price(session, movement_id, cost, reason, whole(seen) or 0, by())
                done(f"Prix de {part.label} corrigé")
                return redirect(url_for("stock.show", reference=part.reference), 303)
            with reading() as session:
                after = stock.corrected(session, movement_id, cost)
            form.seen.data = f"{latest} {cost}"
        except Conflict as refusal:
            form.refuse(refusal)
            form.seen.data = ""
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("movements/price.html", form, row=row, part=part, after=after, basis=options().cost_basis)
