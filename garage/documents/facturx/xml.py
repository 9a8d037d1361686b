"""A bill as the XML of EN 16931 (UN/CEFACT CII), written from the frozen values and in the words of its pages.

Elements are written as text, every value escaped in one place, then read and checked by lxml: four times as fast as
a tree built node by node, and what is checked is what is embedded.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from garage.documents.facturx import schema
from garage.documents.facturx.positions import Breakdown, Position, breakdown, positions, turned
from garage.documents.style import Ink
from garage.domain.errors.invoices import BillXmlRefused
from garage.domain.invoices.bill import Bill, BillKind, Party
from garage.domain.invoices.einvoice import REFERENCE, siren_of
from garage.french import bill as words

PROFILE: Final = "urn:cen.eu:en16931:2017"
LABOUR_AND_PARTS: Final = "M1"
REPLACEMENT: Final = "¿"
_STANDARD: Final = "urn:un:unece:uncefact:data:standard"
_OPENING: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<rsm:CrossIndustryInvoice xmlns:rsm="{_STANDARD}:CrossIndustryInvoice:100"'
    f' xmlns:ram="{_STANDARD}:ReusableAggregateBusinessInformationEntity:100"'
    f' xmlns:udt="{_STANDARD}:UnqualifiedDataType:100" xmlns:qdt="{_STANDARD}:QualifiedDataType:100">'
)
_CLOSING: Final = "</rsm:CrossIndustryInvoice>\n"
_TYPES: Final = {BillKind.INVOICE: "380", BillKind.CREDIT_NOTE: "381"}
_EXEMPT: Final = {"O": "VATEX-EU-O", "E": "VATEX-FR-CGI261B"}
_LINES_OF_ADDRESS: Final = ("LineOne", "LineTwo", "LineThree")
_ABOUT: Final = "130"  # what a line is about, a vehicle or an object (BT-128, UNTDID 1001)
_SIRET, _SIREN, _DIRECTORY = (f' schemeID="{scheme}"' for scheme in ("0009", "0002", "0225"))
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def xml_of(bill: Bill) -> bytes:
    """The XML of an issued electronic bill, the same bytes for the same bill; checked against the schema.

    Raises BillXmlRefused when the bill has none, or when the schema refuses it.
    """
    return xml_with(bill, electronic_ink())


def electronic_ink() -> Ink:
    """The ink of page and XML: what the font lacks is ¿ on both, for U+FFFD may not be read in an invoice."""
    return Ink(REPLACEMENT)


def xml_with(bill: Bill, ink: Ink) -> bytes:
    """The XML written with the ink of the pages, which so replaces the same characters. Raises BillXmlRefused."""
    if not bill.is_electronic or bill.number is None or bill.issued_on is None:
        raise BillXmlRefused(bill.number or "", "")
    lines = list(positions(bill, ink))
    shares = breakdown(bill, lines)
    parts = [
        _OPENING,
        "<rsm:ExchangedDocumentContext>",
        _tag("BusinessProcessSpecifiedDocumentContextParameter", _tag("ID", LABOUR_AND_PARTS)),
        _tag("GuidelineSpecifiedDocumentContextParameter", _tag("ID", PROFILE)),
        "</rsm:ExchangedDocumentContext><rsm:ExchangedDocument>",
        _text("ID", bill.number),
        _tag("TypeCode", _TYPES[bill.kind]),
        _day("IssueDateTime", bill.issued_on),
        *(_note(ink.clean(note), code) for note, code in _notes(bill)),
        "</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>",
        *(_line(place, line) for place, line in enumerate(lines, 1)),
        _tag("ApplicableHeaderTradeAgreement", "".join(_agreement(bill, shares, ink))),
        _delivery(bill),
        _tag("ApplicableHeaderTradeSettlement", "".join(_settlement(bill, shares, ink))),
        "</rsm:SupplyChainTradeTransaction>",
        _CLOSING,
    ]
    content = "".join(parts).encode()
    schema.check(bill.number, content)
    return content


def _notes(bill: Bill) -> Iterable[tuple[str, str | None]]:
    """The reason of a credit note, what the paper is for, late payment; then the legal notes with their codes."""
    said = (bill.reason, words.purpose(bill), *(bill.late_payment_text or "").splitlines())
    return [*((text, None) for text in said if text and text.strip()), *((note.text, note.code) for note in bill.notes)]


def _tag(name: str, content: str, attribute: str = "") -> str:
    return f"<ram:{name}{attribute}>{content}</ram:{name}>"


def _text(name: str, value: str, attribute: str = "") -> str:
    return f"<ram:{name}{attribute}>{value.translate(_MARKUP)}</ram:{name}>"


def _note(text: str, code: str | None = None) -> str:
    return _tag("IncludedNote", _text("Content", text) + (_tag("SubjectCode", code) if code else ""))


def _day(name: str, value: date, kind: str = "udt") -> str:
    written = f"{value.year:04d}{value.month:02d}{value.day:02d}"
    return _tag(name, f'<{kind}:DateTimeString format="102">{written}</{kind}:DateTimeString>')


def _period(first: date, last: date) -> str:
    return _tag("BillingSpecifiedPeriod", _day("StartDateTime", first) + _day("EndDateTime", last))


def _reference(name: str, value: str) -> str:
    return _tag(name, _text("IssuerAssignedID", value)) if value else ""


def _plain(value: Decimal) -> str:
    """A number without the zeros that say nothing."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _line(place: int, line: Position) -> str:
    unit = f' unitCode="{line.unit}"'
    price = _tag("ChargeAmount", _plain(line.price))
    if line.basis is not None:
        price += _tag("BasisQuantity", _plain(line.basis), unit)
    return _tag(
        "IncludedSupplyChainTradeLineItem",
        _tag("AssociatedDocumentLineDocument", _tag("LineID", str(place)) + _note(line.note))
        + _tag("SpecifiedTradeProduct", "".join(_product(line)))
        + _tag("SpecifiedLineTradeAgreement", _tag("NetPriceProductTradePrice", price))
        + _tag("SpecifiedLineTradeDelivery", _tag("BilledQuantity", _plain(line.quantity), unit))
        + _tag("SpecifiedLineTradeSettlement", "".join(_line_settlement(line))),
    )


def _product(line: Position) -> Iterator[str]:
    if line.code:
        yield _text("SellerAssignedID", line.code)
    yield _text("Name", line.name)
    if line.description:
        yield _text("Description", line.description)
    for name, value in line.attributes:
        yield _tag("ApplicableProductCharacteristic", _text("Description", name) + _text("Value", value))


def _line_settlement(line: Position) -> Iterator[str]:
    rate = _rate(line.category, line.rate)
    yield _tag("ApplicableTradeTax", f"{_tag('TypeCode', 'VAT')}{_tag('CategoryCode', line.category)}{rate}")
    if line.done_on is not None:
        yield _period(line.done_on, line.done_on)
    for change in line.adjustments:
        indicator = f"<udt:Indicator>{'true' if change.charge else 'false'}</udt:Indicator>"
        whole = _tag("CalculationPercent", "100") + _tag("BasisAmount", f"{change.amount:.2f}") if change.whole else ""
        yield _tag(
            "SpecifiedTradeAllowanceCharge",
            f"{_tag('ChargeIndicator', indicator)}{whole}{_tag('ActualAmount', f'{change.amount:.2f}')}"
            f"{_text('Reason', change.reason)}",
        )
    yield _tag("SpecifiedTradeSettlementLineMonetarySummation", _tag("LineTotalAmount", f"{line.net:.2f}"))
    if line.about:
        about = _text("IssuerAssignedID", line.about) + _tag("TypeCode", _ABOUT)
        yield _tag("AdditionalReferencedDocument", about)


def _rate(category: str, rate: Decimal) -> str:
    """What is out of scope has no rate at all, not even zero (BR-O-05)."""
    return "" if category == "O" else _tag("RateApplicablePercent", f"{rate:.2f}")


def _agreement(bill: Bill, shares: list[Breakdown], ink: Ink) -> Iterator[str]:
    if bill.code_service:
        yield _text("BuyerReference", ink.clean(bill.code_service))
    number = _tax_number(bill.issuer, {share.category for share in shares})
    yield _tag("SellerTradeParty", _party(bill.issuer, ink) + number)
    yield _tag("BuyerTradeParty", _party(bill.addressee, ink))
    yield _reference("BuyerOrderReferencedDocument", ink.clean(bill.engagement or ""))
    # EN 16931 has room for one convention: the last that has a reference; the pages name them all.
    contract = next((cited.reference for cited in reversed(bill.conventions) if cited.reference), "")
    yield _reference("ContractReferencedDocument", ink.clean(contract)[:REFERENCE].strip())


def _party(party: Party, ink: Ink) -> str:
    siren = siren_of(party) or ""
    return "".join(
        (
            _text("GlobalID", party.siret, _SIRET) if party.siret else "",
            _text("Name", ink.clean(party.name)),
            _tag("SpecifiedLegalOrganization", _text("ID", siren, _SIREN)) if siren else "",
            _tag("PostalTradeAddress", "".join(_address(party, ink))),
            _tag("URIUniversalCommunication", _text("URIID", siren, _DIRECTORY)) if siren else "",
        )
    )


def _address(party: Party, ink: Ink) -> Iterator[str]:
    if party.postal_code:
        yield _text("PostcodeCode", ink.clean(party.postal_code))
    lines = [cleaned for line in (party.address or "").splitlines() if (cleaned := ink.clean(line))]
    if len(lines) > len(_LINES_OF_ADDRESS):
        lines[2:] = [", ".join(lines[2:])]
    for name, line in zip(_LINES_OF_ADDRESS, lines, strict=False):
        yield _text(name, line)
    if party.city:
        yield _text("CityName", ink.clean(party.city))
    yield _tag("CountryID", "FR")


def _tax_number(issuer: Party, categories: set[str]) -> str:
    """The VAT number, which BR-O-02 forbids out of scope; what is exempt may do with the SIREN (BR-E-02, BT-32)."""
    number, scheme = (issuer.vat_number, "VA") if issuer.vat_number else (siren_of(issuer), "FC")
    if "O" in categories or not number:
        return ""
    return _tag("SpecifiedTaxRegistration", _text("ID", number, f' schemeID="{scheme}"'))


def _delivery(bill: Bill) -> str:
    """The last day of work (BT-72)."""
    last = max((line.done_on for order in bill.orders for line in order.lines), default=bill.quarter.last_day)
    event = _tag("ActualDeliverySupplyChainEvent", _day("OccurrenceDateTime", last))
    return _tag("ApplicableHeaderTradeDelivery", event)


def _settlement(bill: Bill, shares: list[Breakdown], ink: Ink) -> Iterator[str]:
    yield _tag("InvoiceCurrencyCode", "EUR")
    yield _means(bill, ink)
    mention = ink.clean(words.mention(bill) or "")
    for share in shares:
        yield _share(share, mention)
    yield _period(bill.quarter.first_day, bill.quarter.last_day)
    yield _tag("SpecifiedTradePaymentTerms", _text("Description", ink.clean(words.payment_terms(bill))))
    yield _tag("SpecifiedTradeSettlementHeaderMonetarySummation", _sums(bill))
    if bill.credited is not None:
        first = _text("IssuerAssignedID", bill.credited.number)
        first += _day("FormattedIssueDateTime", bill.credited.issued_on, "qdt")
        yield _tag("InvoiceReferencedDocument", first)


def _sums(bill: Bill) -> str:
    net, vat, gross = (f"{turned(bill, amount):.2f}" for amount in (bill.net, bill.vat, bill.gross))
    return (
        _tag("LineTotalAmount", net)
        + _tag("TaxBasisTotalAmount", net)
        + _tag("TaxTotalAmount", vat, ' currencyID="EUR"')
        + _tag("GrandTotalAmount", gross)
        + _tag("DuePayableAmount", gross)
    )


def _means(bill: Bill, ink: Ink) -> str:
    """A transfer to the garage's account; nothing when the accountant's own notice tells how to pay (BR-61)."""
    payment = bill.payment
    if payment is None or not payment.iban or bill.kind is not BillKind.INVOICE:
        return ""
    holder = _text("AccountName", ink.clean(payment.holder)) if payment.holder else ""
    bank = _tag("PayeeSpecifiedCreditorFinancialInstitution", _text("BICID", payment.bic)) if payment.bic else ""
    account = _tag("PayeePartyCreditorFinancialAccount", _text("IBANID", payment.iban) + holder)
    return _tag("SpecifiedTradeSettlementPaymentMeans", _tag("TypeCode", "30") + account + bank)


def _share(share: Breakdown, mention: str) -> str:
    exempt = _EXEMPT.get(share.category)
    return _tag(
        "ApplicableTradeTax",
        _tag("CalculatedAmount", f"{share.vat:.2f}")
        + _tag("TypeCode", "VAT")
        + (_text("ExemptionReason", mention) if exempt else "")
        + _tag("BasisAmount", f"{share.net:.2f}")
        + _tag("CategoryCode", share.category)
        + (_tag("ExemptionReasonCode", exempt) if exempt else "")
        + _rate(share.category, share.rate),
    )
