"""What an import found: faults, warnings and counts as plain values. The sentences are in garage.french.importing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FaultCode(StrEnum):
    """Why a file, a row or a cell is refused; one fault keeps the whole folder out."""

    FOLDER_MISSING = "folder_missing"
    FOLDER_IS_A_FILE = "folder_is_a_file"
    FOLDER_UNREADABLE = "folder_unreadable"
    NO_KNOWN_FILE = "no_known_file"
    SAME_FILE_TWICE = "same_file_twice"
    NOT_A_FILE = "not_a_file"
    FILE_UNREADABLE = "file_unreadable"
    FILE_TOO_BIG = "file_too_big"
    FILE_EMPTY = "file_empty"
    UTF_16 = "utf_16"
    NOT_TEXT = "not_text"
    TOO_MANY_COLUMNS = "too_many_columns"
    DUPLICATE_COLUMN = "duplicate_column"
    MISSING_COLUMN = "missing_column"
    BAD_QUOTES = "bad_quotes"
    CELL_TOO_BIG = "cell_too_big"
    TOO_FEW_CELLS = "too_few_cells"
    TOO_MANY_CELLS = "too_many_cells"
    DUPLICATE_KEY = "duplicate_key"

    REQUIRED = "required"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    TOO_MANY_DECIMALS = "too_many_decimals"
    NEGATIVE = "negative"
    ZERO = "zero"
    TOO_BIG = "too_big"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_DAY = "no_such_day"
    BAD_YEAR = "bad_year"
    NOT_HOURS = "not_hours"
    BAD_CLOCK = "bad_clock"
    ZERO_MINUTES = "zero_minutes"
    UNKNOWN_WORD = "unknown_word"
    BAD_CODE = "bad_code"
    BAD_SIREN = "bad_siren"
    BAD_SIRET = "bad_siret"
    SIRET_OF_ANOTHER = "siret_of_another"
    BAD_EMAIL = "bad_email"
    BAD_INSEE = "bad_insee"
    IN_FUTURE = "in_future"
    END_BEFORE_START = "end_before_start"

    SECOND_ISSUER = "second_issuer"
    ISSUER_HAS_REGIME = "issuer_has_regime"
    ISSUER_BILLED = "issuer_billed"
    UNKNOWN_COLLECTIVITY = "unknown_collectivity"
    CONVENTION_OVERLAP = "convention_overlap"
    ISSUER_REGIME = "issuer_regime"
    GOODS_NOT_EXEMPT = "goods_not_exempt"
    CONVENTION_BILLED = "convention_billed"
    GRID_DIFFERS = "grid_differs"
    GRID_OVERLAP = "grid_overlap"
    GRID_TOUCHES_BILLED = "grid_touches_billed"
    GRID_BILLED = "grid_billed"
    TARIFF_BILLED = "tariff_billed"
    TWO_OF_NATURE = "two_of_nature"
    UNIT_OF_NATURE = "unit_of_nature"
    QUANTITY_WITHOUT_COST = "quantity_without_cost"
    BAD_REFERENCE = "bad_reference"
    BARCODE_TAKEN = "barcode_taken"
    SUPPLIER_EXPECTED = "supplier_expected"
    STILL_ON_HAND = "still_on_hand"
    OPENING_USED = "opening_used"
    VEHICLE_OR_OBJECT = "vehicle_or_object"
    UNKNOWN_VEHICLE = "unknown_vehicle"
    CLOSED_BEFORE_OPENED = "closed_before_opened"
    ORDER_BILLED = "order_billed"
    ORDER_CANCELLED = "order_cancelled"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_TARIFF_CODE = "unknown_tariff_code"
    CODE_OF_ANOTHER_NATURE = "code_of_another_nature"
    UNKNOWN_PART = "unknown_part"
    LINE_BILLED = "line_billed"
    REASON_EXPECTED = "reason_expected"
    BEYOND_STOCK = "beyond_stock"
    FROZEN_YEAR = "frozen_year"

    UNKNOWN_BILL = "unknown_bill"
    NOT_COLLECTED = "not_collected"
    INCOMPLETE_TITRE = "incomplete_titre"
    INCOMPLETE_PAYMENT = "incomplete_payment"
    TITRE_AMOUNT = "titre_amount"
    TITRE_DIFFERS = "titre_differs"
    TITRE_TAKEN = "titre_taken"
    TITRE_EXERCISE = "titre_exercise"
    BEFORE_ISSUE = "before_issue"
    PAYMENT_TWICE = "payment_twice"
    PAYMENT_VOIDED = "payment_voided"
    ABOVE_DUE = "above_due"

    STORE_NAME_DIFFERS = "store_name_differs"
    OWN_EQUIVALENT = "own_equivalent"
    SOLD_DIFFERS = "sold_differs"
    NO_SUCH_PART = "no_such_part"
    NO_SUCH_BIN = "no_such_bin"
    BIN_EXPECTED = "bin_expected"
    COUNTED_ALREADY = "counted_already"
    IN_ANOTHER_COUNT = "in_another_count"


class WarningCode(StrEnum):
    """What is taken as it is, and deserves a look."""

    MIXED_ENCODING = "mixed_encoding"
    NO_ROWS = "no_rows"
    ENDS_ON_31_DECEMBER = "ends_on_31_december"
    ROUNDED_MINUTES = "rounded_minutes"
    ROUNDED_FORECAST = "rounded_forecast"
    METER_LOWER = "meter_lower"
    COST_WITHOUT_QUANTITY = "cost_without_quantity"
    VEHICLE_AND_OBJECT = "vehicle_and_object"
    VEHICLE_OF_ANOTHER = "vehicle_of_another"
    ORDER_WITHOUT_CONVENTION = "order_without_convention"
    LINE_WITHOUT_CONVENTION = "line_without_convention"
    MISSING_ENGAGEMENT = "missing_engagement"
    LINE_OUTSIDE_ORDER = "line_outside_order"
    LABOUR_WITHOUT_MECHANIC = "labour_without_mechanic"
    DAY_OVER_24_HOURS = "day_over_24_hours"
    EXTERNAL_WITHOUT_COST = "external_without_cost"
    COST_NOT_KEPT = "cost_not_kept"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or warning: where (line 1 is the header), what, the text that was read, and figures for the sentence.

    No file means the folder itself; no line the whole file; no column the whole row.
    """

    code: FaultCode | WarningCode
    file: str | None = None
    line: int | None = None
    column: str | None = None
    read: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileCount:
    """Rows of one file: read, and what became of them."""

    file: str
    read: int
    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that an import found, faults and warnings by file then line; nothing is written when there is a fault."""

    faults: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    counts: tuple[FileCount, ...]
    ignored_columns: tuple[tuple[str, str], ...]
    ignored_files: tuple[str, ...]
    new_mechanics: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether everything may go in."""
        return not self.faults


class Findings:
    """Collects faults and warnings in any order."""

    def __init__(self) -> None:
        self.faults: list[Finding] = []
        self.warnings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Keep a fault or a warning, told by its code."""
        (self.faults if isinstance(finding.code, FaultCode) else self.warnings).append(finding)


def in_order(findings: list[Finding], files: tuple[str, ...]) -> tuple[Finding, ...]:
    """Findings of the folder first, then by file in this order, then by line."""
    rank = {name: place for place, name in enumerate(files)}
    return tuple(sorted(findings, key=lambda finding: (rank.get(finding.file or "", -1), finding.line or 0)))
