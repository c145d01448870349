"""Valid datasets that are damaged in hundreds of ways are read correctly or refused, in little memory."""

import hashlib
import json
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omarl.data.episodes import present as arrays_of
from omarl.data.store import load, save
from omarl.data.validate import validate
from omarl.errors import RequestError

FILES = ("obs", "action", "reward", "terminal", "truncated", "legal")
MEMORY = 64 << 20
HUGE = st.sampled_from([0, -1, 1, 2**31, 2**48, 2**62, 2**63, 10**30])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | HUGE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def flip_a_bit(data, folder: Path) -> None:
    path = folder / data.draw(st.sampled_from([f"{name}.npy" for name in FILES] + ["dataset.json"]))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)


def cut_or_extend(data, folder: Path) -> None:
    path = folder / data.draw(st.sampled_from([f"{name}.npy" for name in FILES] + ["dataset.json"]))
    content = path.read_bytes()
    path.write_bytes(
        (content + data.draw(st.binary(max_size=9)))[: data.draw(st.integers(0, len(content) + 9))]
    )


def edit_json(data, folder: Path) -> None:
    path = folder / "dataset.json"
    root = json.loads(path.read_text())
    node, keys = root, None
    while isinstance(node, dict | list) and node and (keys is None or data.draw(st.booleans())):
        parent, keys = node, list(node) if isinstance(node, dict) else range(len(node))
        key = data.draw(st.sampled_from(keys))
        node = parent[key]
    if data.draw(st.booleans()):
        parent[key] = data.draw(JSON)
    else:
        del parent[key]
    path.write_text(json.dumps(root))


def edit_header(data, folder: Path) -> None:
    path = folder / f"{data.draw(st.sampled_from(FILES))}.npy"
    content = bytearray(path.read_bytes())
    letters = st.text("0123456789(), '<f48|biO:TrueFals", min_size=1).map(str.encode)
    new = data.draw(st.binary(min_size=1, max_size=60) | letters)
    start = data.draw(st.integers(0, 127))
    content[start : start + len(new)] = new
    path.write_bytes(content)


def other_shape(data, folder: Path) -> None:
    path = folder / f"{data.draw(st.sampled_from(FILES))}.npy"
    value = np.load(path)
    change = data.draw(
        st.sampled_from(
            [
                lambda x: x[1:],
                lambda x: x[None],
                lambda x: x.reshape(-1),
                lambda x: np.asfortranarray(x),
                lambda x: x.astype(">f4"),
                lambda x: x.astype(np.float64),
                lambda x: np.array([{}], object),
                lambda x: np.zeros((0, 2)),
                lambda x: np.concatenate([x, x]),
            ]
        )
    )
    np.save(path, change(value), allow_pickle=True)


def giant_shape(data, folder: Path) -> None:
    root = json.loads((folder / "dataset.json").read_text())
    size = data.draw(HUGE | st.integers(1, 2**50))
    member = data.draw(st.sampled_from(["rows", "episodes", "team"]))
    if member == "team":
        root["metadata"]["team"][data.draw(st.sampled_from(["observation_sizes", "action_sizes"]))][0] = size
    else:
        root[member] = size
    for record in root["files"].values():
        record["shape"][0] = data.draw(st.sampled_from([record["shape"][0], size]))
    (folder / "dataset.json").write_text(json.dumps(root))


def swap_files(data, folder: Path) -> None:
    first, second = (folder / f"{data.draw(st.sampled_from(FILES))}.npy" for _ in range(2))
    kind = data.draw(st.sampled_from(["missing", "rename", "copy", "link", "directory"]))
    if kind == "copy":
        second.write_bytes(first.read_bytes())
    elif kind == "rename":
        first.rename(folder / "other.npy")
    else:
        content = first.read_bytes()
        first.unlink()
        if kind == "link":
            (folder / "target").write_bytes(content)
            first.symlink_to(folder / "target")
        elif kind == "directory":
            first.mkdir()


def edit_numbers(data, folder: Path) -> None:
    path = folder / f"{data.draw(st.sampled_from(FILES))}.npy"
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        word = data.draw(st.sampled_from([b"\0\0\xc0\x7f", b"\0\0\x80\xff", b"\2", b"\xff", b"\1", b"\0"]))
        start = 128 + data.draw(st.integers(0, (len(content) - 129) // 4)) * 4
        content[start : start + len(word)] = word
    path.write_bytes(content)


MUTATIONS = (
    flip_a_bit,
    cut_or_extend,
    edit_json,
    edit_header,
    other_shape,
    giant_shape,
    swap_files,
    edit_numbers,
)


def repair_checksums(folder: Path) -> None:
    """Update the manifest's checksums to the files as they are now, as a forger would."""
    try:
        root = json.loads((folder / "dataset.json").read_text())
        for name, record in root["files"].items():
            record["sha256"] = hashlib.sha256((folder / f"{name}.npy").read_bytes()).hexdigest()
        (folder / "dataset.json").write_text(json.dumps(root))
    except (ValueError, OSError, KeyError, TypeError, AttributeError):
        pass  # too damaged to be repaired: refused all the same


def is_sound(dataset) -> bool:
    """Whether a dataset that was read has a correct structure and only finite numbers."""
    arrays = arrays_of(dataset)
    ends = np.asarray(arrays["terminal"]) | np.asarray(arrays["truncated"])
    finite = all(np.isfinite(value).all() for value in arrays.values())
    return finite and ends[-1] and ends.sum() == dataset.episodes == len(dataset.returns)


@pytest.fixture(scope="module")
def original(make, tmp_path_factory):
    """A valid dataset, and its directory."""
    dataset = make(legal=True, lengths=(3, 1, 2))
    return dataset, save(dataset, tmp_path_factory.mktemp("valid") / "a")


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(data=st.data(), mutation=st.sampled_from(MUTATIONS), forged=st.booleans())
def test_damaged_datasets_are_read_correctly_or_refused(original, data, mutation, forged):
    dataset, valid = original
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(valid, Path(place) / "a"))
        mutation(data, folder)
        if forged:
            repair_checksums(folder)
        tracemalloc.start()
        try:
            found = load(folder)
            assert is_sound(found)
            assert forged or all(
                np.array_equal(a, arrays_of(dataset)[n]) for n, a in arrays_of(found).items()
            )
        except RequestError as error:
            assert "\n" not in str(error)
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < MEMORY
        validate(folder)
