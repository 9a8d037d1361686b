"""States of orders as addresses and buttons: their words, and what one may do next."""

from dataclasses import dataclass
from typing import Final

from garage.domain.errors.base import NotFound
from garage.domain.errors.repair_orders import ForbiddenTransition
from garage.domain.permissions import Role
from garage.domain.repair_orders import OPEN_STATES, TRANSITIONS, OrderState, check_transition
from garage.french.labels import label
from garage.french.plain import plain_text

OPEN: Final = "ouverts"
EVERY: Final = "tous"
S = OrderState

SLUGS: Final = {plain_text(label(state)).replace(" ", "-"): state for state in OrderState}
WORDS: Final = {state: slug for slug, state in SLUGS.items()}


@dataclass(frozen=True, slots=True)
class Act:
    """A change of state as a button; `asks` when a reason is asked for first, `optional` when it may stay empty.

    `entry` is the kind of entry that receives it, so that it may be sent later.
    """

    state: OrderState
    slug: str
    text: str
    icon: str
    asks: bool
    danger: bool = False
    optional: bool = False
    entry: str | None = None


SETTLE: Final = Act(S.DONE, "solder", "Solder sans facture…", "check", asks=True)
_TEXTS: Final = {
    S.REQUESTED: ("Remettre en demande", "hand-stop"),
    S.PLANNED: ("Planifier", "calendar"),
    S.IN_PROGRESS: ("Reprendre le travail", "player-play"),
    S.WAITING_PART: ("Attendre une pièce…", "hourglass"),
    S.WAITING_AGREEMENT: ("Attendre un accord…", "message-circle"),
    S.BLOCKED: ("Bloquer…", "alert-triangle"),
    S.CANCELLED: ("Annuler l’ordre…", "x"),
}  # the others have pages of their own, or come by themselves
_ENTRIES: Final = {S.WAITING_PART: "attendre-piece", S.WAITING_AGREEMENT: "attendre-accord", S.BLOCKED: "bloquer"}
_ASKED: Final = frozenset({S.WAITING_PART, S.WAITING_AGREEMENT, S.BLOCKED, S.CANCELLED})


def states_of(word: str) -> frozenset[OrderState]:
    """The states a filter means; an unknown word means the open ones."""
    if word == EVERY:
        return frozenset()
    return frozenset({SLUGS[word]}) if word in SLUGS else OPEN_STATES


def state_of(slug: str) -> OrderState:
    """The state of an address one may ask for. Raises NotFound."""
    state = SLUGS.get(slug)
    if state not in _TEXTS:
        raise NotFound("order", slug)
    return state


def filter_words() -> list[tuple[str, str]]:
    """The lines of the filter."""
    return [(OPEN, "Ouverts"), (EVERY, "Tous les états"), *((slug, label(state)) for slug, state in SLUGS.items())]


def act(present: OrderState, wanted: OrderState) -> Act:
    """A change of state as it is offered."""
    text, icon = _TEXTS[wanted]
    asks = wanted in _ASKED or present is S.DONE
    if wanted is S.IN_PROGRESS and present is S.TO_CHECK:
        text, icon = "Renvoyer à l’atelier", "arrow-back-up"
    elif wanted is S.IN_PROGRESS and present is S.DONE:
        text, icon = "Rouvrir l’ordre…", "arrow-back-up"
    optional = wanted in (S.WAITING_PART, S.WAITING_AGREEMENT)
    danger, entry = wanted is S.CANCELLED, _ENTRIES.get(wanted)
    return Act(wanted, WORDS[wanted], text, icon, asks, danger=danger, optional=optional, entry=entry)


def acts(present: OrderState, role: Role) -> list[Act]:
    """What this role may do next with an order in this state, in the order of the states."""
    wanted = (state for state in OrderState if state in TRANSITIONS[present] and state in _TEXTS)
    return [act(present, state) for state in wanted if may_move(present, state, role)]


def may_move(present: OrderState, wanted: OrderState, role: Role) -> bool:
    """Whether a role may make a listed change, a reason given."""
    try:
        check_transition(present, wanted, role=role, reason="…")
    except ForbiddenTransition:
        return False
    return True
