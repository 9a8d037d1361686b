"""Who may reach which address: deny by default, declared on each view, enforced before it runs.

Which rows a person sees is decided by the queries; here only addresses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from garage import clock
from garage.domain.devices import DeviceKind
from garage.domain.permissions import Actor, Permission, Role, may
from garage.french.labels import label
from garage.operations import journal
from garage.web import seats
from garage.web.context import transaction
from garage.web.htmx import is_htmx

_View = TypeVar("_View", bound=Callable[..., Any])
_DECLARED = "garage_access"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person who is signed in, as plain values; also what Flask-Login asks of a user.

    `shared`: on a tablet that several people share; `limited`: there by PIN or badge, with fewer rights than their own.
    """

    id: int
    name: str
    email: str | None
    role: Role
    collectivity_id: int | None
    session_token: str
    shared: bool = False
    limited: bool = False

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the session keeps: the token changes with the password, so that every session ends."""
        return f"{self.id}.{self.session_token}"

    @property
    def role_label(self) -> str:
        """The role in French."""
        return f"{label(Role.HEAD)}, droits de mécanicien" if self.limited else label(self.role)

    @property
    def actor(self) -> Actor:
        """This person as the operations know whoever acts."""
        return Actor(self.id, self.name, self.role, self.collectivity_id)

    @property
    def workshop(self) -> bool:
        """Whether this person works in the workshop."""
        return self.may(Permission.WORK_ON_ORDERS)

    def may(self, permission: Permission) -> bool:
        """Whether this person is granted a permission."""
        return may(self.role, permission)


@dataclass(frozen=True, slots=True)
class _Access:
    anonymous: bool
    permissions: tuple[Permission, ...] = ()
    devices: tuple[DeviceKind, ...] = ()


def allow(*permissions: Permission) -> Callable[[_View], _View]:
    """Open a view to the people who hold any of these permissions."""
    if not permissions:
        raise ValueError("allow() needs a permission; use signed_in or public")
    return _declare(_Access(anonymous=False, permissions=permissions))


def device_or(*permissions: Permission, kinds: tuple[DeviceKind, ...] = tuple(DeviceKind)) -> Callable[[_View], _View]:
    """Open a view to the devices of the workshop of these kinds, whoever stands there, and to these permissions."""
    return _declare(_Access(anonymous=False, permissions=permissions, devices=kinds))


def signed_in(view: _View) -> _View:
    """Open a view to whoever is signed in."""
    return _declare(_Access(anonymous=False))(view)


def public(view: _View) -> _View:
    """Open a view to anybody."""
    return _declare(_Access(anonymous=True))(view)


def _declare(access: _Access) -> Callable[[_View], _View]:
    def mark(view: _View) -> _View:
        setattr(view, _DECLARED, access)
        return view

    return mark


def person_or_nobody() -> SignedIn | None:
    """The person who is signed in, if anybody is."""
    person = current_user._get_current_object()  # noqa: SLF001 - werkzeug's own way out of a proxy
    return person if isinstance(person, SignedIn) else None


def person() -> SignedIn:
    """The person who is signed in; not for public views, where there may be nobody."""
    found = person_or_nobody()
    if found is None:
        raise RuntimeError("nobody is signed in")
    return found


def actor() -> Actor:
    """Who acts, for the operations and the queries; not for public views."""
    return person().actor


def check(app: Flask) -> None:
    """Refuse to start when a route does not say who may reach it."""
    silent = sorted(name for name, view in app.view_functions.items() if not hasattr(view, _DECLARED))
    if silent:
        raise RuntimeError(f"routes that declare nobody (use allow, signed_in or public): {', '.join(silent)}")


def protect(app: Flask) -> None:
    """Enforce the declarations before every view."""
    app.before_request(_refuse_nul)
    app.before_request(_enforce)


def _refuse_nul() -> None:
    """A form with a NUL comes from no keyboard, and PostgreSQL keeps none."""
    if any("\x00" in text for text in request.form.values()):
        abort(400)


def roles_allowed(permissions: tuple[Permission, ...]) -> list[str]:
    """The roles, in French, that hold any of these permissions."""
    return [label(role) for role in Role if any(may(role, permission) for permission in permissions)]


def local_path(text: str | None) -> str | None:
    """An address to come back to: a path of this site, or nothing.

    >>> local_path("/ordres/12?page=2"), local_path("//ailleurs.test"), local_path("https://ailleurs.test/")
    ('/ordres/12?page=2', None, None)
    """
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable():
        return None
    parts = urlsplit(text)
    return None if parts.scheme or parts.netloc or "\\" in text else text


def _enforce() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    access: _Access | None = getattr(current_app.view_functions[request.endpoint], _DECLARED, None)
    if access is None:
        abort(403)
    if access.anonymous or _is_device(access.devices):
        return None
    someone = person_or_nobody()
    if someone is None:
        return ask_to_sign_in()
    if (access.permissions or access.devices) and not any(someone.may(permission) for permission in access.permissions):
        _refuse(access.permissions)
    return None


def _is_device(kinds: tuple[DeviceKind, ...]) -> bool:
    here = seats.device() if kinds else None
    return here is not None and here.kind in kinds


def ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page or, on a shared tablet, the names: both come back here."""
    if "X-Saisie" in request.headers:  # a device's outbox keeps what it could not send
        return {"etat": "connexion"}, 401
    if is_htmx():
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = local_path(here.path + (f"?{here.query}" if here.query else ""))
        return "", 401, {"HX-Redirect": _way_in(back)}
    if request.method in {"GET", "HEAD"}:
        return redirect(_way_in(local_path(request.full_path.rstrip("?"))), 303)
    if seats.is_locked() and request.form:
        raise CSRFError  # its page keeps what was typed while the tablet locked itself
    return redirect(_way_in(None), 303)


def _way_in(back: str | None) -> str:
    here = seats.device()
    if here is None or here.kind is not DeviceKind.TABLET:
        return url_for("sign_in.sign_in", next=back)
    seats.leave(back)
    return url_for("operators.index")


def _refuse(permissions: tuple[Permission, ...]) -> NoReturn:
    g.roles_allowed = roles_allowed(permissions)
    record_refusal("access.refused", request.endpoint or "", request.path)
    abort(403)


def record_refusal(action: str, subject: str, key: str) -> None:
    """Write in the journal that the person signed in asked for what is not theirs."""
    data = {"method": request.method, "path": request.path[:200].replace("\x00", "")}
    with transaction() as session:  # PostgreSQL keeps no NUL, which an address may hold
        journal.record(session, actor(), action, (subject[:50], key.replace("\x00", "")), data=data, now=clock.now())
