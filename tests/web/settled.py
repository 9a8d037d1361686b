"""Titres, payments and a credit on the bills of `accounting.populate`, for the browser's audits."""

from datetime import date
from decimal import Decimal

from garage.db.queries import recovery as queries
from garage.db.queries.recovery import RecoveryFilter
from garage.db.session import Database
from garage.operations import recovery, recovery_return
from garage.operations.recovery import By, PaymentEntry, TitreEntry
from garage.operations.recovery_return import COLUMNS
from tests.factories import garage as make

_BY = By(make.CLERK, make.NOW, make.TODAY)
_DAY = date(2026, 10, 12)


def populate(database: Database) -> None:
    """The first bill titled and paid too much, another titled, one paid in part, a file checked and one recorded."""
    with database.transaction() as session:
        bills = queries.shown(queries.page(session, RecoveryFilter()))[::-1]
        first, second, third = (one.number for one in (*bills[:2], [one for one in bills if one.position.due][-1]))
        recovery.give_titre(session, first, TitreEntry("1042", 2026, _DAY, "12"), _BY)
        much = PaymentEntry(
            bills[0].position.gross + 20, _DAY, "VIR 2026-118", overpaid=True, overpaid_reason="Mandaté deux fois"
        )
        recovery.pay(session, first, much, _BY)
        recovery.give_titre(session, second, TitreEntry("1043", 2026, _DAY, "12"), _BY)
        recovery.pay(session, third, PaymentEntry(Decimal("12.50"), _DAY, "MANDAT 77"), _BY)
        recovery.void(session, 2, "Saisi sur une autre facture", _BY)
        head = ";".join(COLUMNS)
        rows = (f"{third};1044;2026;12;12/10/2026;;;;", f"{third};;;;;;12/10/2026;15,00;VIR 2026-119")
        done = recovery_return.keep(session, "retour-octobre.csv", f"{head}\n{rows[0]}".encode(), _BY)
        recovery_return.apply(session, done, _BY)
        recovery_return.keep(session, "retour-novembre.csv", f"{head}\n{rows[0]}\n{rows[1]}\n".encode(), _BY)
