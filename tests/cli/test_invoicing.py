"""The command as people run it: the worked example, refusals in one sentence, the same bytes again."""

import json
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from garage import app
from garage.clock import today
from tests.forking import CONTEXT

EXAMPLE = Path(__file__).parent / "example"


@dataclass(frozen=True)
class Ended:
    """A command that ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def _command(words: tuple[str, ...], settings: dict[str, str], printed: list[Path]) -> None:
    os.environ |= settings
    os.chdir("/")
    warnings.simplefilter("error")
    for stream, path in enumerate(printed, start=1):
        os.dup2(os.open(path, os.O_WRONLY), stream)
    sys.argv = ["garage", *words]
    app.main()


def garage(url: str, folder: Path, *words: str) -> Ended:
    """The command, in a process of its own."""
    settings = {"GARAGE_DATABASE_URL": url, "GARAGE_INVOICES_DIR": str(folder)}
    with NamedTemporaryFile() as out, NamedTemporaryFile() as err:
        printed = [Path(out.name), Path(err.name)]
        process = CONTEXT.Process(target=_command, args=(words, settings, printed))
        process.start()
        process.join()
        assert process.exitcode is not None
        return Ended(process.exitcode, *(path.read_text(encoding="utf-8") for path in printed))


@pytest.fixture
def example(database_url: str, tmp_path: Path) -> tuple[str, Path]:
    done = garage(database_url, tmp_path / "invoices", "import", str(EXAMPLE))
    assert done.returncode == 0, done.stdout + done.stderr
    return database_url, tmp_path / "invoices"


def plain(printed: dict[str, Any]) -> dict[str, Any]:
    """What a run prints, less what only an issue has, and the sentences."""
    for bill in printed["bills"]:
        for name in ("number", "issued_on", "pdf", "sha256"):
            del bill[name]
    for anomaly in printed["anomalies"]:
        del anomaly["message"]
    return printed


def test_the_worked_example(example: tuple[str, Path]) -> None:
    expected = json.loads((EXAMPLE / "expected-2026-T3.json").read_text(encoding="utf-8"))
    previewed = garage(*example, "invoicing", "preview", "2026-T3", "--json")
    assert previewed.returncode == 0, previewed.stderr
    assert plain(json.loads(previewed.stdout)) == expected
    issued = garage(*example, "invoicing", "issue", "2026-T3", "--json", "--on", "2026-10-05")
    assert issued.returncode == 0, issued.stderr
    printed = json.loads(issued.stdout)
    numbers = [bill["number"] for bill in printed["bills"]]
    assert numbers == [f"F2026-{n:04d}" for n in range(1, 17)] + ["R2026-0001", "R2026-0002"]
    assert printed["bills"][0]["pdf"] == "2026/T3/F2026-0001-c000.pdf"
    assert all((example[1] / bill["pdf"]).stat().st_size > 1000 for bill in printed["bills"])
    assert plain(printed) == expected
    again = json.loads(garage(*example, "invoicing", "issue", "2026-T3", "--json", "--on", "2026-10-05").stdout)
    assert (again["bills"], again["carried_forward"]) == ([], expected["carried_forward"])


def test_tables_for_people(example: tuple[str, Path]) -> None:
    previewed = garage(*example, "invoicing", "preview", "2026-T3")
    assert "3e trimestre 2026 : 18 factures" in previewed.stdout.replace("\xa0", " ")
    assert "Reporté" in previewed.stdout
    assert "Écarté" in previewed.stdout
    issued = garage(*example, "invoicing", "issue", "2026-T3")
    assert "F2026-0001" in issued.stdout
    reprinted = garage(*example, "invoicing", "reprint", "f2026-0001")
    assert reprinted.stdout.startswith("2026/T3/F2026-0001-c000.pdf")


REFUSED = [
    (("preview", "2026-T5"), "Trimestre inconnu"),
    (("preview", "hier"), "Trimestre inconnu"),
    (("issue", "2099-T1"), "n’est pas terminé"),
    (("issue", "2026-T3", "--on", "2099-01-01"), "n’est pas encore venu"),
    (("issue", "2026-T3", "--on", "05/10/2026"), "n’est pas une date"),
    (("issue", "2026-T3", "--on", "2026-02-30"), "n’est pas une date"),
    (("issue", "2026-T3", "--on", "2026-09-30"), "suivre son dernier jour"),
    (("reprint", "F2026-9999"), "Introuvable"),
]


def test_refusals(sqlite_url: str, tmp_path: Path) -> None:
    example = sqlite_url, tmp_path / "invoices"
    assert garage(*example, "import", str(EXAMPLE)).returncode == 0
    for words, sentence in REFUSED:
        refused = garage(*example, "invoicing", *words)
        assert (refused.returncode, refused.stdout) == (2, ""), words
        assert sentence in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr


def test_a_series_begins_at_another_number(example: tuple[str, Path]) -> None:
    year = today().year
    begun = garage(*example, "invoicing", "start", "f", str(year), "57")
    assert (begun.returncode, begun.stdout) == (0, f"La première pièce de la série portera le numéro F{year}-0057.\n")
    for words, sentence in (
        (("F", str(year), "0"), "Le premier numéro va de 1"),
        (("F", str(year - 1), "57"), "Un premier numéro se choisit pour"),
        (("OR", str(year), "57"), "n’est pas une série : F, A, R"),
    ):
        refused = garage(*example, "invoicing", "start", *words)
        assert (refused.returncode, refused.stdout) == (2, ""), words
        assert sentence in refused.stderr.replace("\xa0", " ").replace("\u202f", " ")


def test_before_the_last_of_the_series(example: tuple[str, Path]) -> None:
    assert garage(*example, "invoicing", "issue", "2026-T2", "--on", "2026-10-20").returncode == 0
    refused = garage(*example, "invoicing", "issue", "2026-T3", "--on", "2026-10-19")
    assert refused.returncode == 2
    assert "la dernière de la série F est du 20/10/2026" in refused.stderr


def test_without_tables(tmp_path: Path) -> None:
    refused = garage(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path, "invoicing", "preview", "2026-T3")
    assert refused.returncode == 1
    assert "garage db upgrade" in refused.stderr
    made = garage(f"sqlite:///{tmp_path / 'deep' / 'new.sqlite'}", tmp_path, "db", "upgrade")
    assert made.returncode == 0


def test_every_bad_setting_is_told_at_once(tmp_path: Path) -> None:
    env = os.environ | {"GARAGE_FLOOR": "10", "GARAGE_PORT": "0", "GARAGE_TYPO": "1"}
    refused = subprocess.run(
        [sys.executable, "-m", "garage.app", "db", "upgrade"], env=env, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert {line.split(" ")[0] for line in refused.stderr.splitlines()} == {
        "GARAGE_FLOOR",
        "GARAGE_PORT",
        "GARAGE_TYPO",
    }
