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
from garage.db.models.repair_orders import OrderLine, RepairOrder
from garage.db.models.stock import StockMovement
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
        found.get_data()
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


def _stock(database: Database) -> dict[str, str]:
    return _value() | _store(database)


def _value() -> dict[str, str]:
    today, past = "au=05/10/2026", "au=31/12/2021"
    return {
        "list, first page": "/stock/",
        "list, middle page": "/stock/?apres=STK-100099",
        "list, last page": "/stock/?avant=ZZZ",
        "list, a family": "/stock/?famille=Famille+3",
        "list, to order": "/stock/?pieces=a-commander",
        "list, retired": "/stock/?pieces=retirees",
        "search, a reference": "/stock/?q=stk-100017",
        "search, a barcode": "/stock/?q=3760100017",
        "search, words": "/stock/?q=piece+de+stock",
        "search, nothing found": "/stock/?q=vilebrequin",
        "part": "/stock/STK-100017",
        "part that moves most": "/stock/STK-100000",
        "card, a year": f"/stock/STK-100017/fiche?du=31/12/2020&{past}",
        "card of the part that moves most": "/stock/STK-100000/fiche?du=01/10/2016&au=05/10/2026",
        "card of that part, an old year": f"/stock/STK-100000/fiche?du=31/12/2020&{past}",
        "where a part was fitted": "/stock/STK-100017/poses",
        "value, today": f"/valeur-stock?{today}",
        "value, a past day": f"/valeur-stock?{past}",
        "value by part, today": f"/valeur-stock/pieces?{today}",
        "value by part, a past day": f"/valeur-stock/pieces?{past}&apres=STK-100099",
        "value by part, with the one that moves most": f"/valeur-stock/pieces?{past}",
        "value by part, a family": f"/valeur-stock/pieces?{past}&famille=Famille+3",
        "value by bin, a past day": f"/valeur-stock/casiers?{past}",
        "value of a bin": f"/valeur-stock/pieces?{past}&casier=5",
        "change over a year": f"/valeur-stock/variation?du=31/12/2020&{past}",
        "turnover": "/valeur-stock/rotation",
        "dormant": "/stock-dormant",
    }


def _store(database: Database) -> dict[str, str]:
    with database.reading() as session:
        noted = select(func.max(StockMovement.order_line_id) / 2).scalar_subquery()
        lines = select(RepairOrder.number).join(OrderLine, OrderLine.order_id == RepairOrder.id)
        order = session.scalar(lines.where(OrderLine.id == noted))
    year = "du=2021-01-01&au=2021-12-31"
    return {
        "movements, first page": "/mouvements",
        "movements, middle page": "/mouvements?apres=2021-06-15_1",
        "movements, last page": "/mouvements?avant=2016-01-01_1",
        "movements, a kind": "/mouvements?mouvement=loss",
        "movements, a kind that never was": "/mouvements?mouvement=price",
        "movements, who left long ago": "/mouvements?personne=7",
        "movements, his losses": "/mouvements?personne=7&mouvement=loss",
        "movements, a day": "/mouvements?du=2021-03-04&au=2021-03-04",
        "movements, a year": f"/mouvements?{year}",
        "movements, a year, last page": f"/mouvements?{year}&avant=2021-01-01_1",
        "movements, losses of a year": f"/mouvements?{year}&mouvement=loss",
        "movements, a part": "/mouvements?piece=STK-100017",
        "movements, a part and year": f"/mouvements?piece=STK-100000&{year}",
        "movements, a bin": "/mouvements?casier=B3",
        "movements, an order": f"/mouvements?ordre={order}",
        "beyond the stock": "/mouvements/au-dela-du-stock",
        "what waits in the store": "/magasin",
        "to order": "/a-commander",
        "requests": "/demandes-pieces",
        "reserved": "/reservations",
        "left alone": "/a-rapprocher",
        "purchases": "/achats",
        "receipts": "/receptions",
        "suppliers’ invoices": "/factures-fournisseurs",
        "stores": "/magasins",
        "bins of a store": "/magasins/1",
        "counts": "/inventaires",
        "a count under way": "/inventaires/3",
        "its differences": "/inventaires/4?lignes=ecarts",
        "its check": "/inventaires/4/approuver",
        "counting": "/inventaires/3/compter",
        "turn to be counted": "/inventaires/tournant",
    }


_ADDRESSES: Final[dict[str, Callable[[Database], dict[str, str]]]] = {
    "orders": _orders,
    "stock": _stock,
}


def read_in_turns(urls: list[str], folder: str, turns: int, which: str = "orders") -> dict[str, Any]:
    """For each page, median wall and processor milliseconds in each garage: small, large, small, large…"""
    sites = [Site(url, folder, which) for url in urls]
    spent: dict[str, list[list[tuple[float, float]]]] = {name: [[] for _ in sites] for name in sites[0].addresses}
    warm_up = min(turns, _WARM_UP)
    for turn in range(turns + warm_up):
        if turn == warm_up:
            gc.collect()
            gc.freeze()
        for name, kept in spent.items():
            for site, found in zip(sites, kept, strict=True):
                found.append(site.read(name))
    return {
        name: [[median(column) for column in zip(*found[warm_up:], strict=True)] for found in kept]
        for name, kept in spent.items()
    }


if __name__ == "__main__":
    answer(read_in_turns)
