"""The screens that every audit visits: add yours to SCREENS, and what they need in the database to POPULATE."""

from collections.abc import Callable
from dataclasses import dataclass

from garage.db.session import Database
from garage.domain.permissions import Role
from tests.web import accounting, workshop


@dataclass(frozen=True)
class Screen:
    """A page as one role sees it; `status` when it is a refusal, `submit` to press its first form's button before."""

    role: Role | None
    path: str
    name: str
    status: int = 200
    submit: bool = False


POPULATE: list[Callable[[Database], None]] = [accounting.populate, workshop.populate]

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
    Screen(Role.HEAD, "/ordres/", "ordres-chef"),
    Screen(Role.ACCOUNTING, "/ordres/?etat=tous", "ordres-comptabilite"),
    Screen(Role.MECHANIC, "/ordres/?q=introuvable", "ordres-aucun"),
    Screen(Role.HEAD, "/ordres/OR-2024-00001", "ordre"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00003", "ordre-vide"),
    Screen(Role.HEAD, "/ordres/OR-2024-00002", "ordre-a-controler"),
    Screen(Role.ACCOUNTING, "/ordres/OR-2024-00004", "ordre-termine"),
    Screen(Role.MECHANIC, "/ordres/nouveau?q=LB", "ordre-pour-quoi"),
    Screen(Role.MECHANIC, "/ordres/nouveau?vehicule=LB-001", "ordre-nouveau"),
    Screen(Role.HEAD, "/ordres/nouveau?collectivite=SANS&objet=1", "ordre-nouveau-erreurs", submit=True),
    Screen(Role.HEAD, "/ordres/OR-2024-00001/temps", "ordre-temps"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00001/temps", "ordre-temps-erreurs", submit=True),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00001/forfait", "ordre-forfait"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00001/pieces?q=FH", "ordre-pieces"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00001/pieces?q=rien", "ordre-pieces-aucune"),
    Screen(Role.HEAD, "/ordres/OR-2024-00001/pieces/KJ/778-AB", "ordre-piece"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00001/piece-achetee", "ordre-piece-achetee-erreurs", submit=True),
    Screen(Role.HEAD, "/ordres/OR-2024-00001/travail-externe", "ordre-travail-externe-erreurs", submit=True),
    Screen(Role.HEAD, "/ordres/OR-2024-00001/etat/annule", "ordre-annuler"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00003/etat/attente-piece", "ordre-attendre"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00001/terminer", "ordre-terminer"),
    Screen(Role.HEAD, "/ordres/OR-2024-00002/controle", "ordre-controle"),
    Screen(Role.MECHANIC, "/ordres/OR-2024-00004/temps", "ordre-ferme", status=422),
    Screen(Role.HEAD, "/stock/", "stock-chef"),
    Screen(Role.MECHANIC, "/stock/?pieces=a-commander", "stock-a-commander"),
    Screen(Role.MECHANIC, "/stock/?q=rien", "stock-aucune"),
    Screen(Role.HEAD, "/stock/KJ/778-AB", "stock-piece"),
    Screen(Role.HEAD, "/stock/KJ/778-AB/entree", "stock-entree"),
    Screen(Role.HEAD, "/stock/KJ/778-AB/entree", "stock-entree-erreurs", submit=True),
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
