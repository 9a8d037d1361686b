"""The XML inside an issued PDF, as it was issued: taken out, never written again."""

import io

from pikepdf import Pdf

from garage.documents.facturx.container import FILE_NAME


def attached_xml(content: bytes) -> bytes | None:
    """The bytes of the electronic invoice in a PDF; None when it has none."""
    with Pdf.open(io.BytesIO(content)) as pdf:
        found = pdf.attachments.get(FILE_NAME)
        return found.get_file().read_bytes() if found is not None else None
