"""A draft PES Recette aller (PES V2, schema 5.12) for the trésorerie to check: never sent as it is (rule B11).

Numbers of bordereaux and titres are provisional: the finance application gives the real ones.
"""

import base64
import gzip
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Final, cast

from lxml import etree

from garage.documents.exports.words import halves, latin
from garage.domain.errors.finance_exports import PesRefused
from garage.domain.finance_exports import Bundle, Entry, HandedBill, merged, posted, titled
from garage.domain.money import ZERO
from garage.domain.settings import Pes

_NAMESPACE: Final = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
_TITRE, _REDUCTION = ("01", "01", "01"), ("02", "02", "06")
_CHORUS, _COMPLEMENT, _ELECTRONIC = "02", "008", "01"
_SIRET, _DEBTOR, _MAIN_ADDRESS = "01", "01", "1"
_SOFTWARE: Final = "Garage mutualise"
Content = Callable[[HandedBill], bytes]


def pes(bundle: Bundle, settings: Pes, name: str, content: Content | None) -> bytes:
    """The file in ISO-8859-1; `content` gives the PDF of a bill, None leaves attachments nearly empty for a check."""
    root = etree.Element(f"{{{_NAMESPACE}}}PES_Aller", nsmap={"n": _NAMESPACE})
    drafted = [bill for bill in bundle.bills if posted(bill)]
    _envelope(root, name)
    _head(root, bundle, settings, drafted[0].issuer.siret or "")
    receipts = etree.SubElement(root, "PES_RecetteAller")
    about = etree.SubElement(receipts, "EnTeteRecette")
    _put(about, IdVer="2", InfoDematerialisee="0")
    kinds = sorted(drafted, key=lambda bill: (bill.exercise, not titled(bill)))
    for place, (_, group) in enumerate(groupby(kinds, key=lambda bill: (bill.exercise, titled(bill)))):
        _bordereau(receipts, bundle, bundle.number * 10 + place, list(group))
    attached = etree.SubElement(root, "PES_PJ")
    _put(etree.SubElement(attached, "EnTetePES_PJ"), IdVer="1")
    for bill in drafted:
        _attachment(attached, bill, content(bill) if content else b"")
    return cast("bytes", etree.tostring(root, encoding="ISO-8859-1", xml_declaration=True))


def check(document: bytes, schema: Path) -> None:
    """Refuse a document that the schema refuses, or that no schema can check. Raises PesRefused."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, huge_tree=True)
    try:
        known = etree.XMLSchema(etree.parse(schema, parser))
    except (OSError, etree.LxmlError) as unreadable:
        raise PesRefused(f"{schema.name} : {unreadable}") from None
    if not known.validate(etree.fromstring(document, parser)):
        raise PesRefused(str(known.error_log).split(": ", 1)[-1].splitlines()[0])


def _put(parent: etree._Element, /, **values: str) -> None:
    """Children in this order, each with its value; an empty value puts none."""
    for name, value in values.items():
        if value:
            etree.SubElement(parent, name, V=value)


def _envelope(root: etree._Element, name: str) -> None:
    envelope = etree.SubElement(root, "Enveloppe")
    _put(etree.SubElement(envelope, "Parametres"), Version="2", TypFic="PESALR1", NomFic=name)
    _put(etree.SubElement(envelope, "Emetteur"), Sigle=_SOFTWARE, Adresse=_SOFTWARE)


def _head(root: etree._Element, bundle: Bundle, settings: Pes, siret: str) -> None:
    _put(
        etree.SubElement(root, "EnTetePES"),
        DteStr=bundle.made_on.isoformat(),
        IdPost=settings.post,
        IdColl=siret,
        CodCol=settings.collectivity_code,
        CodBud=settings.budget_code,
        LibelleColBud=_told(settings.budget_label, 38),
    )


def _bordereau(parent: etree._Element, bundle: Bundle, number: int, bills: list[HandedBill]) -> None:
    """One budget year of titres, or of reductions."""
    made = etree.SubElement(parent, "Bordereau")
    kind = _TITRE if titled(bills[0]) else _REDUCTION
    _put(
        etree.SubElement(made, "BlocBordereau"),
        Exer=str(bills[0].exercise),
        IdBord=str(number),
        DteBordEm=bundle.made_on.isoformat(),
        TypBord=kind[0],
        NbrPce=str(len(bills)),
        MtBordHt=_amount(sum((bill.net for bill in bills), ZERO)),
        MtBordTVA=_amount(sum((bill.vat for bill in bills), ZERO)),
    )
    for place, bill in enumerate(bills, 1):
        _piece(made, bill, place, merged(bundle.of(bill)))


def _piece(parent: etree._Element, bill: HandedBill, place: int, rows: list[Entry]) -> None:
    piece = etree.SubElement(parent, "Piece")
    about = etree.SubElement(piece, "BlocPiece")
    titre = titled(bill)
    kind = _TITRE if titre else _REDUCTION
    _put(about, IdPce=str(place), TypPce=kind[1], NatPce=kind[2])
    _put(about, Edition=_CHORUS if titre else "", ObjPce=latin(_subject(bill), 160))
    reference = etree.SubElement(about, "PJRef")
    _put(reference, Support=_ELECTRONIC, IdUnique=_key(bill), NomPJ=bill.file[-100:], TypePJ=_COMPLEMENT)
    _put(
        about,
        NumeroFacture=bill.number,
        NumeroEngagement=_told(bill.engagement, 50),
        CodeService=_told(bill.code_service, 100),
    )
    for rank, row in enumerate(rows, 1):
        _row(piece, bill, rank, row)


def _row(parent: etree._Element, bill: HandedBill, rank: int, row: Entry) -> None:
    line = etree.SubElement(parent, "LigneDePiece")
    block = etree.SubElement(line, "BlocLignePiece")
    _put(
        etree.SubElement(block, "InfoLignePiece"),
        IdLigne=str(rank),
        ObjLignePce=latin(f"{_subject(bill)}, article {row.article}", 160),
        CodProdLoc=row.product_code,
        Nature=row.article,
        Fonction=row.function,
        TxTva=_amount(row.rate) if row.vat else "",
        Majo="0",
        TvaIntraCom="0",
        MtHT=_amount(row.net),
        MtTVA=_amount(row.vat),
    )
    if bill.credited is not None and bill.credited.titre is not None:
        year, number = bill.credited.titre
        origin = etree.SubElement(block, "RattachPiece")
        _put(origin, NatPceOrig="01", ExerRat=str(year), IdPceOrig=number, IdLigneOrig=str(rank))
    _debtor(line, bill)


def _debtor(line: etree._Element, bill: HandedBill) -> None:
    to, debtor = bill.addressee, bill.debtor
    body = etree.SubElement(line, "Tiers")
    name, more = halves(latin(to.name, 200), 38)
    _put(
        etree.SubElement(body, "InfoTiers"),
        IdTiers=debtor.siret or "",
        NatIdTiers=_SIRET,
        RefTiers=_told(debtor.code, 30),
        CatTiers=debtor.category or "",
        NatJur=debtor.legal_nature or "",
        TypTiers=_DEBTOR,
        Nom=name,
        ComplNom=_told(more, 38),
    )
    street, *rest = list(_address(bill.address)) or [""]
    _put(
        etree.SubElement(body, "Adresse"),
        TypAdr=_MAIN_ADDRESS,
        Adr2=street,
        Adr3=_told(rest[0], 38) if rest else "",
        CP=bill.postal_code,
        Ville=latin(bill.city, 38),
        CodRes="0",
    )


def _address(text: str) -> Iterator[str]:
    """The lines of an address, each cut between words into fields of 38 letters."""
    for line in text.splitlines():
        first, more = halves(latin(line, 200), 38)
        yield from (part for part in (first, more) if part)


def _attachment(parent: etree._Element, bill: HandedBill, content: bytes) -> None:
    made = etree.SubElement(parent, "PJ")
    packed = base64.b64encode(gzip.compress(content, mtime=0)).decode("ascii")
    inside = etree.SubElement(etree.SubElement(made, "Contenu"), "Fichier", MIMEType="application/pdf")
    inside.text = packed
    _put(made, IdUnique=_key(bill), NomPJ=bill.file[-100:], TypePJ=_COMPLEMENT, Description=latin(_subject(bill), 250))


def _key(bill: HandedBill) -> str:
    """What tells an attachment from any other of the body: letters and digits, the same at every export."""
    number = "".join(one for one in bill.number if one.isalnum())
    return f"{bill.issuer.siret}{number}{bill.sha256[:12]}"


def _subject(bill: HandedBill) -> str:
    quarter = f"trimestre {bill.quarter.number} de {bill.quarter.year}"
    if bill.credited is None:
        return f"Entretien de véhicules et travaux, facture {bill.number}, {quarter}"
    return f"Avoir {bill.number} sur la facture {bill.credited.number} : {bill.reason or quarter}"


def _told(text: str | None, limit: int) -> str:
    """A text that may be left out; the schema takes no text of zeros alone."""
    words = latin(text, limit)
    return words if words.strip("0") else ""


def _amount(value: Decimal) -> str:
    """Two decimals; nothing for zero, which the schema refuses."""
    return f"{value:.2f}" if value else ""
