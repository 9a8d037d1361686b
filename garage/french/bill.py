"""The words of a bill: titles, column heads, VAT mentions and the short sentences round its figures. No layout."""

from datetime import date
from decimal import Decimal

from garage.domain.collectivities import Category, VatRegime
from garage.domain.invoices.bill import (
    Bill,
    BillCited,
    BilledLine,
    BilledNature,
    BilledOrder,
    BillKind,
    ConventionCited,
    GridCited,
    Payment,
    Replaced,
    StructureLine,
    VatShare,
)
from garage.french.formats import (
    NBSP,
    count,
    day,
    euros,
    percent,
    quarter,
    registration,
    siret,
    unit_price,
)

TITLES = {
    BillKind.INVOICE: "Facture",
    BillKind.CREDIT_NOTE: "Avoir",
    BillKind.INTERNAL_STATEMENT: "Relevé interne",
}
TOTAL_OF = {
    BillKind.INVOICE: "Total de la facture",
    BillKind.CREDIT_NOTE: "Total de l’avoir",
    BillKind.INTERNAL_STATEMENT: "Total du relevé interne",
}
VAT_MENTIONS = {
    VatRegime.OUT_OF_SCOPE: "TVA non applicable, art. 256 B du CGI",
    VatRegime.EXEMPT: "Exonération de TVA, art. 261 B du CGI",
    VatRegime.TAXED: None,
}
CATEGORIES = {Category.FOUNDER: "membre fondateur", Category.PARTNER: "partenaire"}

DRAFT = "PROJET"
DRAFT_NOTICE = "Projet sans numéro ni valeur : les montants peuvent encore changer."
ADDRESSEE = "Destinataire"
ISSUED_ON, QUARTER, CODE_SERVICE = "Date", "Période", "Code service"
ENGAGEMENT, THIRD_PARTY, CORRECTION, REASON = "Engagement", "Code tiers", "Objet", "Motif"
CONVENTIONS, TARIFFS, PRICES, PAYMENT = "Conventions", "Tarifs", "Prix", "Paiement"
DONE_ON, WHAT, DURATION, QUANTITY, UNIT = "Date", "Désignation", "Durée", "Quantité", "Unité"
VAT_RATE = "TVA"
STRUCTURE = "Frais de structure"
BY_YEAR, TOTALS = "Net par exercice", "Totaux"
HOUR = "h"
ORDER, OBJECT = "Ordre de réparation", "Véhicule ou objet"
REMAINDER = "Reste au centime de la ligne facturée"
CONTINUED = "(suite)"


def heads(bill: Bill) -> tuple[str, str]:
    """Heads of the two columns of money."""
    return ("Prix unit. HT, €", "Net HT, €") if bill.bears_vat else ("Prix unitaire, €", "Net, €")


def mention(bill: Bill) -> str | None:
    """What is said instead of VAT, as it was frozen (rule M6); None when VAT is due on every line."""
    return bill.mention or VAT_MENTIONS[bill.regime]


def vat_in_short(bill: Bill) -> str:
    """What stands under the great total: net and VAT, or why there is none."""
    return net_and_vat(bill.net, bill.vat) if bill.bears_vat else mention(bill) or ""


def rate(bill: Bill, value: Decimal) -> str:
    """The VAT rate of a line; what is exempt beside taxed goods has none."""
    return "exonéré" if bill.regime is VatRegime.EXEMPT and not value else percent(value)


def shares(bill: Bill) -> list[VatShare]:
    """The rates to be printed: what is exempt has its mention, not a rate of zero."""
    taxed = bill.regime is VatRegime.TAXED
    return [share for share in bill.vat_shares if bill.bears_vat and (taxed or share.rate)]


def name(bill: Bill) -> str:
    """The title with the number, or with the word for a draft."""
    return f"{TITLES[bill.kind]} {bill.number}" if bill.number else f"{TITLES[bill.kind]} – {DRAFT}"


def document_title(bill: Bill) -> str:
    """What a reader's window or a screen reader calls the file."""
    return f"{name(bill)} – {bill.addressee.name} – {quarter(bill.quarter)}"


def running_head(bill: Bill) -> str:
    """What every page after the first says of the bill."""
    return f"{name(bill)} · {quarter(bill.quarter)} · {bill.addressee.name}"


def subject(bill: Bill) -> str:
    """What the file says it is about."""
    return f"{TITLES[bill.kind]} du garage mutualisé, {quarter(bill.quarter)}"


def net_and_vat(net: Decimal, vat: Decimal) -> str:
    """Net and VAT beside a total that holds both."""
    return f"dont net HT {euros(net)} et TVA {euros(vat)}"


def page(number: int, pages: int) -> str:
    """Page x / y, held on one line."""
    return f"Page{NBSP}{number}{NBSP}/{NBSP}{pages}"


def identity(digits: str | None, siren: str | None) -> str | None:
    """SIRET of a body, else its SIREN."""
    if digits:
        return f"SIRET{NBSP}{siret(digits)}"
    return f"SIREN{NBSP}{siret(siren)}" if siren else None


def vat_identity(bill: Bill) -> str | None:
    """The VAT number of the issuer; a bill out of scope may not name it (EN 16931, BR-O-02)."""
    number = bill.issuer.vat_number
    return f"N°{NBSP}de TVA {number}" if number and bill.regime is not VatRegime.OUT_OF_SCOPE else None


def cited(bill: BillCited) -> str:
    """An earlier bill by its kind, number and date."""
    return f"{TITLES[bill.kind].lower()} {bill.number} du {day(bill.issued_on)}"


def credit_of(bill: BillCited) -> str:
    """What a credit note corrects."""
    return f"Corrige {_the(bill)}"


def _the(bill: BillCited) -> str:
    words = cited(bill)
    return f"la {words}" if words.startswith("facture") else (f"le {words}" if words[0] == "r" else f"l’{words}")


def _to(bill: BillCited) -> str:
    words = _the(bill)
    return f"au {words[3:]}" if words.startswith("le ") else f"à {words}"


def purpose(bill: Bill) -> str:
    """Why the document exists: the bases of liquidation of a titre de recettes, never a demand to pay."""
    if bill.kind is BillKind.INTERNAL_STATEMENT:
        return "Rien à payer : prestations faites pour l’émetteur lui-même, sans facture ni titre de recettes."
    if bill.kind is BillKind.CREDIT_NOTE:
        first = f" correspondant à {_the(bill.credited)}" if bill.credited else ""
        return (
            "Aucun versement au vu de ce document : il forme les bases de liquidation (article 24 du décret "
            f"n°{NBSP}2012-1246) de la réduction ou de l’annulation du titre de recettes{first}."
        )
    return (
        "Rien à payer au vu de ce document : il sera joint au titre de recettes à venir, dont il forme les bases "
        f"de liquidation (article 24 du décret n°{NBSP}2012-1246)."
    )


def payment(bill: Bill) -> list[str]:
    """How the document is settled: its purpose, then the terms of an invoice and the account to pay to."""
    if bill.payment is None or bill.kind is not BillKind.INVOICE:
        return [purpose(bill)]
    return [sentence for sentence in (purpose(bill), bill.payment.terms, account(bill.payment)) if sentence]


def payment_terms(bill: Bill) -> str:
    """What the bill says of when it is to be paid; the terms of an invoice are accounting's own words."""
    terms = bill.payment.terms if bill.payment is not None and bill.kind is BillKind.INVOICE else ""
    return terms or purpose(bill)


def account(value: Payment) -> str | None:
    """The account to pay to, by groups of four."""
    if not value.iban:
        return None
    iban = f"IBAN{NBSP}" + NBSP.join(value.iban[start : start + 4] for start in range(0, len(value.iban), 4))
    bic = f"BIC{NBSP}{value.bic}" if value.bic else None
    return ", ".join(filter(None, (iban, bic, value.holder)))


def convention(value: ConventionCited) -> str:
    """A convention in one sentence; the issuer needs none (rule C2)."""
    if value.starts_on == date.min:
        return f"Sans convention, {CATEGORIES[value.category]} de plein droit"
    signed = f" signée le {day(value.signed_on)}" if value.signed_on else ""
    parts = [f"{value.reference or 'Convention'}{signed}", f"à effet du {day(value.starts_on)}"]
    parts += [CATEGORIES[value.category]] + ([value.legal_basis] if value.legal_basis else [])
    return ", ".join(parts)


def grid(value: GridCited) -> str:
    """A tariff grid with the deliberation that voted it."""
    voted = f", délibération {value.deliberation}" if value.deliberation else ""
    on = f" du {day(value.deliberated_on)}" if value.deliberated_on and voted else ""
    return f"{value.name}, applicable au {day(value.starts_on)}{voted}{on}"


def priced_by(grid_name: str, category: Category) -> str:
    """The grid and the column of it that gave a price (rule T4)."""
    return f"grille «{NBSP}{grid_name}{NBSP}», {CATEGORIES[category]}"


def one_price_source(grid_name: str, category: Category) -> str:
    """Said once when every line has the same grid and category."""
    return f"Toutes les lignes{NBSP}: {priced_by(grid_name, category)}"


def cost_basis(line: BilledLine) -> str | None:
    """How a price is made of a cost and a percentage (rules M3, M4)."""
    if line.cost is None:
        return None
    base = f"coût{NBSP}{unit_price(line.cost)}{NBSP}€"
    return base if line.percent is None else f"{base}{NBSP}+{NBSP}{percent(line.percent)}"


def origin(line: BilledLine) -> str | None:
    """The reference of a part, the supplier and invoice of external work, the tariff code of the rest."""
    if line.nature is BilledNature.EXTERNAL:
        invoice = f"facture {line.supplier_invoice}" if line.supplier_invoice else None
        return ", ".join(filter(None, (line.supplier, invoice))) or None
    if line.nature is BilledNature.PART:
        return f"réf.{NBSP}{line.code}" if line.code else None
    return line.code or None


def not_billed(reason: str) -> str:
    """Why a line is worth nothing (rule O3)."""
    return f"Non facturé{NBSP}: {reason}"


def vehicle(order: BilledOrder) -> tuple[str, str]:
    """What orders are grouped under: the short name, then what describes it."""
    if order.fleet_number is None:
        return order.object_label or "Sans véhicule", ""
    plate = registration(order.registration) if order.registration else None
    return order.fleet_number, " · ".join(filter(None, (plate, order.vehicle_label)))


def subtotal(short_name: str) -> str:
    """Label of the sum of one vehicle or object."""
    return f"Sous-total {short_name}"


def order_facts(order: BilledOrder) -> str:
    """Days, meter and who asked, in one sentence after the order's number."""
    facts = [f"ouvert le {day(order.opened_on)}, terminé le {day(order.closed_on)}"]
    if order.meter is not None:
        facts.append(f"compteur {count(order.meter)}{NBSP}{order.meter_unit or ''}".rstrip())
    facts += [f"demandeur{NBSP}: {order.requester}"] if order.requester else []
    facts += [f"service{NBSP}: {order.service}"] if order.service else []
    facts += [f"motif{NBSP}: {order.reason}"] if order.reason else []
    return " · ".join(facts)


def order_note(order: BilledOrder) -> str | None:
    """What makes the order unusual on this bill: a late quarter, a complement (rules B1, B4)."""
    late = f"prestation du {quarter(order.late_quarter)}" if order.late_quarter else None
    more = f"complément {_to(order.complement_of)}" if order.complement_of else None
    words = " · ".join(filter(None, (late, more, replaced(order.replaces) if order.replaces else None)))
    return words[:1].upper() + words[1:] if words else None


def replaced(value: Replaced) -> str:
    """The bill that this one stands in for, the credit note that took it back, and why (rule B8)."""
    return f"remplace {_the(value.bill)}, reprise par {_the(value.credit_note)}, motif{NBSP}: {value.reason}"


def structure_basis(line: StructureLine) -> str:
    """The base and the percentage of a structure fee (rule M5)."""
    return f"{percent(line.percent)} de {euros(line.base)}"


def year(value: int, *, earlier: bool) -> str:
    """A year of execution; a correction of a past one says so (rule B8)."""
    return f"Exercice {value} (exercice antérieur)" if earlier else f"Exercice {value}"


def vat_share(share: VatShare) -> str:
    """One VAT rate and its base."""
    return f"TVA {percent(share.rate)} sur {euros(share.net)}"


def total_label(bill: Bill) -> str:
    """Label of what is owed in all."""
    return TOTAL_OF[bill.kind] + (" TTC" if bill.bears_vat else "")


def net_label(bill: Bill) -> str:
    """Label of the sum of lines and fees."""
    return "Total net HT" if bill.bears_vat else "Total net"


def issue_day(value: date | None) -> str:
    """The day of issue, or that there is none yet."""
    return day(value) if value else "à l’émission"
