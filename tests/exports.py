"""Bundles for tests: the settings that let every file be made, and bills of every shape."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from garage.db.models.collectivities import Collectivity
from garage.db.queries.settings import current
from garage.domain.finance_exports import BookedLine, FirstBill, HandedBill, ThirdParty
from garage.domain.invoices.bill import SERIES, BilledNature, BillKind, Party, VatShare
from garage.domain.money import ZERO, percent_of
from garage.domain.periods import Quarter
from garage.domain.settings import BillingSettings, Imputation, Magnus, Pes
from garage.domain.tariffs import TariffNature
from garage.operations import settings
from tests.factories import garage as make

SCHEMA: Final = Path(__file__).parent / "documents" / "pes" / "PES_V2" / "Rev0" / "PES_Aller.xsd"
ARTICLES: Final = {
    TariffNature.LABOUR: "70848",
    TariffNature.FLAT: "70848",
    TariffNature.PARTS: "70878",
    TariffNature.EXTERNAL: "70878",
    TariffNature.STRUCTURE: "70872",
}


def full(schema: Path | None = None, article: str | None = None) -> BillingSettings:
    """Every setting of the three files; one article for all natures when given."""
    return BillingSettings(
        imputations={nature: Imputation(article or code, "020", "A1") for nature, code in ARTICLES.items()},
        magnus=Magnus("12", "BP", "OP1", "GARAGE", "Tribunal administratif de Rennes"),
        pes=Pes("029027", "123", "00", "Budget principal", str(schema) if schema else ""),
    )


def booked(session: Session, schema: Path | None = None, article: str | None = None, third_party: str = "T") -> None:
    """Save them, and give each collectivity a third-party code."""
    wanted = full(schema, article)
    known = current(session)
    changed = replace(known, imputations=wanted.imputations, magnus=wanted.magnus, pes=wanted.pes)
    settings.save(session, changed, make.CLERK, make.NOW)
    session.execute(update(Collectivity).values(third_party_code=third_party))


def line(net: str = "10.00", done_on: date = date(2026, 8, 3), rate: str = "0", **changes: Any) -> BookedLine:
    """A line of work on a bill."""
    words = {
        "nature": BilledNature.LABOUR,
        "label": "Main-d’œuvre",
        "quantity": Decimal("1.000"),
        "unit_price": Decimal("10.0000"),
        "net": Decimal(net),
        "vat_rate": Decimal(rate),
        "article": None,
        "done_on": done_on,
        "service": None,
        "group": (1, 1),
    }
    return BookedLine(**words | changes)


def fee(net: str, rate: str = "0", **changes: Any) -> BookedLine:
    """A structure fee: it has no day."""
    return replace(
        line(net, rate=rate, nature=BilledNature.STRUCTURE, label="Frais de structure"), done_on=None, **changes
    )


def handed(*lines: BookedLine, **changes: Any) -> HandedBill:
    """A bill that foots, with these lines."""
    nets: dict[Decimal, Decimal] = {}
    for one in lines:
        nets[one.vat_rate] = nets.get(one.vat_rate, ZERO) + one.net
    shares = tuple(VatShare(rate, net, percent_of(net, rate)) for rate, net in sorted(nets.items()))
    net, vat = sum(nets.values(), ZERO), sum((share.vat for share in shares), ZERO)
    issuer = Party(
        "AGGLO", "Communauté d’agglomération", "1 rue du Port", "29800", "Landerneau", "242900801", "24290080100012"
    )
    addressee = Party("BOURG", "Bourg", "1 place de la Mairie\nBP 12", "29800", "Bourg", "219900001", "21990000100011")
    words = {
        "id": 1,
        "kind": BillKind.INVOICE,
        "number": "F2026-0001",
        "issued_on": date(2026, 10, 12),
        "quarter": Quarter(2026, 3),
        "issuer": issuer,
        "addressee": addressee,
        "debtor": ThirdParty("T12", "21990000100011", "23", "09"),
        "code_service": "SERV-1",
        "engagement": "EJ-7",
        "net": net,
        "vat": vat,
        "gross": net + vat,
        "vat_shares": shares,
        "lines": lines,
        "file": "F2026-0001-bourg.pdf",
        "sha256": "ab" * 32,
    }
    return HandedBill(**words | changes)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60) | st.sampled_from(
    ['L’Œuvre « à 5 € » & Cie ; "Saint-Germain-sur-Morin-les-Hautes-Bruyères-en-Vexin"', "Ÿ", "Évêché d’Aÿ", "0", "000"]
)


@st.composite
def _lines(draw: st.DrawFn) -> BookedLine:
    return line(
        str(Decimal(draw(st.integers(0, 500_000))) / 100),
        draw(st.dates(date(2024, 1, 1), date(2027, 12, 31))),
        draw(st.sampled_from(["0", "5.50", "20"])),
        nature=draw(st.sampled_from(list(BilledNature)[:4])),
        label=draw(NAMES),
        service=draw(st.sampled_from([None, "Voirie", "=Écoles"])),
        group=draw(st.sampled_from([(1, 1), (2, None)])),
        article=draw(st.sampled_from([None, "7088"])),
    )


@st.composite
def handed_bills(draw: st.DrawFn) -> HandedBill:
    """Bills of every shape: kinds, natures, years, services, rates, groups, odd names, fees or none."""
    made = [draw(_lines()) for _ in range(draw(st.integers(1, 7)))]
    for group, rate in sorted({(one.group, one.vat_rate) for one in made}, key=repr):
        if draw(st.booleans()):
            made.append(fee(str(Decimal(draw(st.integers(1, 5000))) / 100), str(rate), group=group))
    if not any(one.net for one in made):
        made.append(line("0.01"))
    kind = draw(st.sampled_from(list(BillKind)))
    titre = draw(st.sampled_from([None, (2026, "412"), (2027, "7")]))
    number = draw(st.integers(1, 9999))
    made_bill = handed(
        *made,
        id=number,
        kind=kind,
        number=f"{SERIES[kind]}2026-{number:04d}",
        issued_on=draw(st.dates(date(2026, 10, 1), date(2027, 3, 1))),
        credited=FirstBill("F2026-0009", date(2026, 10, 2), Quarter(2026, 3), titre)
        if kind is BillKind.CREDIT_NOTE
        else None,
        reason=draw(NAMES) if kind is BillKind.CREDIT_NOTE else None,
        engagement=draw(st.none() | NAMES),
        code_service=draw(st.none() | NAMES),
    )
    return replace(made_bill, addressee=replace(made_bill.addressee, name="Commune " + draw(NAMES)))
