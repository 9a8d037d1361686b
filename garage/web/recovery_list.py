"""Bills and what is due on them: the list, its file, and what is due by age and collectivity (rule B11)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import recovery as queries
from garage.db.queries import users
from garage.db.queries.paging import every
from garage.db.queries.recovery import Aged, Followed, RecoveryFilter
from garage.db.queries.settings import current
from garage.domain.money import ZERO
from garage.domain.permissions import Permission
from garage.domain.recovery import Age
from garage.french import formats
from garage.french import recovery as words
from garage.french.labels import label
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.fields import choices
from garage.web.forms.recovery import RecoveryFilters
from garage.web.lists import address, around, key_asked, typed

_BATCH: Final = 500
_LATE: Final = "echues"
_CREDITS: Final = "avoirs"
_NAMES: Final = ("etat", "collectivite", "annee", "echeance")
_HEADER: Final = (
    "Facture", "Date", "Code", "Collectivité", "État", "Titre", "Exercice", "Bordereau", "Date du titre",
    "À payer avant le", "Jours de retard", "Montant", "Avoirs", "Payé", "Compensé", "Remboursé",
    "Crédit donné à d’autres", "Reste à payer", "Crédit",
)  # fmt: skip


def _asked(today: date, due_days: int) -> tuple[RecoveryFilter, dict[str, str]]:
    """The list as its address asks for it, and the words that go back into the address."""
    told = {name: word for name in _NAMES if (word := typed(name))}
    state, body, year = words.SLUGS.get(told.get("etat", "")), paging.whole(told.get("collectivite")), told.get("annee")
    late, notes = told.get("echeance") == _LATE, told.get("etat") == _CREDITS
    kept = {
        "etat": told.get("etat") if state or notes else None,
        "collectivite": told.get("collectivite") if body is not None else None,
        "annee": year if year and paging.whole(year) is not None else None,
        "echeance": _LATE if late else None,
    }
    wanted = RecoveryFilter(
        state=state,
        collectivity_id=body,
        year=paging.whole(year),
        late_from=queries.late_from(today, due_days) if late else None,
        credits=notes,
    )
    return wanted, {name: word for name, word in kept.items() if word}


@allow(Permission.PREVIEW_INVOICES)
def index() -> str:
    """Bills with their state, titre and what is due, the latest issued first."""
    today = clock.today()
    with reading() as session:
        due_days = current(session).due_days
        wanted, kept = _asked(today, due_days)
        page = queries.page(session, wanted, key_asked())
        sums = queries.sums(session, wanted)
        late = queries.sums(session, RecoveryFilter(late_from=queries.late_from(today, due_days)))
        bodies, years = users.collectivities(session), queries.years(session)
    form = RecoveryFilters(data={name: kept.get(name, "") for name in _NAMES}, meta={"csrf": False})
    form.etat.choices = choices(
        [("", "Tous"), *((slug, label(state)) for slug, state in words.SLUGS.items()), (_CREDITS, "Avoirs")]
    )
    form.collectivite.choices = choices([("", "Toutes"), *bodies])
    form.annee.choices = choices([("", "Toutes"), *((year, str(year)) for year in years)])
    form.echeance.choices = choices([("", "Toutes"), (_LATE, "Échues et non payées")])
    return render_template(
        "recovery/index.html",
        rows=queries.shown(page),
        links=around(page, "recovery.index", **kept),
        kept=kept,
        filters=form,
        chips=_chips(kept, {str(key): name for key, name in bodies}),
        sums=sums,
        late=late,
        words=words,
        today=today,
        due_days=due_days,
    )


def _chips(kept: dict[str, str], names: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force, each with the address without it."""
    shown: dict[str, Callable[[str], str]] = {
        "etat": lambda word: "Avoirs" if word == _CREDITS else label(words.SLUGS[word]),
        "collectivite": lambda word: names.get(word, word),
        "annee": str,
        "echeance": lambda _: "Échues et non payées",
    }
    return [
        (shown[name](word), address("recovery.index", {key: text for key, text in kept.items() if key != name}))
        for name, word in kept.items()
    ]


@allow(Permission.PREVIEW_INVOICES)
def table() -> ResponseReturnValue:
    """The filtered bills, for a spreadsheet."""
    today = clock.today()
    with reading() as session:
        due_days = current(session).due_days
    wanted, _ = _asked(today, due_days)
    return csv_response(f"recettes_{today.isoformat()}.csv", _HEADER, _rows(wanted, today, due_days))


def _rows(wanted: RecoveryFilter, today: date, due_days: int) -> Iterator[Sequence[Cell]]:
    with reading() as session:
        for page in every(lambda key: queries.page(session, wanted, key, _BATCH)):
            yield from (_cells(bill, today, due_days) for bill in queries.shown(page))


def _cells(bill: Followed, today: date, due_days: int) -> Sequence[Cell]:
    sums, last = bill.position, bill.last_day(due_days)
    late = (today - last).days
    head = (
        bill.number, bill.issued_on, bill.collectivity, bill.name, words.state(bill.state, bill.kind), bill.titre,
        bill.titre_year, bill.bordereau, bill.titled_on,
    )  # fmt: skip
    if not bill.collected:
        return (*head, None, None, sums.gross, *(None,) * 7)
    return (
        *head, last, late if sums.due and late > 0 else None, sums.gross, sums.credited, sums.paid, sums.received,
        sums.refunded, sums.given, sums.due, sums.credit,
    )  # fmt: skip


@allow(Permission.PREVIEW_INVOICES)
def ages() -> str:
    """What is due by age: a chart, and a line for each collectivity."""
    today = clock.today()
    with reading() as session:
        due_days = current(session).due_days
        rows = queries.aged(session, today, due_days)
    totals = {age: sum((row.due[age] for row in rows), ZERO) for age in Age}
    return render_template(
        "recovery/ages.html",
        rows=rows,
        totals=totals,
        due=sum(totals.values(), ZERO),
        credit=sum((row.credit for row in rows), ZERO),
        ages=[(words.AGES[age], "nombre") for age in Age],
        bars=[(words.AGES[age], _length(total), formats.euros(total)) for age, total in totals.items()],
        words=words,
        today=today,
        due_days=due_days,
    )


def _length(amount: Decimal) -> int:
    """The length of a bar, in cents."""
    return int(amount * 100)


@allow(Permission.PREVIEW_INVOICES)
def ages_table() -> ResponseReturnValue:
    """What is due by collectivity and age, for a spreadsheet."""
    today = clock.today()
    with reading() as session:
        rows = queries.aged(session, today, current(session).due_days)
    header = ("Code", "Collectivité", *(words.AGES[age] for age in Age), "Reste à payer", "Crédit")
    return csv_response(f"balance-agee_{today.isoformat()}.csv", header, map(_age_cells, rows))


def _age_cells(row: Aged) -> Sequence[Cell]:
    return (row.code, row.name, *(row.due[age] for age in Age), row.total, row.credit)
