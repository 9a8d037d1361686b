"""The PDF of an issued bill: PDF/A-3 as far as it can be seen without Java, the XML inside, the same bytes again."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from garage.documents.facturx.container import xml_inside
from garage.documents.facturx.xml import xml_of
from garage.documents.invoices.render import render
from garage.domain.invoices.bill import Bill, BillFormat, BillKind

from .bills import ISSUER, bill, long_bill, order, part
from .electronic import KINDS, ODD, electronic, odd
from .paper import fonts, reader, shown

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
FACTURX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def internal() -> Bill:
    return electronic(bill(kind=BillKind.INTERNAL_STATEMENT, number="R2026-0001", addressee=ISSUER))


def packet(pdf: pikepdf.Pdf) -> etree._Element:
    return etree.fromstring(pdf.Root.Metadata.read_bytes())


@pytest.mark.parametrize("make", [*KINDS.values(), lambda: electronic(long_bill(300))])
def test_one_file_with_its_xml_associated(make: object) -> None:
    made = make()
    content = render(made).content
    assert re.findall(rb"%PDF-\d\.\d", content) == [b"%PDF-1.7"]
    assert content.rstrip().endswith(b"%%EOF")
    with pikepdf.open(BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
        [name, spec] = pdf.Root.Names.EmbeddedFiles.Names
        assert (str(name), str(spec.F), str(spec.UF)) == ("factur-x.xml",) * 3
        [linked] = pdf.Root.AF
        assert linked.objgen == spec.objgen
        assert spec.AFRelationship == "/Data"
        file = spec.EF.F
        assert file.Subtype == "/text/xml"
        xml = file.read_bytes()
        assert (int(file.Params.Size), bytes(file.Params.CheckSum)) == (len(xml), hashlib.md5(xml).digest())
        [intent] = pdf.Root.OutputIntents
        assert (intent.S, int(intent.DestOutputProfile.N)) == ("/GTS_PDFA1", 3)
        assert intent.DestOutputProfile.read_bytes()[16:20] == b"RGB "
        assert pdf.Root.Lang == "fr-FR"
        assert len(bytes(pdf.trailer.ID[0])) == 16
        head = packet(pdf)
        assert head.findtext(f".//{FACTURX}ConformanceLevel") == "EN 16931"
        assert head.findtext(f".//{FACTURX}DocumentFileName") == "factur-x.xml"
    assert xml == xml_of(made) == xml_inside(content)
    assert all(font.embedded and font.subset for font in fonts(content))


def test_dates_and_title_are_those_of_the_issue_everywhere() -> None:
    made = electronic(bill(), addressee=replace(ISSUER, name="Régie <&> 🚒"))
    with pikepdf.open(BytesIO(render(made).content)) as pdf:
        head, info = packet(pdf), pdf.docinfo
        assert [str(info[name]) for name in ("/CreationDate", "/ModDate")] == ["D:20261015000000Z"] * 2
        days = [found.text for found in head.iter() if str(found.tag).endswith(("CreateDate", "ModifyDate"))]
        assert days == ["2026-10-15T00:00:00Z"] * 2
        assert str(info["/Title"]) == "Facture F2026-0003 – Régie <&> ¿ – 3e trimestre 2026"
        assert str(info["/Title"]) == head.findtext(f".//{DC}title//{RDF}li")
        level = "{http://www.aiim.org/pdfa/ns/id/}"
        assert (head.findtext(f".//{level}part"), head.findtext(f".//{level}conformance")) == ("3", "B")


def test_an_internal_statement_is_archived_without_xml() -> None:
    content = render(internal()).content
    assert xml_inside(content) is None
    with pikepdf.open(BytesIO(content)) as pdf:
        assert "/AF" not in pdf.Root
        assert "/OutputIntents" in pdf.Root
        assert packet(pdf).find(f".//{FACTURX}Version") is None


def test_drafts_and_old_bills_are_plain() -> None:
    for made in (electronic(bill(), number=None, issued_on=None), replace(electronic(bill()), format=BillFormat.PLAIN)):
        root = reader(render(made).content).trailer["/Root"]
        assert "/OutputIntents" not in root
        assert "/AF" not in root


def test_no_glyph_is_missing_from_what_is_shown() -> None:
    everything = "".join(map(chr, range(1, 0x2200)))
    made = electronic(bill([order(1, [part(label=ODD), part(label=everything[:400])], reason=everything)]))
    rendered = render(made)
    letters = "".join(each.text for each in shown(rendered.content))
    assert not re.search("[\x00-\x1f\x7f\ufffd]", letters)
    assert rendered.replaced


def test_the_same_bill_gives_the_same_bytes_in_any_process() -> None:
    here = render(odd()).content
    script = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests']\n"
        "from documents.electronic import odd\n"
        "from garage.documents.invoices.render import render\n"
        "sys.stdout.buffer.write(render(odd()).content)"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", script, root], capture_output=True, check=True, env={"PATH": ""})
    assert done.stdout == here == render(odd()).content
