"""A quarter issued and printed as the job does it, in this process, on a database and a folder given to it."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.garages import HEAD, NOW, QUARTER, TODAY
from benchmarks.measure import answer, measured
from garage.archive import Archive
from garage.db.session import Database
from garage.documents.invoices.render import RenderedBill, render
from garage.domain.invoices.bill import Bill, BillFormat
from garage.domain.invoices.composition import BillingRules
from garage.domain.permissions import Actor, Role
from garage.domain.settings import BillingSettings
from garage.operations import printing as printing_module
from garage.operations.invoices import Issuing
from garage.operations.invoicing_run import Watch, issue_quarter
from garage.operations.printing import Press, Printing, printing

LATE_PAYMENT = "Titre exécutoire payable à réception auprès du service de gestion comptable de Landerneau."


class _Follow(Watch):
    """Sends each bill to the press as it is issued."""

    def __init__(self, under_way: Printing) -> None:
        self._under_way = under_way

    def issued(self, invoice_id: int) -> None:
        self._under_way.give(invoice_id)


def issue_and_print(url: str, folder: str, processes: int, form: str = BillFormat.FACTURX) -> dict[str, Any]:
    """Bill everything that waits, electronic or as the first bills were; returns how many, and what it cost."""
    if BillFormat(form) is BillFormat.PLAIN:
        with patch.object(printing_module, "render", _plainly):
            return _issue_and_print(url, folder, processes)
    return _issue_and_print(url, folder, processes)


def _plainly(bill: Bill) -> RenderedBill:
    return render(replace(bill, format=BillFormat.PLAIN))


def _issue_and_print(url: str, folder: str, processes: int) -> dict[str, Any]:
    issuing = Issuing(
        QUARTER, TODAY, NOW, Actor(HEAD, "Banc", Role.HEAD), settings=BillingSettings(late_payment_text=LATE_PAYMENT)
    )
    press = Press(Database(url), Archive(Path(folder)), processes)
    with measured() as cost, printing(press, NOW) as under_way:
        made = issue_quarter(press.database, issuing, BillingRules(), TODAY, _Follow(under_way))
        printed = under_way.finish()
    press.database.dispose()
    if made.anomalies or made.carried or printed.failures or printed.printed != len(made.invoice_ids):
        raise RuntimeError(f"{printed.printed} of {len(made.invoice_ids)} bills printed, {made.anomalies[:3]}")
    return {"bills": printed.printed} | asdict(cost)


if __name__ == "__main__":
    answer(issue_and_print)
