"""`omarl calibrate TASK`: measure in the real StarCraft II what a simulator would have to know."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from omarl.cli import options


@dataclass(frozen=True, kw_only=True)
class Calibrate:
    """Measure the real StarCraft II: blows, cooldowns, beams, starts and the map, all in one JSON file.

    It needs the game and the package smac (see the page on SMAC) and about a minute.
    """

    task: tyro.conf.Positional[str]
    """The task whose map is measured: smac-2s3z, smac-3s5z, smac-1c3s5z or smac-2c_vs_64zg."""

    out: Annotated[Path | None, options.unset("FILE", "TASK-calibration.json")] = None
    """The new file with all that was seen."""

    def __call__(self) -> int:
        """Measure and print the file's path; returns the exit code."""
        from omarl.envs.host.smac.calibration import calibrate
        from omarl.files.writing import refuse_existing, write_text
        from omarl.versions import versions

        out = Path(f"{self.task}-calibration.json") if self.out is None else self.out
        refuse_existing(out)
        found = calibrate(self.task)
        write_text(out, json.dumps({"omarl": versions()["omarl"], **found}, indent=1) + "\n")
        print(out)
        return 0
