from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omarl.errors import RequestError
from omarl.records.record import COLUMNS, Record, append, last, read_records

RECORD = Record(
    experiment="demo",
    task="spread",
    quality="medium-replay",
    algorithm="omar",
    critic="decentralised",
    preset="paper",
    seed=0,
    updates=500,
    return_mean=301.25,
    return_std=80.5,
    score=None,
    score_paper=41.0,
    episodes=500,
    seconds=12.5,
    device="cpu",
    versions="omarl 0.1.0, jax 0.10.2",
    config_hash="a1",
    dataset_hash="d1",
)


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    table = tmp_path / "run" / "records.csv"
    first, second = RECORD, replace(RECORD, updates=1000, score=44.5, versions='quoted "text", comma')
    append(table, [first])
    append(table, [second])
    assert read_records([table]) == [first, second]
    assert read_records([tmp_path, table]) == [first, second]
    assert table.read_text().splitlines()[0] == ",".join(COLUMNS)


@given(st.text(), st.floats())
def test_a_record_either_survives_the_table_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, number: float
) -> None:
    table = tmp_path_factory.mktemp("run") / "records.csv"
    try:
        record = replace(RECORD, device=text, return_mean=number)
    except RequestError:
        assert not text.isprintable() or not abs(number) < float("inf")
        return
    append(table, [record])
    assert read_records([table]) == [record]


@pytest.mark.parametrize("lost", [1, 20, 70])
def test_a_row_cut_short_by_a_crash_is_dropped_and_the_run_goes_on(tmp_path: Path, lost: int) -> None:
    table = tmp_path / "records.csv"
    later = replace(RECORD, updates=1000)
    append(table, [RECORD, later])
    table.write_bytes(table.read_bytes()[:-lost])
    assert read_records([table]) == [RECORD]
    append(table, [later])
    assert read_records([table]) == [RECORD, later]


def test_a_header_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    table.write_text("experiment,ta")
    assert read_records([table]) == []
    append(table, [RECORD])
    assert read_records([table]) == [RECORD]


def test_the_last_evaluation_counts_and_not_the_best() -> None:
    best, final = replace(RECORD, return_mean=900.0), replace(RECORD, updates=1000, return_mean=100.0)
    other = replace(RECORD, seed=1)
    assert last([final, best, other]) == [final, other]


def test_an_evaluation_repeated_after_an_interruption_counts_once(tmp_path: Path) -> None:
    again = replace(RECORD, return_mean=310.0)
    append(tmp_path / "records.csv", [RECORD, again])
    assert read_records([tmp_path]) == [again]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"config_hash": "b"},
        {"dataset_hash": "b"},
        {"preset": "official"},
        {"critic": "centralised"},
        {"experiment": "table3"},
    ],
)
def test_runs_that_differ_are_told_apart(change: dict) -> None:
    assert replace(RECORD, **change).identity != RECORD.identity


def test_other_tables_in_a_directory_are_skipped(tmp_path: Path) -> None:
    append(tmp_path / "spread.csv", [RECORD])
    (tmp_path / "published.csv").write_text("experiment,task\ntable3,spread\n")
    (tmp_path / "photo.csv").write_bytes(b"\xff\xfe\x00\n")
    assert read_records([tmp_path]) == [RECORD]


def table_with(column: str, value: str) -> str:
    cells = dict.fromkeys(COLUMNS, "1") | {column: value}
    return ",".join(COLUMNS) + "\n" + ",".join(cells.values()) + "\n"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"a,b\n1,2\n", "lacks the columns experiment"),
        (b"\xff\xfe\n", "cannot be read"),
        (table_with("seed", "zero").encode(), "line 2: seed must be a number, got 'zero'"),
        (table_with("return_mean", "nan").encode(), "return_mean must be a finite number"),
        (table_with("return_mean", "").encode(), "return_mean must be a number"),
        (table_with("updates", "9" * 5000).encode(), "updates must be a number"),
        (table_with("episodes", "0").encode(), "episodes must be at least 1, got 0"),
        (table_with("algorithm", "\x1b[2J").encode(), "algorithm must be one line of printable text"),
        (table_with("win_rate", "1.5").encode(), "win_rate must be at most 1, got 1.5"),
        (table_with("win_rate", "-0.5").encode(), "win_rate must be at least 0, got -0.5"),
        ((",".join(COLUMNS) + "\ndemo,spread\n").encode(), "quality is missing"),
        ((",".join(COLUMNS) + '\n"demo\n').encode(), "cannot be read"),
    ],
)
def test_a_bad_table_is_refused_with_the_place(tmp_path: Path, content: bytes, named: str) -> None:
    table = tmp_path / "records.csv"
    table.write_bytes(content)
    with pytest.raises(RequestError, match=named) as error:
        read_records([tmp_path])
    assert str(table) in str(error.value)


OLDER = [name for name in COLUMNS if name != "win_rate"]


def test_rows_of_a_table_without_the_win_rate_are_read_as_unknown(tmp_path: Path) -> None:
    cells = (getattr(RECORD, name) for name in OLDER)
    texts = ["" if cell is None else f'"{cell}"' for cell in cells]
    (tmp_path / "records.csv").write_text(",".join(OLDER) + "\n" + ",".join(texts) + "\n")
    assert read_records([tmp_path]) == [RECORD] and RECORD.win_rate is None
    later = replace(RECORD, updates=1000)
    append(tmp_path / "records.csv", [later])
    assert read_records([tmp_path]) == [RECORD, later], "an older run goes on in the table that it has"


def test_a_win_rate_is_read_back_and_is_no_part_of_the_identity(tmp_path: Path) -> None:
    won = replace(RECORD, win_rate=0.25)
    append(tmp_path / "records.csv", [won])
    assert read_records([tmp_path]) == [won] and won.identity == RECORD.identity
    with pytest.raises(RequestError, match="win_rate"):
        replace(RECORD, win_rate=25.0)


def test_the_committed_results_are_valid_and_know_the_wins_of_battles_alone() -> None:
    committed = read_records([Path(__file__).parents[2] / "results"])
    known = {record.task.split()[0] for record in committed if record.win_rate is not None}
    assert len(committed) > 1000 and known and all(task.startswith("skirmish-") for task in known)


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="does not exist"):
        read_records([tmp_path / "nowhere"])


def test_a_table_of_another_version_is_not_appended_to(tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(RequestError, match="append to a new file"):
        append(table, [RECORD])
    assert table.read_text() == "a,b\n1,2\n"
