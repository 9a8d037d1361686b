"""From bytes to cells: encodings, separators, line ends, quotes, headers, folders that are not what they seem."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from garage.db.models.collectivities import Collectivity

COLLECTIVITIES = "collectivites.csv"


def names(kit) -> dict[str, str]:
    with kit.database.reading() as session:
        return {row.code: row.name for row in session.execute(select(Collectivity.code, Collectivity.name))}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_way_of_writing_the_same_file(kit, encoding, separator, end):
    rows = [["code", "nom", "nature"], ["A", "L’Hôpital-Camfrout – été", "commune"], ["B", "Œdème", "épci"]]
    kit.write("collectivites", (end.join(separator.join(row) for row in rows)).encode(encoding))
    assert kit.faults() == []
    assert names(kit) == {"A": "L’Hôpital-Camfrout – été", "B": "Œdème"}


def test_line_ends_may_be_mixed_and_blank_lines_are_skipped(kit):
    kit.write("collectivites", "code;nom\r\nA;Un\rB;Deux\n\n;\n  ; \r\n;;;;\nC;Trois")
    assert kit.run().counts[0].read == 3
    assert names(kit) == {"A": "Un", "B": "Deux", "C": "Trois"}


def test_header_names_in_any_case_without_accents_with_spaces(kit):
    kit.write("collectivites", "  CODE ;Nom;Engagement Obligatoire;ÉMETTEUR\na;Un;OUI;Non\n")
    assert kit.faults() == []
    assert kit.rows("collectivities")[0]["engagement_required"] is True


def test_file_names_in_any_case(kit):
    (kit.folder / "Collectivités.CSV").write_text("code;nom\nA;Un\n")
    assert kit.faults() == []


def test_unknown_columns_and_files_are_told_and_left_alone(kit):
    kit.write("collectivites", "code;nom;couleur;\nA;Un;bleu;note\n")
    (kit.folder / "notes.txt").write_text("x")
    (kit.folder / ".cache").write_text("x")
    report = kit.run()
    assert report.clean
    assert report.ignored_columns == ((COLLECTIVITIES, "couleur"), (COLLECTIVITIES, "n° 4"))
    assert report.ignored_files == ("notes.txt",)


def test_quoted_cells_hold_separators_quotes_and_line_ends(kit):
    kit.write("collectivites", 'code;nom;adresse\nA;"Un ; ""deux""";"1 rue\nde la mairie"\nB;5" pouces;x\nA;Trois;\n')
    assert kit.faults() == [(COLLECTIVITIES, 5, "code", "duplicate_key")]


def test_a_quote_never_closed_names_its_line(kit):
    kit.write("collectivites", 'code;nom\nA;Un\nB;"Deux\nC;Trois\nD;Quatre\n')
    assert kit.faults() == [(COLLECTIVITIES, 3, None, "bad_quotes")]


def test_text_after_a_closing_quote_is_one_bad_row_among_others(kit):
    kit.write("collectivites", 'code;nom\nA;"Un"x\nB B;Deux\n')
    assert kit.faults() == [(COLLECTIVITIES, 2, None, "bad_quotes"), (COLLECTIVITIES, 3, "code", "bad_code")]


def test_the_line_that_names_the_separator(kit):
    kit.write("collectivites", "sep=,\ncode,nom\nA,Un;Deux\n")
    assert kit.faults() == []
    assert names(kit) == {"A": "Un;Deux"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(None, "file_empty")]),
        (b"\xef\xbb\xbf\r\n\r\n", [(None, "file_empty")]),
        (b";;;\n", [(None, "file_empty")]),
        ("code;nom\nA;Un\n".encode("utf-16"), [(None, "utf_16")]),
        ("code;nom\nA;Un\n".encode("utf-16-be"), [(1, "not_text")]),
        (b"code;nom\nA;U\x00n\n", [(2, "not_text")]),
        (b"code;nom\nA;\x81\xff\n", [(2, "not_text")]),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", [(None, "not_text")]),
        (b"PK\x03\x04" + bytes(range(256)), [(None, "not_text")]),
        (b"code;nom;Code\nA;Un;B\n", [(1, "duplicate_column")]),
        (b"code\nA\n", [(1, "missing_column")]),
        (b"A;Un\nB;Deux\n", [(1, "missing_column"), (1, "missing_column")]),
        (b"code;nom;nature\nA;Un\nB;Deux;epci;trop\nC;Trois;epci;;\n", [(2, "too_few_cells"), (3, "too_many_cells")]),
        (b"code;nom\nA;" + b"x" * 200_000 + b"\nB;Deux\n", [(2, "cell_too_big")]),
        (b";".join(b"c%d" % n for n in range(1_000_000)), [(1, "too_many_columns")]),
    ],
)
def test_files_that_cannot_be_read(kit, content, expected):
    kit.write("collectivites", content)
    found = kit.faults()
    assert [code for *_, code in found] == [code for _, code in expected]
    assert all(place is None or line == place for (_, line, *_), (place, _) in zip(found, expected, strict=True))


def test_a_header_alone_is_a_warning(kit):
    kit.write("collectivites", "code;nom\n")
    assert kit.warnings() == [(COLLECTIVITIES, None, None, "no_rows")]


def test_two_encodings_in_one_file_are_a_warning(kit):
    kit.write("collectivites", "code;nom\nA;Trémaouézan\n".encode() + "B;Plouédern\n".encode("cp1252"))
    assert kit.warnings() == [(COLLECTIVITIES, None, None, "mixed_encoding")]


def test_accents_in_two_pieces_are_one_letter(kit):
    kit.write("collectivites", "code;nom\nA;Tre\u0301maoue\u0301zan\n")
    assert kit.faults() == []
    assert names(kit) == {"A": "Trémaouézan"}


def test_a_folder_missing_empty_or_no_folder(kit):
    assert kit.faults() == [(None, None, None, "no_known_file")]
    (kit.folder / "expected.json").write_text("{}")
    assert kit.faults() == [(None, None, None, "no_known_file")]
    kit.folder = kit.folder / "expected.json"
    assert kit.faults() == [(None, None, None, "folder_is_a_file")]
    kit.folder = Path("/nowhere/at/all\0")
    assert kit.faults() == [(None, None, None, "folder_missing")]


def test_a_file_that_is_a_folder_a_pipe_or_a_dead_link(kit):
    (kit.folder / "collectivites.csv").mkdir()
    os.mkfifo(kit.folder / "ordres.csv")
    (kit.folder / "lignes.csv").symlink_to("/nowhere")
    assert [(file, code) for file, _, _, code in kit.faults()] == [
        (COLLECTIVITIES, "not_a_file"),
        ("ordres.csv", "not_a_file"),
        ("lignes.csv", "not_a_file"),
    ]


def test_the_same_file_twice(kit):
    kit.garage("collectivites")
    (kit.folder / "Collectivités.csv").write_text("code;nom\nZ;Zed\n")
    assert kit.faults() == [(COLLECTIVITIES, None, None, "same_file_twice")]


@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_the_system_refuses_to_read(kit, monkeypatch, which):
    kit.garage("collectivites")

    def refuse(*_args):
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir" if which == "folder" else "read_bytes", refuse)
    expected = (
        (None, None, None, "folder_unreadable")
        if which == "folder"
        else (COLLECTIVITIES, None, None, "file_unreadable")
    )
    assert kit.faults() == [expected]
