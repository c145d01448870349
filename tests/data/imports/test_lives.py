"""Agents of a log that come late, end before their team, or take no part in an episode."""

import numpy as np
import pytest

from omarl.data.episodes import present
from omarl.data.exports.parquet import to_parquet
from omarl.data.imports.tables import from_table
from omarl.data.store import load
from omarl.data.subsample import subsample
from omarl.data.validate import validate
from omarl.errors import RequestError

HEAD = "episode,step,agent,obs_x,action_u,reward,terminal,truncated"


@pytest.fixture
def read(tmp_path):
    """A function that imports a log of lines `episode step agent terminal truncated`, `-` for no action.

    Observations are 1 for agent `a`, 2 for `b`, and so on, plus a tenth of the step; rewards likewise.
    """

    def imported(*lines, **options):
        rows = [HEAD]
        for line in lines:
            episode, step, agent, terminal, truncated, *idle = line.split()
            value = 1 + "abc".index(agent) + 0.1 * int(step)
            action = "" if idle else "0.5"
            marks = ",".join("" if mark == "." else mark for mark in (terminal, truncated))
            rows.append(f"{episode},{step},{agent},{value},{action},{value},{marks}")
        (tmp_path / "log.csv").write_text("\n".join(rows) + "\n")
        return from_table(tmp_path / "log.csv", **options)

    return imported


DIES = ("0 0 a 0 0", "0 0 b 0 0", "0 1 a 0 0", "0 1 b 1 0", "0 2 a 0 0", "0 3 a 0 1", "0 4 a 0 0 -")


def test_an_agent_that_dies_is_not_there_afterwards(read):
    found = read(*DIES)
    dataset = found.dataset()
    assert dataset.alive[:, 1].tolist() == [True, True, False, False, False] and dataset.alive[:, 0].all()
    assert dataset.died.tolist() == [[False, False], [False, True], [False, False], [False, False]]
    assert dataset.terminal.tolist() == [False] * 4 and dataset.truncated.tolist() == [False] * 3 + [True]
    assert (
        not dataset.obs[2:, 1].any() and not dataset.action[2:, 1].any() and not dataset.reward[2:, 1].any()
    )
    assert found.notes[-1].startswith("no episode truly ends for the whole team: all 1 ends")
    assert any(
        "'b' leaves early (terminated in 1) in 1 of 1 episodes: 2 of 4 steps" in note for note in found.notes
    )


def test_rows_and_marks_after_an_agents_own_end_do_not_count(read):
    late = ("0 2 b 1 0", "0 3 b 1 0", "0 4 b 1 0 -")
    found = read(*DIES, *late)
    assert all(
        np.array_equal(v, present(read(*DIES).dataset())[k]) for k, v in present(found.dataset()).items()
    )
    assert "3 rows of agents after their own end are not used" in found.notes


@pytest.mark.parametrize(("last", "terminal"), [("1 0", True), ("0 1", False), ("0 0", False)])
def test_a_joint_end_is_true_if_all_that_still_acted_were_terminated(read, last, terminal):
    rows = (*DIES[:5], f"0 3 a {last}", "0 4 a 0 0 -")
    dataset = read(*rows).dataset()
    assert bool(dataset.terminal[-1]) is terminal and bool(dataset.truncated[-1]) is not terminal
    assert dataset.died.sum() == 1


def test_of_an_end_that_only_some_died_in_the_others_are_cut(read):
    rows = ("0 0 a 0 0", "0 0 b 0 0", "0 1 a 0 0", "0 1 b 1 0", "0 2 a 0 0 -", "0 2 b 0 0 -")
    found = read(*rows)
    dataset = found.dataset()
    assert dataset.truncated[-1] and dataset.died.tolist() == [[False, False], [False, True]]
    assert dataset.alive[-1].tolist() == [True, False] and np.allclose(dataset.obs[-1, :, 0], [1.2, 0])
    assert any(
        note.startswith("in 1 episodes some agents were terminated at the end") for note in found.notes
    )
    unclosed = read(*rows[:4]).dataset()
    assert unclosed.died[-1, 1] and unclosed.rows == 2 and not unclosed.alive[-1].any()


def test_a_mark_in_one_agents_row_and_blank_cells_elsewhere_is_the_teams(read):
    rows = ("0 0 a . .", "0 0 b . .", "0 1 a 1 .", "0 1 b . .")
    dataset = read(*rows).dataset()
    assert dataset.terminal[-1] and dataset.alive is None and dataset.died is None


def test_what_is_taken_for_a_time_limit_kills_nobody(read, tmp_path):
    dropped = read(*DIES, terminals="drop").dataset()
    assert not dropped.died.any() and not dropped.alive[2:, 1].any()
    rows = [f"{e},{t},{name},{t},0.5,1,{int(t == 2)}" for e in range(3) for t in range(3) for name in "ab"]
    (tmp_path / "limit.csv").write_text("\n".join([HEAD.removesuffix(",truncated"), *rows]) + "\n")
    dataset = from_table(tmp_path / "limit.csv").dataset()
    assert dataset.alive is None and not dataset.terminal.any()


def test_agents_that_come_late_or_take_no_part_or_are_away(read):
    rows = [f"{e} {t} a 0 {int(t == 3)}" for e in range(3) for t in range(4)]
    rows += [f"{e} 4 a 0 0 -" for e in range(3)]
    rows += ["0 2 b 0 0", "0 3 b 0 1", "0 4 b 0 0 -", "2 0 b 0 0", "2 2 b 0 0", "2 3 b 0 1", "2 4 b 0 0 -"]
    found = read(*rows)
    dataset = found.dataset()
    alive = dataset.alive.reshape(3, 5, 2)
    assert alive[..., 0].all() and not dataset.died.any()
    assert alive[..., 1].astype(int).tolist() == [[0, 0, 1, 1, 1], [0] * 5, [1, 0, 1, 1, 1]]
    note = next(note for note in found.notes if "'b'" in note)
    assert "takes no part in 1, comes late in 1, is away for a while in 1 of 3 episodes" in note
    assert "7 of 12 steps" in note


def test_the_one_after_the_other_is_an_episode(read):
    rows = ("0 0 a 0 0", "0 1 a 1 0", "0 2 b 0 0", "0 3 b 1 0")
    dataset = read(*rows).dataset()
    assert dataset.terminal.tolist() == [False, False, False, True] and dataset.died[1, 0]
    assert dataset.alive[:4].tolist() == [[True, False]] * 2 + [[False, True]] * 2


def test_an_episode_that_goes_on_after_everybodys_end_is_refused(read):
    with pytest.raises(RequestError, match="goes on after its end"):
        read("0 0 a 1 0", "0 0 b 1 0", "0 1 a 0 0", "0 1 b 0 0")


def test_agents_that_are_logged_at_different_steps_are_refused(read):
    rows = [f"0 {t} {'ab'[t % 2]} 0 0" for t in range(12)]
    with pytest.raises(RequestError, match="step 1 has no row of agent 'a', which is missing between most"):
        read(*rows)


def test_choices_of_who_is_not_there_are_the_first_one(tmp_path):
    (tmp_path / "log.csv").write_text(
        "episode,step,agent,obs_x,action,legal_0,legal_1,reward,terminal,truncated\n"
        "0,0,a,1,1,0,1,1,0,0\n0,0,b,1,1,1,1,1,1,0\n0,1,a,1,1,0,1,1,1,0\n"
    )
    (tmp_path / "map.toml").write_text('[action]\nkind = "discrete"\nchoices = 2\n')
    dataset = from_table(tmp_path / "log.csv", mapping=tmp_path / "map.toml").dataset()
    assert dataset.action[1, 1].tolist() == [1, 0] and dataset.legal[1, 1].tolist() == [True, False]
    assert dataset.legal[:, 0].tolist() == [[False, True]] * 3


def test_there_on_disk_and_back_as_parquet(read, tmp_path):
    rows = [f"1 {t} {who} 0 0" for t in range(3) for who in "abc" if (t, who) != (0, "c")]
    rows += ["1 3 a 1 0", "1 3 b 0 1", "1 3 c 0 1", "1 4 b 0 0 -", "1 4 c 0 0 -"]
    rows += ["2 0 a 0 0", "2 0 c 0 0", "2 1 a 1 0", "2 1 c 1 0", "2 2 a 0 0 -", "2 2 c 0 0 -"]
    written = read(*DIES, *rows).write(tmp_path / "set")
    dataset = load(written)
    assert {"alive.npy", "died.npy"} <= {path.name for path in written.iterdir()}
    assert not [finding for finding in validate(written) if finding.severity == "error"]
    table = to_parquet(dataset, tmp_path / "a.parquet")
    back = from_table(table).dataset()
    assert back.metadata == dataset.metadata
    assert present(back).keys() == present(dataset).keys() >= {"alive", "died"}
    for name, value in present(back).items():
        np.testing.assert_array_equal(value, present(dataset)[name], err_msg=name)


def test_parts_of_which_only_some_say_who_is_there_are_one_dataset(read, make, tmp_path):
    from dataclasses import replace

    from omarl.data.episodes import chunks, concatenate
    from omarl.data.writer import Writer

    some = read(*DIES).dataset()
    plain = read("0 0 a 0 0", "0 0 b 0 0", "0 1 a 1 0", "0 1 b 1 0").dataset()
    assert plain.alive is None
    parts = [next(chunks(data)) for data in (plain, some, plain)]
    whole = concatenate(parts)
    with Writer(tmp_path / "both", some.metadata) as writer:
        for part in parts:
            writer.append(part)
    both = load(tmp_path / "both")
    assert both.alive[:3].all() and both.alive[8:].all() and both.alive.sum() == len(both.obs) * 2 - 3
    for name, value in present(both).items():
        np.testing.assert_array_equal(value, getattr(whole, name))
    assert subsample(replace(both), 0.5).alive is not None
