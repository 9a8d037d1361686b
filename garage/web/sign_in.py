"""Signing in and out. Passwords and throttling belong to operations.users."""

from hmac import compare_digest

from flask import Blueprint, Flask, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, logout_user

from garage import clock
from garage.db.models.users import User
from garage.domain.devices import DeviceKind
from garage.domain.errors.base import GarageError
from garage.domain.errors.users import BadCredentials, TooManyAttempts
from garage.domain.permissions import Role
from garage.operations import users
from garage.web import navigation, seats, sessions
from garage.web.access import SignedIn, local_path, person_or_nobody, public
from garage.web.context import options, reading, transaction
from garage.web.forms.sign_in import SignInForm

blueprint = Blueprint("sign_in", __name__)


def register(app: Flask) -> None:
    """Let Flask-Login keep who is signed in."""
    manager = LoginManager()  # type: ignore[no-untyped-call]
    manager.user_loader(_load)  # type: ignore[no-untyped-call]
    manager.init_app(app, add_context_processor=False)  # type: ignore[no-untyped-call]


@blueprint.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The sign-in page; a person already signed in goes to their first page."""
    form = SignInForm()
    if request.method == "GET":
        here = person_or_nobody()
        if here is not None:
            return redirect(navigation.first_address(here.role), 303)
        form.next.data = local_path(request.args.get("next")) or ""
    status = 200
    headers: dict[str, str] = {}
    if form.is_submitted():
        try:
            if form.validate():
                return _open_session(form)
            status = 422
        except (BadCredentials, TooManyAttempts) as refusal:
            form.refuse(refusal)
            status, headers = throttled(refusal)
    accounts = options().demo_accounts
    page = render_template(
        "sign_in/sign_in.html",
        form=form,
        demo_accounts=accounts,
        demo_password=options().demo_password,
        tablet=_on_tablet(),
        shared=seats.device() is not None,
    )
    return make_response(page, status, headers)


@blueprint.post("/deconnexion")
@public
def sign_out() -> ResponseReturnValue:
    """End the session; on a shared tablet the names come back."""
    logout_user()  # type: ignore[no-untyped-call]
    session.clear()
    return redirect(url_for("operators.index" if _on_tablet() else "sign_in.sign_in"), 303)


def _on_tablet() -> bool:
    here = seats.device()
    return here is not None and here.kind is DeviceKind.TABLET


def _open_session(form: SignInForm) -> ResponseReturnValue:
    """Check the password, then start a new session: nothing of the former one is kept."""
    email, password = form.email.data or "", form.password.data or ""
    address = request.remote_addr or ""
    try:
        with transaction() as opened:
            user = users.authenticate(opened, email, password, address, clock.now())
    except BadCredentials:
        with transaction() as opened:
            users.record_failure(opened, email, address, clock.now())
        raise
    found = signed_in_as(user, None)
    answer = make_response(redirect(local_path(form.next.data) or navigation.first_address(found.role), 303))
    if here := seats.device():
        seats.keep_place(answer, seats.sit(found, user, seats.PASSWORD, here))
        return answer
    session.clear()
    login_user(found)  # type: ignore[no-untyped-call]
    session.permanent = True
    if form.stay.data and found.workshop:
        sessions.stay()
    return answer


def throttled(refusal: GarageError) -> tuple[int, dict[str, str]]:
    """The status of a refused sign-in, and when to try again if it is throttled."""
    if isinstance(refusal, TooManyAttempts):
        seconds = max(1, int((refusal.retry_at - clock.now()).total_seconds()))
        return 429, {"Retry-After": str(seconds)}
    return 422, {}


def _load(kept: str) -> SignedIn | None:
    """The person of a session, unless their token changed or they may no longer sign in."""
    key, _, token = kept.partition(".")
    if not key.isdigit():
        return None
    shared = seats.shares()
    with reading() as opened:
        user = opened.get(User, int(key))
        if user is None or not user.active or not compare_digest(user.session_token, token):
            return None
        proof = seats.proof_of_place(user) if shared else None
    return None if shared and proof is None else signed_in_as(user, proof)


def signed_in_as(user: User, proof: str | None) -> SignedIn:
    """A person as the application knows them, by what opened their place on a shared device if they are at one.

    A PIN has 4 digits: it never gives more than the rights of a mechanic.
    """
    limited = proof in (seats.PIN, seats.BADGE) and user.role is not Role.MECHANIC
    role = Role.MECHANIC if limited else user.role
    return SignedIn(
        user.id, user.name, user.email, role, user.collectivity_id, user.session_token, proof is not None, limited
    )
