"""Which of the recorded episodes the page shows."""

from collections.abc import Iterable, Sequence

from omarl.errors import RequestError
from omarl.records.record import BEHAVIOUR
from omarl.report.draw.trajectory import Trajectory
from omarl.report.judge.groups import MethodRuns, group_records
from omarl.report.page.material import Material, RecordedRun


def shown_episodes(runs: Iterable[RecordedRun], groups: Sequence[MethodRuns]) -> dict[str, Trajectory]:
    """One episode per policy, by its label in the page: the first that a run recorded."""
    shown: dict[str, Trajectory] = {}
    for run in runs:
        for label, trajectory in _policies(run, groups).items():
            shown.setdefault(label, trajectory)
    return shown


def first_policy(material: Material) -> tuple[str, Trajectory]:
    """The label and the episode of the first policy that was learnt, or else of the first that was recorded.

    Raises `RequestError` if there is no episode.
    """
    shown = shown_episodes(material.runs, group_records(material.records))
    learnt = [each for each in shown.items() if not each[0].startswith(BEHAVIOUR)]
    for found in (*learnt, *shown.items()):
        return found
    raise RequestError(
        "no episode was found: name the directory of a finished run in a task that can be drawn, "
        "which has an episode.json"
    )


def _policies(run: RecordedRun, groups: Sequence[MethodRuns]) -> dict[str, Trajectory]:
    """The episode of the behaviour policy in a run, and that of the policy of its first seed."""
    data = [each for each in run.episode if each.label.startswith(BEHAVIOUR)]
    own = [each for each in run.episode if each not in data]
    found = {f"{BEHAVIOUR} policy": data[0]} if data else {}
    if own:
        label = next((each.label for each in groups if run.records[0] in each.records), own[0].label)
        found[label] = own[0]
    return found
