"""What a printed bill says, in every kind, regime and length (rule B10)."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from unicodedata import combining

import pytest

from garage.documents.invoices.render import RenderedBill, render
from garage.documents.style import BOLD, REGULAR, REPLACEMENT
from garage.domain.collectivities import Category, VatRegime
from garage.domain.invoices.bill import Bill, BillCited, BillKind, ConventionCited, GridCited
from garage.domain.money import ZERO
from garage.domain.periods import Quarter
from garage.french import formats

from .bills import (
    ADDRESSEE,
    DELIBERATION,
    GRID,
    ISSUER,
    bill,
    external,
    fee,
    flat,
    free,
    labour,
    long_bill,
    order,
    part,
    site,
)
from .paper import RIGHT, fonts, plain, reader, shown, whole

LATER_GRID = "Tarifs 2026 révisés"
ODD = "Syndicat d’Œuvres & d’Équipements « L’Écluse » à Saint-Ÿvi-lès-Mer"


def words(printed: RenderedBill) -> str:
    return whole(shown(printed.content))


def taxed() -> Bill:
    lines = [
        labour(190, vat_rate=Decimal("20.00")),
        part("6.500", "7.8500", vat_rate=Decimal("10.00")),
        flat(vat_rate=Decimal("5.50")),
        external(vat_rate=Decimal("20.00"), grid=LATER_GRID, category=Category.FOUNDER),
        free(labour(30, vat_rate=Decimal("20.00"))),
    ]
    fees = [
        fee(Decimal("416.67"), vat_rate=Decimal("20.00")),
        fee(Decimal("56.13"), "7.50", vat_rate=Decimal("10.00"), grid=LATER_GRID),
    ]
    later = GridCited(LATER_GRID, date(2026, 8, 1), "2026-06-044", date(2026, 6, 30))
    return bill([order(1, lines)], fees, regime=VatRegime.TAXED, grids=(DELIBERATION, later))


def test_the_first_page_says_who_bills_whom_for_what() -> None:
    text = words(render(long_bill(8)))
    for expected in (
        "Facture F2026-0003",
        "Communauté de communes du Val Brumeux Hôtel communautaire 12, rue de l’Écluse 29000 Port-Brumeux",
        "SIRET 242 900 801 00018",
        "Destinataire Commune de Saint-Ouen-sur-Brume Mairie 1, place de la Liberté",
        "SIRET 212 900 013 00013",
        "Date 15/10/2026",
        "Période 3e trimestre 2026",
        "Engagement ENG-2026-77",
        "Code service GARAGE",
        "Code tiers T00421",
        "CONV-2024-07 signée le 15/01/2024, à effet du 01/02/2024, partenaire, art. L. 5111-1 du CGCT",
        "Tarifs 2026, applicable au 01/01/2026, délibération 2025-12-118 du 16/12/2025",
        "Toutes les lignes : grille « Tarifs 2026 », partenaire",
        "Rien à payer au vu de ce document : il sera joint au titre de recettes à venir",
        "dont il forme les bases de liquidation (article 24 du décret n° 2012-1246).",
    ):
        assert expected in text


def test_every_nature_of_line_is_printed_with_what_made_its_price() -> None:
    lines = [labour(190), flat(), part("7.000", "0.0350"), external(), free(labour(45))]
    texts = shown(render(bill([order(1, lines, requester="Voirie", reason="révision")])).content)
    rows: dict[float, list[str]] = {}
    for each in sorted(texts, key=lambda each: each.x):
        rows.setdefault(each.y, []).append(plain(each.text))
    printed = list(rows.values())
    day = "03/07/2026"
    assert [day, "Main-d’œuvre véhicules légers", "MO-VL", "3 h 10", "3,17", "h", "52,00", "164,67"] in printed
    assert [day, "Passage au contrôle technique", "FORF-CT", "1", "unité", "35,00", "35,00"] in printed
    assert [day, "Filtre à huile", "7", "pièce", "0,0385", "0,27"] in printed
    assert ["réf. FH-1234 · coût 0,035 € + 10 %"] in printed
    assert [day, "Réfection du radiateur", "1", "pièce", "252,00", "252,00"] in printed
    assert ["Atelier du Radiateur, facture 2026-118 · coût 240,00 € + 5 %"] in printed
    assert [day, "Main-d’œuvre véhicules légers", "MO-VL", "0 h 45", "0,75", "h", "52,00", "0,00"] in printed
    assert ["Non facturé : garantie constructeur"] in printed
    assert ["V-001", "AB-123-CD · Fourgon benne 3,5 t"] in printed
    assert ["Sous-total V-001", "451,94"] in printed
    title = (
        "OR-2026-00001 ouvert le 02/07/2026, terminé le 06/07/2026 · compteur 84\u202f310 km · "
        "demandeur : Voirie · motif : révision"
    )
    assert title in whole(texts)


def test_vehicles_come_first_then_objects_each_with_its_sub_total() -> None:
    printed = bill([order(1), order(2, fleet_number="V-002", meter=None), site(3, "Écluse n° 4")])
    text = words(render(printed))
    places = [text.index(name) for name in ("V-001 AB", "V-002 AB", "Écluse n° 4 OR", "Sous-total Écluse n° 4")]
    assert places == sorted(places)
    assert text.count("Sous-total") == 3
    assert text.count("compteur") == 1


def test_taxed_by_three_rates_and_two_grids() -> None:
    printed = taxed()
    text = words(render(printed))
    for share in printed.vat_shares:
        sentence = f"TVA {formats.percent(share.rate)} sur {formats.euros(share.net)} {formats.euros(share.vat)}"
        assert plain(sentence) in text
    assert plain(f"Total net HT {formats.euros(printed.net)}") in text
    assert plain(f"Total de la facture TTC {formats.euros(printed.gross)}") in text
    assert "grille « Tarifs 2026 révisés », membre fondateur" in text
    assert text.count("grille « Tarifs 2026 », partenaire") == 5
    assert "Toutes les lignes" not in text
    assert "8 % de 416,67 €" in text
    assert "7,5 % de 56,13 €" in text
    assert "Sous-total Frais de structure" in text
    assert "CGI" not in text


@pytest.mark.parametrize(
    ("regime", "mention"),
    [
        (VatRegime.OUT_OF_SCOPE, "TVA non applicable, art. 256 B du CGI"),
        (VatRegime.EXEMPT, "Exonération de TVA, art. 261 B du CGI"),
    ],
)
@pytest.mark.parametrize("kind", BillKind)
def test_without_vat_the_reason_is_printed(kind: BillKind, regime: VatRegime, mention: str) -> None:
    text = words(render(bill(kind=kind, regime=regime)))
    assert text.count(mention) == 2
    assert "HT" not in text
    assert "TTC" not in text


def test_a_credit_note_names_the_first_bill_its_date_and_the_reason() -> None:
    back = labour(-60, net=Decimal("-52.00"), done_on=date(2025, 12, 30))
    printed = bill(
        [order(1, [back])],
        kind=BillKind.CREDIT_NOTE,
        number="A2026-0001",
        credited=BillCited("F2025-0044", date(2026, 1, 20)),
        reason="Temps saisi deux fois",
    )
    text = words(render(printed))
    assert "Avoir A2026-0001" in text
    assert "Objet Corrige la facture F2025-0044 du 20/01/2026" in text
    assert "Motif Temps saisi deux fois" in text
    assert "Exercice 2025 (exercice antérieur) −52,00 €" in text
    assert "−1 h 00 −1,00 h 52,00 −52,00" in text
    assert "Total de l’avoir −52,00 €" in text
    assert "Aucun versement au vu de ce document" in text


def test_an_internal_statement_is_no_invoice() -> None:
    own = ConventionCited(None, None, None, date.min, Category.FOUNDER)
    changes = {"number": "R2026-0001", "addressee": ISSUER, "conventions": (own,)}
    text = words(render(bill(kind=BillKind.INTERNAL_STATEMENT, **changes)))
    assert "Relevé interne R2026-0001" in text
    assert "Sans convention, membre fondateur de plein droit" in text
    assert "sans facture ni titre de recettes" in text
    assert "0001" in text
    assert "01/01/0001" not in text
    assert "Facture" not in text


def test_late_quarter_and_complement_are_said_over_the_order() -> None:
    late = order(1, late_quarter=Quarter(2026, 2))
    more = order(2, complement_of=BillCited("F2026-0001", date(2026, 7, 12)))
    own = order(3, complement_of=BillCited("R2026-0001", date(2026, 7, 12), BillKind.INTERNAL_STATEMENT))
    text = words(render(bill([late, more, own])))
    assert "OR-2026-00001 Prestation du 2e trimestre 2026" in text
    assert "OR-2026-00002 Complément à la facture F2026-0001 du 12/07/2026" in text
    assert "OR-2026-00003 Complément au relevé interne R2026-0001 du 12/07/2026" in text


def test_net_by_year_of_execution_foots_with_the_total() -> None:
    lines = [labour(60, done_on=date(2025, 12, 31)), labour(90, done_on=date(2026, 1, 2))]
    text = words(render(bill([order(1, lines)], [fee(Decimal("130.00"))], late_payment_text="Intérêts.\nIndemnité.")))
    assert "Exercice 2025 52,00 € Exercice 2026 78,00 € Frais de structure 10,40 €" in text
    assert "Total net 140,40 €" in text
    assert text.index("Intérêts. Indemnité.") > text.index("Total de la facture 140,40 €")


def test_a_draft_is_marked_on_every_page_and_has_no_number() -> None:
    printed = render(long_bill(60, number=None, issued_on=None))
    assert printed.pages > 2
    for page in reader(printed.content).pages:
        assert page.extract_text().count("PROJET") >= 2
    text = words(printed)
    assert "F2026" not in text
    assert "Projet sans numéro ni valeur" in text
    assert "PROJET" not in words(render(long_bill(60)))


@pytest.mark.parametrize(("count", "at_most"), [(1, 1), (40, 3), (2000, 90)])
def test_sums_on_paper_are_those_of_the_bill(count: int, at_most: int) -> None:
    made = long_bill(count, vehicles=40)
    printed = render(made)
    assert len(reader(printed.content).pages) == printed.pages <= at_most
    texts = shown(printed.content)
    figures = [each for each in texts if each.size == 8.3 and abs(each.right - RIGHT) < 0.02]
    nets = [Decimal(each.text.replace("\u202f", "").replace(",", ".").replace("−", "-")) for each in figures]
    in_order = [line.net for each in made.orders for line in each.lines] + [each.net for each in made.structure]
    assert nets == in_order
    assert sum(nets, ZERO) == made.net
    totals = [plain(each.text) for each in texts if each.size >= 10 and "€" in each.text]
    assert totals == [plain(formats.euros(made.gross))] * 2
    for number in range(1, printed.pages + 1):
        feet = [plain(each.text) for each in texts if each.page == number and each.y < 40]
        assert feet == ["Facture F2026-0003", f"Page {number} / {printed.pages}"]


def test_figures_line_up_on_their_decimal_comma() -> None:
    lines = [part("7.000", "0.0350"), part("12.125", "1234.5000"), labour(6000, "52.0000")]
    texts = shown(render(bill([order(1, lines)])).content)
    commas = {
        round(each.right - len(each.text.partition(",")[2]) * 0.632 * 8.3 - 0.21 * 8.3, 1)
        for each in texts
        if each.text in {"0,0385", "1\u202f357,95", "52,00"} and each.right < RIGHT - 50
    }
    assert max(commas) - min(commas) < 0.15


def test_the_same_bill_gives_the_same_bytes_in_any_process() -> None:
    here = render(long_bill(40)).content
    assert render(long_bill(40)).content == here
    root = Path(__file__).parents[2]
    script = (
        "import sys, hashlib; sys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests']\n"
        "from documents.bills import long_bill\n"
        "from garage.documents.invoices.render import render\n"
        "sys.stdout.buffer.write(render(long_bill(40)).content)"
    )
    for seed in ("1", "2"):
        env = {"PYTHONHASHSEED": seed, "PATH": ""}
        done = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, check=True, env=env)
        assert done.stdout == here


def test_two_threads_print_without_mixing() -> None:
    made = [long_bill(40), taxed()]
    alone = [render(each).content for each in made]
    found: list[bool] = []

    def work(which: int) -> None:
        found.extend(render(made[which]).content == alone[which] for _ in range(8))

    threads = [threading.Thread(target=work, args=(which % 2,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 32


def test_fonts_are_embedded_and_the_file_says_what_it_is() -> None:
    content = render(long_bill(40)).content
    used = fonts(content)
    assert [font.embedded and font.subset for font in used] == [True, True]
    pdf = reader(content)
    about = pdf.metadata
    assert about is not None
    assert about.title == "Facture F2026-0003 – Commune de Saint-Ouen-sur-Brume – 3e trimestre 2026"
    assert about.author == ISSUER.name
    assert pdf.trailer["/Root"]["/Lang"] == "fr-FR"


def test_what_a_reader_copies_is_readable() -> None:
    text = reader(render(bill([order(1, [labour(190)])])).content).pages[0].extract_text()
    for expected in ("Main-d’œuvre véhicules légers", "12, rue de l’Écluse", "164,67", "« Tarifs 2026 »"):
        assert expected in plain(text)
    assert "■" not in text
    assert REPLACEMENT not in text


def test_long_and_odd_names_are_whole() -> None:
    long = ODD.ljust(60, "é")
    lines = [part(label=f"{long} {long}", code="X1Y2Z3" * 10), external(supplier=long, supplier_invoice="É" * 60)]
    made = bill(
        [order(1, lines, vehicle_label=long, requester=long, service=long, reason=long), site(2, long)],
        issuer=replace(ISSUER, name=long, address=f"{long}\n{long}"),
        addressee=replace(ADDRESSEE, name=long, address=long, city=long),
        engagement="E" * 60,
        code_service="S" * 60,
    )
    printed = render(made)
    texts = shown(printed.content)
    assert printed.replaced == ()
    assert whole(texts).count(long) == 15
    squeezed = "".join(each.text for each in texts)
    for unbroken in ("X1Y2Z3" * 10, "É" * 60, "E" * 60, "S" * 60):
        assert unbroken in squeezed
    assert max(each.right for each in texts) <= RIGHT + 0.02


def test_a_text_of_pages_still_fits_page_by_page() -> None:
    endless = "motif " * 3000
    texts = shown(render(bill([order(1, [labour(label=endless)], reason=endless)], reason=endless)).content)
    assert whole(texts).count("motif") >= 9000
    assert min(each.y for each in texts) >= 31


@pytest.mark.parametrize("text", ["🚒", "消防車", "→", "\U0001f468\u200d\U0001f692"])
def test_a_character_the_font_lacks_is_replaced_visibly_and_reported(text: str) -> None:
    printed = render(bill([order(1, [labour(label=f"Fourgon {text} bleu")])]))
    lacking = tuple(dict.fromkeys(text.replace("\u200d", "")))
    assert printed.replaced == lacking
    boxes = REPLACEMENT * len(text.replace("\u200d", ""))
    assert f"Fourgon {boxes} bleu" in words(printed)


def test_invisible_and_combining_marks_are_settled_without_a_box() -> None:
    label = "Re\u0301vision\u200b\ttotale\nde\u00ad l\u2011avant"
    printed = render(bill([order(1, [labour(label=label)])]))
    assert printed.replaced == ()
    assert "Révision totale de l-avant" in words(printed)


def test_an_accent_typed_apart_joins_its_letter_and_an_unknown_mark_is_reported() -> None:
    printed = render(bill([order(1, [labour(label="Re\u0301vision ❤\ufe0f x\u20d7")])]))
    assert printed.replaced == ("❤", "\u20d7")
    assert f"Révision {REPLACEMENT} x{REPLACEMENT}" in words(printed)


def test_more_characters_than_one_font_of_a_pdf_holds() -> None:
    everything = "".join(sorted(char for char in REGULAR.known if char not in "\u00a0 " and not combining(char)))
    printed = render(bill([order(1, [labour(label=everything)], reason=everything)]))
    assert printed.replaced == ()
    squeezed = "".join(each.text for each in shown(printed.content))
    assert all(character in squeezed for character in everything)


def test_both_weights_have_the_same_characters_and_equal_digits() -> None:
    assert BOLD.known == REGULAR.known
    for face in (REGULAR, BOLD):
        assert len({face.ems[digit] for digit in "0123456789"}) == 1
        assert set("œŒÉ’«»€−Ÿ\u202f\u00a0\ufffd") <= face.known


def test_only_what_is_known_is_printed() -> None:
    bare = replace(ADDRESSEE, address=None, postal_code=None, city=None, siret=None, siren=None)
    plain_order = order(1, registration=None, vehicle_label=None, meter_unit=None)
    made = bill([plain_order], addressee=bare, code_service=None, engagement=None, third_party_code=None)
    cited = replace(DELIBERATION, deliberation=None, deliberated_on=None)
    text = words(render(replace(made, conventions=(), grids=(cited,))))
    assert "None" not in text
    for absent in ("Engagement", "Code service", "Code tiers", "Conventions", "délibération"):
        assert absent not in text
    assert GRID in text
