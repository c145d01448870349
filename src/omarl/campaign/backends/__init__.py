"""Backends: ways to carry out many runs. To add one, write a file with a `Backend` and list it here."""

from collections.abc import Mapping

from omarl.campaign.backends.backend import Backend, accelerated
from omarl.campaign.backends.here import HERE
from omarl.campaign.backends.one_program import ONE_PROGRAM
from omarl.campaign.backends.processes import PROCESSES
from omarl.nets.kernels.blocks import usable_cores

BACKENDS: Mapping[str, Backend] = {"here": HERE, "processes": PROCESSES, "one-program": ONE_PROGRAM}


def usual_backend(jobs: int | None) -> str:
    """The backend for this machine and so many runs side by side (None: as many as suit the machine)."""
    if accelerated():
        return "one-program"
    return "here" if (jobs or usable_cores()) == 1 else "processes"
