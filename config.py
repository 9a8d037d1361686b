"""Settings of one garage, read once from the environment (prefix GARAGE_); every fault is reported at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


class SettingsError(Exception):
    """Every setting that is missing or cannot be read, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _words(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"valeurs possibles : {', '.join(allowed)}")
        return text.lower()

    return read


def _yes(text: str) -> bool:
    return _words("oui", "non")(text) == "oui"


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"nombre entier de {least} à {most} attendu")
        return int(text)

    return read


def _folder(text: str) -> Path:
    return ROOT / Path(text).expanduser()


def _database(text: str) -> str:
    scheme = "sqlite:///"
    if text.startswith("postgres://"):
        text = "postgresql://" + text.removeprefix("postgres://")
    if text.startswith("postgresql://"):
        return "postgresql+psycopg://" + text.removeprefix("postgresql://")
    if text.startswith("postgresql+psycopg://"):
        return text
    if text.startswith(scheme) and len(text) > len(scheme):
        return scheme + str(ROOT / Path(text.removeprefix(scheme)).expanduser())
    raise ValueError("adresse sqlite:///chemin ou postgresql://… attendue")


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per setting; `.env.example` tells each in words. Relative paths start at the project's folder."""

    database_url: str = f"sqlite:///{ROOT / 'instance' / 'garage.sqlite'}"
    invoices_dir: Path = ROOT / "invoices"
    secret_key: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 2
    web_threads: int = 4
    https: bool = True
    proxies: int = 0
    log_level: str = "WARNING"
    cost_basis: str = "ht"
    print_processes: int = 2
    photos_dir: Path = ROOT / "instance" / "photos"
    public_url: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read every GARAGE_ variable; raises SettingsError with all faults together."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        known = {f"GARAGE_{field.name.upper()}": field.name for field in fields(cls)}
        for name, text in sorted(environ.items()):
            if not name.startswith("GARAGE_") or name.startswith("GARAGE_TEST"):
                continue
            if name in _ON_SCREEN:
                faults.append(f"{name} : ce réglage se trouve maintenant à l’écran, dans «\u00a0Réglages\u00a0».")
            elif name not in known:
                faults.append(f"{name} : réglage inconnu.")
            elif text:
                try:
                    values[known[name]] = _READERS.get(known[name], str)(text)
                except ValueError as error:
                    faults.append(f"{name} : {error}.")
        if faults:
            raise SettingsError(faults)
        return cls(**values)


def _site(text: str) -> str:
    if not text.startswith(("http://", "https://")) or not text.isprintable() or " " in text:
        raise ValueError("adresse https://… attendue")
    return text.rstrip("/")


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("au moins 32 caractères au hasard attendus")
    return text


# What accounting decides is kept in the database since it has a screen.
_ON_SCREEN = frozenset(
    f"GARAGE_{name}"
    for name in ("FLOOR", "FLOOR_RELEASE_Q4", "INVOICING_DAY", "INVOICING_MODE", "ISSUER_INVOICES", "LATE_PAYMENT_TEXT")
)

_READERS: dict[str, Callable[[str], Any]] = {
    "database_url": _database,
    "invoices_dir": _folder,
    "secret_key": _secret,
    "port": _between(1, 65535),
    "web_workers": _between(1, 64),
    "web_threads": _between(1, 64),
    "https": _yes,
    "proxies": _between(0, 5),
    "log_level": lambda text: _words("debug", "info", "warning", "error")(text).upper(),
    "cost_basis": _words("ht", "ttc"),
    "print_processes": _between(1, 16),
    "photos_dir": _folder,
    "public_url": _site,
    "smtp_port": _between(1, 65535),
    "smtp_security": _words("starttls", "tls", "aucune"),
}
