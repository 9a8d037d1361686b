"""Computed bills as PDFs marked PROJET, one by one or all in one file. The look of a bill is in `render`."""

from collections.abc import Iterable
from contextlib import ExitStack
from io import BytesIO

from pikepdf import OutlineItem, Pdf

from garage.documents.invoices.render import render
from garage.domain.invoices.bill import Bill


def together(bills: Iterable[Bill], title: str) -> bytes:
    """The pages of every bill in one PDF, in their order, each bill paginated as its own; each is a bookmark."""
    whole, place = Pdf.new(), 0
    with ExitStack() as opened, whole.open_outline() as outline:
        for bill in bills:
            one = opened.enter_context(Pdf.open(BytesIO(render(bill).content)))
            whole.pages.extend(one.pages)
            outline.root.append(OutlineItem(bill.addressee.name, place))
            place = len(whole.pages)
        whole.docinfo["/Title"] = title
        whole.Root.Lang = "fr-FR"
    out = BytesIO()
    whole.save(out)
    return out.getvalue()
