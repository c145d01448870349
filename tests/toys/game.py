"""The real game, as far as a test can have it: a folder like StarCraft II's, and a stand-in for SMAC."""

import importlib
import json
import sys
from pathlib import Path

import pytest

STAND_IN = Path(__file__).parent / "stand_in"
MAPS = ("2s3z", "3s5z", "1c3s5z", "2c_vs_64zg")
COMMIT = {"url": "https://github.com/oxwhirl/smac", "vcs_info": {"vcs": "git", "commit_id": "d6aab33"}}


def distribution(folder, name, version, **files):
    """What pip leaves of an installed distribution."""
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file, content in files.items():
        (about / f"{file}.json").write_text(json.dumps(content))


def forget_smac():
    """Let the next import of the package find it anew."""
    for name in [name for name in sys.modules if name.split(".")[0] == "smac"]:
        del sys.modules[name]


@pytest.fixture
def bare_game(tmp_path, monkeypatch):
    """The folder of a game with two builds and all maps; no Python package is installed."""
    folder = tmp_path / "StarCraftII"
    for build in ("Base75689", "Base69232", "Basement"):
        (folder / "Versions" / build).mkdir(parents=True)
    (folder / "Maps/SMAC_Maps").mkdir(parents=True)
    for name in MAPS:
        (folder / f"Maps/SMAC_Maps/{name}.SC2Map").write_text(name)
    monkeypatch.setenv("SC2PATH", str(folder))
    forget_smac()
    yield folder
    forget_smac()


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder of packages that comes before all others."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def game(bare_game, packages, monkeypatch):
    """The knobs of the stand-in (see `stand_in/smac/env`), which is installed beside the game."""
    distribution(packages, "smac", "1.0.0", direct_url=COMMIT)
    distribution(packages, "pysc2", "4.0.0")
    distribution(packages, "protobuf", "3.20.3")
    monkeypatch.syspath_prepend(str(STAND_IN))
    return importlib.import_module("smac.env").KNOBS
