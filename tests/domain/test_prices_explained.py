"""«Pourquoi ce prix ?» tells grid, deliberation, convention, rate, sum and rounding (rules T3, T4, M1 to M4)."""

from datetime import date
from decimal import Decimal

from garage.domain.collectivities import Category, Terms, VatRegime
from garage.domain.invoices.pricing import Prices, price
from garage.domain.repair_orders import LineNature, Work
from garage.domain.tariffs import Grid, TariffLine, TariffNature
from garage.french.prices import why

D = Decimal
GRID = Grid(
    1, "Tarifs 2026", date(2026, 1, 1), date(2027, 1, 1), "2025-114", date(2025, 12, 11),
    {
        "MO": TariffLine("MO", "Main-d’œuvre", TariffNature.LABOUR, "h", D("40"), D("52"), D("20")),
        "PCE": TariffLine("PCE", "Pièces", TariffNature.PARTS, "%", D("0"), D("10"), D("20")),
    },
)  # fmt: skip


def _terms(**more: object) -> Terms:
    given = {"category": Category.PARTNER, "regime": VatRegime.OUT_OF_SCOPE, "reference": "CV-12"} | more
    return Terms(7, date(2025, 1, 1), None, structure_fee=True, **given)  # type: ignore[arg-type]


def _why(work: Work, terms: Terms | None = None) -> list[str]:
    found = price("OR-1", work, Prices((terms or _terms(),), (GRID,), issuer=False))
    return [step.replace("\u202f", " ").replace("\u00a0", " ") for step in why(found)]


def _work(nature: LineNature, **more: object) -> Work:
    given: dict[str, object] = {"code": None, "label": None, "unit": None, "minutes": None} | more
    given = {"quantity": None, "cost": None} | given
    return Work(1, 1, nature, date(2026, 3, 4), **given)  # type: ignore[arg-type]


def test_hours() -> None:
    assert _why(_work(LineNature.LABOUR, code="MO", minutes=80)) == [
        "Grille « Tarifs 2026 », en vigueur du 01/01/2026 au 01/01/2027 exclu, délibération 2025-114 du 11/12/2025.",
        "Convention CV-12 depuis le 01/01/2025 : colonne « partenaire ».",
        "MO : 52,00 € l’heure le 04/03/2026, jour du travail.",
        "80 min (1 h 20) × 52,00 € ÷ 60 = environ 69,333333 €, arrondi au centime (le demi-centime monte) : 69,33 €.",
        "TVA non applicable, art. 256 B du CGI.",
    ]


def test_parts_below_a_cent() -> None:
    steps = _why(_work(LineNature.PART, code="J-1", unit="u", quantity=D("7"), cost=D("0.0350")))
    assert steps[2:4] == [
        (
            "Coût 0,035 € + 10 % de majoration le 04/03/2026, jour du travail = 0,0385 € par u, "
            "arrondi à quatre décimales."
        ),
        "7 u × 0,0385 € = 0,2695 €, arrondi au centime (le demi-centime monte) : 0,27 €.",
    ]


def test_an_exact_sum_says_nothing_of_rounding_and_a_free_line_says_why() -> None:
    work = _work(LineNature.LABOUR, code="MO", minutes=90, non_billable_reason="Garantie")
    steps = _why(work, _terms(regime=VatRegime.TAXED))
    assert steps[3:] == [
        "90 min (1 h 30) × 52,00 € ÷ 60 = 78,00 €.",
        "Non facturé : Garantie. La ligne figure sur la facture pour 0,00 €.",
        "TVA 20 %, calculée sur la somme des lignes de ce taux.",
    ]


def test_a_hole_is_named() -> None:
    assert _why(_work(LineNature.PART, quantity=D("1"))) == ["Le coût manque."]
    (told,) = _why(_work(LineNature.LABOUR, code="ZZ", minutes=5))
    assert "code « ZZ »" in told
