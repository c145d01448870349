"""The backend `here`: one run after the other, in this process."""

from collections.abc import Sequence
from typing import Any

from omarl.campaign.backends.backend import Backend, TellOutcome, Work, attempt
from omarl.campaign.work import perform


def one_by_one(work: Work, items: Sequence[Any], tell: TellOutcome) -> None:
    """Do `work(item)` for every item in this process."""
    for item in items:
        tell(item, attempt(work, item))


HERE = Backend(
    carry_out=lambda runs, width, tell: one_by_one(perform, runs, tell),
    width=lambda: 1,
    describe=lambda width: "1 at a time",
)
