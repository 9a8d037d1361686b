"""The French word for each member of each enum."""

from enum import StrEnum

from garage.domain.collectivities import Category, CollectivityKind, VatRegime
from garage.domain.counts import AbcClass, CountKind, CountReason, CountState
from garage.domain.devices import DeviceKind
from garage.domain.entries import EntryState
from garage.domain.invoices.bill import BilledNature, BillFormat, BillKind
from garage.domain.invoices.credit_notes import CreditPurpose, CreditState
from garage.domain.losses import LossReason
from garage.domain.mails import MailState
from garage.domain.order_works import CheckResult, NoteKind, WorkState
from garage.domain.part_requests import PartRequestState
from garage.domain.parts import DepositState, WasteClass
from garage.domain.permissions import Permission, Role
from garage.domain.purchases import PurchaseState, SupplierInvoiceState
from garage.domain.recovery import BillState, SettlementKind
from garage.domain.repair_orders import LineNature, OrderKind, OrderState
from garage.domain.requests import RequestState, Step
from garage.domain.stock import MovementKind
from garage.domain.tariffs import GridStatus, TariffNature
from garage.domain.vehicles import MeterUnit, VehicleType
from garage.domain.work_time import Activity

# Members with the same text are equal across enums: each enum has a table of its own.
_LABELS: dict[type[StrEnum], dict[StrEnum, str]] = {
    CollectivityKind: {
        CollectivityKind.EPCI: "Intercommunalité",
        CollectivityKind.COMMUNE: "Commune",
        CollectivityKind.SPL: "Société publique locale",
        CollectivityKind.SYNDICAT: "Syndicat",
        CollectivityKind.CCAS: "CCAS",
        CollectivityKind.OTHER: "Autre organisme",
    },
    Category: {
        Category.FOUNDER: "Membre fondateur",
        Category.PARTNER: "Partenaire",
    },
    VatRegime: {
        VatRegime.OUT_OF_SCOPE: "Hors champ de la TVA",
        VatRegime.EXEMPT: "Exonéré de TVA",
        VatRegime.TAXED: "Soumis à la TVA",
    },
    BilledNature: {
        BilledNature.LABOUR: "Main-d’œuvre",
        BilledNature.FLAT: "Forfait",
        BilledNature.PART: "Pièce",
        BilledNature.EXTERNAL: "Travaux externes",
        BilledNature.STRUCTURE: "Frais de structure",
    },
    BillKind: {
        BillKind.INVOICE: "Facture",
        BillKind.CREDIT_NOTE: "Avoir",
        BillKind.INTERNAL_STATEMENT: "Relevé interne",
    },
    Role: {
        Role.MECHANIC: "Mécanicien",
        Role.HEAD: "Chef d’atelier",
        Role.COLLECTIVITY: "Agent d’une collectivité",
        Role.ACCOUNTING: "Comptabilité",
        Role.ADMIN: "Administrateur",
    },
    Permission: {
        Permission.READ_ORDERS: "lire les ordres de réparation",
        Permission.WORK_ON_ORDERS: "travailler sur les ordres de réparation",
        Permission.CHECK_ORDERS: "contrôler les ordres de réparation",
        Permission.MANAGE_WORKSHOP: "organiser l’atelier",
        Permission.READ_STOCK: "lire le stock",
        Permission.COUNT_STOCK: "compter le stock",
        Permission.MANAGE_STOCK: "tenir le magasin",
        Permission.READ_VALUE: "lire la valeur du stock",
        Permission.ENTER_SUPPLIER_INVOICES: "enregistrer et rapprocher les factures des fournisseurs",
        Permission.READ_OWN: "lire les véhicules et les factures de sa collectivité",
        Permission.PREVIEW_INVOICES: "préparer la facturation",
        Permission.ISSUE_INVOICES: "émettre les factures",
        Permission.MANAGE_PEOPLE: "gérer les personnes et leurs rôles",
        Permission.READ_JOURNAL: "lire le journal",
    },
    OrderState: {
        OrderState.DRAFT: "Brouillon",
        OrderState.REQUESTED: "Demandé",
        OrderState.PLANNED: "Planifié",
        OrderState.IN_PROGRESS: "En cours",
        OrderState.WAITING_PART: "Attente pièce",
        OrderState.WAITING_AGREEMENT: "Attente accord",
        OrderState.BLOCKED: "Bloqué",
        OrderState.TO_CHECK: "À contrôler",
        OrderState.DONE: "Terminé",
        OrderState.INVOICED: "Facturé",
        OrderState.CANCELLED: "Annulé",
    },
    OrderKind: {
        OrderKind.PREVENTIVE: "Préventif",
        OrderKind.BREAKDOWN: "Panne",
        OrderKind.INSPECTION: "Contrôle",
        OrderKind.ACCIDENT: "Sinistre",
        OrderKind.LOCKSMITH: "Serrurerie",
        OrderKind.SITE: "Site",
        OrderKind.OTHER: "Autre",
    },
    LineNature: {
        LineNature.LABOUR: "Main-d’œuvre",
        LineNature.FLAT: "Forfait",
        LineNature.PART: "Pièce",
        LineNature.EXTERNAL: "Travaux externes",
    },
    MovementKind: {
        MovementKind.RECEIPT: "Entrée",
        MovementKind.ISSUE: "Sortie",
        MovementKind.RETURN: "Retour",
        MovementKind.LOSS: "Perte",
        MovementKind.COUNT: "Inventaire",
        MovementKind.TRANSFER: "Transfert",
        MovementKind.SUPPLIER_RETURN: "Retour fournisseur",
        MovementKind.PRICE: "Correction de prix",
    },
    LossReason: {
        LossReason.LOST: "Perte",
        LossReason.BROKEN: "Casse",
        LossReason.STOLEN: "Vol",
        LossReason.EXPIRED: "Péremption",
        LossReason.MISTAKE: "Erreur de saisie",
    },
    PurchaseState: {
        PurchaseState.DRAFT: "Brouillon",
        PurchaseState.ORDERED: "Envoyée",
        PurchaseState.RECEIVED: "Reçue",
        PurchaseState.CLOSED: "Soldée",
        PurchaseState.CANCELLED: "Annulée",
    },
    SupplierInvoiceState: {
        SupplierInvoiceState.TO_CHECK: "À contrôler",
        SupplierInvoiceState.DISPUTED: "En litige",
        SupplierInvoiceState.ACCEPTED: "Acceptée",
    },
    PartRequestState: {
        PartRequestState.ASKED: "Demandée",
        PartRequestState.READY: "Mise de côté",
        PartRequestState.ORDERED: "Commandée",
        PartRequestState.GIVEN: "Remise",
        PartRequestState.REFUSED: "Refusée",
        PartRequestState.WITHDRAWN: "Retirée",
    },
    WasteClass: {
        WasteClass.OIL: "Huile usagée",
        WasteClass.BATTERY: "Batterie",
        WasteClass.TYRE: "Pneu",
        WasteClass.FILTER: "Filtre",
        WasteClass.COOLANT: "Liquide de refroidissement",
    },
    DepositState: {
        DepositState.OWED: "À renvoyer",
        DepositState.SENT: "Renvoyée",
        DepositState.CREDITED: "Créditée",
        DepositState.ABANDONED: "Abandonnée",
    },
    CountState: {
        CountState.COUNTING: "En comptage",
        CountState.TO_APPROVE: "À approuver",
        CountState.APPROVED: "Approuvé",
        CountState.CANCELLED: "Abandonné",
    },
    CountKind: {
        CountKind.FULL: "Tout le stock",
        CountKind.STORE: "Un magasin",
        CountKind.BINS: "Des casiers",
        CountKind.FAMILY: "Une famille",
        CountKind.ROLLING: "Inventaire tournant",
    },
    CountReason: {
        CountReason.UNRECORDED_ISSUE: "Sortie non saisie",
        CountReason.UNRECORDED_RECEIPT: "Entrée non saisie",
        CountReason.WRONG_BIN: "Rangée dans un autre casier",
        CountReason.WRONG_UNIT: "Erreur d’unité",
        CountReason.BROKEN: "Casse ou péremption",
        CountReason.LOST: "Perte ou vol",
        CountReason.COUNTED_WRONG: "Inventaire précédent faux",
        CountReason.UNEXPLAINED: "Écart sans explication",
    },
    AbcClass: {AbcClass.A: "A", AbcClass.B: "B", AbcClass.C: "C"},
    GridStatus: {
        GridStatus.DRAFT: "Brouillon",
        GridStatus.PUBLISHED: "Publiée",
    },
    TariffNature: {
        TariffNature.LABOUR: "Main-d’œuvre",
        TariffNature.FLAT: "Forfait",
        TariffNature.PARTS: "Majoration des pièces",
        TariffNature.EXTERNAL: "Majoration des travaux externes",
        TariffNature.STRUCTURE: "Frais de structure",
    },
    MeterUnit: {
        MeterUnit.KM: "km",
        MeterUnit.HOURS: "h",
    },
    VehicleType: {
        VehicleType.VEHICLE: "Véhicule",
        VehicleType.MACHINE: "Engin",
        VehicleType.TRAILER: "Remorque",
        VehicleType.EQUIPMENT: "Matériel",
    },
    Activity: {
        Activity.CLEANING: "Nettoyage",
        Activity.TRAINING: "Formation",
        Activity.WORKSHOP: "Atelier",
        Activity.BREAK: "Pause",
    },
    WorkState: {
        WorkState.TODO: "À faire",
        WorkState.DONE: "Fait",
        WorkState.POSTPONED: "Reporté",
        WorkState.DROPPED: "Abandonné",
    },
    CheckResult: {
        CheckResult.OK: "Bon",
        CheckResult.FAILED: "Défaut",
        CheckResult.NOT_APPLICABLE: "Sans objet",
    },
    NoteKind: {
        NoteKind.COMPLAINT: "Plainte",
        NoteKind.CAUSE: "Cause",
        NoteKind.CORRECTION: "Remède",
        NoteKind.NOTE: "Note",
    },
    RequestState: {
        RequestState.RECEIVED: "Reçue",
        RequestState.ACCEPTED: "Acceptée",
        RequestState.REFUSED: "Refusée",
    },
    Step: {
        Step.ASKED: "Demandé",
        Step.ACCEPTED: "Acceptée",
        Step.PLANNED: "Planifié",
        Step.IN_WORKSHOP: "En atelier",
        Step.WAITING: "En attente",
        Step.READY: "Prêt",
        Step.INVOICED: "Facturé",
        Step.REFUSED: "Refusée",
        Step.CANCELLED: "Annulé",
    },
    MailState: {
        MailState.WAITING: "À envoyer",
        MailState.SENT: "Envoyé",
        MailState.GIVEN_UP: "Abandonné",
        MailState.SUPERSEDED: "Remplacé",
    },
    EntryState: {
        EntryState.APPLIED: "Enregistrée",
        EntryState.HELD: "À vérifier",
        EntryState.APPLIED_LATER: "Enregistrée après vérification",
        EntryState.SET_ASIDE: "Écartée",
    },
    BillFormat: {
        BillFormat.PLAIN: "PDF",
        BillFormat.FACTURX: "Factur-X",
    },
    BillState: {
        BillState.ISSUED: "Émise",
        BillState.TRANSMITTED: "Transmise",
        BillState.TITLED: "Titrée",
        BillState.PARTLY_PAID: "Payée en partie",
        BillState.PAID: "Payée",
        BillState.CANCELLED: "Annulée",
    },
    SettlementKind: {
        SettlementKind.PAYMENT: "Paiement",
        SettlementKind.REFUND: "Remboursement",
        SettlementKind.OFFSET: "Compensation",
    },
    CreditPurpose: {
        CreditPurpose.REBILL: "Annuler pour refacturer",
        CreditPurpose.REDUCE: "Réduire une quantité",
        CreditPurpose.PART_RETURN: "Retour de pièce",
    },
    CreditState: {
        CreditState.PREPARED: "Préparé",
        CreditState.REVIEWED: "Relu",
        CreditState.ISSUED: "Émis",
        CreditState.DROPPED: "Abandonné",
    },
    DeviceKind: {
        DeviceKind.TABLET: "Tablette partagée",
        DeviceKind.SCREEN: "Écran mural",
    },
}


def label(member: StrEnum) -> str:
    """What people read for a member of an enum."""
    return _LABELS[type(member)][member]
