"""Tables in files of several kinds, in folders of parts, and behind links."""

import bz2
import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from omarl.data.imports.formats import guess, import_from
from omarl.data.imports.tables import from_table
from omarl.errors import RequestError


def log(episodes=range(3)) -> pa.Table:
    """Episodes of three steps of two agents."""
    rows = [(e, t, who) for e in episodes for t in range(3) for who in "ab"]
    return pa.table(
        {
            "episode": [e for e, _, _ in rows],
            "step": [t for _, t, _ in rows],
            "agent": [who for _, _, who in rows],
            "obs_x": [e + 0.25 * t for e, t, _ in rows],
            "action_u": [0.5 if who == "a" else -0.5 for _, _, who in rows],
            "reward": [1.5] * len(rows),
            "done": [t == 2 for _, t, _ in rows],
        }
    )


def as_csv(table) -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink)
    return sink.getvalue().to_pybytes()


def as_lines(table) -> bytes:
    return "\n".join(json.dumps(row) for row in table.to_pylist()).encode() + b"\n"


def stream(table, path):
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "log.csv": lambda table, path: path.write_bytes(as_csv(table)),
    "log.CSV": lambda table, path: path.write_bytes(as_csv(table)),
    "log.csv.gz": lambda table, path: path.write_bytes(gzip.compress(as_csv(table))),
    "log.csv.bz2": lambda table, path: path.write_bytes(bz2.compress(as_csv(table))),
    "log.tsv": lambda table, path: path.write_bytes(as_csv(table).replace(b",", b"\t")),
    "semicolon.csv": lambda table, path: path.write_bytes(as_csv(table).replace(b",", b";")),
    "pipe.csv": lambda table, path: path.write_bytes(as_csv(table).replace(b",", b"|")),
    "decimal.csv": lambda table, path: path.write_bytes(
        as_csv(table).replace(b",", b";").replace(b".", b",")
    ),
    "mark.csv": lambda table, path: path.write_bytes(b"\xef\xbb\xbf" + as_csv(table)),
    "spaces.csv": lambda table, path: path.write_bytes(as_csv(table).replace(b'"', b"").replace(b",", b", ")),
    "log.jsonl": lambda table, path: path.write_bytes(as_lines(table)),
    "log.ndjson.gz": lambda table, path: path.write_bytes(gzip.compress(as_lines(table))),
    "log.parquet": lambda table, path: pq.write_table(table, path),
    "log.feather": lambda table, path: pyarrow.feather.write_feather(table, str(path)),
    "log.arrow": stream,
    "categories.arrow": lambda table, path: stream(
        table.set_column(2, "agent", table["agent"].dictionary_encode()), path
    ),
    "views.arrow": lambda table, path: stream(
        table.set_column(
            2, "agent", pa.chunked_array([pa.array(table["agent"].to_pylist(), pa.string_view())])
        ),
        path,
    ),
    "categories-of-views.arrow": lambda table, path: stream(
        table.set_column(
            2,
            "agent",
            pa.chunked_array(
                [pa.DictionaryArray.from_arrays([0, 1] * 9, pa.array(["a", "b"], pa.string_view()))]
            ),
        ),
        path,
    ),
}


def same(found, expected=None):
    wanted = np.repeat([[0, 0.25, 0.5, 0.5], [1, 1.25, 1.5, 1.5], [2, 2.25, 2.5, 2.5]], 2).reshape(12, 2)
    dataset = found.dataset()
    assert np.array_equal(dataset.obs[..., 0], wanted)
    assert dataset.action[0, :, 0].tolist() == [0.5, -0.5] and (dataset.reward == 1.5).all()
    assert dataset.terminal.tolist() == [False, False, True] * 3
    return True


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file(tmp_path, name):
    WRITERS[name](log(), tmp_path / name)
    assert guess(tmp_path / name) == "table"
    assert same(import_from(tmp_path / name, terminals="keep"))


def test_what_was_assumed_about_a_text_is_said(tmp_path):
    WRITERS["decimal.csv"](log(), tmp_path / "log.csv")
    said = from_table(tmp_path / "log.csv").notes
    assert said[:2] == ["columns are separated by ';'", "decimal commas are read in obs_x, action_u, reward"]


def test_an_unknown_ending_is_read_by_its_content(tmp_path):
    pq.write_table(log(), tmp_path / "log.0")
    (tmp_path / "log.txt").write_bytes(as_csv(log()))
    for name in ("log.0", "log.txt"):
        assert same(import_from(tmp_path / name, format="table", terminals="keep"))


def parts(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for episode, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(log([episode]), folder / name)


def test_a_folder_of_parts_is_one_table(tmp_path):
    parts(tmp_path / "parts", ["part-8.parquet", "part-9.parquet", "part-10.parquet"])
    (tmp_path / "parts" / "_SUCCESS").write_text("")
    (tmp_path / "parts" / ".part-0.parquet.crc").write_text("x")
    (tmp_path / "parts" / "README.md").write_text("x")
    found = import_from(tmp_path / "parts", terminals="keep")
    assert same(found)
    assert "3 files are read as one table, from part-8.parquet to part-10.parquet" in found.notes
    assert same(import_from(tmp_path / "parts" / "*.parquet", terminals="keep"))
    assert same(import_from(tmp_path / "**" / "*.parquet", terminals="keep"))


def test_folders_give_columns(tmp_path):
    for episode in range(3):
        folder = tmp_path / "logs" / f"episode={episode}" / "agent=%61"
        folder.mkdir(parents=True)
        pq.write_table(log([episode]).drop_columns(["episode"]), folder / "0.parquet")
        rows = log([episode]).filter(pa.array([True, False] * 3))
        pq.write_table(rows.drop_columns(["episode", "agent"]), folder / "0.parquet")
        other = folder.parent / "agent=b"
        other.mkdir()
        rows = log([episode]).filter(pa.array([False, True] * 3))
        pq.write_table(rows.drop_columns(["episode", "agent"]), other / "0.parquet")
    assert same(import_from(tmp_path / "logs", terminals="keep"))


def test_a_file_per_episode(tmp_path):
    for episode in range(3):
        table = log([episode]).drop_columns(["episode"])
        (tmp_path / f"run-{episode}.csv").write_bytes(as_csv(table))
    found = import_from(tmp_path, terminals="keep")
    assert same(found) and any("episode is 'source_file'" in note for note in found.notes)


def test_files_that_count_from_zero_are_told_apart_by_name(tmp_path):
    for part in range(2):
        pq.write_table(log(range(2)), tmp_path / f"{part}.parquet")
    with pytest.raises(RequestError, match="two rows of episode '0'"):
        import_from(tmp_path)
    (tmp_path / "map.toml").write_text('[columns]\nepisode = ["source_file", "episode"]\n')
    assert import_from(tmp_path, mapping=tmp_path / "map.toml").dataset().episodes == 4


def test_links_are_followed(tmp_path):
    parts(tmp_path / "blobs", ["0", "1", "2"])
    (tmp_path / "snapshot" / "data").mkdir(parents=True)
    for i in range(3):
        (tmp_path / "snapshot" / "data" / f"{i}.parquet").symlink_to(tmp_path / "blobs" / str(i))
    (tmp_path / "linked").symlink_to(tmp_path / "snapshot")
    (tmp_path / "snapshot" / "data" / "again").symlink_to(tmp_path / "snapshot")
    assert same(import_from(tmp_path / "linked", terminals="keep"))


def test_parts_of_several_kinds_are_refused(tmp_path):
    parts(tmp_path, ["0.parquet"])
    (tmp_path / "1.csv").write_bytes(as_csv(log([1])))
    with pytest.raises(RequestError, match="files of different kinds"):
        import_from(tmp_path)
    with pytest.raises(RequestError, match="holds none"):
        from_table(tmp_path / "2.*")


def test_parts_that_do_not_fit_are_refused(tmp_path):
    parts(tmp_path, ["0.parquet"])
    table = log([1])
    pq.write_table(table.set_column(0, "episode", pa.array(["x"] * 6)), tmp_path / "1.parquet")
    with pytest.raises(RequestError, match="cannot be read as a table"):
        import_from(tmp_path)


def test_a_text_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "log.csv").write_bytes(b"h\xf6he,episode\n1,2\n")
    with pytest.raises(RequestError, match="no text in UTF-8"):
        import_from(tmp_path / "log.csv")
