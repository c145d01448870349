"""Wide tables that are recognised without a mapping, by the names of their columns."""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import replace

from omarl.data.imports.mapping import AGENT_MARK, SEVERAL, Columns
from omarl.data.imports.tables.columns import natural
from omarl.data.imports.tables.names import USUAL, usual_form

WIDE_WORDS: Mapping[str, str] = {
    "legal": "legal|legal_actions|action_mask|avail_actions|available_actions",
    "observation": "obs|observation|observations",
    "action": "action|actions",
    "reward": "reward|rewards|rew",
    "terminal": "terminal|terminated|termination|done",
    "truncated": "truncated|truncation|timeout",
}
SEPARATORS = r"[_./:\-]"


def as_wide(names: list[str], columns: Columns) -> Columns:
    """The mapping of a table with names such as `left_obs_x`, `obs_left_x`, `obs_x_left`, of several agents.

    That is done only where the mapping names no such columns and the table names no agents. Names that begin
    with the role are recognised if each agent has a reward of its own, otherwise they could mean one agent.
    """
    given = any(getattr(columns, role) is not None for role in (*SEVERAL, "agent", "reward"))
    if given or any(usual_form(name) in USUAL["agent"] for name in names):
        return columns
    plain = any(fnmatch.fnmatchcase(name, usual) for name in names for usual in USUAL["action"])
    found = _role_first(names) if plain else _agent_first(names)
    return replace(columns, **found) if found else columns


def _agent_first(names: list[str]) -> dict[str, str | tuple[str, ...]]:
    """The entries for names such as `left_obs_x`, `left_action`, `left_reward`; empty if there are none."""
    shape = re.compile(
        rf"(?P<agent>.+?)(?P<sep>{SEPARATORS})(?P<word>{'|'.join(WIDE_WORDS.values())})(?P<rest>\2.+)?"
    )
    matches = [match for name in names if (match := shape.fullmatch(name))]
    entries = {
        role: {
            match["agent"]: AGENT_MARK
            + match["sep"]
            + match["word"]
            + (f"{match['sep']}*" if match["rest"] else "")
            for match in reversed(matches)
            if re.fullmatch(words, match["word"])
        }
        for role, words in WIDE_WORDS.items()
    }
    return _agreed(entries, set(entries["observation"]) & set(entries["action"]))


def _role_first(names: list[str]) -> dict[str, str | tuple[str, ...]]:
    """The entries for names such as `obs_left_x` or `obs_x_left`, with `reward_left`; empty without."""
    reward = re.compile(rf"({WIDE_WORDS['reward']})({SEPARATORS})(.+)")
    agents = {match[3] for name in names if (match := reward.fullmatch(name))}
    entries: dict[str, dict[str, str]] = {role: {} for role in WIDE_WORDS}
    for role, words in WIDE_WORDS.items():
        for agent in agents:
            shape = re.compile(rf"({words})({SEPARATORS})(.+?\2)?{re.escape(agent)}(\2.+)?")
            for word, sep, before, after in (m.groups() for m in map(shape.fullmatch, names) if m):
                between = f"{sep}*{sep}" if before else sep
                entries[role].setdefault(agent, word + between + AGENT_MARK + (f"{sep}*" if after else ""))
    return _agreed(entries, set(entries["observation"]) & set(entries["action"]) & agents)


def _agreed(entries: Mapping[str, Mapping[str, str]], agents: set[str]) -> dict[str, str | tuple[str, ...]]:
    """The entries that all agents share, with the agents; empty for fewer than two agents."""
    whole = {role: found for role, found in entries.items() if agents <= found.keys()}
    kinds = {role: {found[agent] for agent in agents} for role, found in whole.items()}
    shared = {role: kind.pop() for role, kind in kinds.items() if len(kind) == 1}
    if len(agents) < 2 or not shared.keys() >= {"observation", "action"}:
        return {}
    return {**shared, "agents": tuple(sorted(agents, key=natural))}
