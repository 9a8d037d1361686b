"""The runs of the garage's tasks: asked, started, ended, what they did, what failed."""

from typing import Any

from flask import Blueprint, render_template, request

from garage.db.queries import job_runs
from garage.db.queries.job_runs import Run
from garage.domain.periods import Quarter
from garage.domain.permissions import Permission
from garage.french import formats
from garage.french.jobs import job_name, outcome_words
from garage.web import paging
from garage.web.access import allow
from garage.web.context import reading
from garage.web.filters import plural

blueprint = Blueprint("job_runs", __name__, url_prefix="/taches")
_PAGE = 50
_TONES = {
    "asked": ("gris", "clock"),
    "running": ("bleu", "player-play"),
    "done": ("neutre", "check"),
    "failed": ("rouge", "alert-circle"),
}


_COUNTED = {
    "sent": ("courrier envoyé", "courriers envoyés"),
    "failed": ("courrier non parti", "courriers non partis"),
    "given_up": ("courrier trop ancien abandonné", "courriers trop anciens abandonnés"),
    "requesters": ("demandeur effacé", "demandeurs effacés"),
    "mails": ("courrier effacé", "courriers effacés"),
}


@blueprint.get("")
@allow(Permission.READ_JOURNAL, Permission.PREVIEW_INVOICES)
def index() -> str:
    """The last runs, the latest first."""
    with reading() as session:
        rows = job_runs.page(session, _PAGE + 1, paging.whole(request.args.get("avant")))
    return render_template(
        "job_runs/index.html",
        rows=rows[:_PAGE],
        older=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
        name=_name,
        outcome=outcome_words,
        tones=_TONES,
        summary=summary,
    )


def _name(job: str) -> str:
    try:
        return job_name(job)
    except KeyError:
        return job


def summary(run: Run) -> list[str]:
    """What a run did, in short French sentences."""
    told = run.summary
    quarters = told.get("quarters", [told] if "quarter" in told else [])
    prepared = bool(told.get("prepared_only"))
    lines = [_of_quarter(one, prepared=prepared) for one in quarters]
    if "alarms" in told:
        lines.append(plural(told.get("printed", 0), "PDF imprimé", "PDF imprimés"))
    if told.get("alarms"):
        lines.append(f"Fichiers changés{formats.NBSP}: {', '.join(told['alarms'])}")
    lines += [plural(told[word], *nouns) for word, nouns in _COUNTED.items() if told.get(word)]
    if not lines and run.outcome == "done":
        lines.append("Rien à faire")
    return lines


def _of_quarter(told: dict[str, Any], *, prepared: bool) -> str:
    made = plural(told["bills"], "facture", "factures")
    parts = [f"{formats.quarter(Quarter.parse(told['quarter']))}{formats.NBSP}: {made}"]
    parts[0] += " à contrôler" if prepared else ""
    if told.get("carried"):
        parts.append(plural(told["carried"], "somme reportée", "sommes reportées"))
    if told.get("excluded"):
        parts.append(plural(told["excluded"], "ordre écarté", "ordres écartés"))
    if "printed" in told:
        parts.append(plural(told["printed"], "PDF imprimé", "PDF imprimés"))
    return ", ".join(parts)
