"""One run, from what is asked for to its directory; or many runs side by side in one program."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from omarl.errors import TrainingError
from omarl.records import metrics
from omarl.records.record import Record
from omarl.runs import from_dataset, from_play
from omarl.runs.directory import RunDirectory, read_config
from omarl.runs.evaluations import evaluation, records_of
from omarl.runs.experience.base import Experience, Progress
from omarl.runs.loop import PERIOD, carry_out
from omarl.runs.prepared import Prepared
from omarl.runs.spec import LearnerSpec, OnlineSpec, RunSpec
from omarl.training.devices import require_device
from omarl.training.tally import faults

TellRecords = Callable[[Progress, list[Record]], None]
"""`tell(progress, records)` after each evaluation."""


def run(
    spec: LearnerSpec, out: Path, resume: bool = False, tell: TellRecords = lambda progress, records: None
) -> list[Record]:
    """Learn, evaluate and write everything to the directory `out`; the records of the last evaluation.

    With `resume` an interrupted run goes on from its checkpoint, and a finished one on a dataset may be made
    longer; without, `out` must not exist. Raises `RequestError` for a request that does not fit and
    `TrainingError` if learning had to stop; what was written until then stays.
    """
    require_device()
    prepared = prepare(spec, read_config(out) if resume and out.exists() else {})
    directory = RunDirectory(out, prepared.config, resume)
    journal = OneRun(spec, prepared, directory, resume, tell)
    carry_out(prepared.experience(), journal)
    return journal.last


def prepare(spec: LearnerSpec, begun: Mapping[str, Any]) -> Prepared:
    """What a run of this kind needs; `RequestError` if the request does not fit.

    `begun` is the `config.json` of a run that goes on, or empty.
    """
    match spec:
        case RunSpec():
            return from_dataset.prepare_offline(spec, begun)
        case OnlineSpec():
            return from_play.prepare_online(spec)
    raise TypeError(f"{type(spec)} is no kind of run")


class OneRun:
    """The journal of a run that has a directory for itself; its seeds are the members."""

    def __init__(
        self, spec: LearnerSpec, prepared: Prepared, directory: RunDirectory, resume: bool, tell: TellRecords
    ) -> None:
        """Nothing is read yet."""
        self.spec, self.prepared, self.directory = spec, prepared, directory
        self.resume, self.tell = resume, tell
        self.evaluated = evaluation(spec.seeds, spec.episodes, prepared.algorithm, prepared.task)
        self.last: list[Record] = []
        self.before = 0.0

    def begin(self, experience: Experience) -> Progress:
        """Where the run starts, or goes on."""
        self.experience, start = experience, experience.start()
        if self.resume:
            start, self.before = self.directory.restore(experience, start)
        return start

    @property
    def seconds(self) -> float:
        """Seconds of learning, those before an interruption among them."""
        return self.before + self.experience.seconds

    def patience(self, progress: Progress) -> float:
        """Every evaluation and every minute are saved."""
        return 0.0 if progress.due else PERIOD

    def save(self, progress: Progress) -> None:
        """Write the checkpoint, and first what the experience needs to go on, which is nothing at its end."""
        going_on = progress.position < self.experience.end
        kept = self.experience.save(self.directory.out) if going_on else {}
        self.directory.save(progress, kept, self.seconds)

    def check(self, progress: Progress) -> None:
        """Raise a `TrainingError` that names the first update, agent and seed that turned non-finite."""
        if wrong := faults(progress.tally, self.spec.seeds):
            raise TrainingError(str(min(wrong.values())))

    def evaluate(self, progress: Progress) -> bool:
        """Evaluate every seed's policy, append and tell. An episode is drawn before the last rows."""
        ended = progress.position >= self.experience.end
        actors, updates = progress.states.actor, progress.updates
        if ended and self.prepared.task is not None:
            self.directory.draw(self.prepared.paint(actors))
        outcomes = self.evaluated(actors, updates)
        self.last = records_of(self.spec, self.prepared.config, updates, outcomes, self.seconds)
        rows = metrics.metric_rows(self.spec.seeds, updates.tolist(), progress.tally.means)
        self.directory.append(self.last, rows)
        self.tell(progress, self.last)
        if ended:
            self.directory.finish()
        return ended
