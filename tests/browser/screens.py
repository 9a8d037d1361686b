"""The screens that every audit visits: add yours to SCREENS, and what they need in the database to POPULATE."""

from collections.abc import Callable
from dataclasses import dataclass

from garage.db.session import Database
from garage.domain.permissions import Role
from tests.web import accounting


@dataclass(frozen=True)
class Screen:
    """A page as one role sees it; `status` when it is a refusal, `submit` to press its first form's button before."""

    role: Role | None
    path: str
    name: str
    status: int = 200
    submit: bool = False


POPULATE: list[Callable[[Database], None]] = [accounting.populate]

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
    Screen(Role.ACCOUNTING, "/facturation", "compta-trimestres"),
    Screen(Role.ACCOUNTING, "/facturation/2026-T3", "compta-controle"),
    Screen(Role.ACCOUNTING, "/facturation/2020-T1", "compta-controle-vide"),
    Screen(Role.ACCOUNTING, "/facturation/2026-T3/emettre", "compta-emettre"),
    Screen(Role.ACCOUNTING, "/facturation/2026-T3/apercu/BOURG?engagement=EJ-2026-11", "compta-apercu"),
    Screen(Role.ACCOUNTING, "/facturation/passages/1", "compta-passage-fini"),
    Screen(Role.ACCOUNTING, "/facturation/passages/2", "compta-passage-echoue"),
    Screen(Role.ACCOUNTING, "/facturation/passages/3", "compta-passage-en-cours"),
    Screen(Role.ACCOUNTING, "/factures", "compta-factures"),
    Screen(Role.ACCOUNTING, "/factures?trimestre=2026-T3&collectivite=3", "compta-factures-filtrees"),
    Screen(Role.ACCOUNTING, "/factures?trimestre=2020-T1", "compta-factures-aucune"),
    Screen(Role.ACCOUNTING, "/factures/F2026-0003", "compta-facture"),
    Screen(Role.COLLECTIVITY, "/mes-vehicules", "commune-vehicules"),
    Screen(Role.COLLECTIVITY, "/mes-vehicules/3", "commune-vehicule"),
    Screen(Role.COLLECTIVITY, "/mes-factures", "commune-factures"),
    Screen(Role.COLLECTIVITY, "/factures/F2026-0001", "commune-facture"),
    Screen(Role.COLLECTIVITY, "/factures/F2026-0003", "commune-facture-d-une-autre", status=404),
    Screen(Role.ADMIN, "/personnes", "admin-personnes"),
    Screen(Role.ADMIN, "/personnes/nouvelle", "admin-personne"),
    Screen(Role.ADMIN, "/personnes/nouvelle", "admin-personne-erreurs", submit=True),
    Screen(Role.ADMIN, "/journal?objet=factures", "admin-journal"),
    Screen(Role.ADMIN, "/journal?nom=rien", "admin-journal-aucun"),
    Screen(Role.ADMIN, "/taches", "admin-taches"),
]
