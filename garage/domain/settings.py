"""What a garage decides about its bills: one value, each field with its default. Read and kept elsewhere."""

from dataclasses import dataclass, field
from decimal import Decimal

from garage.domain.tariffs import TariffNature


@dataclass(frozen=True, slots=True)
class Imputation:
    """Where one nature of the tariff is booked: accounting article, function, local product code (CodProdLoc)."""

    article: str = ""
    function: str = ""
    product_code: str = ""


@dataclass(frozen=True, slots=True)
class Magnus:
    """What the Magnus files say of the issuer in the finance application, as its own screens name it."""

    collectivity: str = ""
    budget: str = ""
    operation: str = ""
    service: str = ""
    court: str = ""


@dataclass(frozen=True, slots=True)
class Pes:
    """What a draft PES Recette says of the issuer; `schema` is the place of PES_Aller.xsd."""

    post: str = ""
    collectivity_code: str = ""
    budget_code: str = ""
    budget_label: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """Every choice of accounting, with what holds until it chooses.

    Amounts are euros with 2 decimals; days are whole; texts are printed as typed. `number_pattern` holds `{serie}`,
    `{annee}` and `{numero}` (rule B3); `question_days` is the window after a quarter in which collectivities see
    their previews; `due_days` count from the titre de recettes, else from the issue.
    """

    floor: Decimal = Decimal("15.00")
    floor_release_q4: bool = False
    issuer_invoices: bool = False
    invoicing_day: int = 5
    issues_alone: bool = True
    question_days: int = 0
    reviewed_credits: bool = False
    number_pattern: str = "{serie}{annee}-{numero}"
    number_digits: int = 4
    vat_number: str = ""
    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    payment_terms: str = "À réception de l’avis des sommes à payer émis par le comptable public."
    late_payment_text: str = ""
    note_pmt: str = "Indemnité forfaitaire pour frais de recouvrement : sans objet, recouvrement par titre de recettes."
    note_pmd: str = "Pénalités de retard : sans objet, recouvrement par titre de recettes."
    note_aab: str = "Pas d’escompte pour paiement anticipé."
    mention_out_of_scope: str = "TVA non applicable, art. 256 B du CGI"
    mention_exempt: str = "Exonération de TVA, art. 261 B du CGI"
    due_days: int = 30
    mails_bills: bool = False
    accounting_email: str = ""
    imputations: dict[TariffNature, Imputation] = field(default_factory=dict)
    magnus: Magnus = field(default_factory=Magnus)
    pes: Pes = field(default_factory=Pes)
