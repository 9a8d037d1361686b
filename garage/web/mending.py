"""Where accounting mends what keeps an order out of its bill: the words of the button and its address."""

from flask import current_app, url_for

from garage.domain.invoices.pricing import Anomaly, AnomalyCode

_OF_THE_COLLECTIVITY = (
    AnomalyCode.NO_CONVENTION, AnomalyCode.MISSING_SIRET, AnomalyCode.MISSING_CODE_SERVICE, AnomalyCode.BAD_SIRET,
    AnomalyCode.LONG_NAME, AnomalyCode.LONG_ADDRESS, AnomalyCode.LONG_CONVENTION,
)  # fmt: skip


def mend(found: Anomaly) -> tuple[str, str]:
    """The button that leads to the page where an anomaly is put right."""
    if found.code in _OF_THE_COLLECTIVITY and (there := endpoint("collectivities.show", code=found.collectivity)):
        return "Compléter la fiche", there
    if found.code is AnomalyCode.OPEN_QUESTION and (there := endpoint("questions.index")):
        return "Répondre", there
    return "Ouvrir l’ordre", url_for("orders.show", number=found.order)


def endpoint(name: str, **values: object) -> str | None:
    """The address of a page of another desk, where the application has it."""
    return url_for(name, **values) if name in current_app.view_functions else None  # type: ignore[arg-type]
