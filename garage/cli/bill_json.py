"""What a run prints as JSON: the same object for a preview and an issue, written as it comes (formats: import.md)."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TextIO

from garage.db.queries.invoices import IssuedBill
from garage.domain.invoices.bill import Bill, VatShare
from garage.domain.invoices.composition import DraftBill
from garage.domain.invoices.pricing import Anomaly
from garage.domain.periods import Quarter
from garage.french.anomalies import anomaly as anomaly_sentence

_LeftOut = Callable[[], tuple[list[DraftBill], list[Anomaly]]]


def write(out: TextIO, quarter: Quarter, bills: Iterable[dict[str, Any]], left_out: _LeftOut) -> None:
    """Write one object, bill by bill, so that a large quarter is never held whole."""
    out.write(f'{{"quarter": {json.dumps(str(quarter))},\n "bills": [')
    for place, bill in enumerate(bills):
        out.write((",\n  " if place else "\n  ") + json.dumps(bill, ensure_ascii=False))
    carried, anomalies = left_out()
    out.write('],\n "carried_forward": ')
    json.dump([_carried(draft) for draft in carried], out, ensure_ascii=False)
    out.write(',\n "anomalies": ')
    json.dump([_anomaly(found) for found in anomalies], out, ensure_ascii=False)
    out.write("}\n")


def of_draft(draft: DraftBill) -> dict[str, Any]:
    """A computed bill, without number, day, file."""
    lines = [
        _line(
            (one.order.number, line.work.rank, line.work.done_on),
            (line.nature, line.code, line.grid.name, line.terms.category),
            (line.quantity, line.unit_price, line.net),
        )
        for one in draft.orders
        for line in one.lines
    ]
    lines += [
        _line(
            (None, None, None),
            ("structure", fee.tariff.code, fee.grid.name, fee.terms.category),
            (fee.base, fee.percent, fee.net),
        )
        for fee in draft.fees
    ]
    return {
        "kind": draft.kind,
        "number": None,
        "issued_on": None,
        "collectivity": draft.debtor.code,
        "engagement": draft.engagement,
        "regime": draft.regime,
        **_totals(draft.net, draft.vat, draft.gross, draft.vat_shares),
        "pdf": None,
        "sha256": None,
        "lines": lines,
    }


def of_bill(bill: Bill, issued: IssuedBill) -> dict[str, Any]:
    """An issued bill, from its frozen rows."""
    lines = [
        _line(
            (order.number, line.rank, line.done_on),
            (line.nature, line.code, line.grid, line.category),
            (line.quantity, line.unit_price, line.net),
        )
        for order in bill.orders
        for line in order.lines
    ]
    lines += [
        _line((None, None, None), ("structure", fee.code, fee.grid, fee.category), (fee.base, fee.percent, fee.net))
        for fee in bill.structure
    ]
    return {
        "kind": bill.kind,
        "number": bill.number,
        "issued_on": issued.issued_on.isoformat(),
        "collectivity": issued.collectivity,
        "engagement": bill.engagement,
        "regime": bill.regime,
        **_totals(bill.net, bill.vat, bill.gross, bill.vat_shares),
        "pdf": issued.path,
        "sha256": issued.sha256,
        "lines": lines,
    }


def _totals(net: Decimal, vat: Decimal, gross: Decimal, shares: Iterable[VatShare]) -> dict[str, Any]:
    return {
        "net": _fixed(net, 2),
        "vat": _fixed(vat, 2),
        "gross": _fixed(gross, 2),
        "vat_breakdown": [
            {"rate": _fixed(share.rate, 2), "net": _fixed(share.net, 2), "vat": _fixed(share.vat, 2)}
            for share in shares
        ],
    }


def _line(
    place: tuple[str | None, int | None, date | None],
    what: tuple[str, str, str, str],
    figures: tuple[Decimal, Decimal, Decimal],
) -> dict[str, Any]:
    order, rank, day = place
    nature, code, grid, category = what
    quantity, unit_price, net = figures
    return {
        "order": order,
        "rank": rank,
        "date": day.isoformat() if day else None,
        "nature": nature,
        "code": code,
        "quantity": _fixed(quantity, 3),
        "unit_price": _fixed(unit_price, 4),
        "net": _fixed(net, 2),
        "grid": grid,
        "category": category,
    }


def _carried(draft: DraftBill) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "collectivity": draft.debtor.code,
        "engagement": draft.engagement,
        "regime": draft.regime,
        "gross": _fixed(draft.gross, 2),
    }


def _anomaly(found: Anomaly) -> dict[str, Any]:
    return {"order": found.order, "rank": found.rank, "code": found.code, "message": anomaly_sentence(found)}


def _fixed(value: Decimal, places: int) -> str:
    """A figure that already holds no more than these decimals, written with all of them."""
    return f"{value:.{places}f}"
