"""Command lines whose options depend on another option, such as the fields of the chosen algorithm."""

from collections.abc import Iterable, Sequence
from dataclasses import field, make_dataclass
from typing import Annotated, Any

import tyro

from omarl.errors import RequestError
from omarl.types import literal

PLAIN = (tyro.conf.FlagCreatePairsOff,)
"""Switches have one form only: there is `--json` and no `--no-json`."""


def unset(kind: str, meaning: str) -> Any:
    """How help shows an option that may be left out: the kind of value, and what its absence means."""
    return tyro.conf.arg(metavar=kind, help_behavior_hint=f"(default: {meaning})")


def learner_option(known: Iterable[str], note: str = "") -> Any:
    """The option that chooses one of the known learners; its help lists them and adds the note."""
    return tyro.conf.arg(name="algo", help=f"The learner: {', '.join(known)}.{note}")


def parse_options(command: Any, arguments: Sequence[str], verb: str) -> Any:
    """The command's record, read from the arguments; a wrong argument ends the process with exit code 2."""
    return tyro.cli(command, args=list(arguments), prog=f"omarl {verb}", config=PLAIN)


def peek(arguments: Sequence[str], name: str, default: str | None = None) -> str | None:
    """The value of the option `name`, found before the arguments are parsed."""
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return default


def given(arguments: Sequence[str], name: str) -> bool:
    """Whether the option `name` is among the arguments."""
    return any(argument.partition("=")[0] == name for argument in arguments)


def chosen_critic(arguments: Sequence[str]) -> str | None:
    """The critic named by `--critic` or `--algo.critic`, which mean the same; None if neither is given.

    Raises `RequestError` if they name different critics.
    """
    names = ("--critic", "--algo.critic")
    found = {name: peek(arguments, name) for name in names if given(arguments, name)}
    if len({*found.values()}) > 1:
        said = " and ".join(f"{name} {value}" for name, value in found.items())
        raise RequestError(f"{said} contradict each other: give one of the two")
    return next(iter(found.values()), None)


def with_options(command: type, **records: tuple[str, Any]) -> type:
    """The command with more fields, each of them a record with options `--PREFIX.FIELD`.

    `records` maps a field's name to the prefix and to a record of the options' defaults.
    """
    made = make_dataclass(
        command.__name__,
        [
            (name, Annotated[type(record), tyro.conf.arg(name=prefix)], field(default=record))
            for name, (prefix, record) in records.items()
        ],
        bases=(command,),
        frozen=True,
        kw_only=True,
    )
    made.__doc__ = command.__doc__
    return made


def task_parameters(arguments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The task's parameters, given as `--task.NAME VALUE`, and the other arguments."""
    rest, found = [], {}
    waiting = iter(arguments)
    for argument in waiting:
        if not argument.startswith("--task."):
            rest.append(argument)
            continue
        name, given, value = argument.removeprefix("--task.").partition("=")
        text = value if given else next(waiting, None)
        if text is None or text.startswith("--"):
            raise RequestError(f"--task.{name} needs a value, for instance --task.{name} 3")
        found[name.replace("-", "_")] = literal(text)
    return found, rest
