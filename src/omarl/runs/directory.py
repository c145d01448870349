"""A run directory: configuration, tables, checkpoints, policy, an episode.

config.json                  what was run, on which data, with which versions
records.csv                  one row per seed and evaluation
metrics.csv                  losses and critics, one row per seed, agent and evaluation
checkpoint.safetensors       everything needed to go on exactly where it stopped
checkpoint-older.safetensors the checkpoint before that one, while the run goes on
replay/                      what the learner has played, while a run that makes its own experience goes on
policy.safetensors           the actors alone, with what is needed to use them
episode.json                 one episode of the dataset beside the same start played by each seed's policy
"""

import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax

from omarl.errors import RequestError
from omarl.files.writing import PARTIAL, aside, publish, remove_unfinished, sync_directory, write_text
from omarl.records import metrics
from omarl.records.record import Record, append
from omarl.runs import checkpoint
from omarl.runs.experience.base import Experience, Progress
from omarl.runs.experience.replays import FOLDER
from omarl.runs.inputs import BEFORE

TABLES = ("records.csv", "metrics.csv")
SAME = ("algorithm", "inputs", "config_hash", "seeds", "every", "window")
"""What must be as it was for a run to go on."""
UNSAID: dict[str, Any] = {"inputs": BEFORE}
"""What configurations mean that do not say: those of earlier versions and of runs without a dataset."""


class RunDirectory:
    """The files of one run, as they grow."""

    def __init__(self, out: Path, config: Mapping[str, Any], resume: bool) -> None:
        """Make the directory, or with `resume` go on with one that is there.

        Raises `RequestError` if it would overwrite something or continue another run.
        """
        self.out, self.seeds = out, list(config["seeds"])
        text = json.dumps(config, indent=1, sort_keys=True) + "\n"
        if resume and out.exists():
            require_same(out, config)
            for unfinished in out.glob(f".*{PARTIAL}"):
                unfinished.unlink()
            write_text(out / "config.json", text)
        else:
            begin_directory(out, text)

    def restore(
        self, experience: Experience, like: Progress, at: Collection[int] | None = None
    ) -> tuple[Progress, float]:
        """The progress in the newest checkpoint, if given one at a position in `at`; the seconds until then.

        The tables are cut to what they were then. Without such a checkpoint the run begins anew at `like`.
        """
        found = [(path, checkpoint.describe_tree(path)) for path in checkpoint.checkpoints(self.out)]
        fitting = [each for each in found if at is None or each[1].get("position") in at]
        if not fitting:
            self._cut({})
            return like, 0.0
        path, about = fitting[0]
        require_reachable(path, about, experience.end)
        states, beside = checkpoint.load_tree(path, like.states, {"tally": like.tally})
        checkpoint.make_newest(path)
        self._cut(about["tables"])
        if about["position"] < experience.end:
            experience.restore(self.out, about["experience"])
        return Progress(about["position"], states, beside["tally"], about["due"]), float(about["seconds"])

    def _cut(self, lengths: Mapping[str, int]) -> None:
        """Shorten the tables to these lengths in bytes; those that are not named begin anew."""
        for name in TABLES:
            table = self.out / name
            if table.exists() and table.stat().st_size > lengths.get(name, 0):
                if lengths.get(name, 0):
                    os.truncate(table, lengths[name])
                else:
                    table.unlink()

    def save(self, progress: Progress, kept: Mapping[str, Any], seconds: float) -> None:
        """Replace the checkpoint and the policy by the present ones; `kept` is what the experience saved."""
        tables = {name: (self.out / name).stat().st_size for name in TABLES if (self.out / name).exists()}
        about = {
            "updates": int(progress.updates[0]),
            "seeds": self.seeds,
            "seconds": seconds,
            "position": progress.position,
            "due": progress.due,
            "tables": tables,
            "experience": kept,
        }
        states = jax.device_get(progress.states)
        content = checkpoint.packed(states, about, {"tally": jax.device_get(progress.tally)})
        checkpoint.keep_checkpoint(self.out, content)
        checkpoint.save_tree(self.out / "policy.safetensors", states.actor, about)

    def append(self, records: Sequence[Record], rows: Sequence[metrics.Row]) -> None:
        """Add the rows of an evaluation to the tables."""
        append(self.out / "records.csv", records)
        metrics.append_metrics(self.out / "metrics.csv", rows)

    def draw(self, episodes: Any) -> None:
        """Write the episodes to look at."""
        write_text(self.out / "episode.json", json.dumps(episodes, separators=(",", ":")))

    def finish(self) -> None:
        """Remove what only a run that goes on needs."""
        (self.out / checkpoint.OLDER).unlink(missing_ok=True)
        shutil.rmtree(self.out / FOLDER, ignore_errors=True)


def begin_directory(out: Path, config: str) -> None:
    """Make a new run directory with its configuration in it, whole or not at all."""
    if out.exists():
        raise RequestError(f"{out} exists already: choose another --out, or continue that run with --resume")
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_unfinished(out)
    unfinished = aside(out)
    unfinished.mkdir()
    try:
        write_text(unfinished / "config.json", config)
        publish(unfinished, out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    sync_directory(out.parent)


def require_reachable(path: Path, about: Mapping[str, Any], end: int) -> None:
    """Raise `RequestError` unless a run that ends at `end` can go on from this checkpoint."""
    if "position" not in about:
        raise RequestError(f"{path} was written by an earlier version of omarl: begin the run anew")
    if about["position"] > end:
        raise RequestError(f"cannot resume {path.parent}: it is at {about['position']} already, beyond {end}")


def require_same(out: Path, config: Mapping[str, Any]) -> None:
    """Raise `RequestError` unless the directory holds a run of this configuration and data."""
    old: dict[str, Any] = UNSAID | read_config(out)
    new: dict[str, Any] = UNSAID | dict(config)
    for name in SAME:
        if json.loads(json.dumps(new.get(name))) != old.get(name):
            raise RequestError(f"cannot resume {out}: its {name} is {old.get(name)}, not {new.get(name)}")
    if old["dataset"]["hash"] != new["dataset"]["hash"]:
        raise RequestError(f"cannot resume {out}: it was trained on other data")


def read_config(out: Path) -> dict[str, Any]:
    """The configuration of a run directory."""
    try:
        return json.loads((out / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise RequestError(f"{out} is not a run directory that omarl wrote: {error}") from None
