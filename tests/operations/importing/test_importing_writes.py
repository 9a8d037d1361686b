"""What an import leaves in the tables: values, states, numbers, mechanics, stock."""

from datetime import UTC, date, datetime
from decimal import Decimal

from garage.domain.collectivities import Category, CollectivityKind, VatRegime
from garage.domain.permissions import Role
from garage.domain.repair_orders import LineNature, OrderKind, OrderState
from garage.domain.stock import MovementKind
from garage.domain.tariffs import GridStatus
from garage.domain.vehicles import MeterUnit, VehicleType
from garage.operations.numbering import next_order_number

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)


def test_the_tables_of_the_small_garage(both):
    both.garage()
    report = both.run()
    assert report.clean
    assert [(one.file, one.read, one.created, one.updated, one.unchanged) for one in report.counts] == [
        ("collectivites.csv", 3, 3, 0, 0),
        ("conventions.csv", 3, 3, 0, 0),
        ("tarifs.csv", 5, 5, 0, 0),
        ("vehicules.csv", 2, 2, 0, 0),
        ("fournisseurs.csv", 2, 2, 0, 0),
        ("casiers.csv", 3, 2, 0, 1),
        ("pieces.csv", 3, 3, 0, 0),
        ("references.csv", 3, 3, 0, 0),
        ("equivalences.csv", 1, 1, 0, 0),
        ("ordres.csv", 2, 2, 0, 0),
        ("lignes.csv", 6, 6, 0, 0),
    ]
    assert report.new_mechanics == ("Yann Le Goff",)
    tables = both.dump()
    issuer, pencran, _ = tables["collectivities"]
    assert (issuer["code"], issuer["is_issuer"], issuer["siren"]) == ("GAR", True, "242900801")
    assert (pencran["kind"], pencran["siret"], pencran["engagement_required"]) == (
        CollectivityKind.COMMUNE,
        "21290001300013",
        False,
    )
    first, second, third = tables["conventions"]
    assert (first["starts_on"], first["ends_on"], first["category"], first["regime"], first["forecast_hours"]) == (
        date(2024, 1, 1),
        date(2026, 7, 1),
        Category.PARTNER,
        VatRegime.OUT_OF_SCOPE,
        Decimal("120.00"),
    )
    assert (second["regime"], second["structure_fee"], third["forecast_hours"]) == (
        VatRegime.TAXED,
        True,
        Decimal("3.25"),
    )
    (grid,) = tables["tariff_grids"]
    assert (grid["status"], grid["published_at"], grid["ends_on"]) == (GridStatus.PUBLISHED, NOW, date(2027, 1, 1))
    assert {row["code"]: row["partner_price"] for row in tables["tariff_lines"]} == {
        "MO-VL": 60,
        "LAV": Decimal("11.25"),
        "MAJ-P": Decimal("12.5"),
        "MAJ-X": Decimal("7.25"),
        "STRUCT": 10,
    }
    car, digger = tables["vehicles"]
    assert (car["registration"], car["meter"], car["meter_unit"]) == ("AB-123-CD", 12_000, MeterUnit.KM)
    assert (digger["registration"], digger["type"], digger["meter"]) == (None, VehicleType.MACHINE, None)
    assert tables["parts"][0]["search_text"] == "f-1 filtre a huile dubois d-118 oe-9"
    assert [row["code"] for row in tables["part_barcodes"]] == ["3700000000017"]
    assert tables["journal"][0]["data"]["lignes.csv"] == {"created": 6, "updated": 0}


def test_orders_their_states_and_lines(both):
    both.garage()
    both.run()
    tables = both.dump()
    done, open_ = tables["repair_orders"]
    assert (done["state"], done["closed_on"], done["kind"]) == (OrderState.DONE, date(2026, 6, 15), OrderKind.BREAKDOWN)
    assert (open_["state"], open_["closed_on"], open_["object_label"]) == (OrderState.IN_PROGRESS, None, "Portail")
    assert [(row["order_id"], row["state"], row["at"]) for row in tables["order_state_changes"]] == [
        (done["id"], OrderState.IN_PROGRESS, datetime(2026, 6, 1, 12, tzinfo=UTC)),
        (done["id"], OrderState.DONE, datetime(2026, 6, 15, 12, tzinfo=UTC)),
        (open_["id"], OrderState.IN_PROGRESS, datetime(2026, 7, 1, 12, tzinfo=UTC)),
    ]
    labour, filters, broom, external, flat, _ = tables["order_lines"]
    (person,) = tables["users"]
    assert (person["name"], person["role"], person["email"], person["password_hash"]) == (
        "Yann Le Goff",
        Role.MECHANIC,
        None,
        None,
    )
    assert (labour["minutes"], labour["quantity"], labour["mechanic_id"]) == (90, None, person["id"])
    assert (filters["cost"], filters["bought_for_order"], filters["code"]) == (Decimal("4.5"), False, None)
    assert (broom["cost"], broom["bought_for_order"], broom["supplier"]) == (Decimal("7.5"), True, "Dubois")
    assert (external["nature"], external["quantity"], external["cost"]) == (LineNature.EXTERNAL, 1, 250)
    assert (flat["quantity"], flat["non_billable_reason"]) == (Decimal("1.5"), "Geste commercial")


def test_the_stock(both):
    both.garage()
    both.run()
    parts = {row["id"]: row["reference"] for row in both.rows("parts")}
    assert [
        (parts[row["part_id"]], row["kind"], row["quantity"], row["unit_cost"], row["average_cost"], row["moved_on"])
        for row in both.rows("stock_movements")
    ] == [
        ("H-1", MovementKind.RECEIPT, 20, Decimal("8.25"), Decimal("8.25"), date(2026, 1, 1)),
        ("F-1", MovementKind.RECEIPT, 10, Decimal("4.5"), Decimal("4.5"), date(2026, 6, 1)),
        ("F-1", MovementKind.ISSUE, -2, Decimal("4.5"), Decimal("4.5"), date(2026, 6, 3)),
        ("B-1", MovementKind.RECEIPT, 1, Decimal("7.5"), Decimal("7.5"), date(2026, 6, 3)),
        ("B-1", MovementKind.ISSUE, -1, Decimal("7.5"), Decimal("7.5"), date(2026, 6, 3)),
        ("F-1", MovementKind.ISSUE, -3, Decimal("4.5"), Decimal("4.5"), date(2026, 7, 2)),
    ]


def test_a_receipt_comes_before_the_issues_of_its_day(kit):
    kit.garage()
    kit.cell("pieces", 2, "date", "03/06/2026")
    assert kit.faults() == []


def test_ties_of_a_day_by_order_number_then_rank(kit):
    kit.garage()
    kit.cell("lignes", 3, "date", "02/07/2026")
    kit.add("lignes", "OR-2026-00008;10;piece;02/07/2026;F-1;;4;;;;")
    kit.add("lignes", "OR-2026-00008;9;piece;02/07/2026;F-1;;2;;;;")
    assert kit.faults() == [("lignes.csv", 8, "quantite", "beyond_stock")]


def test_opening_stock_without_lines_is_dated_today(kit):
    kit.garage("pieces")
    kit.run()
    assert {row["moved_on"] for row in kit.rows("stock_movements")} == {date(2026, 1, 1), date(2026, 10, 12)}


def test_imported_numbers_push_the_counter(both):
    both.garage()
    both.add("ordres", "2025/114;PEN;V1;;01/06/2025;15/06/2025;;;")
    both.add("ordres", "OR-2025-00140;PEN;V1;;01/06/2025;15/06/2025;;;")
    both.run()
    assert {(row["series"], row["year"]): row["last"] for row in both.rows("numbering")} == {
        ("OR", 2025): 140,
        ("OR", 2026): 8,
    }
    with both.database.transaction() as session:
        assert next_order_number(session, date(2026, 10, 12)) == "OR-2026-00009"
    both.run()
    assert {row["last"] for row in both.rows("numbering") if row["year"] == 2026} == {9}


def test_a_mechanic_who_has_an_account_is_that_person(kit):
    kit.garage()
    kit.run()
    kit.add("lignes", "OR-2026-00008;3;main_oeuvre;03/07/2026;MO-VL;YANN LE GOFF;1;;;;")
    kit.add("lignes", "OR-2026-00008;4;main_oeuvre;03/07/2026;MO-VL;anna;1;;;;")
    kit.add("lignes", "OR-2026-00008;5;main_oeuvre;03/07/2026;MO-VL;Anna;1;;;;")
    assert kit.run().new_mechanics == ("anna",)
    assert [row["name"] for row in kit.rows("users")] == ["Yann Le Goff", "anna"]


def test_columns_a_file_lacks_are_left_alone(kit):
    kit.garage()
    kit.run()
    kit.write("collectivites", "code;nom\nGAR;Garage mutualisé\nPEN;Pencran\nLAN;Landerneau\n")
    kit.write("lignes", "ordre;rang;nature;date;code;quantite\nOR-2026-00007;3;piece;03/06/2026;B-1;1\n")
    report = kit.run()
    assert (report.counts[0].updated, report.counts[0].unchanged, report.counts[-1].unchanged) == (1, 2, 1)
    issuer = kit.rows("collectivities")[0]
    assert (issuer["name"], issuer["siren"], issuer["is_issuer"]) == ("Garage mutualisé", "242900801", True)


def test_nothing_is_written_with_a_fault_nor_committed_by_the_operation(kit):
    kit.garage()
    assert kit.run(keep=False).clean
    assert kit.empty()
