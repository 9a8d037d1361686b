"""The blind sheet of a count: every line once, heads on every page, empty rows for what is found (PA-11)."""

from garage.documents.count_sheet import CountSheet, SheetLine, render

from .paper import PAGE_WIDTH, plain, reader, shown

HEADS = ("Casier", "Référence", "Désignation", "Unité", "Compté")


def sheet(lines: list[SheetLine]) -> CountSheet:
    return CountSheet(
        "Feuille de comptage INV-2026-00001", "Tout le stock, 12/10/2026", "Communauté d’agglomération",
        ("Comptez ce qui est là.",), HEADS, lines, "second comptage", "Trouvé en plus", "Compté par : ____",
        "INV-2026-00001",
    )  # fmt: skip


def test_every_line_is_there_once_under_heads_on_every_page() -> None:
    lines = [SheetLine(f"A{n // 9}-{n:03d}", f"REF-{n:04d}", f"Pièce n° {n}", "u", again=n == 7) for n in range(120)]
    content = render(sheet(lines))
    texts = shown(content)
    pages = len(reader(content).pages)
    assert pages > 3
    assert [one.text for one in texts if one.text.startswith("REF-")] == [line.reference for line in lines]
    assert [one.page for one in texts if plain(one.text) == "Casier"] == sorted({one.page for one in texts})[:pages]
    assert sum("(second comptage)" in plain(one.text) for one in texts) == 1
    assert sum("Trouvé en plus" in plain(one.text) for one in texts) == 1
    assert plain(texts[-1].text).endswith(f"{pages} / {pages}")
    assert content == render(sheet(lines))


def test_long_words_stay_in_their_column() -> None:
    label = "Filtre à huile à visser avec joint, clapet anti-retour et soupape de dérivation pour moteur 2,3 dCi " * 2
    line = SheetLine("RAYONNAGE-DU-FOND-3-ETAGERE-12 (Dépôt de Landivisiau)", "KJ/778-AB-" * 5, label, "jeu de 4")
    texts = shown(render(sheet([line])))
    assert all(one.right <= PAGE_WIDTH - 44 for one in texts)
    box = PAGE_WIDTH - 45.0 - 86.0
    inside = [one for one in texts if one.x < box and one.size == 9]
    assert all(one.right <= box for one in inside)


def test_a_count_without_lines_still_has_rows_to_fill() -> None:
    assert any("Trouvé en plus" in plain(one.text) for one in shown(render(sheet([]))))
