"""Labels to print: vehicles, parts, bins, chosen in lists; and the badges of the workshop's people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from sqlalchemy.orm import Session
from wtforms import Form, SelectField

from garage import clock
from garage.db.queries import bins as bin_queries
from garage.db.queries import fleet, order_entries, stock
from garage.db.queries import labels as queries
from garage.db.queries.paging import FIRST, AnyRow
from garage.db.queries.stock import PartFilter
from garage.documents import labels as documents
from garage.documents.labels import Badge, Label
from garage.domain.devices import BADGE_PREFIX
from garage.domain.permissions import Permission
from garage.domain.tags import bin_code
from garage.french import formats
from garage.operations import badges as operations
from garage.web import fleet as fleet_pages
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import options, reading, transaction
from garage.web.forms.fields import choices
from garage.web.forms.stock import StockFilters
from garage.web.lists import address, typed

blueprint = Blueprint("labels", __name__, url_prefix="/etiquettes")

_SHOWN: Final = 100
_SHEET, _SINGLE = "planche", "unite"
_LOW: Final = "stock-bas"
_NOTHING: Final = "Cochez au moins une étiquette, ou imprimez toute la liste."
_HELP: Final = (
    "Feuille d’essai",
    "Imprimez en taille réelle, sans mise à l’échelle.",
    "Chaque règle doit mesurer 100 mm.",
    "Posez la feuille sur une planche d’étiquettes, devant une fenêtre : les cadres doivent tomber sur elles.",
)


class PrintForm(Form):
    """How to print: on sheets from a free label on, or one by one."""

    format = SelectField(
        "Format",
        choices=choices([(_SHEET, "Planche A4 de 24, 70 × 37 mm"), (_SINGLE, "À l’unité, 62 × 29 mm")]),
        validate_choice=False,
    )
    first = SelectField(
        "Première étiquette libre",
        name="premiere",
        choices=choices(
            [
                (n + 1, f"{n + 1}\u00a0: rangée {n // documents.COLUMNS + 1}, colonne {n % documents.COLUMNS + 1}")
                for n in range(documents.ON_A_SHEET)
            ]
        ),
        validate_choice=False,
    )

    @property
    def place(self) -> int:
        """The first free label, from 1."""
        return min(max(paging.whole(self.first.data) or 1, 1), documents.ON_A_SHEET)


@dataclass(frozen=True, slots=True)
class _Offered:
    """One line of the list: what its box sends, and what is read beside it."""

    value: str
    title: str
    detail: str
    plate: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    """What a page offers, and how it asks for it."""

    what: str
    found: Sequence[_Offered]
    words: dict[str, str]
    values: dict[str, Any]


@blueprint.get("")
@allow(Permission.WORK_ON_ORDERS)
def vehicles() -> ResponseReturnValue:
    """Labels of vehicles to choose from."""
    return _page(_vehicles(), PrintForm(request.args))


@blueprint.get("/pieces")
@allow(Permission.WORK_ON_ORDERS)
def parts() -> ResponseReturnValue:
    """Labels of parts to choose from."""
    return _page(_parts(), PrintForm(request.args))


@blueprint.get("/casiers")
@allow(Permission.WORK_ON_ORDERS)
def bins() -> ResponseReturnValue:
    """Labels of bins to choose from."""
    return _page(_bins(), PrintForm(request.args))


def _vehicles() -> _List:
    wanted, words = fleet_pages.asked()
    with reading() as session:
        rows = fleet.page(session, wanted, FIRST, queries.MOST + 1).rows
        owners = order_entries.collectivities(session)
    found = [
        _Offered(str(row.id), _name(row), f"{row.collectivity}, parc {row.fleet_number}", row.registration)
        for row in rows
    ]
    values = {
        "filters": fleet_pages.filters(owners, words),
        "active": fleet_pages.active("labels.vehicles", owners, words),
    }
    return _List("vehicles", found, words, values)


def _parts() -> _List:
    words = {name: word for name in ("q", "pieces") if (word := typed(name))}
    wanted = PartFilter(words.get("q", ""), words.get("pieces") == _LOW)
    with reading() as session:
        rows = stock.page(session, wanted, FIRST, queries.MOST + 1).rows
    found = [
        _Offered(str(row.id), row.label, f"réf. {row.reference}" + (f", casier {row.bin}" if row.bin else ""))
        for row in rows
    ]
    values = {
        "filters": StockFilters(data={"parts": words.get("pieces", "")}),
        "active": _active("labels.parts", words),
    }
    return _List("parts", found, words, values)


def _bins() -> _List:
    words = {"q": text} if (text := typed("q")) else {}
    with reading() as session:
        found = [_Offered(one.key, one.code, "" if one.main else one.store) for one in bin_queries.every(session, text)]
    return _List("bins", found, words, {"filters": None, "active": _active("labels.bins", words)})


def _active(endpoint: str, words: dict[str, str]) -> list[tuple[str, str]]:
    left = {name: {key: word for key, word in words.items() if key != name} for name in words}
    shown = {name: "Stock bas" if name == "pieces" else f"«\u00a0{word}\u00a0»" for name, word in words.items()}
    return [(text, address(endpoint, left[name])) for name, text in shown.items()]


def _name(row: AnyRow) -> str:
    return " ".join(word for word in (row.make, row.model) if word) or str(row.fleet_number)


def _page(offered: _List, form: PrintForm) -> ResponseReturnValue:
    ticked = request.args.getlist("choix")
    page = render_template(
        f"labels/{offered.what}.html",
        found=offered.found[:_SHOWN],
        count=len(offered.found),
        more=len(offered.found) > _SHOWN,
        most=queries.MOST,
        words=offered.words,
        form=form,
        ticked=ticked or ([offered.found[0].value] if len(offered.found) == 1 else []),
        **offered.values,
    )
    return make_response(page, 422 if form.form_errors else 200)


@blueprint.get("/vehicules.pdf")
@allow(Permission.WORK_ON_ORDERS)
def vehicles_pdf() -> ResponseReturnValue:
    """The labels of the vehicles that were ticked, or of the whole list."""
    return _print(_vehicles, "etiquettes-vehicules", _vehicle_labels)


@blueprint.get("/pieces.pdf")
@allow(Permission.WORK_ON_ORDERS)
def parts_pdf() -> ResponseReturnValue:
    """The labels of the parts that were ticked, or of the whole list."""
    return _print(_parts, "etiquettes-pieces", _part_labels)


@blueprint.get("/casiers.pdf")
@allow(Permission.WORK_ON_ORDERS)
def bins_pdf() -> ResponseReturnValue:
    """The labels of the bins that were ticked, or of the whole list."""
    return _print(_bins, "etiquettes-casiers", _bin_labels)


def _print(
    listed: Callable[[], _List], name: str, made: Callable[[Session, Sequence[str]], list[Label]]
) -> ResponseReturnValue:
    form, ticked = PrintForm(request.args), request.args.getlist("choix")
    whole = request.args.get("quoi") == "liste"
    offered = listed() if whole or not ticked else None
    wanted = [one.value for one in offered.found] if offered and whole else ticked
    with reading() as session:
        labels = made(session, wanted[: queries.MOST]) if wanted else []
    if not labels:
        form.form_errors.append(_NOTHING)
        return _page(offered or listed(), form)
    if form.format.data == _SINGLE:
        return _pdf(documents.singles(labels, "Étiquettes"), name)
    return _pdf(documents.sheets(labels, "Étiquettes", form.place), name)


def _vehicle_labels(session: Session, wanted: Sequence[str]) -> list[Label]:
    made = []
    for row in queries.vehicles(session, _ids(wanted)):
        plate = formats.registration(row.registration) if row.registration else ""
        lines = (f"Parc {row.fleet_number}" if plate else "", _name(row), row.collectivity, "Une panne ? Scannez.")
        made.append(Label(_address(row.tag), plate or row.fleet_number, tuple(filter(None, lines)), _spaced(row.tag)))
    return made


def _part_labels(session: Session, wanted: Sequence[str]) -> list[Label]:
    return [
        Label(
            _address(row.tag),
            row.reference,
            tuple(filter(None, (row.label, f"Casier {row.bin}" if row.bin else ""))),
            _spaced(row.tag),
        )
        for row in queries.parts(session, _ids(wanted))
    ]


def _bin_labels(session: Session, wanted: Sequence[str]) -> list[Label]:
    known = {one.key: one for one in bin_queries.every(session)}
    chosen = [known[key] for key in dict.fromkeys(wanted) if key in known]
    return [
        Label(_address(bin_code(one.key)), one.code, ("Casier",) if one.main else ("Casier", one.store))
        for one in chosen
    ]


def _ids(wanted: Sequence[str]) -> list[int]:
    return [key for text in wanted if (key := paging.whole(text)) is not None]


def _address(code: str) -> str:
    """What a label carries: the lasting address of the garage, and an opaque code."""
    root = options().public_url or request.url_root
    return f"{root.rstrip('/')}/q/{quote(code, safe='')}"


def _spaced(tag: str) -> str:
    """A tag as one types it from a dirty label: 7K3M 9XQ2 ABCD."""
    return " ".join(tag[start : start + 4] for start in range(0, len(tag), 4))


@blueprint.get("/essai.pdf")
@allow(Permission.WORK_ON_ORDERS)
def trial() -> Response:
    """A sheet to see that the printer changes no size."""
    return _pdf(documents.trial_sheet(_HELP), "feuille-d-essai")


@blueprint.get("/badges")
@allow(Permission.MANAGE_WORKSHOP)
def badges() -> str:
    """Whose badge to print."""
    with reading() as session:
        people = queries.workshop(session)
    return render_template("labels/badges.html", people=people)


@blueprint.route("/badges/<int(max=2147483647):user_id>", methods=["GET", "POST"])
@allow(Permission.MANAGE_WORKSHOP)
def badge(user_id: int) -> ResponseReturnValue:
    """A new badge, printed now or never: its code is told this once, so the answer is the card itself."""
    if request.method == "GET":  # the address of a card that was printed, opened again
        return redirect(url_for("labels.badges"), 303)
    with transaction() as session:
        code = operations.renew(session, user_id, actor(), clock.now())
        name = queries.person(session, user_id)
    card = Badge(
        BADGE_PREFIX + code,
        name,
        options().site_name,
        "Badge personnel. Passez-le devant la tablette. Perdu ? Prévenez le chef d’atelier.",
    )
    return _pdf(documents.badge(card, f"Badge de {name}"), "badge")


def _pdf(content: bytes, name: str) -> Response:
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
