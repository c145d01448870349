"""The command line: each verb is a file that reads options, calls one function, and prints.

Results go to standard output, progress and messages to standard error. Exit codes: 0 done, 1 it failed while
working, 2 the request was wrong.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from omarl.errors import RequestError, TrainingError

COMPILED_BYTES = 2**30
"""Limit of the compiled programs on disk; the least recently used are removed first."""


class Verb(NamedTuple):
    """Where a verb is found and what it does.

    `target` is `MODULE:NAME` within `omarl.cli.verbs`: a record of options that is called without arguments,
    or a function of the command line's remaining arguments. Both return the exit code.
    """

    target: str
    help: str


VERBS = {
    "demo": Verb("demo:Demo", "From nothing to a report on cooperative navigation, in about five minutes"),
    "collect": Verb(
        "collect:collect_verb",
        "Make datasets of a task: random, medium-replay, medium, expert, replay or waypoint",
    ),
    "prey": Verb("prey:Prey", "Train the prey that the tasks tag and world are played against"),
    "train": Verb("train:train_command", "Learn policies from a dataset, or online in a task"),
    "evaluate": Verb("evaluate:EvaluateRun", "Play fresh episodes with a run's policies"),
    "reproduce": Verb(
        "reproduce:Reproduce", "Run an experiment of the paper and put the results beside its numbers"
    ),
    "report": Verb("report:Report", "Compare recorded runs in a table and on one HTML page"),
    "data": Verb("data:data_command", "Show, check, import, export and subsample datasets"),
    "calibrate": Verb(
        "calibrate:Calibrate", "Measure in the real StarCraft II what a simulator would have to know"
    ),
    "runs": Verb("runs:Runs", "List the runs below a directory"),
    "doctor": Verb("doctor:Doctor", "Show versions, devices and optional parts of this installation"),
}


def keep_compiled_programs() -> None:
    """Let JAX keep compiled programs on disk, so that the second start of a run takes seconds.

    Only environment variables are set, before JAX is imported; child processes inherit them. If the user has
    chosen a directory, nothing is set: a directory without a limit must not be given one later.
    """
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(home / "omarl" / "compiled")
    os.environ.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", str(COMPILED_BYTES))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")


def usage() -> str:
    """What `omarl --help` prints."""
    verbs = "\n".join(f"  {name:10} {verb.help}" for name, verb in VERBS.items())
    return f"usage: omarl VERB [OPTIONS]\n\n{verbs}\n\n`omarl VERB --help` explains each option."


def run_verb(name: str, arguments: Sequence[str]) -> int:
    """Carry out a verb with its arguments; returns the exit code."""
    module, _, target = VERBS[name].target.partition(":")
    found = getattr(importlib.import_module(f"omarl.cli.verbs.{module}"), target)
    if not isinstance(found, type):
        return found(arguments)
    from omarl.cli.options import parse_options

    return parse_options(found, arguments, name)()


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; returns the exit code."""
    verb, *rest = [*(sys.argv[1:] if arguments is None else arguments)] or ["--help"]
    if verb in ("-h", "--help"):
        print(usage())
        return 0
    if verb == "--version":
        from importlib.metadata import version

        print(f"omarl {version('omarl')}")
        return 0
    keep_compiled_programs()
    try:
        if verb not in VERBS:
            raise RequestError(f"unknown verb {verb!r}: choose one of {', '.join(VERBS)}")
        return run_verb(verb, rest)
    except RequestError as error:
        print(f"omarl: {error}", file=sys.stderr)
        return 2
    except TrainingError as error:
        print(f"omarl: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("omarl: interrupted; what was finished is on disk, nothing is half-written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"omarl: {error}", file=sys.stderr)
        return 1
    except (RuntimeError, AssertionError):
        if not (missing := lacking()):
            raise
        print(f"omarl: {missing}", file=sys.stderr)
        return 2


def lacking() -> str:
    """What is to be said if JAX was used and has no device of the kind that was asked for, else nothing."""
    if "jax" not in sys.modules:
        return ""
    from omarl.training.devices import missing_device

    return missing_device()
