"""Words of questions: one sentence per refusal, the e-mails that tell of one; none carries what somebody typed."""

from collections.abc import Callable
from typing import Any, Final

from garage.domain.errors import questions
from garage.domain.errors.base import GarageError
from garage.french.formats import day
from garage.french.request_mails import SITE, Text
from garage.french.typography import typeset

SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    questions.QuestionMissing: lambda _: (
        "Écrivez votre question, 1000 caractères au plus, par exemple « Pourquoi deux heures pour cette vidange ? »."
    ),
    questions.AnswerOfQuestionMissing: lambda _: (
        "Écrivez la réponse, 1000 caractères au plus : elle sera lue telle quelle par la collectivité."
    ),
    questions.QuestionsClosed: lambda _: (
        "Le délai pour questionner ce trimestre avant facturation est passé. "
        "Posez votre question sur la facture, dès qu’elle est émise."
    ),
    questions.LineGone: lambda x: (
        f"L’ordre {x.order} n’attend plus sa facture, ou cette ligne a été corrigée. "
        "Si la facture est émise, posez-y votre question."
    ),
    questions.QuestionAnswered: lambda x: (
        f"Cette question a déjà reçu une réponse{f' de {x.by}' if x.by else ''}. Relisez-la avant d’écrire."
    ),
    questions.NotForMail: lambda x: f"{x.number} est un relevé interne : il ne s’envoie à personne.",
    questions.NoAddress: lambda x: (
        f"{x.name} n’a pas d’adresse électronique : saisissez-la dans sa fiche, puis revenez ici."
    ),
    questions.SentMeanwhile: lambda x: (
        f"{x.number} vient d’être envoyée ou mise à l’envoi, le {day(x.at)}. "
        "Relisez les envois avant d’en demander un autre."
    ),
}

_FOOT: Final = "Ce message est envoyé automatiquement ; personne n’en lit les réponses."


def asked(collectivity: str, order: str, bill: str | None, question_id: int) -> Text:
    """To who answers: a collectivity asked something."""
    about = f"la facture {bill}" if bill else f"l’ordre {order}, avant sa facture"
    waits = [] if bill else ["L’ordre ne sera pas facturé tant que la question est sans réponse."]
    lines = [f"{collectivity} pose une question sur une ligne de {about}.", *waits]
    return _text(f"Question de {collectivity} sur {bill or order}", lines, question_id, "Lire et répondre")


def answered(order: str, bill: str | None, question_id: int) -> Text:
    """To who asked: there is an answer."""
    about = f"la facture {bill}" if bill else f"l’ordre {order}"
    lines = [f"Votre question sur une ligne de {about} a reçu une réponse."]
    return _text(f"Réponse à votre question sur {bill or order}", lines, question_id, "Lire la réponse")


def _text(subject: str, lines: list[str], question_id: int, link: str) -> Text:
    follow = f"{link} : {SITE}/questions/{question_id}"
    body = "\n\n".join(["Bonjour,", "\n".join(lines), follow, f"--\n{_FOOT}"]) + "\n"
    return Text(typeset(subject), typeset(body))


def closed_by_bill(number: str) -> str:
    """The answer of a question that a bill overtook."""
    return typeset(
        f"Question close sans réponse : l’ordre a été facturé par {number}. Posez-la de nouveau sur ce document."
    )
