"""What the composition root tells the web. The settings themselves are read elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from garage.archive import Archive
from garage.photos import PhotoStore


def _nowhere(run_id: int) -> None:
    """A run waits for the worker, which looks every minute."""
    del run_id


@dataclass(frozen=True, slots=True)
class WebOptions:
    """`secure_cookies` is false on plain HTTP only; demo accounts are pairs of label and address sharing a password.

    `public_url` is the lasting address that labels carry; empty, the one the page was asked at serves.
    `launch` starts an asked job run in a process of its own; `cost_basis` is "ht" or "ttc" (rule M8).
    """

    secure_cookies: bool = True
    demo_accounts: tuple[tuple[str, str], ...] = ()
    demo_password: str = ""
    site_name: str = "Garage mutualisé"
    version: str = "0.1.0"
    archive: Archive = field(default_factory=lambda: Archive(Path("invoices")))
    launch: Callable[[int], None] = _nowhere
    cost_basis: str = "ht"
    photos: PhotoStore = field(default_factory=lambda: PhotoStore(Path("photos")))
    public_url: str = ""
    sends_mails: bool = False

    @property
    def demonstration(self) -> bool:
        """Whether the data are made up and every page must say so."""
        return bool(self.demo_accounts)
