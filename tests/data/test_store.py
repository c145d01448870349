import json
import shlex
from dataclasses import replace

import numpy as np
import pytest

from omarl.data import manifest, npy
from omarl.data.dataset import Metadata
from omarl.data.episodes import chunks, join, present, select
from omarl.data.manifest import METADATA
from omarl.data.store import load, save
from omarl.data.writer import Writer
from omarl.errors import RequestError


def equal(left, right) -> bool:
    mine, theirs = present(left), present(right)
    same = mine.keys() == theirs.keys() and all(np.array_equal(mine[k], theirs[k]) for k in mine)
    return same and left.metadata == right.metadata


def edit(folder, change) -> None:
    path = folder / "dataset.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


@pytest.mark.parametrize("kind", ["continuous", "discrete"])
@pytest.mark.parametrize("legal", [False, True])
def test_what_is_saved_is_loaded(make, tmp_path, kind, legal):
    dataset = make(kind=kind, legal=legal)
    loaded = load(save(dataset, tmp_path / "a"))
    assert equal(dataset, loaded)
    assert isinstance(loaded.obs, np.memmap) and not loaded.obs.flags.writeable


def test_files_are_those_that_numpy_writes(make, tmp_path):
    dataset = make()
    save(dataset, tmp_path / "a")
    for name, value in present(dataset).items():
        np.save(tmp_path / "expected.npy", value)
        assert (tmp_path / "a" / f"{name}.npy").read_bytes() == (tmp_path / "expected.npy").read_bytes()


def test_nothing_but_the_dataset_is_left(make, tmp_path):
    save(make(), tmp_path / "deep" / "a")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a"]


def test_an_existing_output_is_refused_and_kept(make, tmp_path):
    (tmp_path / "a").write_text("precious")
    with pytest.raises(RequestError, match="exists already: choose another"):
        save(make(), tmp_path / "a")
    assert (tmp_path / "a").read_text() == "precious"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_an_interrupted_writer_leaves_nothing(make, tmp_path, failure):
    dataset = make()
    with pytest.raises(failure), Writer(tmp_path / "a", dataset.metadata) as writer:
        writer.append(select(dataset, 0, 1))
        raise failure
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", [1, 4, 5, 100])
def test_chunks_hold_whole_episodes_and_join_again(make, rows):
    dataset = make(legal=True)
    parts = list(chunks(dataset, rows))
    assert all((part.terminal | part.truncated)[-1] for part in parts)
    assert equal(dataset, join(dataset.metadata, parts))


def test_writer_refuses_an_open_episode(make, tmp_path):
    dataset = make()
    whole = select(dataset, 0, 1)
    with (
        pytest.raises(RequestError, match="0 episode ends"),
        Writer(tmp_path / "a", dataset.metadata) as writer,
    ):
        writer.append(whole._replace(truncated=np.zeros_like(whole.truncated)))


def test_writer_refuses_numbers_that_are_not_finite(make, tmp_path):
    dataset = make()
    dataset.reward[2, 1] = np.nan
    with pytest.raises(RequestError, match=r"reward is nan.*row 2, agent 1\).*in this chunk"):
        save(dataset, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_first_unusable_number_is_named(make, tmp_path, value):
    save(make(), tmp_path / "a")
    obs = np.load(tmp_path / "a" / "obs.npy")
    obs[5, 1, 2] = obs[7, 0, 0] = value
    np.save(tmp_path / "a" / "obs.npy", obs)
    with pytest.raises(RequestError, match=r"checksum of obs\.npy"):
        load(tmp_path / "a")
    with pytest.raises(RequestError, match=rf"obs is {value}, .*2 such in all .*row 5, agent 1, column 2"):
        load(tmp_path / "a", verify=False)


def test_truth_values_other_than_0_and_1_are_refused(make, tmp_path):
    save(make(), tmp_path / "a")
    path = tmp_path / "a" / "terminal.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x02")
    with pytest.raises(RequestError, match=r"terminal is 2, expected 0 or 1.*row 7"):
        load(tmp_path / "a", verify=False)


def test_wrong_shape_and_cut_files_are_refused(make, tmp_path):
    save(make(), tmp_path / "a")
    path = tmp_path / "a" / "action.npy"
    content = path.read_bytes()
    np.save(path, np.load(path)[1:])
    with pytest.raises(
        RequestError, match=r"holds <f4 of shape \(7, 2, 2\) in C order, expected <f4 of shape \(8, 2, 2\)"
    ):
        load(tmp_path / "a")
    path.write_bytes(content[:-4])
    with pytest.raises(RequestError, match="cut short"):
        load(tmp_path / "a")


def test_episode_ends_must_agree_with_the_observations(make, tmp_path):
    save(make(), tmp_path / "a")
    path = tmp_path / "a" / "truncated.npy"
    ends = np.load(path)
    ends[0] = True
    np.save(path, ends)
    with pytest.raises(RequestError, match="mark 4 episode ends, but there are 3 more"):
        load(tmp_path / "a", verify=False)
    ends[[0, -1]] = False
    ends[1] = True
    np.save(path, ends)
    with pytest.raises(RequestError, match="last row is neither"):
        load(tmp_path / "a", verify=False)


@pytest.mark.parametrize("place", ["my log.csv", "."])
def test_a_log_is_told_from_a_dataset_with_the_way_to_one(place, tmp_path):
    (tmp_path / "my log.csv").write_text("episode,step\n")
    log = tmp_path / place
    with pytest.raises(RequestError) as refused:
        load(log)
    assert str(refused.value).startswith(f"{log} is no dataset")
    assert f"`omarl data import {shlex.quote(str(log))} --out" in str(refused.value)


def test_links_are_refused(make, tmp_path):
    save(make(), tmp_path / "a")
    (tmp_path / "a" / "obs.npy").rename(tmp_path / "obs.npy")
    (tmp_path / "a" / "obs.npy").symlink_to(tmp_path / "obs.npy")
    with pytest.raises(RequestError, match="not a plain file"):
        load(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "not valid JSON"),
        ("[" * 40 + "]" * 40, "levels deep"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": 1e999}', "beyond the range"),
        ('{"a": 1' + "0" * 30 + "}", "64 bits"),
        ('{"a": 1, "a": 2}', "same key twice"),
        ('{"a": "\\ud800"}', "surrogates"),
        (" " * (1 << 20) + "{}", "at most"),
        ("[]", "expected dict"),
        ("{}", "lacks 'episodes'"),
    ],
)
def test_hostile_json_is_refused(make, tmp_path, text, message):
    save(make(), tmp_path / "a")
    (tmp_path / "a" / "dataset.json").write_text(text)
    with pytest.raises(RequestError, match=message):
        load(tmp_path / "a")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(version=2), "version of omarl that wrote it"),
        (lambda v: v.update(rows=True), "rows is 'True', expected int"),
        (lambda v: v.update(rows=0), "rows is 0"),
        (lambda v: v.update(rows=10**15), "rows is 1000000000000000, expected 1 to"),
        (lambda v: v.update(rows=10**12), "obs is said to be"),
        (lambda v: v["files"].update({"../x": {}}), "unknown member '../x'"),
        (lambda v: v["files"].pop("obs"), "files lacks 'obs'"),
        (lambda v: v["files"]["obs"].update(dtype="|O"), r"said to be \|O"),
        (lambda v: v["files"]["obs"].update(sha256="0"), "64 hexadecimal"),
        (lambda v: v["files"]["obs"].update(shape=[11, 2, 3.0]), "expected int"),
        (lambda v: v["metadata"].update(id="../../etc"), "id is '../../etc'"),
        (lambda v: v["metadata"].update(extra=1), "unknown member 'extra'"),
        (lambda v: v["metadata"]["team"].update(action_kind="magic"), "'continuous' or 'discrete'"),
        (lambda v: v["metadata"].update(references={"ours": {"random": "1"}}), "expected float"),
    ],
)
def test_every_type_and_size_of_the_manifest_is_checked(make, tmp_path, change, message):
    save(make(), tmp_path / "a")
    edit(tmp_path / "a", change)
    with pytest.raises(RequestError, match=message):
        load(tmp_path / "a")


def test_metadata_that_json_cannot_say_is_refused(make, tmp_path):
    dataset = make()
    bad = replace(dataset, metadata=replace(dataset.metadata, made_by={"seed": np.int64(1)}))
    with pytest.raises(RequestError, match="not JSON-safe"):
        save(bad, tmp_path / "a")


def test_every_member_of_the_metadata_has_its_check():
    assert METADATA.keys() == Metadata.__dataclass_fields__.keys()


def test_ids_mean_directories_below_data(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dataset = make()
    with pytest.raises(RequestError, match="`omarl collect spread --quality medium-replay`"):
        load("spread/medium-replay")
    save(dataset, "data/spread/medium-replay-v0")
    assert equal(load("spread/medium-replay"), dataset)
    assert equal(load("spread/medium-replay-v0"), dataset)
    with pytest.raises(RequestError, match="expected a directory"):
        load("nowhere")


def test_fingerprint_follows_the_content(make, tmp_path):
    a, b = save(make(seed=0), tmp_path / "a"), save(make(seed=0), tmp_path / "b")
    c = save(make(seed=1), tmp_path / "c")
    assert manifest.fingerprint(a) == manifest.fingerprint(b) != manifest.fingerprint(c)


def test_a_shape_beyond_the_header_is_refused():
    with pytest.raises(RequestError, match="too large to store"):
        npy.header("<f4", (10**30, 10**30, 10**30))
