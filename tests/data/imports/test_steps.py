from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omarl.data.imports.tables import from_table
from omarl.errors import RequestError

START = 1_767_225_600


def told(found):
    return [note for note in found.notes if note.startswith(("one step", "steps are"))]


@pytest.mark.parametrize(
    ("at", "note"),
    [
        (lambda t: t, None),
        (lambda t: f"{t:.1f}", None),
        (lambda t: 100 * t, "one step is 100 of the step column"),
        (lambda t: START + 10 * t, "one step is 10 of the step column"),
        (lambda t: START * 10**9 + 100 * t, "one step is 100 of the step column"),
        (lambda t: 0.1 * t, "one step is 0.1 of the step column"),
        (lambda t: [0.0, 0.098, 0.203][t], "one step is 0.098 of the step column"),
        (lambda t: [0, 99, 201][t], "one step is 99 of the step column"),
        (
            lambda t: datetime(2026, 1, 1) + timedelta(milliseconds=100 * t),
            "one step is 0.1 s of the step column",
        ),
        (lambda t: f"2026-01-0{t + 1}", "one step is 86400 s of the step column"),
    ],
)
def test_regular_ticks_and_time_stamps_are_steps(imported, log, at, note):
    columns = log()
    columns["step"] = [at(t) for t in columns["step"]]
    found = imported(columns, terminals="keep")
    assert found.dataset().terminal.tolist() == [False, False, True] * 2
    assert told(found) == ([] if note is None else [note])


@pytest.mark.parametrize(
    ("ticks", "message"),
    [
        ([0, 1, 3], r"'0' goes from step 1 to 3 at row 4 of the log .*a step is 1 \(2 such holes in all\)"),
        ([0, 4, 5], "from step 0 to 4 at row 2"),
        ([0, 100, 300], r"from step 100 to 300 .* is 100 \("),
        ([0.0, 0.1, 300.1], r"from step 0.1 to 300.1 at row 4 .* is 0.1 \(2"),
        ([START, START + 10, START + 50], f"from step {START + 10} to {START + 50} at row 4"),
        (
            [START * 10**9, START * 10**9 + 1, START * 10**9 + 3],
            f"from step {START}000000001 to {START}000000003",
        ),
        (["2026-01-01", "2026-01-02", "2026-01-09"], "from step 2026-01-02 to 2026-01-09 at row 4"),
    ],
)
def test_holes_are_refused_with_their_place(imported, log, ticks, message):
    columns = log()
    columns["step"] = [ticks[t] for t in columns["step"]]
    with pytest.raises(RequestError, match=message):
        imported(columns)


def test_events_without_a_usual_distance_are_steps_and_that_is_said(tmp_path):
    steps = np.cumsum([0.0, 0.2, 7.0, 0.3, 3.1, 0.1, 90.0, 1.1, 0.01, 2.0])
    columns = {"episode": [0] * 10, "step": steps, "agent": ["a"] * 10, "terminal": [0] * 9 + [1]}
    columns |= {"obs_x": np.arange(10.0), "action_u": np.arange(10.0) / 9, "reward": np.arange(10.0)}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    found = from_table(tmp_path / "log.parquet", terminals="keep")
    assert found.dataset().rows == 10
    assert "no even length (0.01 to 90, mostly 1.1; the longest before row 6" in told(found)[0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([START * 10**9] * 2 + [START * 10**9 + 1] * 4, f"two rows of episode '0', step {START}000000001"),
        (["", *range(5)], "column 'step' has missing values"),
    ],
)
def test_steps_that_cannot_be_are_refused_in_full(imported, log, values, message):
    with pytest.raises(RequestError, match=message):
        imported(log(step=values * 2))
