"""The command line: each verb is a file that parses, calls one function, and prints.

Results go to standard output, progress and messages to standard error. Exit codes: 0 done, 1 it failed while
working, 2 the request was wrong.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from omarl.errors import RequestError, TrainingError

COMPILED_BYTES = 2**30  # of compiled programs kept on disk, the least recently used ones go first
VERBS = {
    "demo": "From nothing to a report on cooperative navigation, in about five minutes",
    "collect": "Make a task's dataset: random, medium-replay, medium, expert or replay",
    "prey": "Train the prey that the tasks tag and world are played against",
    "train": "Learn policies from a dataset, or online in a task",
    "evaluate": "Play fresh episodes with a run's policies",
    "reproduce": "Run an experiment of the paper and put the results beside its numbers",
    "report": "Compare recorded runs in a table and one HTML page",
    "data": "Look at, check, import, export and subsample datasets",
    "runs": "List the runs below a directory",
    "doctor": "Say what this installation has and can do",
}


def keep_compiled_programs() -> None:
    """Have JAX keep compiled programs on disk, so that the second start of a run takes seconds.

    Only environment variables are set, before JAX is imported; processes that are started from here inherit
    them. A directory of the user's own is left to JAX: one without a limit must not be given one later.
    """
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(home / "omarl" / "compiled")
    os.environ.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", str(COMPILED_BYTES))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")


def usage() -> str:
    """What `omarl --help` prints."""
    verbs = "\n".join(f"  {name:10} {what}" for name, what in VERBS.items())
    return f"usage: omarl VERB [OPTIONS]\n\n{verbs}\n\n`omarl VERB --help` explains each option."


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; the exit code."""
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
        return importlib.import_module(f"omarl.cli.verbs.{verb}").command(rest)
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
