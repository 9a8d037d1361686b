"""Labels read back as a scanner reads them: rendered at 150 dpi, every code decoded, no word outside its label."""

import shutil
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from garage.documents import labels
from garage.documents.labels import Badge, Label
from tests.conftest import absent

from .paper import reader, shown

MM = 72 / 25.4
LONG = "Saint-Germain-sur-Morin-les-Hautes-Bruyères"
PART = "Kit de joints de carter inférieur pour moteur diesel 4 cylindres 2,3 L"


def van(number: int) -> Label:
    address = f"https://garage.cc-pays-exemple.fr/q/7K3M9XQ2AB{number:02d}"
    lines = (f"Parc LB-{number:03d}", "Renault Master L3H2 benne basculante", LONG, "Une panne ? Scannez.")
    return Label(address, "AB-123-CD", lines, f"7K3M 9XQ2 AB{number:02d}")


def decoded(content: bytes, folder: Path) -> list[list[str]]:
    """What a scanner reads on each page at 150 dpi."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        absent("pdftoppm is not installed: apt-get install poppler-utils")
    (folder / "labels.pdf").write_bytes(content)
    subprocess.run([str(tool), "-r", "150", "-gray", "labels.pdf", "page"], cwd=folder, check=True)
    pages = []
    for path in sorted(folder.glob("page-*.pgm")):
        with Image.open(path) as image:
            pages.append(sorted(code.text for code in zxingcpp.read_barcodes(image)))
    return pages


def test_every_code_of_a_whole_sheet_is_read_back(tmp_path: Path) -> None:
    wanted = [van(number) for number in range(24)]
    assert decoded(labels.sheets(wanted, "Étiquettes"), tmp_path) == [sorted(label.address for label in wanted)]


def test_a_started_sheet_is_finished_then_another_begun(tmp_path: Path) -> None:
    wanted = [van(number) for number in range(10)]
    content = labels.sheets(wanted, "Étiquettes", first=18)
    assert decoded(content, tmp_path) == [
        [label.address for label in wanted[:7]], [label.address for label in wanted[7:]],
    ]  # fmt: skip
    first = next(text for text in shown(content) if text.text == "AB-123-CD")
    assert 2 * 70 * MM < first.x < 3 * 70 * MM  # place 18 is the third of the sixth row
    assert first.page == 1


def test_each_single_label_is_a_page_of_its_own_size(tmp_path: Path) -> None:
    wanted = [van(1), van(2)]
    content = labels.singles(wanted, "Étiquettes")
    assert decoded(content, tmp_path) == [[label.address] for label in wanted]
    for page in reader(content).pages:
        assert [round(float(side) / MM) for side in page.mediabox[2:]] == [62, 29]


def test_the_code_of_a_vehicle_is_large_enough_for_a_dirty_door(tmp_path: Path) -> None:
    """With its quiet zone it takes the 37 mm of the label; a code is at least 30 mm with it."""
    content = labels.sheets([van(1)], "Étiquettes")
    decoded(content, tmp_path)
    with Image.open(next(tmp_path.glob("page-*.pgm"))) as image:
        (code,) = zxingcpp.read_barcodes(image)
    across = (code.position.top_right.x - code.position.top_left.x) / 150 * 25.4
    modules = 37  # version 5: the address of this garage is long
    assert across * (modules + 8) / modules >= 30
    assert across >= 28


def test_a_badge_is_a_card(tmp_path: Path) -> None:
    card = Badge("G1.7K3M9XQ2ABCD7K3M9XQ2ABCD12", "Marie-Françoise Le Goff", "Garage mutualisé", "Badge personnel.")
    content = labels.badge(card, "Badge")
    assert decoded(content, tmp_path) == [[card.code]]
    assert [round(float(side) / MM, 1) for side in reader(content).pages[0].mediabox[2:]] == [85.6, 54.0]
    assert card.code not in " ".join(text.text for text in shown(content))


def test_the_trial_sheet_has_a_ruler_of_a_hundred_millimetres() -> None:
    content = labels.trial_sheet(["Imprimez en taille réelle, sans mise à l’échelle."])
    ends = [text for text in shown(content) if text.text in ("0", "100")]
    across = [text.x for text in ends if text.y == ends[0].y]
    assert abs(max(across) - min(across) - 100 * MM) < 0.1
    assert {text.text for text in shown(content)} >= {str(place) for place in range(1, 25)}


def test_the_same_labels_give_the_same_bytes() -> None:
    wanted = [van(number) for number in range(5)]
    assert labels.sheets(wanted, "Étiquettes", 3) == labels.sheets(wanted, "Étiquettes", 3)
    assert labels.singles(wanted, "Étiquettes") == labels.singles(wanted, "Étiquettes")


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=90)


@settings(max_examples=30)
@given(title=words, lines=st.lists(words, max_size=5), foot=words)
def test_no_word_leaves_its_label(title: str, lines: list[str], foot: str) -> None:
    label = Label("https://garage.test/q/7K3M9XQ2ABCD", title, tuple(lines), foot)
    for content, width, height, floor in (
        (labels.singles([label], "x"), 62 * MM, 29 * MM, 0.0),
        (labels.sheets([label], "x"), 70 * MM, 37 * MM, 841.89 - 38 * MM),
    ):
        for text in shown(content):
            assert text.right <= width + 0.1
            assert floor <= text.y <= floor + height + 1 * MM
            assert text.x >= height - 2 * MM


@pytest.mark.parametrize(
    ("title", "cut"), [("AB-123-CD", False), ("KJ/778-AB", False), (PART, True), ("Réserve", False)]
)
def test_titles_are_whole_or_end_with_an_ellipsis(title: str, *, cut: bool) -> None:
    written = " ".join(text.text for text in shown(labels.singles([Label("https://g.test/q/x", title)], "x")))
    assert ("…" in written) == cut
    assert cut or title in written


def test_a_long_name_breaks_after_a_hyphen() -> None:
    written = [text.text for text in shown(labels.sheets([Label("https://g.test/q/x", "AB-123-CD", (LONG,))], "x"))]
    assert written[:2] == ["AB-123-CD", "Saint-Germain-sur-"]
    assert "".join(written[1:]).startswith(LONG[:38])
    assert "■" not in "".join(written)
