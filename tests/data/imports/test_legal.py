"""Which choices were legal, in tables."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omarl.data.dataset import Dataset
from omarl.data.exports.parquet import to_parquet
from omarl.data.imports.mapping import Columns
from omarl.data.imports.tables import from_table
from omarl.data.store import save
from omarl.data.validate import validate
from omarl.errors import RequestError

CHOICES = Columns(kind="discrete", choices=3)
MASKS = [[1, 1, 1], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 1, 0], [0, 0, 1]]


def write(tmp_path, **more):
    """Three steps of two agents; choices 0, 1, 1, 2, 1, 2."""
    columns = {
        "episode": [0] * 6,
        "step": [0, 0, 1, 1, 2, 2],
        "agent": ["a", "b"] * 3,
        "obs_x": [float(i) for i in range(6)],
        "reward": [1.0] * 6,
        "action": [0, 1, 1, 2, 1, 2],
        "done": [0, 0, 0, 0, 1, 1],
    }
    pq.write_table(pa.table(columns | more), tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


def columns(name, masks=MASKS):
    return {name.format(k=k): [mask[k] for mask in masks] for k in range(3)}


@pytest.mark.parametrize(
    "name", ["legal_{k}", "action_mask_{k}", "avail_actions_{k}", "action_masks_{k}", "legal.{k}"]
)
def test_usual_names(tmp_path, name):
    found = from_table(write(tmp_path, **columns(name)), mapping=CHOICES)
    legal = found.dataset().legal
    assert legal is not None
    # After the true end nothing is recorded: the last observation and its choices are repeated.
    assert legal.tolist() == (np.asarray(MASKS)[[0, 1, 2, 3, 4, 5, 4, 5]].reshape(4, 2, 3) != 0).tolist()
    assert any(note.startswith("legal: ") for note in found.notes)


def test_lists_and_words_of_a_mapping(tmp_path):
    path = write(tmp_path, allowed=[[bool(v) for v in mask] for mask in MASKS])
    (tmp_path / "map.toml").write_text(
        '[columns]\nlegal = "allowed"\n[action]\nkind = "discrete"\nchoices = 3\n'
    )
    legal = from_table(path, mapping=tmp_path / "map.toml").dataset().legal
    assert legal is not None and legal[1].tolist() == [[False, True, False], [True, False, True]]


def test_a_time_limit_keeps_the_choices_of_the_last_observation(tmp_path):
    legal = from_table(write(tmp_path, done=[0] * 6, **columns("legal_{k}")), mapping=CHOICES).dataset().legal
    assert legal is not None and legal.shape == (3, 2, 3)
    assert legal[2].tolist() == [[True, True, False], [False, False, True]]


def test_after_the_next_observation_all_is_legal(tmp_path):
    path = write(tmp_path, done=[0] * 6, next_obs_x=[2.0, 3, 4, 5, 6, 7], **columns("legal_{k}"))
    legal = from_table(path, mapping=CHOICES).dataset().legal
    assert legal is not None and legal.shape == (4, 2, 3) and legal[3].all()


def test_who_left_has_one_choice(tmp_path):
    table = pq.read_table(write(tmp_path, **columns("legal_{k}"))).filter(pa.array([True] * 5 + [False]))
    pq.write_table(table, tmp_path / "log.parquet")
    dataset = from_table(tmp_path / "log.parquet", mapping=CHOICES).dataset()
    assert dataset.legal is not None and dataset.legal[2, 1].tolist() == [True, False, False]
    save(dataset, tmp_path / "out")
    assert not [finding for finding in validate(tmp_path / "out") if finding.severity == "error"]


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ([[0, 1, 1], *MASKS[1:]], "1 actions were not legal, the first is in row 0 of the log"),
        ([[None, None, None], *MASKS[1:]], "agent 'a' lacks legal values in 1 rows"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, masks, message):
    with pytest.raises(RequestError, match=message):
        from_table(write(tmp_path, **columns("legal_{k}", masks)), mapping=CHOICES)


def test_one_column_for_each_choice(tmp_path):
    with pytest.raises(RequestError, match="has 3 columns of legal choices and 4 choices"):
        from_table(write(tmp_path, **columns("legal_{k}")), mapping=Columns(kind="discrete", choices=4))


def test_changing_masks_there_and_back(make, tmp_path):
    made = make((4, 1, 3), kind="discrete", action_sizes=(3, 2), legal=True)
    legal = np.array(made.legal)
    legal[::2, 0, 0] = False
    action = made.action.copy()
    action[:, 0] = [0, 1, 0]
    fields = {name: getattr(made, name) for name in ("obs", "reward", "terminal", "truncated")}
    dataset = Dataset(made.metadata, **fields, action=action, legal=legal)
    back = from_table(to_parquet(dataset, tmp_path / "a.parquet")).dataset()
    assert np.array_equal(back.legal, legal) and np.array_equal(back.action, action)
