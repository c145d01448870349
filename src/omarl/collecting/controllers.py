"""Controllers by name: what plays a task by knowing it, and learns nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from omarl.batch import PRNGKey
from omarl.collecting.maze_walks import waypoint_play
from omarl.data.episodes import Episodes

Controlled = Callable[[Any, PRNGKey, int], Iterator[Episodes]]
"""`play(task, key, rows)` gives at least so many rows of whole episodes."""

CONTROLLERS: Mapping[str, Controlled] = {"waypoint": waypoint_play}
"""By the name that a recipe gives."""
