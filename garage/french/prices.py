"""«Pourquoi ce prix ?»: how a line got its price, step by step, in words anybody follows (rules T3, T4, M1 to M4)."""

from decimal import Decimal

from garage.domain.collectivities import Terms, VatRegime
from garage.domain.invoices.bill import BilledNature
from garage.domain.invoices.pricing import Anomaly, PricedLine
from garage.domain.money import round_half_up
from garage.domain.tariffs import Grid
from garage.french.anomalies import anomaly
from garage.french.bill import CATEGORIES, VAT_MENTIONS
from garage.french.formats import count, day, decimal, euros, hours, percent, quantity, unit_price
from garage.french.typography import typeset


def why(line: PricedLine | Anomaly) -> list[str]:
    """The grid, the convention, the rate, the sum and its rounding; what is missing for a line without price."""
    if isinstance(line, Anomaly):
        return [anomaly(line)]
    steps = [_grid(line.grid), _terms(line.terms), _rate(line), _sum(line)]
    if line.work.non_billable_reason:
        steps.append(f"Non facturé : {line.work.non_billable_reason}. La ligne figure sur la facture pour 0,00 €.")
    steps.append(_vat(line))
    return [typeset(step) for step in steps]


def why_fee(grid: Grid, terms: Terms, sums: tuple[Decimal, Decimal, Decimal], vat_rate: Decimal) -> list[str]:
    """How a structure fee comes of its base, its percentage and its net (rule M5)."""
    base, rate, net = sums
    steps = [
        _grid(grid),
        _terms(terms),
        (
            f"{percent(rate)} de {euros(base)}, somme des autres lignes de cette grille et de cette convention au même "
            f"taux de TVA = {euros(net)}, arrondi au centime (le demi-centime monte)."
        ),
        _vat_words(terms.regime, vat_rate),
    ]
    return [typeset(step) for step in steps]


def _grid(grid: Grid) -> str:
    voted = f", délibération {grid.deliberation}" if grid.deliberation else ""
    on = f" du {day(grid.deliberated_on)}" if grid.deliberated_on and voted else ""
    until = f" au {day(grid.ends_on)} exclu" if grid.ends_on else ""
    return f"Grille « {grid.name} », en vigueur du {day(grid.starts_on)}{until}{voted}{on}."


def _terms(terms: Terms) -> str:
    column = f"colonne « {CATEGORIES[terms.category]} »"
    if terms.id is None:
        return f"Émetteur sans convention ce jour-là : {column}."
    reference = f" {terms.reference}" if terms.reference else ""
    return f"Convention{reference} depuis le {day(terms.starts_on)} : {column}."


def _rate(line: PricedLine) -> str:
    on = f"le {day(line.work.done_on)}, jour du travail"
    if line.percent is None:
        per = "l’heure" if line.nature is BilledNature.LABOUR else f"par {line.unit}"
        return f"{line.code} : {unit_price(line.unit_price)} € {per} {on}."
    cost = unit_price(line.work.cost or Decimal(0))
    return (
        f"Coût {cost} € + {percent(line.percent)} de majoration {on} = "
        f"{unit_price(line.unit_price)} € par {line.unit}, arrondi à quatre décimales."
    )


def _sum(line: PricedLine) -> str:
    if line.work.minutes is not None:
        exact = Decimal(line.work.minutes) * line.unit_price / 60
        text = f"{count(line.work.minutes)} min ({hours(line.work.minutes)}) × {unit_price(line.unit_price)} € ÷ 60"
    else:
        exact = line.quantity * line.unit_price
        text = f"{quantity(line.quantity)} {line.unit} × {unit_price(line.unit_price)} €"
    cents = round_half_up(exact, 2)
    if exact == cents:
        return f"{text} = {euros(cents)}."
    shown = decimal(round_half_up(exact, 6), 2, 6)
    about = "" if exact == round_half_up(exact, 6) else "environ "
    return f"{text} = {about}{shown} €, arrondi au centime (le demi-centime monte) : {euros(cents)}."


def _vat(line: PricedLine) -> str:
    return _vat_words(line.terms.regime, line.vat_rate)


def _vat_words(regime: VatRegime, rate: Decimal) -> str:
    if regime is VatRegime.TAXED or rate:
        return f"TVA {percent(rate)}, calculée sur la somme des lignes de ce taux."
    return f"{VAT_MENTIONS[regime]}."
