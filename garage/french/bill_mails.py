"""The e-mails that carry a bill to a collectivity, and the summary of a run to accounting. Plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from garage.domain.invoices.bill import BillKind
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.french.formats import count, euros, long_day, quarter
from garage.french.request_mails import SITE, Text
from garage.french.typography import typeset

_FOOT: Final = "Ce message est envoyé automatiquement ; personne n’en lit les réponses."
_KINDS: Final = {
    BillKind.INVOICE: ("facture", "factures", "la facture"),
    BillKind.CREDIT_NOTE: ("avoir", "avoirs", "l’avoir"),
    BillKind.INTERNAL_STATEMENT: ("relevé interne", "relevés internes", "le relevé interne"),
}
FILE_DIFFERS: Final = "ALERTE : le PDF gardé n’est plus celui qui a été émis, rien n’est parti"
FILE_UNREADABLE: Final = "Le PDF n’a pas pu être lu ni imprimé"


@dataclass(frozen=True, slots=True)
class Carried:
    """The bill that a mail carries; amounts in euros; `credited` is the number that a credit note corrects."""

    kind: BillKind
    number: str
    issued_on: date
    quarter: Quarter
    issuer: str
    gross: Decimal
    terms: str | None
    credited: str | None = None


def bill(told: Carried) -> Text:
    """The mail of one bill; the PDF is attached when it leaves."""
    one, _, the = _KINDS[told.kind]
    corrected = f", qui corrige la facture {told.credited}" if told.credited else ""
    dated = f"{the} {told.number} du {long_day(told.issued_on)}{corrected}"
    lines = [f"Vous trouverez ci-joint {dated}, pour le {quarter(told.quarter)} : {euros(told.gross)}."]
    if told.terms and told.kind is BillKind.INVOICE:
        lines.append(f"Paiement : {told.terms}")
    address = f"{SITE}/factures/{told.number.replace('/', '~')}"
    read = f"Lire ligne à ligne, et poser une question : {address}"
    body = "\n\n".join(["Bonjour,", *lines, told.issuer, read, f"--\n{_FOOT}"]) + "\n"
    return Text(typeset(f"{one.capitalize()} {told.number} : {quarter(told.quarter)}"), typeset(body))


@dataclass(frozen=True, slots=True)
class Issued:
    """A bill of the run as the summary counts it."""

    kind: BillKind
    quarter: Quarter
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did: its bills, what it left, the names of collectivities whose bills went to nobody."""

    run_id: int
    bills: Sequence[Issued]
    carried: int
    excluded: int
    unaddressed: Sequence[str]


def summary(told: Summary) -> Text:
    """The mail of a run to accounting."""
    quarters = sorted({one.quarter for one in told.bills})
    parts = ["\n".join(_sums(told.bills)), "\n".join(_left(told))]
    if told.unaddressed:
        parts.append("Sans adresse électronique, à qui rien n’est envoyé : " + ", ".join(told.unaddressed) + ".")
    links = [f"Le passage : {SITE}/facturation/passages/{told.run_id}"]
    links += [f"Les factures du {quarter(one)} : {SITE}/factures?trimestre={one}" for one in quarters]
    links.append(f"Les envois : {SITE}/envois")
    body = "\n\n".join(["Bonjour,", *filter(None, parts), *links, f"--\n{_FOOT}"]) + "\n"
    subject = f"Facturation du {', '.join(quarter(one) for one in quarters)} : {_count(told.bills)}"
    return Text(typeset(subject), typeset(body))


def _sums(bills: Sequence[Issued]) -> list[str]:
    lines: list[str] = []
    for kind, (one, several, _) in _KINDS.items():
        mine = [bill.gross for bill in bills if bill.kind is kind]
        if mine:
            lines.append(f"{count(len(mine))} {one if len(mine) < 2 else several} : {euros(sum(mine, ZERO))}")
    return lines


def _left(told: Summary) -> list[str]:
    lines: list[str] = []
    if told.carried:
        words = "somme reportée" if told.carried < 2 else "sommes reportées"
        lines.append(f"{count(told.carried)} {words} sous le seuil.")
    if told.excluded:
        words = "ordre écarté" if told.excluded < 2 else "ordres écartés"
        lines.append(f"{count(told.excluded)} {words} par une anomalie, à corriger.")
    return lines


def _count(bills: Sequence[Issued]) -> str:
    return f"{count(len(bills))} {'document émis' if len(bills) < 2 else 'documents émis'}"
