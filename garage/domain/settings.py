"""What a garage decides about its bills: one value, each field with its default, and what is wrong with one."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from garage.domain.tariffs import TariffNature

# PES Recette, NumeroFacture, and Chorus Pro read no longer number.
NUMBER_LENGTH: Final = 20


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
    their previews; `due_days` count from the titre de recettes, else from the issue. A second count of a part is asked
    above `recount_euros` or `recount_percent` of difference.
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
    count_by_other: bool = False
    recount_euros: Decimal = Decimal("50.00")
    recount_percent: int = 20
    magnus: Magnus = field(default_factory=Magnus)
    pes: Pes = field(default_factory=Pes)


class SettingGroup(StrEnum):
    """The groups of the settings' page, each changed as a whole."""

    RUN = "run"
    NUMBERS = "numbers"
    FLOOR = "floor"
    BANK = "bank"
    TEXTS = "texts"
    MAILS = "mails"
    ACCOUNTS = "accounts"
    MAGNUS = "magnus"
    PES = "pes"
    STOCK = "stock"


class SettingFault(StrEnum):
    """What is wrong with one field of the settings."""

    FLOOR = "floor"
    DAY = "day"
    QUESTION_DAYS = "question_days"
    PATTERN_PARTS = "pattern_parts"
    PATTERN_LETTERS = "pattern_letters"
    PATTERN_LENGTH = "pattern_length"
    DIGITS = "digits"
    VAT_NUMBER = "vat_number"
    VAT_OF_ANOTHER = "vat_of_another"
    IBAN = "iban"
    BIC = "bic"
    EMAIL = "email"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_SHOWN = "not_shown"
    DUE_DAYS = "due_days"
    ARTICLE = "article"
    FUNCTION = "function"
    PRODUCT_CODE = "product_code"
    PES_POST = "pes_post"
    PES_COLLECTIVITY = "pes_collectivity"
    PES_BUDGET = "pes_budget"
    NO_FILE = "no_file"
    RECOUNT_EUROS = "recount_euros"
    RECOUNT_PERCENT = "recount_percent"


_PARTS: Final[dict[str, type]] = {"magnus": Magnus, "pes": Pes}


def _named(shape: type, before: str) -> tuple[str, ...]:
    return tuple(f"{before}_{one.name}" for one in fields(shape))


# The fields of a group by their flat names (see `flat`).
FIELDS_OF: Final[dict[SettingGroup, tuple[str, ...]]] = {
    SettingGroup.RUN: ("invoicing_day", "issues_alone", "question_days", "reviewed_credits"),
    SettingGroup.NUMBERS: ("number_pattern", "number_digits"),
    SettingGroup.FLOOR: ("floor", "floor_release_q4", "issuer_invoices"),
    SettingGroup.BANK: ("vat_number", "iban", "bic", "account_holder"),
    SettingGroup.TEXTS: (
        "payment_terms", "due_days", "late_payment_text", "note_pmt", "note_pmd", "note_aab", "mention_out_of_scope",
        "mention_exempt",
    ),
    SettingGroup.MAILS: ("mails_bills", "accounting_email"),
    SettingGroup.ACCOUNTS: tuple(name for nature in TariffNature for name in _named(Imputation, nature.value)),
    SettingGroup.MAGNUS: _named(Magnus, "magnus"),
    SettingGroup.PES: _named(Pes, "pes"),
    SettingGroup.STOCK: ("count_by_other", "recount_euros", "recount_percent"),
}  # fmt: skip


def key_of(name: str) -> str:
    """The field of BillingSettings that holds a flat name.

    >>> key_of("floor"), key_of("pes_post"), key_of("labour_article")
    ('floor', 'pes', 'imputations')
    """
    if name in FIELDS_OF[SettingGroup.ACCOUNTS]:
        return "imputations"
    return next((part for part in _PARTS if name in _named(_PARTS[part], part)), name)


def flat(settings: BillingSettings) -> dict[str, Any]:
    """Every field by one name each: `floor`, `magnus_budget`, `labour_article`."""
    values = {one.name: getattr(settings, one.name) for one in fields(settings)}
    for nature in TariffNature:
        booked = settings.imputations.get(nature, Imputation())
        values |= {f"{nature.value}_{name}": value for name, value in asdict(booked).items()}
    for part in _PARTS:
        values |= {f"{part}_{name}": value for name, value in asdict(values.pop(part)).items()}
    del values["imputations"]
    return values


def with_values(settings: BillingSettings, values: Mapping[str, Any]) -> BillingSettings:
    """The same settings, these flat fields changed; a nature without any account is left out."""
    every = flat(settings) | dict(values)
    booked = {nature: Imputation(**_taken(every, Imputation, nature.value)) for nature in TariffNature}
    nested: dict[str, Any] = {part: shape(**_taken(every, shape, part)) for part, shape in _PARTS.items()}
    nested["imputations"] = {nature: one for nature, one in booked.items() if one != Imputation()}
    return BillingSettings(**every, **nested)


def _taken(every: dict[str, Any], shape: type, before: str) -> dict[str, Any]:
    return {one.name: every.pop(f"{before}_{one.name}") for one in fields(shape)}


_ENOUGH: Final = 10_000_000
_LONGEST: Final = {
    "mention_out_of_scope": 500, "mention_exempt": 500, "account_holder": 70, "pes_budget_label": 38,
    "pes_schema": 500, **dict.fromkeys(FIELDS_OF[SettingGroup.MAGNUS], 50),
}  # fmt: skip
_TEXT: Final = 1024
# Without them a bill lacks what it must say (EN 16931: BR-CO-25, the three notes; rule M6: the mentions).
MANDATORY: Final = frozenset(
    {"payment_terms", "note_pmt", "note_pmd", "note_aab", "mention_out_of_scope", "mention_exempt", "number_pattern"}
)
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_VAT = re.compile(r"FR(\d{2})(\d{9})", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_LITERALS = re.compile(r"[A-Za-z0-9+_/-]*")
_PLACES = ("{serie}", "{annee}", "{numero}")
_SHAPES: Final = {
    **{f"{nature.value}_article": (r"[1-9]\d{0,9}", SettingFault.ARTICLE) for nature in TariffNature},
    **{f"{nature.value}_function": (r"\d{1,10}", SettingFault.FUNCTION) for nature in TariffNature},
    **{f"{nature.value}_product_code": (r"[0-9A-Za-z]{1,4}", SettingFault.PRODUCT_CODE) for nature in TariffNature},
    "pes_post": (r"02[AB]\d{3,4}|\d{6,7}", SettingFault.PES_POST),
    "pes_collectivity_code": (r"(?!000)\d{3}", SettingFault.PES_COLLECTIVITY),
    "pes_budget_code": (r"[0-9A-Z]\d", SettingFault.PES_BUDGET),
    "accounting_email": (_EMAIL.pattern, SettingFault.EMAIL),
    "bic": (_BIC.pattern, SettingFault.BIC),
}  # fmt: skip


def faults(settings: BillingSettings, siren: str | None) -> dict[str, SettingFault]:
    """What is wrong, by flat name, the first thing of each field; `siren` is the issuer's.

    Lengths and shapes of PES fields are those of its schema, version 5.12.
    """
    found: dict[str, SettingFault] = {}
    values = flat(settings)
    for name, value in values.items():
        if isinstance(value, str) and (fault := _text_fault(name, value)):
            found[name] = fault
    found |= {name: fault for name, (right, fault) in _measures(settings).items() if not right}
    if settings.iban and not iban_holds(settings.iban):
        found["iban"] = SettingFault.IBAN
    if settings.vat_number and (fault := _vat_fault(settings.vat_number, siren)):
        found["vat_number"] = fault
    if fault := _pattern_fault(settings):
        found.setdefault("number_pattern", fault)
    return found


def _text_fault(name: str, value: str) -> SettingFault | None:
    if not value:
        return SettingFault.EMPTY if name in MANDATORY else None
    if any(unicodedata.category(letter)[0] == "C" and letter != "\n" for letter in value):
        return SettingFault.NOT_SHOWN
    shape, fault = _SHAPES.get(name, (None, SettingFault.TOO_LONG))
    if shape is not None:
        return None if re.fullmatch(shape, value, re.ASCII) else fault
    return SettingFault.TOO_LONG if len(value) > _LONGEST.get(name, _TEXT) else None


def _measures(settings: BillingSettings) -> dict[str, tuple[bool, SettingFault]]:
    day = settings.invoicing_day
    return {
        "floor": (_is_amount(settings.floor), SettingFault.FLOOR),
        "recount_euros": (_is_amount(settings.recount_euros), SettingFault.RECOUNT_EUROS),
        "recount_percent": (0 <= settings.recount_percent <= 1000, SettingFault.RECOUNT_PERCENT),
        "invoicing_day": (1 <= day <= 28, SettingFault.DAY),
        "question_days": (0 <= settings.question_days < max(day, 1), SettingFault.QUESTION_DAYS),
        "number_digits": (3 <= settings.number_digits <= 8, SettingFault.DIGITS),
        "due_days": (0 <= settings.due_days <= 365, SettingFault.DUE_DAYS),
    }


def _is_amount(value: Decimal) -> bool:
    return 0 <= value < _ENOUGH and -int(value.as_tuple().exponent) <= 2


def _pattern_fault(settings: BillingSettings) -> SettingFault | None:
    pattern = settings.number_pattern
    if any(pattern.count(place) != 1 for place in _PLACES):
        return SettingFault.PATTERN_PARTS
    literals = pattern
    for place in _PLACES:
        literals = literals.replace(place, "")
    if not _LITERALS.fullmatch(literals):
        return SettingFault.PATTERN_LETTERS
    # One letter of series, four digits of year.
    return SettingFault.PATTERN_LENGTH if len(literals) + 5 + settings.number_digits > NUMBER_LENGTH else None


def iban_holds(iban: str) -> bool:
    """Whether an IBAN without spaces has its form and its key modulo 97 (ISO 13616); a French one has 27 characters.

    >>> iban_holds("FR7630001007941234567890185"), iban_holds("FR7630001007941234567890186")
    (True, False)
    """
    if not _IBAN.fullmatch(iban) or (iban.startswith("FR") and len(iban) != 27):
        return False
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _vat_fault(number: str, siren: str | None) -> SettingFault | None:
    """A French number: key of two digits, (12 + 3 × (SIREN mod 97)) mod 97, then the SIREN."""
    found = _VAT.fullmatch(number)
    if found is None or int(found[1]) != (12 + 3 * (int(found[2]) % 97)) % 97:
        return SettingFault.VAT_NUMBER
    return SettingFault.VAT_OF_ANOTHER if siren and siren != found[2] else None
