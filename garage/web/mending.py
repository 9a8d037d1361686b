"""Where accounting mends what keeps an order out of its bill: the words of the button and its address."""

from flask import url_for

from garage.domain.invoices.pricing import Anomaly, AnomalyCode

_OF_THE_COLLECTIVITY = (
    AnomalyCode.NO_CONVENTION, AnomalyCode.MISSING_SIRET, AnomalyCode.MISSING_CODE_SERVICE, AnomalyCode.BAD_SIRET,
    AnomalyCode.LONG_NAME, AnomalyCode.LONG_ADDRESS,
)  # fmt: skip


def mend(found: Anomaly) -> tuple[str, str, str]:
    """The button that leads to the page where an anomaly is put right: its words, its address, what it is about."""
    about = f"pour l’ordre {found.order}"
    if found.code in _OF_THE_COLLECTIVITY:
        return "Compléter la fiche", url_for("collectivities.show", code=found.collectivity), about
    if found.code is AnomalyCode.OPEN_QUESTION:
        return "Répondre", url_for("questions.index"), about
    return "Ouvrir l’ordre", url_for("orders.show", number=found.order), found.order
