"""Collectivities as accounting keeps them: identity, what is missing for billing, conventions (rules C1 to C4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.models.collectivities import Convention
from garage.db.queries import collectivities as queries
from garage.db.queries import settings
from garage.db.queries.paging import AnyRow, every
from garage.domain.collectivities import Category, Lack, VatRegime, lacks
from garage.domain.errors.base import Conflict, GarageError, NotFound
from garage.domain.finance_exports import THIRD_PARTY_CODES
from garage.domain.permissions import Permission
from garage.french import collectivities as french
from garage.french import formats
from garage.french.labels import label
from garage.operations import collectivities
from garage.operations.collectivities import Amendment
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.csv_export import Cell, csv_response
from garage.web.forms.collectivities import CollectivityForm, ConventionForm, shown
from garage.web.htmx import form_page
from garage.web.lists import around, key_asked, typed
from garage.web.notices import done

blueprint = Blueprint("collectivities", __name__, url_prefix="/communes")
_BATCH: Final = 500
_HEADER: Final = (
    "Code", "Nom", "Nature", "SIRET", "Adresse", "Code postal", "Ville", "Courriels", "Code service",
    "Code service obligatoire", "Engagement obligatoire", "Code tiers", "Catégorie", "TVA", "Convention depuis le",
    "Dernier jour", "À compléter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A collectivity in the list, its VAT regime and what it lacks, in words."""

    row: AnyRow
    regime: str
    missing: str


def _listed(row: AnyRow, *, mailed: bool) -> Listed:
    found = lacks(identity=row._asdict(), convention=row.category is not None, mailed=mailed)
    regime = french.regime(row.regime, goods_taxed=row.goods_taxed) if row.regime else ""
    return Listed(row, regime, french.missing(found))


@blueprint.get("")
@allow(Permission.ISSUE_INVOICES)
def index() -> str:
    """Everybody who may be billed, by code, and what is missing."""
    text = typed("q")
    with reading() as session:
        page = queries.page(session, clock.today(), text, key_asked())
        mailed = settings.current(session).mails_bills
    return render_template(
        "collectivities/index.html",
        rows=[_listed(row, mailed=mailed) for row in page.rows],
        links=around(page, "collectivities.index", **({"q": text} if text else {})),
        text=text,
    )


@blueprint.get("/export.csv")
@allow(Permission.ISSUE_INVOICES)
def table() -> ResponseReturnValue:
    """The same for a spreadsheet."""
    today = clock.today()
    return csv_response(f"communes_{today.isoformat()}.csv", _HEADER, _rows(typed("q"), today))


def _rows(text: str, today: date) -> Iterator[tuple[Cell, ...]]:
    with reading() as session:
        mailed = settings.current(session).mails_bills
        for page in every(lambda key: queries.page(session, today, text, key, _BATCH)):
            yield from (_cells(_listed(row, mailed=mailed)) for row in page.rows)


def _cells(one: Listed) -> tuple[Cell, ...]:
    row = one.row
    return (
        row.code, row.name, label(row.kind), row.siret, row.address, row.postal_code, row.city, row.emails,
        row.code_service, _yes(row.code_service_required), _yes(row.engagement_required), row.third_party_code,
        label(row.category) if row.category else "", one.regime, row.starts_on, _last(row.ends_on), one.missing,
    )  # fmt: skip


def _yes(flag: bool) -> str:
    return "oui" if flag else "non"


def _last(ends_on: date | None) -> date | None:
    """The last day of a span that ends before a day."""
    return ends_on - timedelta(days=1) if ends_on else None


@blueprint.route("/nouvelle", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def new() -> ResponseReturnValue:
    """A new collectivity."""
    form = CollectivityForm()
    with reading() as session:
        first_issuer = not queries.has_issuer(session)
    if form.validate_on_submit():
        try:
            identity = form.identity(issuer=first_issuer and bool(form.is_issuer.data))
            with transaction() as session:
                code = collectivities.create(session, identity, actor(), clock.now()).code
            done(f"{identity.name} ajoutée")
            return redirect(url_for("collectivities.show", code=code), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("collectivities/form.html", form, body=None, first_issuer=first_issuer)


@blueprint.get("/<code>")
@allow(Permission.ISSUE_INVOICES)
def show(code: str) -> str:
    """One collectivity: identity, what is missing, conventions."""
    today = clock.today()
    with reading() as session:
        body = queries.one(session, paging.words(code))
        conventions = queries.conventions(session, body.id)
        billed = {one.id: queries.billed_span(session, one.id)[1] for one in conventions}
        mailed = settings.current(session).mails_bills
    live = next((one for one in conventions if _state(one, today) == "live"), None)
    found = lacks(identity=vars(body), convention=live is not None, mailed=mailed)
    return render_template(
        "collectivities/show.html",
        body=body,
        facts=_facts(body),
        lacking=french.missing(found),
        no_convention=Lack.CONVENTION in found,
        conventions=[
            (one, _state(one, today), french.regime(one.regime, goods_taxed=one.goods_taxed)) for one in conventions
        ],
        billed=billed,
        last=_last,
    )


def _state(convention: Convention, today: date) -> str:
    if convention.starts_on > today:
        return "coming"
    return "over" if convention.ends_on is not None and convention.ends_on <= today else "live"


def _facts(body: Any) -> list[tuple[str, str]]:
    usual = THIRD_PARTY_CODES.get(body.kind, (None, None))
    category, nature = body.tiers_category or usual[0], body.legal_nature or usual[1]
    place = " ".join(part for part in (body.postal_code, body.city) if part)
    told = [
        ("Code", body.code),
        ("Nature", label(body.kind)),
        ("SIREN", formats.siret(body.siren or "")),
        ("SIRET", formats.siret(body.siret or "")),
        ("Code INSEE", body.insee_code),
        ("Population", formats.count(body.population) if body.population is not None else ""),
        (
            "Adresse de facturation",
            ", ".join(part for part in ((body.address or "").replace("\n", ", "), place) if part),
        ),
        ("Adresses électroniques", body.emails),
        ("Code service", _required(body.code_service, required=body.code_service_required)),
        ("Numéro d’engagement", "Obligatoire" if body.engagement_required else "Facultatif"),
        ("Code tiers", body.third_party_code),
        ("Catégorie de tiers", f"{category} – {french.CATEGORIES.get(category, '')}" if category else ""),
        ("Nature juridique", f"{nature} – {french.NATURES.get(nature, '')}" if nature else ""),
    ]
    return [(name, value or "Non renseigné") for name, value in told]


def _required(value: str | None, *, required: bool) -> str:
    if not value:
        return "Obligatoire, non renseigné" if required else ""
    return f"{value}, obligatoire" if required else value


@blueprint.route("/<code>/modifier", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def change(code: str) -> ResponseReturnValue:
    """Change one collectivity; issued bills keep what they had."""
    with reading() as session:
        body = queries.one(session, paging.words(code))
        first_issuer = not queries.has_issuer(session)
    values: dict[str, Any] = {**vars(body), "kind": body.kind.value, "seen": queries.fingerprint(body)}
    form = CollectivityForm(data=values)
    form.code.data = body.code
    form.code.validators = ()
    if form.validate_on_submit():
        try:
            identity = form.identity(body.code, issuer=first_issuer and bool(form.is_issuer.data))
            with transaction() as session:
                changed = collectivities.change(session, identity, form.seen.data or "", actor(), clock.now())
            done(f"{form.name.data} modifiée" if changed else "Rien n’a changé")
            return redirect(url_for("collectivities.show", code=body.code), 303)
        except (Conflict, NotFound):
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("collectivities/form.html", form, body=body, first_issuer=first_issuer)


@blueprint.route("/<code>/conventions/nouvelle", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def bind(code: str) -> ResponseReturnValue:
    """A new convention from a day (rule C3)."""
    with reading() as session:
        body = queries.one(session, paging.words(code))
    form = ConventionForm(data={"category": Category.PARTNER.value, "regime": VatRegime.OUT_OF_SCOPE.value})
    if form.validate_on_submit():
        try:
            binding = form.binding
            with transaction() as session:
                collectivities.bind(session, body.id, binding, actor(), clock.now(), replacing=bool(form.replaces.data))
            done(f"Convention de {body.name} ajoutée")
            return redirect(url_for("collectivities.show", code=body.code), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("collectivities/convention.html", form, body=body, convention=None, billed=None)


@blueprint.route("/<code>/conventions/<int(max=2147483647):convention_id>", methods=["GET", "POST"])
@allow(Permission.ISSUE_INVOICES)
def amend(code: str, convention_id: int) -> ResponseReturnValue:
    """Change or end a convention, never under what is billed (rule C3)."""
    with reading() as session:
        body = queries.one(session, paging.words(code))
        row = queries.convention(session, body.id, convention_id)
        billed = queries.billed_span(session, row.id)
    present = collectivities.binding_of(row)
    form = ConventionForm(data=shown(present) | {"seen": queries.fingerprint(row)})
    if form.validate_on_submit():
        try:
            amendment = Amendment(body.code, row.id, form.binding, form.seen.data or "")
            with transaction() as session:
                collectivities.amend(session, amendment, actor(), clock.now())
            done(f"Convention de {body.name} enregistrée")
            return redirect(url_for("collectivities.show", code=body.code), 303)
        except (Conflict, NotFound):
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page(
        "collectivities/convention.html", form, body=body, convention=row, billed=billed if billed[0] else None
    )
