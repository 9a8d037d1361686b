"""Fixtures of the web tests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .harness import Site, build_site


@pytest.fixture(params=["sqlite", "postgresql"])
def make_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Builds sites (see `harness.build_site`), once on each database, and closes them."""
    made: list[Site] = []

    def address(folder: Path) -> str:
        if request.param == "postgresql":
            return str(request.getfixturevalue("make_postgresql")())
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "garage.sqlite")
        return f"sqlite:///{folder / 'garage.sqlite'}"

    def make(*args: Any, **options: Any) -> Site:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(build_site(folder, *args, url=address(folder), **options))
        return made[-1]

    yield make
    for one in made:
        one.database.dispose()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The application as it is, without the CSRF check."""
    return make_site()
