"""The files of an import folder, in the order they are read, with their columns."""

from dataclasses import dataclass
from functools import lru_cache

from garage.french.plain import plain_text


@dataclass(frozen=True, slots=True)
class Layout:
    """One file: its name, the columns it may have and those it must have."""

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]


def _layout(name: str, required: str, others: str) -> Layout:
    must = tuple(required.split())
    return Layout(name, must + tuple(others.split()), must)


COLLECTIVITIES = _layout(
    "collectivites.csv",
    "code nom",
    "nature siren siret code_service code_service_obligatoire engagement_obligatoire code_tiers adresse code_postal "
    "ville courriel code_insee population emetteur",
)
CONVENTIONS = _layout(
    "conventions.csv",
    "collectivite debut categorie",
    "fin reference regime_tva frais_structure pieces_taxees prevision_heures",
)
TARIFFS = _layout(
    "tarifs.csv",
    "grille debut code libelle nature fondateur partenaire",
    "fin deliberation delibere_le unite taux_tva article",
)
VEHICLES = _layout(
    "vehicules.csv",
    "parc collectivite",
    "immatriculation vin type genre marque modele energie mise_en_circulation compteur unite_compteur",
)
SUPPLIERS = _layout("fournisseurs.csv", "nom", "courriel telephone adresse numero_client delai_jours actif")
BINS = _layout("casiers.csv", "magasin", "nom casier")
PARTS = _layout(
    "pieces.csv",
    "reference libelle",
    "unite quantite cout_unitaire emplacement mini maxi code_barres fournisseur date famille dechet consigne magasin "
    "reference_fournisseur actif",
)
OFFERS = _layout("references.csv", "reference fournisseur", "reference_fournisseur prix conditionnement")
TWINS = _layout("equivalences.csv", "reference equivalente", "")
ORDERS = _layout(
    "ordres.csv",
    "numero collectivite ouvert_le",
    "parc objet termine_le nature motif travaux compteur demandeur service engagement",
)
# `code` is asked of every line but external work: the line says so, not the header.
LINES = _layout(
    "lignes.csv",
    "ordre rang nature date quantite",
    "code mecanicien cout_unitaire libelle fournisseur facture_fournisseur non_facturable",
)
LAYOUTS = (
    COLLECTIVITIES, CONVENTIONS, TARIFFS, VEHICLES, SUPPLIERS, BINS, PARTS, OFFERS, TWINS, ORDERS, LINES,
)  # fmt: skip
FILE_NAMES = tuple(layout.name for layout in LAYOUTS)


@lru_cache(maxsize=4096)
def normal(word: str) -> str:
    """A header name or a word of a closed list: any case, accents ignored, space as underscore.

    >>> normal(" Engagement Obligatoire "), normal("Exonéré")
    ('engagement_obligatoire', 'exonere')
    """
    return plain_text(word).replace(" ", "_")
