"""The list of orders as the head of the workshop opens it: first page, deep page by key, filtered pages."""

import gc
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from statistics import median
from typing import Any

from flask.testing import FlaskClient

from benchmarks.garages import EMAIL, PASSWORD
from benchmarks.measure import answer
from config import Settings
from garage.app import create_app
from garage.db.session import Database

ADDRESS = "/ordres"
_KEY = "a" * 32  # signs the session of the bench


def client(url: str) -> FlaskClient:
    """A browser without pictures, signed in as the head."""
    settings = replace(Settings(), database_url=url, secret_key=_KEY, https=False)
    app = create_app(settings, Database(url))
    app.config["WTF_CSRF_ENABLED"] = False
    made = app.test_client()
    done = made.post("/connexion", data={"email": EMAIL, "password": PASSWORD})
    if done.status_code != 303:
        raise RuntimeError(f"sign-in: {done.status}")
    return made


def prepare(url: str, addresses: Mapping[str, str], turns: int) -> dict[str, Any]:
    """Processor and wall milliseconds of each page, medians of `turns` interleaved readings after two to warm up."""
    made = client(url)
    for address in [*addresses.values()] * 2:
        found = made.get(address)
        if found.status_code != 200:
            raise RuntimeError(f"GET {address}: {found.status}")
    gc.collect()
    gc.freeze()
    walls: dict[str, list[float]] = {name: [] for name in addresses}
    cpus: dict[str, list[float]] = {name: [] for name in addresses}
    for _ in range(turns):
        for name, address in addresses.items():
            wall, cpu = time.perf_counter(), time.process_time()
            made.get(address)
            walls[name].append((time.perf_counter() - wall) * 1000)
            cpus[name].append((time.process_time() - cpu) * 1000)
    return {name: (median(walls[name]), median(cpus[name])) for name in addresses}
