"""The worked example comes in clean, with the warnings that its anomalies announce."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

from garage.operations.importing.run import import_folder

EXAMPLE = Path(__file__).parents[2] / "cli" / "example"


def test_the_example(both):
    shutil.copytree(EXAMPLE, both.folder, dirs_exist_ok=True)
    report = both.run(today=date(2026, 11, 2))
    assert report.faults == ()
    assert [(one.file, one.line, str(one.code)) for one in report.warnings] == [
        ("ordres.csv", 16, "missing_engagement"),
        ("ordres.csv", 26, "order_without_convention"),
        ("ordres.csv", 28, "order_without_convention"),
        ("ordres.csv", 29, "order_without_convention"),
        *(("lignes.csv", line, "line_without_convention") for line in range(113, 118)),
        ("lignes.csv", 145, "line_outside_order"),
    ]
    assert report.ignored_columns == ()
    assert [one.created for one in report.counts] == [14, 17, 24, 42, 25, 53, 218]
    before = both.dump()
    assert both.run(today=date(2026, 11, 2)).clean
    assert both.dump() == before


def test_progress_is_told_by_file(both):
    both.garage()
    told: list[tuple[str, int, int]] = []
    with both.database.transaction() as session:
        import_folder(
            session,
            both.folder,
            now=datetime(2026, 10, 12, tzinfo=UTC),
            today=date(2026, 10, 12),
            progress=lambda *step: told.append(step),
        )
    assert told[:2] == [("collectivites.csv", 0, 3), ("collectivites.csv", 3, 3)]
    assert told[-1] == ("lignes.csv", 6, 6)
