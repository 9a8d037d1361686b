"""Words of the state of what is left to bill: its stages, and how it is read (rule Y1)."""

from typing import Final

from garage.domain.invoices.left_to_bill import Stage

STAGES: Final = {
    Stage.READY: "Terminé",
    Stage.CARRIED: "Reporté",
    Stage.HELD: "Écarté",
    Stage.OPEN: "En cours",
}
EXPLAINED: Final = {
    Stage.READY: "contrôlé, le prochain passage le facture",
    Stage.CARRIED: "contrôlé, sous le plancher ou à 0,00 €",
    Stage.HELD: "contrôlé, mais une anomalie retient l’ordre",
    Stage.OPEN: "ordre encore ouvert, heures et pièces à ce jour",
}
NO_ARTICLE: Final = "À préciser"
TITLE: Final = "État des restes à facturer"
METHOD: Final = (
    "Montants hors TVA. Chaque ligne est au tarif du jour où elle a été faite, et compte dans l’exercice de ce jour.",
    "Les frais de structure sont ceux qui viendraient si tout était facturé ainsi, répartis par exercice.",
    "Une facture compte du jour de son émission, un avoir aussi.",
    "Une saisie faite après coup compte au jour du travail : l’état d’un jour passé peut donc encore la recevoir.",
)


def title(day: str) -> str:
    """The name of the state of a day."""
    return f"{TITLE} au {day}"


def foot(day: str, printed_on: str) -> str:
    """What stands under each page of the state."""
    return f"{title(day)}, imprimé le {printed_on}"


def article(text: str) -> str:
    """An accounting article, or that none is set."""
    return text or NO_ARTICLE
