"""Words and figures a made-up garage is filled with: grids, works, parts, vehicles, towns. No database here."""

from typing import Final

from garage.domain.collectivities import Category, VatRegime
from garage.domain.tariffs import TariffNature

Tariff = tuple[str, str, TariffNature, str, str, str, str]

# Code, label, nature, unit, founder's price, partner's price, VAT rate.
TARIFFS: Final[tuple[Tariff, ...]] = (
    ("MO-VL", "Main-d’œuvre véhicule léger", TariffNature.LABOUR, "h", "52", "61.5", "20"),
    ("MO-PL", "Main-d’œuvre poids lourd et engins", TariffNature.LABOUR, "h", "58.25", "67.8", "20"),
    ("MO-SER", "Main-d’œuvre serrurerie", TariffNature.LABOUR, "h", "49.9", "57.3333", "20"),
    ("LAV", "Lavage complet", TariffNature.FLAT, "u", "9", "11.87", "20"),
    ("DEP", "Déplacement", TariffNature.FLAT, "km", "0.617", "0.735", "20"),
    ("CT", "Passage au contrôle technique", TariffNature.FLAT, "u", "78.5", "84", "20"),
    ("MAJ-P", "Majoration sur pièces", TariffNature.PARTS, "%", "5", "12.5", "20"),
    ("MAJ-X", "Majoration sur travaux extérieurs", TariffNature.EXTERNAL, "%", "3", "7.25", "20"),
    ("STRUCT", "Frais de structure", TariffNature.STRUCTURE, "%", "8.7", "10", "20"),
)
LABOUR: Final = ("MO-VL", "MO-PL", "MO-SER")
FLAT: Final = ("LAV", "DEP", "CT")
WORKS: Final = (
    "vidange, filtres et contrôle des niveaux",
    "remplacement des plaquettes et disques avant",
    "recherche de panne électrique sur le faisceau arrière",
    "dépose et repose du démarreur",
    "réglage du train avant après remplacement des rotules",
    None,
    None,
)
PARTS: Final = (
    "Filtre à huile", "Plaquettes de frein avant (jeu)", "Batterie 12 V 95 Ah", "Courroie d’accessoires",
    "Huile moteur 5W30", "Ampoule H7", "Pneumatique 215/65 R16C", "Balai d’essuie-glace", "Rotule de direction",
    "Liquide de refroidissement", "Flexible hydraulique 1/2″", "Gyrophare à éclats orange",
)  # fmt: skip
SUPPLIERS: Final = ("Carrosserie Le Gall", "Atelier hydraulique Kerouanton", "Pneus de l’Élorn")
EXTERNALS: Final = ("Peinture du hayon", "Réfection du vérin de benne", "Contrôle du tachygraphe")
REASONS: Final = ("Bruit anormal au freinage", "Entretien annuel", "Ne démarre plus", "Fuite sous la benne", None)
REQUESTERS: Final = ("Services techniques", "Espaces verts", "M. Abgrall", "Mme Le Goff", None)
OBJECTS: Final = ("Portail de la salle Omnisports", "Serrure de la mairie", "Garde-corps du quai")
MAKES: Final = (
    ("Renault", "Master"), ("Peugeot", "Partner"), ("Iveco", "Daily 35C14"), ("Kubota", "F3890"),
    ("Renault Trucks", "D 16 benne"), ("Citroën", "Berlingo"),
)  # fmt: skip
TOWNS: Final = (
    "Pencran", "La Roche-Maurice", "Plouédern", "Saint-Urbain", "Dirinon", "Lanneuffret", "Trémaouézan", "Ploudiry",
    "Le Tréhou", "Tréflévénez", "Saint-Divy", "L’Hôpital-Camfrout", "Daoulas", "Logonna", "Irvillac", "Hanvec",
)  # fmt: skip
TERMS: Final = (
    (Category.PARTNER, VatRegime.OUT_OF_SCOPE),
    (Category.FOUNDER, VatRegime.OUT_OF_SCOPE),
    (Category.PARTNER, VatRegime.TAXED),
    (Category.PARTNER, VatRegime.OUT_OF_SCOPE),
    (Category.FOUNDER, VatRegime.TAXED),
    (Category.PARTNER, VatRegime.EXEMPT),
)
