"""The top of the first page: who bills whom, for what quarter, how much, and on which texts. Lines are elsewhere."""

from garage.documents.flow import Row, Text, right
from garage.documents.invoices.lines import price_sources
from garage.documents.invoices.table import (
    ADDRESS,
    GRAND,
    GRAND_LABEL,
    LABEL,
    NUMBER,
    PARTY,
    REFERENCE,
    SMALL,
    STRONG,
    TITLE,
    VALUE,
    Line,
    stack,
    wrapped,
)
from garage.documents.style import BAR, LEFT, RIGHT, RULE, Ink
from garage.domain.collectivities import Category
from garage.domain.invoices.bill import Bill, Party
from garage.french import bill as words
from garage.french import formats

_WINDOW = 312.0  # left edge of the addressee, where the window of an envelope is
_HALF = RIGHT - _WINDOW
_UNDER = 104.0  # height at which addressee and particulars begin, under the title


def opening(bill: Bill, ink: Ink) -> list[Row]:
    """The rows above the lines of the bill."""
    return [*_parties(bill, ink), _amount(bill, ink), *_grounds(bill, ink)]


def _parties(bill: Bill, ink: Ink) -> list[Row]:
    title = stack(_title(bill), _WINDOW, -4.0, 0.0)[0]
    lines = _party(bill.issuer, ink, _WINDOW - LEFT - 24.0)
    if number := words.vat_identity(bill):
        lines += wrapped(ADDRESS, ink.clean(number), _WINDOW - LEFT - 24.0)
    issuer = stack(lines, LEFT, 0.0, 0.0)
    under = max(_UNDER, issuer[0].height + 22.0, title.height + 22.0)
    addressee = stack(_party(bill.addressee, ink, _HALF), _WINDOW, under + LABEL.leading, 0.0)
    addressee[0].texts.insert(0, (LABEL, _WINDOW, under + LABEL.size * 0.92, words.ADDRESSEE))
    facts = _facts(bill, ink, under)
    height = max(addressee[0].height, facts.height, 196.0) + 12.0
    return [Row(height, [*issuer[0].texts, *title.texts, *facts.texts, *addressee[0].texts])]


def _title(bill: Bill) -> list[Line]:
    return [(TITLE, words.TITLES[bill.kind]), (NUMBER, bill.number or words.DRAFT)]


def _party(party: Party, ink: Ink, room: float) -> list[Line]:
    lines = wrapped(PARTY, ink.clean(party.name), room)
    for part in (party.address or "").splitlines():
        lines += wrapped(ADDRESS, ink.clean(part), room)
    if town := " ".join(filter(None, (party.postal_code, party.city))):
        lines += wrapped(ADDRESS, ink.clean(town), room)
    if number := words.identity(party.siret, party.siren):
        lines += wrapped(ADDRESS, ink.clean(number), room)
    return lines


def _facts(bill: Bill, ink: Ink, top: float) -> Row:
    facts = (
        (words.ISSUED_ON, words.issue_day(bill.issued_on)),
        (words.QUARTER, formats.quarter(bill.quarter)),
        (words.ENGAGEMENT, bill.engagement),
        (words.CODE_SERVICE, bill.code_service),
        (words.THIRD_PARTY, bill.third_party_code),
    )
    texts: list[Text] = []
    dy = top
    for label, value in facts:
        if not value:
            continue
        base = dy + VALUE.size * 0.92
        texts.append((LABEL, LEFT, base, label))
        for line in VALUE.wrap(ink.clean(value), _WINDOW - REFERENCE - 24.0):
            texts.append((VALUE, REFERENCE, dy + VALUE.size * 0.92, line))
            dy += VALUE.leading
        dy += 3.0
    return Row(dy, texts)


def _amount(bill: Bill, ink: Ink) -> Row:
    """The band with the total: the first thing to be seen after the names."""
    gross = right(GRAND, RIGHT, 27.0, formats.euros(bill.gross))
    said = SMALL.wrap(ink.clean(words.vat_in_short(bill)), gross[1] - LEFT - 12.0)
    texts: list[Text] = [(GRAND_LABEL, LEFT, 19.0, words.total_label(bill))]
    texts += [(SMALL, LEFT, 31.5 + place * SMALL.leading, line) for place, line in enumerate(said)]
    more = (len(said) - 1) * SMALL.leading
    return Row(52.0 + more, [*texts, gross], [(LEFT, RIGHT, 1.0, BAR), (LEFT, RIGHT, 40.0 + more, RULE)])


def _grounds(bill: Bill, ink: Ink) -> list[Row]:
    """What the bill rests on: the bill it corrects, conventions, deliberations, grid, and what it is for."""
    rows: list[Row] = []
    if bill.number is None:
        rows += stack(wrapped(STRONG, words.DRAFT_NOTICE, RIGHT - LEFT), LEFT, 0.0, 5.0)
    grounds: list[tuple[str, list[str]]] = [
        (words.CORRECTION, [words.credit_of(bill.credited)] if bill.credited else []),
        (words.REASON, [bill.reason] if bill.reason else []),
        (words.CONVENTIONS, [words.convention(each) for each in bill.conventions]),
        (words.TARIFFS, [words.grid(each) for each in bill.grids]),
        (words.PRICES, [words.one_price_source(*source) for source in _only(bill)]),
        (words.PAYMENT, words.payment(bill)),
    ]
    for label, sentences in grounds:
        rows += _ground(label, [ink.clean(sentence) for sentence in sentences])
    rows[-1].height += 12.0
    return rows


def _only(bill: Bill) -> list[tuple[str, Category]]:
    sources = price_sources(bill)
    return list(sources) if len(sources) == 1 else []


def _ground(label: str, sentences: list[str]) -> list[Row]:
    lines = [line for sentence in sentences for line in wrapped(SMALL, sentence, RIGHT - REFERENCE)]
    if not lines:
        return []
    rows = stack(lines, REFERENCE, 0.0, 3.0)
    rows[0].texts.insert(0, (LABEL, LEFT, rows[0].texts[0][2], label))
    return rows
