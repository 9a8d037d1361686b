"""The e-mails that tell a requester how far the request is: subject and body, plain text.

Nothing that the requester typed is in them: an address that somebody else gave receives no words of a stranger.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from garage.domain.requests import Step
from garage.french.formats import long_day
from garage.french.typography import typeset

# Where the address of the garage goes when the mail leaves; without one, the line is left out.
SITE: Final = "{site}"

_STEPS: Final = {
    Step.ASKED: ("à l’étude", "L’atelier étudie de nouveau votre demande."),
    Step.ACCEPTED: ("acceptée", "L’atelier a accepté votre demande."),
    Step.PLANNED: ("planifiée", "L’intervention est planifiée."),
    Step.IN_WORKSHOP: ("en atelier", "L’atelier a commencé l’intervention."),
    Step.WAITING: ("en attente", "L’intervention est en attente : l’atelier la reprendra dès que possible."),
    Step.READY: ("prête", "L’intervention est terminée : vous pouvez reprendre {thing}."),
    Step.REFUSED: ("refusée", "L’atelier ne donne pas suite à votre demande."),
    Step.CANCELLED: ("annulée", "L’intervention a été annulée. Pour toute question, appelez l’atelier."),
}
_FOOT = (
    "Ce message est envoyé automatiquement à l’adresse donnée avec la demande ; personne n’en lit les réponses.\n"
    "Si vous n’avez rien demandé, ne tenez pas compte de ce message."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What every mail names: number, day of reception, the thing («Renault Master, AB-123-CD»), follow-up token."""

    number: str
    received_on: date
    thing: str
    token: str
    vehicle: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A subject and a body."""

    subject: str
    body: str


def received(told: Told) -> Text:
    """The request arrived."""
    lines = [
        "Votre demande est bien arrivée à l’atelier.",
        "Vous recevrez un message à cette adresse à chaque étape.",
    ]
    return _text(told, "reçue", lines)


def step(told: Told, reached: Step, promised_on: date | None, answer: str | None = None) -> Text:
    """The request reached a step; the answer is that of a refusal."""
    word, sentence = _STEPS[reached]
    lines = [sentence.format(thing="le véhicule" if told.vehicle else "l’usage du site ou de l’objet")]
    if answer:
        lines.append(f"Réponse de l’atelier : {answer}")
    return _text(told, word, [*lines, *_promise(promised_on)])


def promise(told: Told, promised_on: date | None) -> Text:
    """The promised day changed, the step did not."""
    lines = _promise(promised_on) or ["Le jour prévu ne tient plus : l’atelier en donnera un autre."]
    return _text(told, "nouveau jour prévu" if promised_on else "jour prévu retiré", lines)


def _promise(promised_on: date | None) -> list[str]:
    return [f"Fin prévue le {long_day(promised_on)}."] if promised_on else []


def _text(told: Told, word: str, lines: list[str]) -> Text:
    about = f"Demande {told.number} du {long_day(told.received_on)}\n{told.thing}"
    follow = f"Suivre la demande : {SITE}/suivi/{told.token}"
    body = "\n\n".join(["Bonjour,", "\n".join(lines), about, follow, f"--\n{_FOOT}"]) + "\n"
    return Text(typeset(f"Demande {told.number} : {word}"), typeset(body))


def at_site(body: str, site: str) -> str:
    """A body as it leaves: with the address of the garage, or without the line that needs it.

    >>> at_site("Bonjour\\n\\nSuivre : {site}/suivi/x\\n", "https://garage.test")
    'Bonjour\\n\\nSuivre : https://garage.test/suivi/x\\n'
    >>> at_site("Bonjour\\n\\nSuivre : {site}/suivi/x\\n", "")
    'Bonjour\\n'
    """
    if site:
        return body.replace(SITE, site)
    return "\n\n".join(part.rstrip("\n") for part in body.split("\n\n") if SITE not in part) + "\n"
