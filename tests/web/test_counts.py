"""Counts through their screens: opened, scanned, filed, checked, approved; blind for whoever counts (PA-11, PA-12)."""

import io
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from garage import clock
from garage.db.models.counts import CountLine, StockCount
from garage.db.models.stock import Part, PartBarcode, StockMovement
from garage.db.queries.settings import current
from garage.domain.counts import CountState
from garage.domain.permissions import Role
from garage.domain.settings import with_values
from garage.domain.stock import MovementKind
from garage.domain.tags import bin_code
from garage.operations import settings, stock
from garage.operations.stock import Movement
from tests.factories import garage as make

from .forms import fields_of
from .harness import Site
from .workshop import HEAD, said


@dataclass
class Shelves:
    site: Site
    head: FlaskClient
    mechanic: FlaskClient
    clerk: FlaskClient
    parts: dict[str, Part]

    def open(self, **typed: str) -> TestResponse:
        page = self.head.get("/inventaires/nouveau").text
        return self.head.post("/inventaires/nouveau", data=fields_of(page) | {"kind": "full"} | typed)

    def enter(self, part: str, counted: str, client: FlaskClient | None = None, bin_id: int | None = None) -> Any:
        path = f"/inventaires/1/compter/{self.parts[part].id}/{bin_id or self.parts[part].bin_id}"
        who = client or self.mechanic
        return who.post(path, data=fields_of(who.get(path).text) | {"counted": counted})

    def count(self, model: Any, *where: Any) -> int:
        with self.site.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    @property
    def state(self) -> CountState:
        with self.site.database.reading() as session:
            return session.get_one(StockCount, 1).state


@pytest.fixture
def shelves(site: Site) -> Shelves:
    with site.database.transaction() as session:
        parts = {
            "OIL": make.part(session, "OIL", "1000", "10", unit="L", bin="Cuve"),
            "BELT": make.part(session, "BELT", "4", "30", bin="A1"),
            "BULB": make.part(session, "BULB", "0", bin="A1"),
        }
        parts["OIL"].family = "Fluides"
        session.add(PartBarcode(code="3165141", part_id=parts["BELT"].id))
    clients = [site.client(role) for role in (Role.HEAD, Role.MECHANIC, Role.ACCOUNTING)]
    return Shelves(site, *clients, parts)


def blind(answer: TestResponse) -> TestResponse:
    assert not re.search(r"Attendu|1000|1\u202f000|€|d’abord", answer.text), answer.text
    return answer


def test_from_the_opening_to_the_stock(shelves: Shelves) -> None:
    said(shelves.head.get("/inventaires"), 200, "Aucun inventaire.", "Ouvrir un inventaire…")
    assert shelves.open().location == "/inventaires/1"
    assert shelves.clerk.get("/inventaires/1/resultat.csv").status_code == 404
    said(blind(shelves.head.get("/inventaires/1")), 200, "INV-2026-00001" if clock.today().year == 2026 else "INV-",
         "0 sur 3", "En comptage")  # fmt: skip
    assert shelves.enter("BELT", "3,5").location.startswith("/inventaires/1/compter?casier=")
    assert shelves.enter("OIL", "990").status_code == 303
    said(blind(shelves.mechanic.get("/inventaires/1/compter")), 200, "à compter une seconde fois", "Second comptage",
         "2 sur 3 lignes comptées")  # fmt: skip
    oil = shelves.parts["OIL"]
    said(
        shelves.mechanic.post("/inventaires/1/terminer"), 422, "Un second comptage est demandé pour 1 ligne",
        f'href="/inventaires/1/compter/{oil.id}/{oil.bin_id}"', "Terminer le comptage",
    )  # fmt: skip
    assert shelves.clerk.get("/inventaires/1/proces-verbal.pdf").status_code == 404
    said(blind(shelves.mechanic.get(f"/inventaires/1/compter/{shelves.parts['OIL'].id}/{shelves.parts['OIL'].bin_id}")),
         200, "Recomptez sans chercher le premier résultat")  # fmt: skip
    assert shelves.enter("OIL", "998", shelves.head).status_code == 303
    assert shelves.mechanic.post("/inventaires/1/terminer").location == "/inventaires/1"
    blind(shelves.mechanic.get("/inventaires/1"))
    said(shelves.head.get("/inventaires/1"), 200, "d’abord 990", "−15,00 €", "−20,00 €",
         "1 ligne n’est pas comptée")  # fmt: skip
    page = said_page(shelves.clerk.get("/inventaires/1/approuver"), "35,00 €", "de manques", "0 %")
    typed = decisions(page)
    said(shelves.clerk.post("/inventaires/1/approuver", data=typed), 422, "Choisissez un motif pour 2 écarts")
    wrong = next(name for name in typed if name.startswith("motif_"))
    sent = typed | {"other": "unexplained", wrong: "lost"}
    assert shelves.clerk.post("/inventaires/1/approuver", data=sent).location == "/inventaires/1"
    assert shelves.state is CountState.APPROVED
    with shelves.site.database.reading() as session:
        assert session.get_one(Part, shelves.parts["OIL"].id).on_hand == 998
    said(shelves.head.get("/inventaires/1"), 200, "Approuvé", "Perte ou vol", "Écart sans explication", "−35,00 €",
         "Écarts par casier")  # fmt: skip
    said(shelves.head.get("/inventaires/1?par=famille&lignes=ecarts"), 200, "Fluides", "Sans famille")
    said(shelves.head.get("/inventaires"), 200, "Tout le stock", "2 sur 3", "0 %", "−35,00 €")
    assert "€" not in shelves.mechanic.get("/inventaires").text
    lines = shelves.clerk.get("/inventaires/1/resultat.csv").text.splitlines()
    [row] = [line for line in lines if ";OIL;" in line]
    assert row.startswith("MAGASIN;Cuve;OIL;Pièce OIL;L;1000,000;990,000;998,000;-2,000;10,0000;-20,00;")
    assert row.split(";")[11:14] == ["Écart sans explication", "Personne 2", "Personne 1"] or "Perte ou vol" in row
    _minutes_stay(shelves)
    assert shelves.mechanic.get("/inventaires/1/resultat.csv").status_code == 403
    said(shelves.head.get("/inventaires/export.csv"), 200, "Approuvé;3;2;-35,00")
    assert "35,00" not in shelves.mechanic.get("/inventaires/export.csv").text
    said(shelves.clerk.post("/inventaires/1/approuver", data=sent), 422, "est « approuvé »")
    assert shelves.count(StockMovement, StockMovement.kind == MovementKind.COUNT) == 2


def _minutes_stay(shelves: Shelves) -> None:
    """The minutes say what was written, whatever is received afterwards."""
    first = shelves.clerk.get("/inventaires/1/proces-verbal.pdf")
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(first.data)).pages).split())
    for words in ("Procès-verbal d’inventaire INV-", "Second comptage", "non compté", "−35,00", "10,00", "Signature",
                  "Approuvé par"):  # fmt: skip
        assert words in text, (words, text)
    with shelves.site.database.transaction() as session:
        moved = Movement(clock.today(), make.HEAD, make.NOW, "Motif")
        stock.receive(session, shelves.parts["OIL"].id, Decimal(100), Decimal(70), moved)
    assert shelves.clerk.get("/inventaires/1/proces-verbal.pdf").data == first.data


def test_the_check_page_announces_what_the_approval_writes(shelves: Shelves) -> None:
    """The value of a part is rounded once, not the difference (rule S3)."""
    with shelves.site.database.transaction() as session:
        odd = make.part(session, "ODD", "0", bin="Z1")
        moved = Movement(clock.today(), make.HEAD, make.NOW, "Motif")
        stock.receive(session, odd.id, Decimal(3), Decimal("0.3350"), moved)
        stock.transfer(session, odd.id, Decimal(1), shelves.parts["BELT"].bin_id or 0, moved)
        shelves.parts["ODD"] = odd
    shelves.open()
    for bin_id in (odd.bin_id, shelves.parts["BELT"].bin_id):
        shelves.enter("ODD", "3", bin_id=bin_id)
        shelves.enter("ODD", "3", shelves.head, bin_id)
    shelves.enter("BULB", "0")
    shelves.mechanic.post("/inventaires/1/terminer")
    page = shelves.clerk.get("/inventaires/1/approuver").text
    announced = re.search(r">\+([0-9,]+)[^<]*€</", page)
    assert announced
    assert shelves.clerk.post("/inventaires/1/approuver", data=decisions(page) | {"other": "lost"}).status_code == 303
    with shelves.site.database.reading() as session:
        written = session.scalar(
            select(func.sum(StockMovement.value_change)).where(StockMovement.kind == MovementKind.COUNT)
        )
    assert announced[1] == f"{written:.2f}".replace(".", ",")
    said(shelves.clerk.get("/inventaires/1"), 200, '<span class="montant">0,00 €</span>')


def test_what_a_past_day_lacks_is_announced_and_written_at_the_cost_of_that_day(shelves: Shelves) -> None:
    """Dearer goods came since: one missing is worth 2 €, not 6 € (rules S3, S6)."""
    today = clock.today()
    with shelves.site.database.transaction() as session:
        odd = make.part(session, "ODD", "0", bin="Z1")
        for day, cost in ((today - timedelta(days=1), "2"), (today, "10")):
            stock.receive(session, odd.id, Decimal(3), Decimal(cost), Movement(day, make.HEAD, make.NOW, "Motif"))
        shelves.parts["ODD"] = odd
    shelves.open(kind="bins", bins="Z1", near=(today - timedelta(days=1)).isoformat())
    shelves.enter("ODD", "5")
    shelves.mechanic.post("/inventaires/1/terminer")
    page = said_page(shelves.clerk.get("/inventaires/1/approuver"), "2,00 €", "de manques")
    assert shelves.clerk.post("/inventaires/1/approuver", data=decisions(page) | {"other": "lost"}).status_code == 303
    with shelves.site.database.reading() as session:
        written = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.COUNT)).one()
        assert (written.moved_on, written.value_change) == (today - timedelta(days=1), Decimal("-2.00"))


def test_a_count_says_what_it_leaves_to_another_one(shelves: Shelves) -> None:
    shelves.open(kind="bins", bins="A1")
    answer = shelves.open()
    left = "2 pièces ne sont pas sur la feuille, déjà à compter dans INV-"
    said(shelves.head.get(answer.location), 200, left, "2 pièces sont déjà à compter", 'href="/inventaires/1"')
    shelves.head.post("/inventaires/1/abandonner", data={"reason": "Reporté"})
    said(shelves.head.get("/inventaires/2"), 200, "2 pièces sont déjà à compter")
    sheet = PdfReader(io.BytesIO(shelves.mechanic.get("/inventaires/2/feuille.pdf").data)).pages[0].extract_text()
    assert "déjà à compter dans INV-" in sheet
    assert "pas sur cette feuille" not in shelves.head.get("/inventaires/1").text


def decisions(page: str) -> dict[str, str]:
    """What the check page would send, unchanged."""
    return fields_of(page.replace('<form class="pile" method="post"', '<form class="formulaire" method="post"'))


def said_page(answer: TestResponse, *words: str) -> str:
    said(answer, 200, *words)
    return answer.text


def test_one_part_is_counted_wherever_it_lies(shelves: Shelves) -> None:
    """Where the list of forced issues leads (rule S4)."""
    address = "/inventaires/nouveau?piece=BELT"
    page = said_page(shelves.head.get(address), "Compter Pièce BELT", "Partout où elle se trouve")
    assert "Une famille" not in page
    assert shelves.head.post(address, data=fields_of(page)).location == "/inventaires/1"
    said(shelves.head.get("/inventaires/1"), 200, "Pièce BELT (BELT)", "0 sur 1")
    page = said_page(shelves.head.get(address))
    said(shelves.head.post(address, data=fields_of(page)), 422, "Il n’y a rien à compter ici", "Compter Pièce BELT")
    assert shelves.head.get("/inventaires/nouveau?piece=RIEN").status_code == 404


def test_the_choices_of_an_opening(shelves: Shelves) -> None:
    said(shelves.open(kind="bins", bins="A1, Z9, Z8"), 422, "Casier inconnu", "Z9, Z8")
    said(shelves.open(kind="bins", bins=" , "), 422, "Saisissez les casiers")
    said(shelves.open(kind="store", store="77"), 422, "Choisissez le magasin")
    said(shelves.open(kind="family"), 422, "Choisissez la famille")
    said(shelves.open(kind="rolling", size="0"), 422, "de 1 à 500")
    said(shelves.open(done_on="2099-01-01"), 422, "01/01/2099")
    assert shelves.open(kind="bins", bins="a1").status_code == 303
    said(shelves.open(kind="bins", bins="A1"), 422, "Il n’y a rien à compter ici")
    assert shelves.open(kind="family", family="Fluides").status_code == 303
    said(shelves.head.get("/inventaires"), 200, "Des casiers, a1", "Une famille, Fluides")


def test_the_rolling_count(shelves: Shelves) -> None:
    said(shelves.head.get("/inventaires/tournant"), 200, "3 pièces à compter", "Jamais", "Pièce BELT")
    table = shelves.clerk.get("/inventaires/tournant.csv").text
    assert table.splitlines()[1:] == ["OIL;Pièce OIL;C;", "BELT;Pièce BELT;C;", "BULB;Pièce BULB;C;"]
    said(shelves.head.get("/inventaires/nouveau?choix=rolling"), 200, "Ouvrir l’inventaire")
    assert shelves.open(kind="rolling", size="2").status_code == 303
    said(shelves.head.get("/inventaires"), 200, "Inventaire tournant, 2 pièces")
    said(shelves.head.get("/inventaires/tournant"), 200, "1 pièce à compter")
    assert shelves.open(kind="rolling").status_code == 303
    said(shelves.head.get("/inventaires/tournant"), 200, "Rien à compter aujourd’hui.")
    said(shelves.open(kind="rolling"), 422, "Il n’y a rien à compter ici")


def test_the_same_form_twice_opens_one_count(shelves: Shelves) -> None:
    typed = fields_of(shelves.head.get("/inventaires/nouveau").text) | {"kind": "full"}
    assert {shelves.head.post("/inventaires/nouveau", data=typed).location for _ in range(2)} == {"/inventaires/1"}
    assert shelves.count(StockCount) == 1


def test_a_code_leads_to_its_part(shelves: Shelves) -> None:
    shelves.open()
    belt, oil = shelves.parts["BELT"], shelves.parts["OIL"]
    scan = "/inventaires/1/compter"
    for code in ("3165141", "belt", f"https://garage.test/q/{belt.tag}"):
        assert shelves.mechanic.get(scan, query_string={"q": code}).location == f"{scan}/{belt.id}/{belt.bin_id}"
    at_bin = shelves.mechanic.get(scan, query_string={"q": bin_code("A1")}).location
    assert at_bin == f"{scan}?casier={belt.bin_id}"
    page = said_page(shelves.mechanic.get(at_bin), "Casier A1", "Pièce BELT", "Pièce BULB")
    assert "Pièce OIL" not in page
    stray = shelves.mechanic.get(scan, query_string={"casier": str(belt.bin_id), "q": "OIL"}).location
    assert stray == f"{scan}/{oil.id}/{belt.bin_id}"
    said(shelves.mechanic.get(stray), 200, "Cette pièce n’est pas attendue ici")
    said(shelves.mechanic.get(scan, query_string={"q": "RIEN-DU-TOUT"}), 422, "Aucune pièce ni aucun casier",
         "RIEN-DU-TOUT")  # fmt: skip
    answer = shelves.mechanic.get(scan)
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert f'data-vers="{scan}"' in answer.text


def test_a_part_of_two_bins_is_asked_about(shelves: Shelves) -> None:
    belt = shelves.parts["BELT"]
    with shelves.site.database.transaction() as session:
        told = stock.Movement(clock.today(), HEAD, clock.now(), "Rangement")
        stock.transfer(session, belt.id, Decimal(1), shelves.parts["OIL"].bin_id or 0, told)
    shelves.open()
    said(shelves.mechanic.get("/inventaires/1/compter?q=BELT"), 200, "Que comptez-vous", "Cuve", "A1")


def test_bad_quantities_keep_what_was_typed(shelves: Shelves) -> None:
    shelves.open()
    for typed, told in {
        "": "Saisissez la quantité trouvée", "beaucoup": "Saisissez un nombre", "-1": "n’est pas possible",
        "1,2345": "Saisissez un nombre", "999999999": "n’est pas possible",
    }.items():  # fmt: skip
        answer = shelves.enter("BELT", typed)
        said(answer, 422, told)
        assert f'value="{typed}"' in answer.text
    assert shelves.count(CountLine, CountLine.counted.is_not(None)) == 0
    assert shelves.enter("BULB", "0").status_code == 303
    said(shelves.mechanic.get("/inventaires/1/compter/9999/1"), 404)


def test_two_people_on_one_line(shelves: Shelves) -> None:
    shelves.open()
    belt = shelves.parts["BELT"]
    path = f"/inventaires/1/compter/{belt.id}/{belt.bin_id}"
    typed = fields_of(shelves.head.get(path).text)
    assert shelves.enter("BELT", "4").status_code == 303
    late = shelves.head.post(path, data=typed | {"counted": "3,5"})
    said(late, 422, "Quelqu’un vient de compter BELT à cet endroit", "4")
    assert shelves.head.post(path, data=fields_of(late.text) | {"counted": "3,5"}).status_code == 303
    said(shelves.mechanic.get(path), 200, "Déjà comptée", "3,5")


def test_the_sheets_say_nothing_of_what_is_expected(shelves: Shelves) -> None:
    shelves.open()
    answer = shelves.mechanic.get("/inventaires/1/feuille.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    table = shelves.mechanic.get("/inventaires/1/feuille.csv").text
    assert table.splitlines() == [
        "\ufeffmagasin;casier;reference;designation;unite;quantite",
        *(f"{_store(table)};{line};" for line in
          ("A1;BELT;Pièce BELT;u", "A1;BULB;Pièce BULB;u", "Cuve;OIL;Pièce OIL;L")),
    ]  # fmt: skip


def _store(table: str) -> str:
    return table.splitlines()[1].split(";")[0]


def send(shelves: Shelves, text: str) -> TestResponse:
    data = {"file": (io.BytesIO(text.encode("utf-8-sig")), "comptage.csv")}
    return shelves.mechanic.post("/inventaires/1/fichier", data=data, content_type="multipart/form-data")


def test_the_sheet_comes_back_filled(shelves: Shelves) -> None:
    shelves.open()
    said(shelves.mechanic.get("/inventaires/1/fichier"), 200, "Télécharger la feuille à remplir")
    table = shelves.mechanic.get("/inventaires/1/feuille.csv").text
    filled = table.replace(";Pièce BELT;u;", ";Pièce BELT;u;4").replace(";Pièce OIL;L;", ";Pièce OIL;L;999,5")
    for words in ("2 lignes comptées", "0 ligne comptée, 2 déjà connues"):
        assert send(shelves, filled).location == "/inventaires/1"
        said(shelves.mechanic.get("/inventaires/1"), 200, words)
    bad = send(shelves, filled.replace(";BULB;", ";RIEN;").replace("4\r\n", "5\r\n"))
    said(bad, 422, "Rien n’est enregistré", "aucune pièce ne porte cette référence" if "RIEN" in bad.text else "", "4")
    said(shelves.mechanic.post("/inventaires/1/fichier"), 422, "Choisissez le fichier")
    assert shelves.count(CountLine, CountLine.counted.is_not(None)) == 2


def test_a_doubt_is_counted_again(shelves: Shelves) -> None:
    shelves.open()
    shelves.enter("BELT", "3,5")
    shelves.mechanic.post("/inventaires/1/terminer")
    page = said_page(shelves.head.get("/inventaires/1/approuver"), "Recompter BELT")
    again = re.search(r'action="(/inventaires/1/lignes/\d+/recompter)"', page)
    assert again
    assert shelves.head.post(again[1]).location == "/inventaires/1?lignes=a-recompter"
    said(shelves.head.get("/inventaires/1?lignes=a-recompter"), 200, "Second comptage à faire")
    shelves.enter("BELT", "4")
    shelves.mechanic.post("/inventaires/1/terminer")
    said(shelves.head.get("/inventaires/1/approuver"), 200, "100 %", "aucun mouvement ne sera écrit")
    assert shelves.head.post("/inventaires/1/renvoyer").status_code == 303
    assert shelves.state is CountState.COUNTING


def test_who_counted_does_not_approve_when_the_setting_asks(shelves: Shelves) -> None:
    with shelves.site.database.transaction() as session:
        settings.save(session, with_values(current(session), {"count_by_other": True}), HEAD, clock.now())
    shelves.open()
    shelves.enter("BELT", "3,5", shelves.head)
    shelves.head.post("/inventaires/1/terminer")
    typed = decisions(shelves.head.get("/inventaires/1/approuver").text) | {"other": "lost"}
    said(shelves.head.post("/inventaires/1/approuver", data=typed), 422, "quelqu’un d’autre doit l’approuver")
    assert shelves.clerk.post("/inventaires/1/approuver", data=typed).status_code == 303


def test_giving_up_writes_nothing(shelves: Shelves) -> None:
    shelves.open()
    shelves.enter("BELT", "3,5")
    said(shelves.head.post("/inventaires/1/abandonner", data={"reason": ""}), 422, "Indiquez le motif")
    assert shelves.head.post("/inventaires/1/abandonner", data={"reason": "Reporté"}).location == "/inventaires/1"
    said(shelves.head.get("/inventaires/1"), 200, "Abandonné", "Reporté")
    said(shelves.mechanic.get("/inventaires/1/compter"), 422, "est « abandonné »")
    assert shelves.count(StockMovement, StockMovement.kind == MovementKind.COUNT) == 0


def test_the_settings_of_counts(shelves: Shelves) -> None:
    page = shelves.clerk.get("/reglages/inventaires").text
    typed = fields_of(page)
    said(shelves.clerk.get("/reglages"), 200, "Inventaires du stock", "50,00 €")
    bad = shelves.clerk.post("/reglages/inventaires", data=typed | {"recount_euros": "-1", "recount_percent": "1001"})
    said(bad, 422, "Saisissez un montant de 0 à", "Saisissez de 0 à 1000")
    sent = typed | {"recount_euros": "10,50", "recount_percent": "5", "count_by_other": "y"}
    assert shelves.clerk.post("/reglages/inventaires", data=sent).status_code == 303
    with shelves.site.database.reading() as session:
        found = current(session)
    assert (found.recount_euros, found.recount_percent, found.count_by_other) == (Decimal("10.50"), 5, True)
