"""The blueprints of the application, one line per column: add yours here."""

from typing import Final

from flask import Blueprint

from garage.web import (
    cockpit,
    health,
    invoices,
    invoicing,
    job_runs,
    journal,
    orders,
    pages,
    photos,
    planning,
    sign_in,
    stock,
    users,
    vehicles,
)
from garage.web.entries import receive as entries

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    health.blueprint,
    pages.blueprint,
    sign_in.blueprint,
    planning.blueprint,
    orders.blueprint,
    entries.blueprint,
    photos.blueprint,
    stock.blueprint,
    vehicles.blueprint,
    invoicing.blueprint,
    cockpit.blueprint,
    invoices.blueprint,
    users.blueprint,
    journal.blueprint,
    job_runs.blueprint,
)
