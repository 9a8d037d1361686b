"""The schema of Factur-X 1.09, profile EN 16931: read once per process, asked at every printing."""

import threading
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

from garage.domain.errors.invoices import BillXmlRefused

_SCHEMA: Final = Path(__file__).parent / "data" / "Factur-X_EN16931.xsd"
_ASKED = threading.Lock()


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_SCHEMA))


def check(number: str, content: bytes) -> None:
    """Refuse a document that the schema refuses. Raises BillXmlRefused with the first thing it said."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        with _ASKED:  # a schema keeps its errors in itself
            _schema().assertValid(root)
    except (etree.XMLSyntaxError, etree.DocumentInvalid) as fault:
        raise BillXmlRefused(number, str(fault)) from None
