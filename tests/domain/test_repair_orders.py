"""States, transitions and checks of orders; identities; passwords (rules O2 to O5, C1)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garage.domain import collectivities, users
from garage.domain import repair_orders as ro
from garage.domain.errors.base import BadCode, ImpossibleDay, ReasonMissing
from garage.domain.errors.collectivities import BadSiren, BadSiret, SiretOfAnother
from garage.domain.errors.repair_orders import BadMinutes, ForbiddenTransition, OrderClosed
from garage.domain.errors.stock import BadQuantity
from garage.domain.errors.users import BadEmail, TooManyAttempts, WeakPassword
from garage.domain.permissions import Role
from garage.domain.repair_orders import OrderState

S = OrderState


@given(st.sampled_from(S), st.sampled_from(S), st.sampled_from(Role))
def test_only_listed_transitions_exist(present: OrderState, wanted: OrderState, role: Role) -> None:
    try:
        ro.check_transition(present, wanted, role=role, reason="motif")
    except ForbiddenTransition:
        return
    assert wanted in ro.TRANSITIONS[present]
    assert S.INVOICED not in (present, wanted)
    assert role is Role.HEAD or wanted not in (S.DONE, S.CANCELLED)


@pytest.mark.parametrize(
    ("present", "wanted"), [(S.IN_PROGRESS, S.BLOCKED), (S.IN_PROGRESS, S.CANCELLED), (S.DONE, S.IN_PROGRESS)]
)
def test_some_acts_need_their_reason(present: OrderState, wanted: OrderState) -> None:
    ro.check_transition(present, wanted, role=Role.HEAD, reason="Pièce introuvable")
    with pytest.raises(ReasonMissing):
        ro.check_transition(present, wanted, role=Role.HEAD, reason="  ")


def test_every_state_has_its_transitions_and_billing_alone_invoices() -> None:
    assert set(ro.TRANSITIONS) == set(S)
    with pytest.raises(ForbiddenTransition):
        ro.check_transition(S.DONE, S.INVOICED, role=Role.HEAD, reason=None)


@pytest.mark.parametrize("state", S)
def test_who_may_still_write(state: OrderState) -> None:
    if state is S.CANCELLED:
        with pytest.raises(OrderClosed):
            ro.check_writable(state, "OR-1", Role.HEAD)
        return
    ro.check_writable(state, "OR-1", Role.HEAD)
    if state in (S.DONE, S.INVOICED):
        with pytest.raises(OrderClosed):
            ro.check_writable(state, "OR-1", Role.MECHANIC)


@pytest.mark.parametrize("minutes", [0, -1, 24 * 60 + 1])
def test_bad_minutes(minutes: int) -> None:
    with pytest.raises(BadMinutes):
        ro.check_minutes(minutes)


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000"])
def test_bad_quantity(quantity: str) -> None:
    with pytest.raises(BadQuantity):
        ro.check_quantity(Decimal(quantity))


def test_no_work_in_the_future() -> None:
    ro.check_day(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ImpossibleDay):
        ro.check_day(date(2026, 1, 2), date(2026, 1, 1))


def test_what_is_missing_at_closing() -> None:
    nothing = ro.missing_at_closing((), has_vehicle=True, meter=None)
    assert [(one.code, one.blocking) for one in nothing] == [
        ("no_lines", True),
        ("no_time", False),
        ("no_meter", False),
    ]
    part = ro.Work(1, 1, ro.LineNature.PART, date(2026, 1, 1), "R", None, "u", None, Decimal(1), None)
    found = ro.missing_at_closing((part,), has_vehicle=False, meter=None)
    assert [(one.code, one.blocking) for one in found] == [("no_time", False), ("no_cost", True)]


@given(st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_exactly_one_luhn_key(digits: str) -> None:
    assert sum(collectivities.luhn(digits + key) for key in "0123456789") == 1


def test_identities() -> None:
    assert collectivities.read_siren("242 900 801") == "242900801"
    assert collectivities.read_siret("212900013 00013", "212900013") == "21290001300013"
    for refusal, act in (
        (BadSiren, lambda: collectivities.read_siren("242900802")),
        (BadSiret, lambda: collectivities.read_siret("123", None)),
        (SiretOfAnother, lambda: collectivities.read_siret("21290001300013", "242900801")),
        (BadCode, lambda: collectivities.read_code("SAINT URBAIN")),
        (BadCode, lambda: collectivities.read_code("É")),
        (BadCode, lambda: collectivities.read_code("A" * 21)),
        (BadEmail, lambda: users.read_email("mairie")),
        (WeakPassword, lambda: users.check_password("trop-court")),
    ):
        with pytest.raises(refusal):
            act()


def test_sign_in_is_throttled() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    users.check_attempts([at] * 9)
    with pytest.raises(TooManyAttempts) as refused:
        users.check_attempts([at] * 10)
    assert refused.value.retry_at == at + users.THROTTLE_WINDOW
