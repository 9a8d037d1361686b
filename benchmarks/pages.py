"""Lists of orders and pages of the stock as the head opens them, small garage and large in turn in one process."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import func, select

from benchmarks.garages import EMAIL, PASSWORD
from benchmarks.measure import answer
from config import Settings
from garage.app import create_app
from garage.db.models.repair_orders import RepairOrder
from garage.db.session import Database
from garage.domain.repair_orders import OrderState
from garage.web import order_states

_WARM_UP: Final = 3


class Site:
    """A garage with a browser signed in as the head, and the addresses to open."""

    def __init__(self, url: str, folder: str, which: str) -> None:
        database = Database(url)
        settings = replace(
            Settings(), database_url=url, invoices_dir=Path(folder), secret_key="de quoi signer" * 3, https=False
        )
        app = create_app(settings, database)
        app.config["WTF_CSRF_ENABLED"] = False
        self.client: FlaskClient = app.test_client()
        done = self.client.post("/connexion", data={"email": EMAIL, "password": PASSWORD})
        if done.status_code != 303:
            raise RuntimeError(f"sign-in: {done.status}")
        self.addresses = _ADDRESSES[which](database)

    def read(self, name: str) -> tuple[float, float]:
        """Wall and processor milliseconds of one reading."""
        wall, cpu = time.perf_counter(), time.process_time()
        found = self.client.get(self.addresses[name])
        spent = (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000
        if found.status_code != 200:
            raise RuntimeError(f"GET {self.addresses[name]}: {found.status}")
        return spent


def _address(words: dict[str, str]) -> str:
    return f"/ordres/?{urlencode(words)}" if words else "/ordres/"


def _orders(database: Database) -> dict[str, str]:
    with database.reading() as session:
        number = session.scalar(
            select(func.max(RepairOrder.number)).where(
                RepairOrder.id == select(func.max(RepairOrder.id) / 2).scalar_subquery()
            )
        )
    every = {"etat": order_states.EVERY}
    billed = {"etat": order_states.WORDS[OrderState.INVOICED]}
    return {
        "open orders": _address({}),
        "every order, first page": _address(every),
        "every order, middle page": _address(every | {"apres": str(number)}),
        "billed, middle page": _address(billed | {"apres": str(number)}),
        "one collectivity": _address(every | {"collectivite": "C00005"}),
        "search, a number": _address(every | {"q": "412"}),
        "search, an object": _address(every | {"q": "portail"}),
    }


def _stock(_database: Database) -> dict[str, str]:
    today, past = "au=05/10/2026", "au=31/12/2021"
    return {
        "list, first page": "/stock/",
        "list, middle page": "/stock/?apres=STK-100099",
        "search, a reference": "/stock/?q=stk-100123",
        "search, words": "/stock/?q=piece+de+stock",
        "part": "/stock/STK-100123",
        "card, a year": f"/stock/STK-100123/fiche?du=31/12/2020&{past}",
        "value, today": f"/valeur-stock?{today}",
        "value, a past day": f"/valeur-stock?{past}",
        "value by part, today": f"/valeur-stock/pieces?{today}",
        "value by part, a past day": f"/valeur-stock/pieces?{past}&apres=STK-100099",
        "value by bin, a past day": f"/valeur-stock/casiers?{past}",
        "change over a year": f"/valeur-stock/variation?du=31/12/2020&{past}",
    }


_ADDRESSES: Final[dict[str, Callable[[Database], dict[str, str]]]] = {"orders": _orders, "stock": _stock}


def read_in_turns(urls: list[str], folder: str, turns: int, which: str = "orders") -> dict[str, Any]:
    """For each page, median wall and processor milliseconds in each garage: small, large, small, large…"""
    sites = [Site(url, folder, which) for url in urls]
    spent: dict[str, list[list[tuple[float, float]]]] = {name: [[] for _ in sites] for name in sites[0].addresses}
    for turn in range(turns + _WARM_UP):
        if turn == _WARM_UP:
            gc.collect()
            gc.freeze()
        for name, kept in spent.items():
            for site, found in zip(sites, kept, strict=True):
                found.append(site.read(name))
    return {
        name: [[median(column) for column in zip(*found[_WARM_UP:], strict=True)] for found in kept]
        for name, kept in spent.items()
    }


if __name__ == "__main__":
    answer(read_in_turns)
