"""Every bad row is told with its file, line and column, and nothing is written."""

from pathlib import Path

import pytest
from sqlalchemy import select

from garage.db.models.collectivities import Collectivity, Convention
from garage.french.importing import report_lines

C, V, T, F, P, R, L = (
    f"{name}.csv"
    for name in ("collectivites", "conventions", "tarifs", "vehicules", "pieces", "ordres", "lignes")
)  # fmt: skip


# Without its key a row is lost, and what refers to it is unknown.
_KEYS = ("code", "grille", "parc", "reference", "numero")


@pytest.mark.parametrize(
    ("file", "line", "column", "value", "code"),
    [
        (C, 3, "code", "", "required"),
        (C, 3, "nom", "", "required"),
        (C, 3, "nom", "x" * 201, "too_long"),
        (C, 4, "nature", "mairie", "unknown_word"),
        (C, 3, "siren", "212900014", "bad_siren"),
        (C, 3, "siret", "21290001300014", "bad_siret"),
        (C, 3, "siret", "2,129E+13", "bad_siret"),
        (C, 3, "siret", "21290002100016", "siret_of_another"),
        (C, 3, "engagement_obligatoire", "vrai", "unknown_word"),
        (C, 3, "courriel", "mairie à exemple", "bad_email"),
        (C, 3, "code_insee", "2921", "bad_insee"),
        (C, 3, "population", "1,5", "not_whole"),
        (C, 4, "emetteur", "oui", "second_issuer"),
        (C, 4, "code", "PEN", "duplicate_key"),
        (V, 2, "collectivite", "BREST", "unknown_collectivity"),
        (V, 2, "collectivite", "LE FOLGOËT", "bad_code"),
        (V, 2, "debut", "31/02/2026", "no_such_day"),
        (V, 2, "debut", "2026", "not_a_date"),
        (V, 2, "fin", "01/01/2024", "end_before_start"),
        (V, 2, "fin", "01/01/2023", "end_before_start"),
        (V, 3, "debut", "30/06/2026", "convention_overlap"),
        (V, 3, "debut", "01/01/2024", "duplicate_key"),
        (V, 2, "categorie", "", "required"),
        (V, 2, "categorie", "associé", "unknown_word"),
        (V, 2, "regime_tva", "autre", "unknown_word"),
        (V, 2, "prevision_heures", "beaucoup", "not_hours"),
        (T, 2, "grille", "", "required"),
        (T, 3, "debut", "02/01/2026", "grid_differs"),
        (T, 3, "fin", "", "grid_differs"),
        (T, 3, "deliberation", "2026-1", "grid_differs"),
        (T, 3, "code", "MO VL", "bad_code"),
        (T, 3, "code", "MO-VL", "duplicate_key"),
        (T, 3, "nature", "autre", "unknown_word"),
        (T, 5, "nature", "pieces", "two_of_nature"),
        (T, 2, "unite", "u", "unit_of_nature"),
        (T, 4, "unite", "h", "unit_of_nature"),
        (T, 2, "fondateur", "-1", "negative"),
        (T, 2, "fondateur", "50,12345", "too_many_decimals"),
        (T, 4, "partenaire", "12,555", "too_many_decimals"),
        (T, 2, "partenaire", "=1+1", "not_a_number"),
        (T, 2, "taux_tva", "120", "too_big"),
        (T, 2, "taux_tva", "5,555", "too_many_decimals"),
        (F, 2, "parc", "", "required"),
        (F, 3, "parc", "V1", "duplicate_key"),
        (F, 2, "collectivite", "BREST", "unknown_collectivity"),
        (F, 2, "type", "camion", "unknown_word"),
        (F, 2, "compteur", "12,5", "not_whole"),
        (F, 2, "compteur", "-3", "negative"),
        (F, 2, "mise_en_circulation", "30/02/2020", "no_such_day"),
        (P, 4, "libelle", "", "required"),
        (P, 4, "reference", "H-1", "duplicate_key"),
        (P, 2, "quantite", "0", "zero"),
        (P, 2, "quantite", "-1", "negative"),
        (P, 2, "cout_unitaire", "", "quantity_without_cost"),
        (P, 2, "cout_unitaire", "4,50001", "too_many_decimals"),
        (P, 2, "cout_unitaire", "-4", "negative"),
        (P, 3, "date", "13/10/2026", "in_future"),
        (P, 4, "code_barres", "3700000000017", "barcode_taken"),
        (R, 2, "numero", "", "required"),
        (R, 3, "numero", "x" * 31, "too_long"),
        (R, 2, "collectivite", "BREST", "unknown_collectivity"),
        (R, 2, "parc", "V9", "unknown_vehicle"),
        (R, 2, "parc", "", "vehicle_or_object"),
        (R, 2, "termine_le", "31/05/2026", "closed_before_opened"),
        (R, 2, "termine_le", "13/10/2026", "in_future"),
        (R, 3, "ouvert_le", "13/10/2026", "in_future"),
        (R, 2, "nature", "accident", "unknown_word"),
        (L, 7, "ordre", "OR-2026-00009", "unknown_order"),
        (L, 7, "rang", "1", "duplicate_key"),
        (L, 7, "rang", "un", "not_a_number"),
        (L, 7, "nature", "structure", "unknown_word"),
        (L, 2, "date", "", "required"),
        (L, 2, "date", "13/10/2026", "in_future"),
        (L, 2, "code", "", "required"),
        (L, 2, "code", "MO-PL", "unknown_tariff_code"),
        (L, 2, "code", "LAV", "code_of_another_nature"),
        (L, 6, "code", "MO-VL", "code_of_another_nature"),
        (L, 5, "code", "MAJ-P", "code_of_another_nature"),
        (L, 5, "code", "SOUS-T", "unknown_tariff_code"),
        (L, 3, "code", "X-9", "unknown_part"),
        (L, 4, "code", "X-9", "unknown_part"),
        (L, 3, "code", "", "required"),
        (L, 2, "quantite", "", "required"),
        (L, 2, "quantite", "3:75", "bad_clock"),
        (L, 2, "quantite", "0", "zero_minutes"),
        (L, 3, "quantite", "", "required"),
        (L, 3, "quantite", "0", "zero"),
        (L, 3, "quantite", "-2", "negative"),
        (L, 3, "quantite", "1,0001", "too_many_decimals"),
        (L, 7, "quantite", "9", "beyond_stock"),
        (L, 4, "cout_unitaire", "-7", "negative"),
        (L, 4, "cout_unitaire", "", "beyond_stock"),
        (L, 5, "cout_unitaire", "abc", "not_a_number"),
        (L, 6, "non_facturable", "oui", "reason_expected"),
    ],
)
def test_one_bad_cell_is_one_fault(kit, file, line, column, value, code):
    kit.garage()
    kit.cell(file.removesuffix(".csv"), line, column, value)
    report = kit.run()
    first, *others = report.faults
    assert (first.file, first.line, str(first.code)) == (file, line, code)
    if column in _KEYS:
        assert all(str(other.code).startswith("unknown_") for other in others)
    else:
        assert others == []
    assert kit.empty()
    assert any(f"ligne {line}" in told for told in report_lines(report, Path("reprise"), dry_run=False))


def test_the_issuers_convention_has_one_regime(kit):
    kit.garage()
    kit.add("conventions", "GAR;01/01/2024;;fondateur;taxable;")
    assert kit.faults() == [(V, 5, "regime_tva", "issuer_regime")]


def test_taxed_goods_go_with_exempt_services_only(kit):
    kit.garage()
    kit.write(
        "conventions",
        "collectivite;debut;fin;categorie;regime_tva;pieces_taxees\n"
        "PEN;01/01/2024;01/07/2026;partenaire;exonere;oui\nPEN;01/07/2026;;partenaire;taxable;oui\n"
        "LAN;01/01/2024;;partenaire;;non\n",
    )
    assert kit.faults() == [(V, 3, "pieces_taxees", "goods_not_exempt")]


def test_the_two_optional_columns_are_kept(kit):
    kit.write(
        "collectivites", "code;nom;code_service;code_service_obligatoire\nPEN;Pencran;S-1;oui\nLAN;Landerneau;;\n"
    )
    kit.write(
        "conventions", "collectivite;debut;categorie;regime_tva;pieces_taxees\nPEN;01/01/2024;partenaire;exonere;oui\n"
    )
    assert not kit.run().faults
    with kit.database.reading() as session:
        bodies = session.scalars(select(Collectivity).order_by(Collectivity.code))
        assert [(one.code, one.code_service_required) for one in bodies] == [("LAN", False), ("PEN", True)]
        assert session.scalars(select(Convention.goods_taxed)).all() == [True]


def test_overlapping_grids(kit):
    kit.garage()
    kit.add("tarifs", "2026 bis;31/12/2026;;MO-VL;Main-d'œuvre;main_oeuvre;h;1;1;20")
    assert kit.faults() == [(T, 7, "debut", "grid_overlap")]


def test_a_grid_that_ends_before_it_starts_is_told_once(kit):
    kit.garage("tarifs")
    kit.write("tarifs", kit.text("tarifs").replace("01/01/2027", "01/01/2025"))
    assert kit.faults() == [(T, 2, "fin", "end_before_start")]


def test_all_faults_in_file_then_line_order(kit):
    kit.garage()
    kit.cell("lignes", 3, "quantite", "-2")
    kit.cell("lignes", 2, "date", "x")
    kit.cell("lignes", 2, "quantite", "x")
    kit.cell("collectivites", 3, "siret", "1")
    kit.cell("ordres", 3, "ouvert_le", "")
    kit.add("vehicules", "V3;;BREST;;")
    assert kit.faults() == [
        (C, 3, "siret", "bad_siret"),
        (F, 4, "collectivite", "unknown_collectivity"),
        (R, 3, "ouvert_le", "required"),
        (L, 2, "date", "not_a_date"),
        (L, 2, "quantite", "not_hours"),
        (L, 3, "quantite", "negative"),
    ]


def test_what_rests_on_a_bad_row_is_not_told_again(kit):
    kit.garage()
    kit.cell("collectivites", 3, "siren", "1")
    kit.cell("tarifs", 2, "fondateur", "x")
    kit.cell("pieces", 2, "cout_unitaire", "x")
    kit.cell("vehicules", 2, "type", "x")
    kit.cell("ordres", 3, "nature", "x")
    assert [(file, code) for file, _, _, code in kit.faults()] == [
        (C, "bad_siren"),
        (T, "not_a_number"),
        (F, "unknown_word"),
        (P, "not_a_number"),
        (R, "unknown_word"),
    ]


@pytest.mark.parametrize("name", ["collectivites", "tarifs", "vehicules", "pieces", "ordres"])
def test_what_rests_on_an_unreadable_file_is_not_told_again(kit, name):
    kit.garage()
    kit.write(name, b"\x00\x01")
    assert [(file, code) for file, _, _, code in kit.faults()] == [(f"{name}.csv", "not_text")]


def test_a_row_too_short_does_not_hide_the_others(kit):
    kit.garage()
    kit.write("ordres", kit.text("ordres").replace("OR-2026-00008;LAN;", "OR-2026-00008;LAN"))
    kit.cell("lignes", 2, "ordre", "OR-2026-00009")
    assert kit.faults() == [(R, 3, None, "too_few_cells"), (L, 2, "ordre", "unknown_order")]


def test_lines_of_external_work_alone_need_no_code_column(kit):
    kit.garage()
    kit.write("lignes", "ordre;rang;nature;date;quantite\nOR-2026-00008;1;externe;02/07/2026;\n")
    assert [code for *_, code in kit.warnings()].count("external_without_cost") == 1
    kit.add("lignes", "OR-2026-00008;2;forfait;02/07/2026;1")
    kit.add("lignes", "OR-2026-00008;3;forfait;02/07/2026;1")
    assert kit.faults() == [(L, 1, "code", "missing_column")]


def test_a_third_convention_over_two_others(kit):
    kit.garage("collectivites")
    kit.write(
        "conventions",
        "collectivite;debut;fin;categorie\nPEN;01/03/2026;01/04/2026;partenaire\nPEN;01/01/2026;;partenaire\n"
        "PEN;01/06/2026;01/07/2026;partenaire\n",
    )
    assert kit.faults() == [(V, 3, "debut", "convention_overlap"), (V, 4, "debut", "convention_overlap")]


def test_issues_in_date_order_the_last_one_lacks(kit):
    kit.garage()
    kit.cell("lignes", 3, "quantite", "8")
    kit.cell("lignes", 7, "date", "01/06/2026")
    assert kit.faults() == [(L, 3, "quantite", "beyond_stock")]


def test_a_fault_shows_what_was_read(kit):
    kit.garage()
    kit.cell("collectivites", 3, "siret", "21290001300014")
    kit.cell("lignes", 7, "quantite", "9")
    kit.cell("lignes", 4, "cout_unitaire", "")
    read = [(one.column, one.read) for one in kit.run().faults]
    assert read == [("siret", "21290001300014"), ("quantite", "1"), ("quantite", "9")]
