"""What is taken as it was, with a warning."""

from pathlib import Path

import pytest

from garage.french.importing import SENTENCES, report_lines
from garage.operations.importing.report import FaultCode, WarningCode

V, F, P, R, L = (f"{name}.csv" for name in ("conventions", "vehicules", "pieces", "ordres", "lignes"))


def test_the_small_garage_has_none(both):
    both.garage()
    assert both.warnings() == []


@pytest.mark.parametrize(
    ("file", "line", "column", "value", "code"),
    [
        (V, 4, "fin", "31/12/2026", "ends_on_31_december"),
        (V, 2, "prevision_heures", "0,333", "rounded_forecast"),
        (P, 4, "cout_unitaire", "3", "cost_without_quantity"),
        (R, 3, "engagement", "", "missing_engagement"),
        (R, 2, "objet", "Portail", "vehicle_and_object"),
        (R, 2, "parc", "V2", "vehicle_of_another"),
        (L, 2, "date", "31/05/2026", "line_outside_order"),
        (L, 2, "date", "16/06/2026", "line_outside_order"),
        (L, 6, "date", "30/06/2026", "line_outside_order"),
        (L, 2, "mecanicien", "", "labour_without_mechanic"),
        (L, 2, "quantite", "0,33", "rounded_minutes"),
        (L, 2, "quantite", "24:01", "day_over_24_hours"),
        (L, 2, "cout_unitaire", "12", "cost_not_kept"),
        (L, 5, "cout_unitaire", "", "external_without_cost"),
    ],
)
def test_one_cell_one_warning(kit, file, line, column, value, code):
    kit.garage()
    kit.cell(file.removesuffix(".csv"), line, column, value)
    report = kit.run()
    assert report.faults == ()
    assert [(one.file, one.line, str(one.code)) for one in report.warnings] == [(file, line, code)]
    assert any(f"ligne {line}" in told for told in report_lines(report, Path("reprise"), dry_run=False))


def test_an_order_and_its_lines_outside_any_convention(kit):
    kit.garage()
    kit.cell("conventions", 2, "debut", "03/06/2026")
    assert kit.warnings() == [
        (R, 2, "ouvert_le", "order_without_convention"),
        (L, 2, "date", "line_without_convention"),
    ]


def test_the_issuer_needs_no_convention(kit):
    kit.garage()
    kit.cell("vehicules", 2, "collectivite", "GAR")
    kit.cell("ordres", 2, "collectivite", "GAR")
    assert kit.warnings() == []


def test_the_days_of_a_mechanic_add_up_with_those_of_the_database(kit):
    kit.garage()
    assert kit.warnings() == []
    kit.write(
        "lignes",
        "ordre;rang;nature;date;code;mecanicien;quantite\n"
        "OR-2026-00007;9;main_oeuvre;02/06/2026;MO-VL;YANN  LE GOFF;20\n"
        "OR-2026-00007;10;main_oeuvre;02/06/2026;MO-VL;Yann le Goff;3\n",
    )
    (warning,) = kit.run(keep=False).warnings
    assert (warning.line, warning.code, warning.data["minutes"]) == (3, "day_over_24_hours", 1470)


def test_a_meter_never_goes_back(kit):
    kit.garage()
    assert kit.warnings() == []
    kit.cell("vehicules", 2, "compteur", "11 999")
    report = kit.run()
    assert [(one.file, one.code) for one in report.warnings] == [(F, "meter_lower")]
    assert [row["meter"] for row in kit.rows("vehicles")] == [12_000, None]
    kit.cell("vehicules", 2, "compteur", "13 000")
    assert kit.run().counts[3].updated == 1
    assert [row["value"] for row in kit.rows("meter_readings")] == [12_000, 13_000]


def test_every_code_has_its_sentence_and_no_other():
    assert set(SENTENCES) == {*FaultCode, *WarningCode}
