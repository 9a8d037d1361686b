"""Words of the closing cockpit: why an order cannot be billed yet, who has it in hand, what mends it."""

from typing import Final

from garage.domain.invoices.pricing import AnomalyCode
from garage.domain.repair_orders import OrderState
from garage.french.typography import typeset

HEAD: Final = "Chef d’atelier"
ACCOUNTING: Final = "Comptabilité"
OPEN: Final = "Ouvrir l’ordre"

_UNFINISHED: Final = {
    OrderState.DRAFT: "Du travail est saisi sur un brouillon.",
    OrderState.REQUESTED: "Du travail est saisi, l’ordre n’est pas commencé.",
    OrderState.PLANNED: "Du travail est saisi, l’ordre n’est pas commencé.",
    OrderState.IN_PROGRESS: "Le travail n’est pas terminé.",
    OrderState.WAITING_PART: "Une pièce est attendue.",
    OrderState.WAITING_AGREEMENT: "L’accord de la collectivité est attendu.",
    OrderState.BLOCKED: "L’ordre est bloqué.",
    OrderState.TO_CHECK: "Le contrôle du chef d’atelier est dû.",
}
_BUTTONS: Final = {OrderState.TO_CHECK: "Contrôler…"}

GROUPS: Final = {
    AnomalyCode.NO_CONVENTION: "Sans convention",
    AnomalyCode.NO_GRID: "Sans grille tarifaire",
    AnomalyCode.NO_TARIFF_LINE: "Sans ligne de tarif",
    AnomalyCode.NO_COST: "Coût manquant",
    AnomalyCode.MISSING_ENGAGEMENT: "Engagement manquant",
    AnomalyCode.NO_LINES: "Terminé sans rien",
    AnomalyCode.OPEN_QUESTION: "Question sans réponse",
    AnomalyCode.MISSING_SIRET: "SIRET manquant",
    AnomalyCode.MISSING_CODE_SERVICE: "Code service manquant",
    AnomalyCode.BAD_SIRET: "SIRET faux",
    AnomalyCode.LONG_NAME: "Nom trop long",
    AnomalyCode.LONG_ADDRESS: "Adresse trop longue",
    AnomalyCode.LONG_ENGAGEMENT: "Engagement trop long",
    AnomalyCode.LONG_LABEL: "Libellé trop long",
}
REMEDIES: Final = {
    AnomalyCode.NO_CONVENTION: "Voir l’ordre",
    AnomalyCode.NO_GRID: "Voir l’ordre",
    AnomalyCode.NO_TARIFF_LINE: "Voir l’ordre",
    AnomalyCode.NO_COST: "Saisir le coût…",
    AnomalyCode.MISSING_ENGAGEMENT: "Saisir l’engagement…",
    AnomalyCode.NO_LINES: "Rouvrir l’ordre",
    AnomalyCode.OPEN_QUESTION: "Répondre…",
    AnomalyCode.MISSING_SIRET: "Voir l’ordre",
    AnomalyCode.MISSING_CODE_SERVICE: "Voir l’ordre",
    AnomalyCode.BAD_SIRET: "Voir l’ordre",
    AnomalyCode.LONG_NAME: "Voir l’ordre",
    AnomalyCode.LONG_ADDRESS: "Voir l’ordre",
    AnomalyCode.LONG_ENGAGEMENT: "Corriger l’engagement…",
    AnomalyCode.LONG_LABEL: "Voir l’ordre",
}


def unfinished(state: OrderState) -> str:
    """Why an order in this state cannot be billed."""
    return _UNFINISHED[state]


def button(state: OrderState) -> str:
    """What takes an order out of this state."""
    return _BUTTONS.get(state, OPEN)


def on_line(rank: int, sentence: str) -> str:
    """The sentence of an anomaly with the line it is about."""
    return typeset(f"Ligne {rank} : {sentence}")
