"""Words of suppliers' invoices: differences, what acceptance does, refusals, acts (E9)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from garage.domain.errors import supplier_invoices as errors
from garage.domain.errors.base import GarageError
from garage.domain.purchases import SupplierInvoiceState
from garage.domain.supplier_invoices import Difference, Effect, Gap
from garage.french.formats import NBSP, day, euros, quantity, unit_price

# Tone and icon of a state; a colour never says it alone.
TONES: Final = {
    SupplierInvoiceState.TO_CHECK: ("bleu", "list-check"),
    SupplierInvoiceState.DISPUTED: ("ambre", "alert-triangle"),
    SupplierInvoiceState.ACCEPTED: ("vert", "circle-check"),
}
SLUGS: Final = {
    "a-controler": SupplierInvoiceState.TO_CHECK,
    "en-litige": SupplierInvoiceState.DISPUTED,
    "acceptees": SupplierInvoiceState.ACCEPTED,
}
EFFECTS: Final = {
    Effect.NOTHING: "",
    Effect.CORRECTS_PRICE: "Le prix de l’entrée en stock sera corrigé.",
    Effect.SETS_COST: "Ce coût sera porté sur la ligne de l’ordre.",
    Effect.NEW_LINE: "Une ligne de travail externe sera ajoutée à l’ordre.",
    Effect.COMPLEMENT: (
        "La ligne est déjà facturée à la commune : la différence sera ajoutée à l’ordre, en complément."
    ),
}


def effect(done: Effect, dearer: Decimal, order: str | None, *, choice: bool = False) -> str:
    """What acceptance does for a line; `dearer` in euros, `choice` when its order may bear it.

    >>> effect(Effect.KEEPS, Decimal("2.00"), "OR-1").replace(NBSP, " ")
    'Ce qui est déjà sur l’ordre OR-1 garde son coût. La différence, 2,00 €, reste à la charge du garage.'
    """
    if done is not Effect.KEEPS:
        return EFFECTS[done]
    kept = f"Ce qui est déjà sur l’ordre {order} garde son coût." if order else "Le montant connu ne change pas."
    if dearer <= 0:
        return f"{kept} La différence reste au garage."
    unless = ", sauf si vous la portez sur l’ordre" if choice else ""
    return f"{kept} La différence, {euros(dearer)}, reste à la charge du garage{unless}."


def price_facts(row: Any, known: Decimal | None, price: Any) -> list[tuple[str, str]]:
    """A corrected price as a storekeeper follows it: what came, both prices, where each euro of the difference goes.

    `row` is the line, `known` the unit cost noted on receipt, `price` what the correction does, both in euros.
    """
    unit = row.unit or ""
    facts = [
        ("Reçu", _units(row.received, unit)),
        ("Prix noté à la réception", _price(price.cost_before if known is None else known)),
        ("Facturé ici", _units(row.quantity, unit)),
        ("Prix facturé", _price(row.price)),
    ]
    if price.cost_after != row.price:
        facts.append(
            (f"Prix moyen des {_units(row.received, unit)} reçus", _change(price.cost_before, price.cost_after))
        )
    facts.append(("S’ajoute à la valeur du stock", euros(price.to_stock)))
    facts.append(("Écart de prix, sur ce qui est déjà sorti", euros(price.variance)))
    if price.average_before is not None and price.average_after is not None:
        facts.append(("Coût moyen (CUMP)", _change(price.average_before, price.average_after)))
    return facts


def corrected(written: Any) -> str:
    """What an accepted price wrote, in euros: on the value of the stock, and apart for what was gone."""
    told = f"Prix de l’entrée corrigé{NBSP}: {euros(written.value_change)} sur le stock"
    return told + (f", {euros(written.variance)} en écart de prix" if written.variance else "")


def gone(row: Any, price: Any) -> str:
    """Why some of the difference does not go on the stock though units are on hand; nothing when all does."""
    if not price.variance:
        return ""
    if price.on_hand > 0 and not price.to_stock:
        return (
            f"Les {_units(price.on_hand, row.unit)} en stock viennent d’autres livraisons : depuis celle-ci, le stock "
            "est passé par zéro. Leur prix ne change donc pas."
        )
    return "Ce qui est déjà sorti garde son coût : cette part de la différence est écrite à part, en écart de prix."


def _price(cost: Decimal) -> str:
    return f"{unit_price(cost)}{NBSP}€"


def _change(before: Decimal, after: Decimal) -> str:
    return f"{_price(before)} → {_price(after)}" if before != after else f"{_price(before)}, inchangé"


def gap(difference: Difference, unit: str | None) -> str:
    """A difference in words.

    >>> gap(Difference(Gap.PRICE_ABOVE, Decimal("4.20")), None).replace(NBSP, " ")
    'Prix au-dessus du prix connu : 4,20 € de plus'
    """
    words = {
        Gap.NOWHERE: f"Reçu nulle part : {euros(abs(difference.by))}",
        Gap.QUANTITY_ABOVE: f"Facturé {_units(difference.by, unit)} de plus que ce qui reste à facturer",
        Gap.QUANTITY_BELOW: f"Facturé {_units(-difference.by, unit)} de moins que ce qui reste à facturer",
        Gap.PRICE_ABOVE: f"Prix au-dessus du prix connu{NBSP}: {euros(difference.by)} de plus",
        Gap.PRICE_BELOW: f"Prix au-dessous du prix connu{NBSP}: {euros(-difference.by)} de moins",
    }[difference.gap]
    return words.replace(" :", f"{NBSP}:")


def _units(number: Decimal, unit: str | None) -> str:
    return quantity(number) + (f"{NBSP}{unit}" if unit else "")


def total_gap(lines: Decimal, total: Decimal) -> str:
    """How the lines differ from the printed total; nothing when they do not."""
    more = lines - total
    if not more:
        return ""
    way = f"{euros(more)} de plus que" if more > 0 else f"{euros(-more)} de moins que"
    return f"Les lignes font {euros(lines)}, {way} le total imprimé, {euros(total)}."


def price_reason(number: str, supplier: str) -> str:
    """Why a receipt's price is corrected."""
    return f"Facture {number} de {supplier}"[:500]


def complement(label: str) -> str:
    """What a billed line costs more, on its order."""
    return f"Complément{NBSP}: {label}"


def to_order(dearer: Decimal, order: str) -> str:
    """The choice to have the order bear what its part cost more."""
    return f"Porter la différence, {euros(dearer)}, sur l’ordre {order}, en nouvelle ligne"


def deposit(row: Any) -> str:
    """A core deposit to choose: its part, what was paid in euros, and when."""
    return f"{row.label} ({row.reference}), {_units(row.quantity, row.unit)}, {euros(row.amount)} le {day(row.paid_on)}"


def borne(dearer: Decimal, order: str) -> str:
    """Why a dearer line is accepted when its order bears the difference."""
    return f"{euros(dearer)} portés sur l’ordre {order}"


def _of(data: Mapping[str, Any]) -> str:
    return f" de {data['supplier']}" if data.get("supplier") else ""


def _net(data: Mapping[str, Any]) -> str:
    return f", {euros(Decimal(data['net']))}" if data.get("net") else ""


def _differences(data: Mapping[str, Any]) -> str:
    count = len(data.get("differences") or [])
    return f", {count} {'lignes avec un écart' if count > 1 else 'ligne avec un écart'}" if count else ""


JOURNAL: Final[dict[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "supplier_invoice.record": lambda key, data: f"Facture {key}{_of(data)} enregistrée{_net(data)}",
    "supplier_invoice.change": lambda key, data: f"Facture {key}{_of(data)} corrigée",
    "supplier_invoice.withdraw": lambda key, data: f"Facture {key}{_of(data)} retirée{_net(data)}",
    "supplier_invoice.match": lambda key, data: f"Facture {key}{_of(data)} rapprochée : {data.get('lines')} lignes",
    "supplier_invoice.free_line": lambda key, data: (
        f"Facture {key}{_of(data)} : « {data.get('label')} » ajouté{_net(data)}"
    ),
    "supplier_invoice.remove_line": lambda key, data: (
        f"Facture {key}{_of(data)} : « {data.get('label')} » retiré{_net(data)}"
    ),
    "supplier_invoice.dispute": lambda key, data: f"Facture {key}{_of(data)} en litige : {data.get('awaited')}",
    "supplier_invoice.resume": lambda key, data: f"Litige de la facture {key}{_of(data)} levé : {data.get('answer')}",
    "supplier_invoice.accept": lambda key, data: f"Facture {key}{_of(data)} acceptée{_net(data)}{_differences(data)}",
}

SENTENCES: Final[dict[type[GarageError], Callable[[Any], str]]] = {
    errors.InvoiceNumberKnown: lambda x: (
        f"La facture {x.number} de {x.supplier}, du {day(x.dated_on)}, est déjà enregistrée. Vérifiez le numéro."
    ),
    errors.SentOtherwise: lambda x: (
        f"Cette saisie est déjà enregistrée pour la facture {x.number}, avec d’autres valeurs. Ouvrez-la pour corriger."
    ),
    errors.BadInvoiceTotal: lambda _: "Saisissez le total imprimé, plus grand que zéro, par exemple 245,80.",
    errors.BadInvoiceVat: lambda _: (
        "Saisissez la TVA imprimée, plus petite que le total, par exemple 49,16 ; 0 si la facture n’en porte pas."
    ),
    errors.UnknownSupplier: lambda x: (
        f"Aucun fournisseur ne s’appelle « {x.name} ». "
        + (f"Vouliez-vous dire « {x.nearest} » ? " if x.nearest else "")
        + "S’il est nouveau, le chef d’atelier le crée d’abord dans « Fournisseurs »."
    ),
    errors.SupplierMatched: lambda x: (
        f"La facture {x.number} porte des lignes de {x.supplier} : retirez-les, puis changez le fournisseur."
    ),
    errors.BadInvoiceDay: lambda x: (
        f"Le {day(x.day)} n’est pas possible : saisissez la date de la facture, du {day(x.first)} à aujourd’hui."
    ),
    errors.NotFromPrices: lambda x: (
        f"Aucun prix unitaire ne donne {euros(x.net)} pour {quantity(x.quantity)} : vérifiez la quantité et le montant."
        if x.net
        else "Saisissez le prix unitaire ou le montant de la ligne."
    ),
    errors.InvoiceAccepted: lambda x: f"La facture {x.number} est déjà acceptée : elle ne se modifie plus.",
    errors.InvoiceDisputed: lambda x: f"La facture {x.number} est en litige : levez d’abord le litige.",
    errors.InvoiceNotDisputed: lambda x: f"La facture {x.number} n’est pas en litige.",
    errors.InvoiceHasLines: lambda x: f"La facture {x.number} a encore des lignes : retirez-les d’abord.",
    errors.NoInvoiceLine: lambda x: f"La facture {x.number} n’a aucune ligne : rapprochez-la d’abord.",
    errors.InvoiceTotalDiffers: lambda x: (
        f"{total_gap(x.lines, x.total)} Corrigez une ligne, le total, ou ajoutez la ligne qui manque."
    ),
    errors.GapUnexplained: lambda x: f"« {x.label} » a un écart : indiquez pourquoi vous l’acceptez.",
    errors.NotToBill: lambda x: (
        f"« {x.label} » n’est pas à facturer ici : une autre facture le porte, ou un autre fournisseur l’a livré. "
        "Relisez les propositions."
    ),
    errors.LabelMissing: lambda _: "Saisissez le libellé imprimé, par exemple Frais de port.",
    errors.BadFreeAmount: lambda x: (
        "Une remise ne se partage pas entre des ordres : laissez les ordres vides."
        if x.net < 0
        else "Saisissez le montant de la ligne, par exemple 18,50."
    ),
    errors.DepositShared: lambda _: (
        "Une consigne sera rendue par le fournisseur : aucun ordre ne la porte. Laissez les ordres vides."
    ),
    errors.BadShares: lambda _: (
        "Indiquez une part plus grande que zéro pour chaque ordre, ou aucune pour partager également."
    ),
    errors.ShareTooSmall: lambda x: f"La part de l’ordre {x.order} fait moins d’un centime : retirez-le.",
    errors.SameTarget: lambda x: f"La ligne {x.rank} de l’ordre {x.order} est là deux fois.",
    errors.NotExternal: lambda x: (
        f"La ligne {x.rank} de l’ordre {x.order} n’attend pas le coût d’un travail externe : laissez la ligne vide "
        "pour en ajouter une."
    ),
    errors.ShareNotExact: lambda x: (
        f"{euros(x.share)} ne se divisent pas au centime par {quantity(x.quantity)} : laissez vide la ligne {x.rank} "
        f"de l’ordre {x.order} pour en ajouter une."
    ),
    errors.LineMatched: lambda x: (
        f"La ligne {x.rank} de l’ordre {x.number} est rapprochée de la facture {x.invoice} d’un fournisseur : elle ne "
        "se retire pas."
    ),
}
