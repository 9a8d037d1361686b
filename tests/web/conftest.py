"""Fixtures of the web tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .harness import Site, build_site


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Builds sites (see `harness.build_site`) and closes their databases."""
    made: list[Site] = []

    def make(*args: Any, **options: Any) -> Site:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(build_site(folder, *args, **options))
        return made[-1]

    yield make
    for one in made:
        one.database.dispose()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The application as it is, without the CSRF check."""
    return make_site()
