"""Electronic bills of every kind for the tests of Factur-X, made from the builders of plain ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from garage.domain.collectivities import VatRegime
from garage.domain.invoices.bill import (
    Bill,
    BillCited,
    BilledLine,
    BilledOrder,
    BillFormat,
    BillKind,
    Note,
    Payment,
    StructureLine,
)
from garage.domain.money import ZERO

from .bills import ADDRESSEE, ISSUER, bill, external, fee, flat, free, labour, long_bill, order, part, site

TERMS = "À réception de l’avis des sommes à payer émis par le comptable public."
IBAN = "FR7630001007941234567890185"
MENTIONS = {
    VatRegime.OUT_OF_SCOPE: "TVA non applicable, art. 256 B du CGI",
    VatRegime.EXEMPT: "Exonération de TVA, art. 261 B du CGI",
}
NOTES = (
    Note("PMT", "Indemnité forfaitaire pour frais de recouvrement : sans objet."),
    Note("PMD", "Pénalités de retard : sans objet, recouvrement par titre de recettes."),
    Note("AAB", "Pas d’escompte pour paiement anticipé."),
)
TWENTY, TEN = Decimal("20.00"), Decimal("10.00")
ODD = "Œuvre « L’Île » & <b>fils</b> – ½ m² à 3 € ✓ 🚒 \u202fx\x07 \ufffd"


def electronic(made: Bill, **changes: Any) -> Bill:
    """The same bill, issued today's way."""
    of_issue = {
        "format": BillFormat.FACTURX,
        "mention": MENTIONS.get(made.regime),
        "payment": Payment(TERMS),
        "notes": NOTES,
        "issuer": replace(ISSUER, vat_number="FR03242900801"),
    }
    return replace(made, **{**of_issue, **changes})


def credit_of(lines: Sequence[BilledLine], structure: Sequence[StructureLine] = (), **changes: Any) -> Bill:
    """A credit note of these lines, kept below zero as the garage keeps it."""
    made = bill([order(1, lines)], structure, kind=BillKind.CREDIT_NOTE, number="A2026-0001", **changes)
    if not lines:
        fees = sum((one.net for one in structure), ZERO)
        made = replace(made, orders=(), net=fees, gross=fees)
    return electronic(
        made,
        credited=BillCited("F2026-0003", date(2026, 10, 15)),
        reason="Temps saisi deux fois",
    )


def taxed_lines() -> list[BilledLine]:
    return [
        labour(190, vat_rate=TWENTY),
        part("6.500", "7.8500", vat_rate=TEN, unit="L"),
        flat(vat_rate=Decimal("5.50"), unit="bidon"),
        external(vat_rate=TWENTY),
        free(labour(30, vat_rate=TWENTY)),
    ]


def exempt_with_goods() -> Bill:
    lines = [labour(190), flat("12.000", "0.6200", unit="km"), part("6.500", "7.8500", vat_rate=TWENTY)]
    fees = [fee(Decimal("172.11")), fee(lines[2].net, vat_rate=TWENTY)]
    return electronic(bill([order(1, lines), site(2, "Écluse n° 4")], fees, regime=VatRegime.EXEMPT))


def remainders() -> Bill:
    """The credit that finishes a bill: what remains of line, fee and VAT, a cent off what its own figures give."""
    back = [labour(-60, net=Decimal("-52.01"), vat_rate=TWENTY), part("-1.000", net=Decimal("-13.63"), vat_rate=TWENTY)]
    fees = [fee(Decimal("-65.64"), net=Decimal("-5.26"), vat_rate=TWENTY)]
    made = credit_of(back, fees, regime=VatRegime.TAXED)
    [share] = made.vat_shares
    left = replace(share, vat=share.vat - Decimal("0.01"))
    return replace(made, vat_shares=(left,), vat=left.vat, gross=made.net + left.vat)


def odd() -> Bill:
    line = part(label=ODD, code="<X&Y>", unit="✓")
    strange: list[BilledOrder] = [
        order(1, [line, free(line, ODD)], vehicle_label=ODD, requester=ODD, reason=ODD),
        site(2, ODD),
    ]
    named = replace(ADDRESSEE, name="Régie “Œ” & Cie <🚒>", address="1\n2\n3\n4 <&>")
    return electronic(bill(strange, addressee=named, reason=ODD, late_payment_text=f"{ODD}\nfin"))


KINDS: dict[str, Callable[[], Bill]] = {
    "out_of_scope": lambda: electronic(long_bill(30)),
    "one_line": lambda: electronic(bill()),
    "bare": lambda: electronic(bill(conventions=()), code_service=None, engagement=None),
    "exempt": lambda: electronic(long_bill(30, regime=VatRegime.EXEMPT)),
    "exempt_without_number": lambda: electronic(bill(regime=VatRegime.EXEMPT), issuer=ISSUER),
    "exempt_with_goods": exempt_with_goods,
    "taxed": lambda: electronic(
        bill([order(1, taxed_lines())], [fee(Decimal("416.67"), vat_rate=TWENTY)], regime=VatRegime.TAXED)
    ),
    "taxed_at_zero": lambda: electronic(bill(regime=VatRegime.TAXED)),
    "with_account": lambda: electronic(bill(), payment=Payment(TERMS, IBAN, "BDFEFRPPCCT", "SGC de Landerneau")),
    "to_itself": lambda: electronic(bill(addressee=ISSUER)),
    "complement": lambda: electronic(bill([order(1, complement_of=BillCited("F2026-0001", date(2026, 7, 12)))])),
    "credit_note": lambda: credit_of([labour(-60, net=Decimal("-52.00")), free(labour(-30))]),
    "credit_above_zero": lambda: credit_of([labour(60)]),
    "credit_with_account": lambda: replace(credit_of([labour(60)]), payment=Payment(TERMS, IBAN)),
    "taxed_credit": lambda: credit_of(
        [replace(line, minutes=line.minutes and -line.minutes, quantity=-line.quantity, net=-line.net)
         for line in taxed_lines()],
        regime=VatRegime.TAXED,
    ),
    "remainders": remainders,
    "fee_alone": lambda: credit_of([], [fee(Decimal("-0.00"), net=Decimal("-0.01"))]),
    "free_of_charge_at_nothing": lambda: electronic(bill([order(1, [labour(), free(flat("1.000", "0.0000"))])])),
    "price_of_nothing": lambda: electronic(bill([order(1, [labour(), flat("1.000", "0.0000")])])),
    "odd": odd,
}  # fmt: skip
