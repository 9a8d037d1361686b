"""People and their roles: the list, a new one, a change. Rules and hashes belong to operations.users."""

from operator import attrgetter
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import users as queries
from garage.db.queries.users import Account
from garage.domain.errors.base import GarageError, NotFound
from garage.domain.permissions import Permission, Role
from garage.domain.users import LEAST_PASSWORD
from garage.operations import pins, users
from garage.operations.users import Person
from garage.web import paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.devices import EmptyForm
from garage.web.forms.users import PersonForm
from garage.web.htmx import form_page
from garage.web.notices import done

blueprint = Blueprint("users", __name__, url_prefix="/personnes")
_PAGE = 50


@blueprint.get("")
@allow(Permission.MANAGE_PEOPLE)
def index() -> str:
    """Everybody, by name."""
    name, _, text = request.args.get("apres", "").rpartition("_")
    key = paging.whole(text)
    after = (paging.words(name), key) if name and key is not None else None
    with reading() as session:
        rows = queries.page(session, _PAGE + 1, after)
    last = rows[_PAGE - 1] if len(rows) > _PAGE else None
    return render_template(
        "users/index.html", rows=rows[:_PAGE], next_key=f"{last.name}_{last.id}" if last else None, first=after is None
    )


@blueprint.route("/nouvelle", methods=["GET", "POST"])
@allow(Permission.MANAGE_PEOPLE)
def new() -> ResponseReturnValue:
    """A new person."""
    form = _form(None)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = users.create(session, _person(form), actor(), clock.now())
            done(f"Compte de {made.name} créé")
            return redirect(url_for("users.index"), 303)
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("users/form.html", form, account=None, least=LEAST_PASSWORD)


@blueprint.route("/<int(max=2147483647):user_id>", methods=["GET", "POST"])
@allow(Permission.MANAGE_PEOPLE)
def change(user_id: int) -> ResponseReturnValue:
    """Change a person; an empty password leaves the present one."""
    with reading() as session:
        account = queries.one(session, user_id)
    form = _form(account)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                changed = users.change(session, user_id, _person(form), actor(), clock.now())
            done(f"Compte de {changed.name} modifié")
            return redirect(url_for("users.index"), 303)
        except NotFound:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("users/form.html", form, account=account, least=LEAST_PASSWORD)


@blueprint.route("/<int(max=2147483647):user_id>/retirer/<what>", methods=["GET", "POST"])
@allow(Permission.MANAGE_PEOPLE)
def withdraw(user_id: int, what: str) -> ResponseReturnValue:
    """Take away what opens a shared tablet for somebody, a PIN or a badge: first what that means."""
    with reading() as session:
        account = queries.one(session, user_id)
    if what not in _OPENS or not _OPENS[what][0](account):
        raise NotFound("user", what)
    form = EmptyForm()
    if form.validate_on_submit():
        with transaction() as session:
            _OPENS[what][1](session, user_id, actor(), clock.now())
        done(f"{'Code' if what == 'code' else 'Badge'} de {account.name} retiré")
        return redirect(url_for("users.change", user_id=user_id), 303)
    return form_page("users/withdraw.html", form, account=account, what=what)


_OPENS: Final = {
    "code": (attrgetter("pin"), pins.withdraw_pin),
    "badge": (attrgetter("badge"), pins.withdraw_badge),
}


def _form(account: Account | None) -> PersonForm:
    with reading() as session:
        bodies = queries.collectivities(session)
    if account is None:
        return PersonForm(bodies)
    shown = {
        "name": account.name,
        "email": account.email,
        "role": account.role.value,
        "collectivity": str(account.collectivity_id or ""),
        "active": account.active,
    }
    return PersonForm(bodies, data=shown)


def _person(form: PersonForm) -> Person:
    return Person(
        email=form.email.data or "",
        name=form.name.data or "",
        role=Role(form.role.data),
        collectivity_id=form.collectivity_id,
        password=form.password.data or None,
        active=bool(form.active.data),
    )
