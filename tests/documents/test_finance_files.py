"""Files for the finance application, field by field: neutral journal, Magnus, draft PES Recette, the zip (B11)."""

import base64
import csv
import gzip
import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from garage.documents.exports.journal import HEADER, journal
from garage.documents.exports.magnus import ATTACHMENTS, DETAIL, ENTRIES, magnus
from garage.documents.exports.pack import packed
from garage.documents.exports.pes import check, pes
from garage.documents.exports.words import capitals, halves, latin
from garage.domain.errors.finance_exports import PesRefused
from garage.domain.finance_checks import missing
from garage.domain.finance_exports import Bundle, ExportFile, FirstBill, HandedBill, entries, merged, totals
from garage.domain.invoices.bill import BillKind
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.french import finance_exports as words
from tests.exports import SCHEMA, fee, full, handed, handed_bills, line

MADE = date(2026, 10, 20)
ODD = "L’Œuvre « Saint-Germain ; & Cie » à 5 € d’Évêché-sur-Ÿ-les-Hautes-Bruyères"


def bundle(*bills: HandedBill, number: int = 12) -> Bundle:
    """A bundle of these bills, booked with every setting."""
    return Bundle(number, MADE, bills, {bill.id: entries(bill, full().imputations) for bill in bills})


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def fields_of(content: bytes) -> list[list[str]]:
    lines = content.decode("ascii").removesuffix("\r\n").split("\r\n")
    return [next(csv.reader([one], delimiter=";")) for one in lines]


TAXED = handed(
    line("100.00", rate="20", service="Voirie"),
    line("50.00", date(2025, 12, 30), rate="20", article="7088"),
    fee("15.00", "20"),
)


def test_every_column_of_the_journal() -> None:
    content = journal(bundle(TAXED))
    assert content.startswith(b"\xef\xbb\xbf")
    first, *others = rows_of(content)
    assert tuple(first) == HEADER
    assert first == {
        "Export": "12", "Nature": "Facture", "Numéro": "F2026-0001", "Date": "12/10/2026", "Trimestre": "2026-T3",
        "Code": "BOURG", "Collectivité": "Bourg", "SIRET": "21990000100011", "Code tiers": "T12",
        "Code service": "SERV-1", "Engagement": "EJ-7", "Article": "70848", "Fonction": "020", "Code produit": "A1",
        "Service": "Voirie", "Exercice": "2026", "Année d’exécution": "2026", "Net": "100,00", "Taux de TVA": "20",
        "TVA": "20,00", "Total": "120,00", "Facture d’origine": "", "Exercice antérieur": "",
        "PDF": "F2026-0001-bourg.pdf", "SHA-256 du PDF": "ab" * 32,
    }  # fmt: skip
    assert [(row["Article"], row["Année d’exécution"], row["Service"], row["Net"]) for row in others] == [
        ("70872", "2025", "", "5,00"), ("70872", "2026", "Voirie", "10,00"), ("7088", "2025", "", "50,00"),
    ]  # fmt: skip


def test_a_credit_note_is_negative_and_names_what_it_lowers() -> None:
    first = FirstBill("F2026-0009", date(2026, 1, 20), Quarter(2025, 4))
    credit = handed(line("10.00", rate="20"), kind=BillKind.CREDIT_NOTE, number="A2026-0001", credited=first)
    (row,) = rows_of(journal(bundle(credit)))
    assert (row["Nature"], row["Net"], row["TVA"], row["Total"]) == ("Avoir", "-10,00", "-2,00", "-12,00")
    assert (row["Facture d’origine"], row["Exercice antérieur"]) == ("F2026-0009", "oui")


def test_a_credit_note_without_vat_has_no_sign_on_its_zero() -> None:
    credit = handed(line("10.00"), kind=BillKind.CREDIT_NOTE, number="A2026-0001")
    (row,) = rows_of(journal(bundle(credit)))
    assert (row["Net"], row["TVA"], row["Total"]) == ("-10,00", "0,00", "-10,00")


def test_odd_words_are_whole_in_the_journal_and_never_a_formula() -> None:
    bill = handed(line(service="=1+1"), engagement='a"b;c', code_service="@x")
    odd = replace(bill, addressee=replace(bill.addressee, name=ODD))
    (row,) = rows_of(journal(bundle(odd)))
    assert (row["Collectivité"], row["Engagement"]) == (ODD, 'a"b;c')
    assert (row["Service"], row["Code service"]) == ("'=1+1", "'@x")


@settings(max_examples=25, deadline=None)
@given(st.lists(handed_bills(), min_size=1, max_size=4, unique_by=lambda bill: bill.id))
def test_the_journal_sums_to_the_bundle(bills: list[HandedBill]) -> None:
    rows = rows_of(journal(bundle(*bills)))
    sums = totals(bills)
    for name, wanted in (("Net", sums.net), ("TVA", sums.vat), ("Total", sums.gross)):
        assert sum((Decimal(row[name].replace(",", ".")) for row in rows), ZERO) == wanted


def test_every_field_of_the_magnus_entries() -> None:
    odd = replace(TAXED, addressee=replace(TAXED.addressee, name=ODD, city="L’Île-d’Œ"))
    content = magnus(bundle(odd), full().magnus)[ENTRIES]
    assert all(one.startswith('"') and one.endswith('"') for one in content.decode("ascii").split("\r\n")[0].split(";"))
    found = fields_of(content)
    assert [len(row) for row in found] == [123] * 3
    told = {place: value for place, value in enumerate(found[0], 1) if value}
    assert told == {
        1: "1", 2: "T", 3: "O", 4: "12", 5: "BP", 6: "2026", 7: "M", 8: "T12",
        10: "L'OEUVRE SAINT-GERMAIN, & CIE A 5 EUR", 11: "D'EVECHE-SUR-Y-LES-HAUTES-BRUYERES",
        12: "1 PLACE DE LA MAIRIE", 13: "BP 12", 15: "29800", 16: "L'ILE-D'OE",
        18: "FACTURE F2026-0001 TRIMESTRE 3 2026",
        20: "F2026-0001-bourg", 24: "R", 25: "12/10/2026", 26: "70848", 27: "OP1", 28: "GARAGE", 29: "020",
        30: "100.00", 31: "20.00", 32: "0", 33: "0", 38: "09", 40: "20.00", 44: "N", 45: "N", 46: "N", 47: "N", 50: "N",
        51: "0", 54: "A1", 68: "Tribunal administratif de Rennes", 70: "N", 71: "N", 76: "N", 80: "N", 84: "N",
        90: "18", 91: "23", 92: "09", 94: "01", 95: "21990000100011", 97: "0", 98: "01", 108: "O", 109: "N",
        111: "F2026-0001", 112: "02", 113: "20261020",
    }  # fmt: skip
    assert [row[6] for row in found] == ["M", "S", "S"]
    assert [(row[25], row[29], row[30]) for row in found] == [
        ("70848", "100.00", "20.00"), ("70872", "15.00", "3.00"), ("7088", "50.00", "10.00"),
    ]  # fmt: skip


def test_every_field_of_the_magnus_detail_and_attachments() -> None:
    made = magnus(bundle(TAXED), full().magnus)
    detail = fields_of(made[DETAIL])
    assert [len(row) for row in detail] == [17] * 3
    assert detail[0] == [
        "18", "1", "03/08/2026", "03/08/2026", "MAIN-D'OEUVRE", "1.00", "", "", "", "10.00", "", "", "100.00", "", "",
        "120.00", "1",
    ]  # fmt: skip
    assert [*detail[2][2:6], detail[2][9]] == ["01/07/2026", "30/09/2026", "FRAIS DE STRUCTURE", "1.00", "15.00"]
    assert made[DETAIL].decode("ascii").split("\r\n")[0].endswith(';100.00;"";"";120.00;1')
    (attached,) = fields_of(made[ATTACHMENTS])
    assert attached == ["1", "F2026-0001-bourg.pdf", "FACTURE F2026-0001 TRIMESTRE 3 2026", "008", "", "02", "06", "18"]


@settings(max_examples=25, deadline=None)
@given(st.lists(handed_bills(), min_size=1, max_size=4, unique_by=lambda bill: bill.id))
def test_magnus_sums_to_its_invoices_whatever_the_names(bills: list[HandedBill]) -> None:
    made = magnus(bundle(*bills), full().magnus)
    due = [bill for bill in bills if bill.kind is BillKind.INVOICE]
    found = fields_of(made[ENTRIES]) if due else []
    detail = fields_of(made[DETAIL]) if due else []
    assert {len(row) for row in found} <= {123}
    assert {len(row) for row in detail} <= {17}
    for place, bill in enumerate(due, 1):
        rows = [row for row in found if row[0] == str(place)]
        assert sum((Decimal(row[29]) + Decimal(row[30]) for row in rows), ZERO) == bill.gross
        assert [row[6] for row in rows] == ["M", *"S" * (len(rows) - 1)]
        assert sum((Decimal(row[15]) for row in detail if row[1] == str(place)), ZERO) == bill.gross
        assert all(len(rows[0][field - 1]) <= 50 for field in (10, 11, 12, 13, 14, 16, 18, 20, 111))


def draft(*bills: HandedBill) -> bytes:
    return pes(bundle(*bills), full().pes, "BROUILLON-PES-RECETTE-0012.xml", lambda bill: bill.number.encode())


def values(node: etree._Element) -> dict[str, str]:
    return {child.tag: child.get("V") for child in node if child.get("V") is not None}


def test_every_value_of_the_draft() -> None:
    document = draft(TAXED)
    assert b"encoding='ISO-8859-1'" in document
    check(document, SCHEMA)
    root = etree.fromstring(document)
    assert values(root.find("EnTetePES")) == {
        "DteStr": "2026-10-20", "IdPost": "029027", "IdColl": "24290080100012", "CodCol": "123", "CodBud": "00",
        "LibelleColBud": "Budget principal",
    }  # fmt: skip
    assert values(root.find(".//BlocBordereau")) == {
        "Exer": "2026", "IdBord": "120", "DteBordEm": "2026-10-20", "TypBord": "01", "NbrPce": "1",
        "MtBordHt": "165.00", "MtBordTVA": "33.00",
    }  # fmt: skip
    assert values(root.find(".//BlocPiece")) == {
        "IdPce": "1", "TypPce": "01", "NatPce": "01", "Edition": "02",
        "ObjPce": "Entretien de véhicules et travaux, facture F2026-0001, trimestre 3 de 2026",
        "NumeroFacture": "F2026-0001", "NumeroEngagement": "EJ-7", "CodeService": "SERV-1",
    }  # fmt: skip
    lines = [values(one) for one in root.iter("InfoLignePiece")]
    assert lines[0] == {
        "IdLigne": "1",
        "ObjLignePce": "Entretien de véhicules et travaux, facture F2026-0001, trimestre 3 de 2026, article 70848",
        "CodProdLoc": "A1", "Nature": "70848", "Fonction": "020", "TxTva": "20.00", "Majo": "0", "TvaIntraCom": "0",
        "MtHT": "100.00", "MtTVA": "20.00",
    }  # fmt: skip
    assert [one["Nature"] for one in lines] == ["70848", "70872", "7088"]
    assert values(root.find(".//InfoTiers")) == {
        "IdTiers": "21990000100011", "NatIdTiers": "01", "RefTiers": "T12", "CatTiers": "23", "NatJur": "09",
        "TypTiers": "01", "Nom": "Bourg",
    }  # fmt: skip
    assert values(root.find(".//Tiers/Adresse")) == {
        "TypAdr": "1", "Adr2": "1 place de la Mairie", "Adr3": "BP 12", "CP": "29800", "Ville": "Bourg", "CodRes": "0",
    }  # fmt: skip
    attached = root.find(".//PJ")
    assert gzip.decompress(base64.b64decode(attached.findtext("Contenu/Fichier"))) == b"F2026-0001"
    key = "24290080100012F20260001abababababab"
    assert values(attached) | {"IdUnique": key} == values(attached)
    assert values(root.find(".//PJRef")) == {
        "Support": "01", "IdUnique": key, "NomPJ": "F2026-0001-bourg.pdf", "TypePJ": "008",
    }  # fmt: skip


def test_a_credit_note_reduces_the_titre_it_names() -> None:
    first = FirstBill("F2026-0009", date(2026, 10, 2), Quarter(2026, 3), (2026, "412"))
    credit = handed(
        line("10.00"),
        id=2,
        kind=BillKind.CREDIT_NOTE,
        number="A2026-0001",
        credited=first,
        reason="Quantité trop haute",
    )
    document = draft(TAXED, credit)
    check(document, SCHEMA)
    root = etree.fromstring(document)
    titres, reductions = root.iter("Bordereau")
    assert values(titres.find("BlocBordereau"))["TypBord"] == "01"
    block = values(reductions.find("BlocBordereau"))
    assert (block["TypBord"], block["IdBord"], block["MtBordHt"]) == ("02", "121", "10.00")
    piece = values(reductions.find("Piece/BlocPiece"))
    assert (piece["TypPce"], piece["NatPce"], "Edition" in piece) == ("02", "06", False)
    assert piece["ObjPce"] == "Avoir A2026-0001 sur la facture F2026-0009 : Quantité trop haute"
    assert values(reductions.find(".//RattachPiece")) == {
        "NatPceOrig": "01", "ExerRat": "2026", "IdPceOrig": "412", "IdLigneOrig": "1",
    }  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(handed_bills(), min_size=1, max_size=4, unique_by=lambda bill: bill.id))
def test_the_draft_is_valid_whatever_the_bills(bills: list[HandedBill]) -> None:
    made = bundle(*bills)
    if any(one.file is ExportFile.PES for one in missing(bills, full(), made.entries)):
        return
    document = draft(*bills)
    check(document, SCHEMA)
    root = etree.fromstring(document)
    due = sum((bill.net for bill in bills if bill.kind is BillKind.INVOICE), ZERO)
    lines = [one for one in root.iter("Bordereau") if one.find("BlocBordereau/TypBord").get("V") == "01"]
    found = [Decimal(one.get("V")) for part in lines for one in part.iter("MtHT")]
    assert sum(found, ZERO) == due


def test_years_have_a_bordereau_each() -> None:
    late = handed(line(), id=2, number="F2027-0001", issued_on=date(2027, 1, 12), quarter=Quarter(2026, 4))
    after = handed(line(), id=3, number="F2027-0002", issued_on=date(2027, 4, 12), quarter=Quarter(2027, 1))
    document = draft(TAXED, late, after)
    check(document, SCHEMA)
    blocks = [values(one) for one in etree.fromstring(document).iter("BlocBordereau")]
    assert [(one["Exer"], one["NbrPce"]) for one in blocks] == [("2026", "2"), ("2027", "1")]


def test_an_invalid_draft_and_an_unreadable_schema_are_refused(tmp_path) -> None:
    with pytest.raises(PesRefused, match="IdPost"):
        check(pes(bundle(TAXED), replace(full().pes, post="12"), "x.xml", None), SCHEMA)
    nothing = tmp_path / "rien.xsd"
    with pytest.raises(PesRefused, match=r"rien\.xsd"):
        check(draft(TAXED), nothing)
    nothing.write_text("<a/>", encoding="utf-8")
    with pytest.raises(PesRefused):
        check(draft(TAXED), nothing)


def test_a_titre_has_a_line_per_article_whatever_the_years() -> None:
    rows = bundle(TAXED).of(TAXED)
    assert len(rows) == 4
    assert [(row.article, row.net) for row in merged(rows)] == [
        ("70848", Decimal("100.00")), ("70872", Decimal("15.00")), ("7088", Decimal("50.00")),
    ]  # fmt: skip


def test_the_zip_is_the_same_each_time_and_dated_by_the_export() -> None:
    files = [("LISEZMOI.txt", b"a"), ("factures/é.pdf", b"b")]
    content = packed(MADE, files)
    assert content == packed(MADE, files)
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert made.namelist() == ["LISEZMOI.txt", "factures/é.pdf"]
        assert {one.date_time for one in made.infolist()} == {(2026, 10, 20, 0, 0, 0)}
        assert made.testzip() is None


def test_the_readme_tells_totals_files_and_what_is_left_out() -> None:
    credit = handed(line("10.00"), id=2, kind=BillKind.CREDIT_NOTE, number="A2026-0001", credited=None)
    internal = handed(line("3.00"), id=3, kind=BillKind.INTERNAL_STATEMENT, number="R2026-0001")
    made = bundle(TAXED, credit, internal)
    out = {"pes": ["Le numéro codique manque."]}
    names = words.names(12, out, electronic=True, checked=False)
    text = words.readme(made, names, out, words.remarks(made.bills)).decode("utf-8-sig").replace("\u00a0", " ")
    for part in (
        "Export n° 12 du 20/10/2026", "Contenu : 1 facture, 1 avoir, 1 relevé interne.", "Total net : 158,00 €",
        "TVA : 33,00 €", "Total : 191,00 €", "- journal-0012.csv : ", "- MAGNUS-WTAMC001.zip : ",
        "Brouillon de PES Recette : ce fichier n’est pas dans l’export.", "- Le numéro codique manque.",
        "ils ne se titrent pas : R2026-0001.", "saisissez la réduction du titre dans Magnus : A2026-0001.",
        "le titre à réduire n’est pas connu",
    ):  # fmt: skip
        assert part in text, part
    assert "BROUILLON" not in text


def test_the_readme_tells_what_has_a_titre_what_is_cancelled_and_who_has_no_address() -> None:
    known = replace(TAXED, id=2, number="F2026-0002", titre=(2026, "412"))
    void = replace(TAXED, id=3, number="F2026-0003", taken_back=TAXED.gross)
    homeless = replace(TAXED, id=4, number="F2026-0004", addressee=replace(TAXED.addressee, city=None))
    internal = handed(line("3.00"), id=5, kind=BillKind.INTERNAL_STATEMENT, number="R2026-0001")
    made = bundle(TAXED, known, void, homeless, internal)
    told = words.warnings(made.bills) + words.remarks(made.bills)
    names = words.names(12, {}, electronic=False, checked=True)
    text = words.readme(made, names, {}, told).decode("utf-8-sig").replace("\u00a0", " ")
    for part in (
        "Factures − avoirs, à titrer : 594,00 €", "Dont pièces déjà titrées : 198,00 €",
        "Dont relevés internes (jamais titrés) : 3,00 €", "F2026-0002, déjà titrée n° 412 / 2026.",
        "Annulées en entier par leurs avoirs", "titrés : F2026-0003.", "écartez ces pièces : F2026-0004 (Bourg).",
    ):  # fmt: skip
        assert part in text, part
    titres = [one.get("V") for one in etree.fromstring(draft(*made.bills)).iter("NumeroFacture")]
    assert titres == ["F2026-0001", "F2026-0003"]
    entered = {row[110] for row in fields_of(magnus(made, full().magnus)[ENTRIES])}
    assert entered == {"F2026-0001", "F2026-0003", "F2026-0004"}


def test_letters_of_old_formats() -> None:
    assert capitals("Ça… n°1\t\u202f½", 50) == "CA... NO1 12"
    assert latin("Œ € ’ Ÿ Ω ñ", 50) == "OE EUR ' Y ñ"
    assert halves("x" * 120, 50) == ("x" * 50, "x" * 50)
