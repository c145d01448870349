"""Small logs for the tests of this folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omarl.data.imports.rows import Import
from omarl.data.imports.tables import from_table


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Import]:
    """A function that imports a log given as columns, with a mapping as text."""

    def read(columns: dict[str, list[Any]], mapping: str = "", **options: Any) -> Import:
        rows = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
        (tmp_path / "log.csv").write_text("\n".join(rows) + "\n")
        (tmp_path / "map.toml").write_text(mapping)
        return from_table(tmp_path / "log.csv", mapping=tmp_path / "map.toml", **options)

    return read


@pytest.fixture
def log() -> Callable[..., dict[str, list[Any]]]:
    """A function that makes a log of two episodes of three steps of `a` and `b`; columns can be replaced."""

    def make(**columns: list[Any]) -> dict[str, list[Any]]:
        rows = [(e, t, name) for e in (0, 1) for t in range(3) for name in "ab"]
        made: dict[str, list[Any]] = {
            "episode": [e for e, _, _ in rows],
            "step": [t for _, t, _ in rows],
            "agent": [name for _, _, name in rows],
            "obs_x": [0.1 * i for i in range(12)],
            "action_u": [0.05 * i for i in range(12)],
            "reward": [float(i) for i in range(12)],
            "terminal": [int(t == 2) for _, t, _ in rows],
        }
        return {name: value for name, value in (made | columns).items() if value is not None}

    return make
