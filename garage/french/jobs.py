"""Names of jobs and outcomes of their runs, in French."""

_NAMES = {
    "quarterly_invoicing": "Facturation des trimestres terminés",
    "archive_check": "Contrôle des factures imprimées",
    "issue_quarter": "Émission d’un trimestre sur demande",
    "send_mails": "Envoi des courriers électroniques",
    "forget": "Effacement des coordonnées anciennes",
    "stock_totals": "Addition de la valeur du stock",
}
_OUTCOMES = {"asked": "demandée", "running": "en cours", "done": "réussie", "failed": "en échec"}


def job_name(name: str) -> str:
    """What people call a job."""
    return _NAMES[name]


def outcome_words(outcome: str) -> str:
    """How a run stands or ended, said of a task."""
    return _OUTCOMES[outcome]
