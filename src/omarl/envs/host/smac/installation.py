"""What the real StarCraft II needs, checked piece by piece, and the versions that were found.

None of it is a dependency of omarl: the package `smac` comes from its repository, the game from Blizzard.
"""

import hashlib
import json
import os
import re
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from omarl.envs.host.smac.maps import DIFFICULTY, STEP_MUL, SmacMap
from omarl.errors import SimulatorError, one_line
from omarl.versions import installed

PIP = 'pip install git+https://github.com/oxwhirl/smac@d6aab33 "pysc2==4.0.0" "protobuf<3.21"'
TOO_NEW = (3, 21)
"""The first version of protobuf with which the package `smac` cannot be imported."""
GAME = "SC2PATH"
"""The environment variable that says where StarCraft II lies."""


def require_game(field: SmacMap) -> dict[str, str]:
    """The versions on which battles on a map depend; `SimulatorError` if a part is missing or wrong."""
    require_package()
    folder = require_folder()
    return {
        "starcraft2-build": require_build(folder),
        "map-sha256": hashlib.sha256(require_map(folder, field.name).read_bytes()).hexdigest(),
        "difficulty": DIFFICULTY,
        "step_mul": str(STEP_MUL),
        **installed(("smac", "pysc2")),
        **smac_commit(),
    }


def require_package() -> None:
    """Import `smac.env`; `SimulatorError` if that is not possible, or if it is not SMAC's."""
    found = find_spec("smac")
    if found is None:
        raise SimulatorError(f"the package smac is missing: {PIP}")
    if PathFinder.find_spec("smac.env", found.submodule_search_locations) is None:
        raise SimulatorError(
            "the package smac here is another program, as PyPI has it: expected SMAC with "
            f"smac.env.StarCraft2Env; `pip uninstall -y smac` and then `{PIP}`"
        )
    require_old_protobuf()
    try:
        import_module("smac.env").StarCraft2Env  # noqa: B018
    except Exception as error:  # whatever the code of others raises
        raise SimulatorError(f"smac is broken: importing it ends in {one_line(error)!r}; `{PIP}`") from error


def require_old_protobuf() -> None:
    """`SimulatorError` if protobuf is too new for SMAC."""
    version = installed(("protobuf",)).get("protobuf", "0")
    if tuple(map(int, re.findall(r"\d+", version)[:2])) >= TOO_NEW:
        raise SimulatorError(
            f"protobuf {version} is too new for smac: expected a version before 3.21, by "
            'pip install "protobuf<3.21"'
        )


def require_folder() -> Path:
    """The folder of the game; `SimulatorError` if nobody has said where it is."""
    where = os.environ.get(GAME, "")
    if not where:
        raise SimulatorError(
            f"{GAME} is not set: expected the folder of StarCraft II, for instance "
            f"export {GAME}=~/StarCraftII"
        )
    return Path(where).expanduser()


def require_build(folder: Path) -> str:
    """The number of the game's newest build, the one that pysc2 starts; `SimulatorError` if there is none."""
    builds = [int(path.name.removeprefix("Base")) for path in folder.glob("Versions/Base*") if is_build(path)]
    if not builds:
        raise SimulatorError(
            f"no StarCraft II in {folder}: expected folders like Versions/Base75689; install the game there, "
            f"or set {GAME} to where it is"
        )
    return str(max(builds))


def is_build(path: Path) -> bool:
    """Whether a folder is called like a build of the game."""
    return path.name.removeprefix("Base").isdecimal()


def require_map(folder: Path, name: str) -> Path:
    """The file of a map; `SimulatorError` if it is missing."""
    path = folder / "Maps" / "SMAC_Maps" / f"{name}.SC2Map"
    if not path.is_file():
        raise SimulatorError(
            f"no map at {path}: copy the folder smac/env/starcraft2/maps/SMAC_Maps of "
            f"https://github.com/oxwhirl/smac into {folder / 'Maps'}"
        )
    return path


def smac_commit() -> dict[str, str]:
    """The commit from which pip installed SMAC; nothing where pip does not know it."""
    try:
        said = distribution("smac").read_text("direct_url.json")
    except PackageNotFoundError:
        return {}
    commit = json.loads(said).get("vcs_info", {}).get("commit_id") if said else None
    return {"smac-commit": commit} if isinstance(commit, str) else {}
