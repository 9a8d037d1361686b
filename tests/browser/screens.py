"""The screens that every audit visits: add yours to SCREENS, and what they need in the database to POPULATE."""

from collections.abc import Callable
from dataclasses import dataclass

from garage.db.session import Database
from garage.domain.permissions import Role


@dataclass(frozen=True)
class Screen:
    """A page as one role sees it; `status` when it is a refusal, `submit` to press its first form's button before."""

    role: Role | None
    path: str
    name: str
    status: int = 200
    submit: bool = False


POPULATE: list[Callable[[Database], None]] = []

SCREENS = [
    Screen(None, "/", "accueil"),
    Screen(None, "/connexion", "connexion"),
    Screen(None, "/connexion", "connexion-erreurs", submit=True),
    Screen(None, "/accessibilite", "accessibilite"),
    Screen(None, "/plan-du-site", "plan"),
    Screen(None, "/mentions-legales", "mentions"),
    Screen(None, "/donnees-personnelles", "donnees"),
    Screen(None, "/aide", "aide"),
    Screen(None, "/rien-ici", "introuvable", status=404),
    Screen(None, "/guide-ui?densite=bureau", "guide-bureau"),
    Screen(None, "/guide-ui?densite=atelier", "guide-atelier"),
    Screen(Role.HEAD, "/", "accueil-atelier"),
    Screen(Role.HEAD, "/guide-ui", "guide-chef"),
    Screen(Role.ACCOUNTING, "/", "accueil-comptabilite"),
    Screen(Role.COLLECTIVITY, "/", "accueil-commune"),
    Screen(Role.COLLECTIVITY, "/essai/reserve", "reserve", status=403),
    Screen(Role.ADMIN, "/plan-du-site", "plan-administrateur"),
]
