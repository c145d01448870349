"""Batches from a dataset that is larger than memory: a window on the device moves over it during learning.

The dataset is cut into blocks of neighbouring whole episodes of at most 1 MiB. The window holds as many
blocks as fit, in a random order that is new for every pass over the dataset. A batch is drawn uniformly from
all rows in the window. Between two stretches of updates the oldest blocks are replaced by the next ones, so
many that a row is drawn `REUSE` times on average while it is in the window. A thread reads the next blocks
during the stretch before.
"""

import math
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from omarl.batch import Batch, PRNGKey
from omarl.data.blocks import Blocks, cut, read_rows
from omarl.data.dataset import Dataset
from omarl.data.device import Arrays, Sampling, gather
from omarl.data.inputs import RAW, Inputs, as_seen
from omarl.errors import RequestError

MIB = 1 << 20
REUSE = 4
MIXED = 256  # smallest number of blocks in a window, unless single episodes are larger
GROUP = 16  # number of blocks that are read at once when a whole window is filled


class Window(NamedTuple):
    """Several blocks: `device.Arrays` with a leading axis of slots, of which the first `rows` are used.

    If the data do not record what is legal, `legal` has one entry per slot. `episode` is numbered so that
    `device.gather` finds the observations when all slots are concatenated.
    """

    arrays: Arrays
    rows: Int[Array, "slot"]


@lru_cache(maxsize=4)
def order(seed: int, turn: int, blocks: int) -> Int[np.ndarray, "blocks"]:
    """The order of the blocks in one pass over the dataset."""
    return np.random.default_rng((seed, turn)).permutation(blocks)


def row_bytes(dataset: Dataset) -> int:
    """Bytes of a row on the device, with its observation."""
    team = dataset.metadata.team
    numbers = team.agents * (team.observation_size + team.action_size + 1)
    legal = 0 if dataset.legal is None else team.agents * team.action_size
    life = 0 if dataset.alive is None else 2 * team.agents
    return 4 * numbers + legal + life + 6


def padding_free(sizes: tuple[int, ...]) -> Bool[np.ndarray, "agent entry"]:
    """Which entries of the padded vectors exist."""
    return np.arange(max(sizes)) < np.asarray(sizes)[:, None]


class Shape(NamedTuple):
    """The size of a window: its slots, and the rows and observations of a slot."""

    slots: int
    rows: int
    observations: int


class Reader:
    """Reads blocks of a dataset in the form in which a window holds them."""

    def __init__(self, dataset: Dataset, blocks: Blocks, shape: Shape, seed: int, inputs: Inputs) -> None:
        """Prepare a reader; nothing is read yet."""
        self.dataset, self.blocks, self.shape, self.seed = dataset, blocks, shape, seed
        self.inputs = inputs

    def fetch(self, positions: Iterable[int]) -> tuple[Window, Int[Array, "blocks"]]:
        """The blocks at these positions of the endless random order on the device, and their slots."""
        positions = list(positions)
        slots = [position % self.shape.slots for position in positions]
        parts = [self.block(position, slot) for position, slot in zip(positions, slots, strict=True)]
        return jax.device_put((jax.tree.map(lambda *x: np.stack(x), *parts), np.asarray(slots, np.int32)))

    def block(self, position: int, slot: int) -> Window:
        """One block, in host memory."""
        turn, place = divmod(position, self.blocks.number)
        block = order(self.seed, turn, self.blocks.number)[place]
        row, end = self.blocks.row[block : block + 2].tolist()
        episode, after = self.blocks.episode[block : block + 2].tolist()
        data, team = self.dataset, self.dataset.metadata.team
        take = partial(filled_up, first=row, end=end, capacity=self.shape.rows)
        see = partial(filled_up, first=row + episode, end=end + after, capacity=self.shape.observations)
        fields: dict[str, Any] = {
            name: take(getattr(data, name)) for name in ("action", "reward", "terminal", "truncated")
        }
        last = fields["terminal"] | fields["truncated"]
        ahead = np.cumsum(last) - last + slot * (self.shape.observations - self.shape.rows)
        fields |= {"obs": as_seen(see(data.obs), self.inputs), "episode": ahead.astype(np.int32)}
        fields["legal"] = team.action_mask[None] if data.legal is None else see(data.legal) & team.action_mask
        fields["action"][:, ~team.action_mask] = 0.0
        fields["obs"][:, ~padding_free(team.observation_sizes)] = 0.0
        if data.alive is not None:
            fields |= {"alive": see(data.alive), "died": take(data.died)}
        rows: Any = np.asarray(end - row, np.int32)
        return Window(Arrays(**fields), rows)


def filled_up(field: Any, first: int, end: int, capacity: int) -> Any:
    """Some rows of a field, followed by zeros up to a slot's capacity."""
    kind = np.bool_ if field.dtype == np.bool_ else np.float32
    out = np.zeros((capacity, *field.shape[1:]), kind)
    read_rows(field, first, out[: end - first])
    return out


@partial(jax.jit, donate_argnums=0)
def bring(window: Window, fresh: Window, slots: Int[Array, "blocks"]) -> Window:
    """The window with new blocks in these slots; its memory is reused."""

    def put(index: Array, window: Window) -> Window:
        return jax.tree.map(lambda field, new: field.at[slots[index]].set(new[index]), window, fresh)

    return jax.lax.fori_loop(0, len(slots), put, window)


def draw_from_window(window: Window, key: PRNGKey, batch_size: int, sampling: Sampling) -> Batch:
    """Transitions drawn uniformly with replacement from all rows of the window (see `device.draw`)."""
    _, capacity, agents, _ = window.arrays.action.shape
    columns = {"joint": 1, "per-agent": agents}[sampling]
    ends = jnp.cumsum(window.rows)
    chosen = jax.random.randint(key, (batch_size, columns), 0, ends[-1])
    slot = jnp.searchsorted(ends, chosen, side="right")
    return gather(flat(window), slot * capacity + chosen - (ends - window.rows)[slot])


def flat(window: Window) -> Arrays:
    """All slots of a window, concatenated."""
    arrays = jax.tree.map(lambda field: field.reshape(-1, *field.shape[2:]), window.arrays)
    constant = window.arrays.legal.shape[1] == 1
    return arrays._replace(legal=arrays.legal[:1]) if constant else arrays


class Stream:
    """The window of a dataset for each stretch of `period` updates, as `recorded.Recorded` asks for it.

    The content of the window depends only on `update`, the seed and the sizes. A window must not be used once
    the next one was asked for. A dataset that fits into the window stays there, and is sampled as in memory.
    """

    def __init__(
        self,
        dataset: Dataset,
        window_mib: float | int,
        period: int,
        batch_size: int,
        seed: int = 0,
        block_bytes: int | None = None,
        inputs: Inputs = RAW,
    ) -> None:
        """Plan the window, with observations as `inputs` makes them.

        Raises `RequestError` if it cannot hold two blocks.
        """
        per_row = row_bytes(dataset)
        block = min(MIB, int(window_mib * MIB) // MIXED) if block_bytes is None else block_bytes
        blocks = cut(dataset, max(1, block // per_row))
        slot_bytes = per_row * blocks.observations
        slots = min(blocks.number, int(window_mib * MIB) // slot_bytes)
        if slots < min(2, blocks.number):
            need = math.ceil(2 * slot_bytes / MIB)
            raise RequestError(f"a window of {window_mib} MiB holds less than two blocks: --window {need}")
        fresh = math.ceil(period * batch_size / REUSE / (dataset.rows / blocks.number))
        self.fresh = 0 if slots == blocks.number else min(fresh, slots)
        self.period = period
        self.reader = Reader(dataset, blocks, Shape(slots, blocks.rows, blocks.observations), seed, inputs)
        self._window: Window | None = None
        self._stage = -1
        self._next: Future | None = None
        self._thread = ThreadPoolExecutor(1, "omarl-stream")

    def __call__(self, update: int) -> Window:
        """The window for the stretch from this update on; a thread begins to read the next blocks."""
        stage = update // self.period
        if self._window is None or stage != self._stage:
            self._window = self._moved(stage)
            self._stage = stage
            self._read_ahead()
        return self._window

    def _moved(self, stage: int) -> Window:
        """The window of another stage: moved on if it is the next stage, otherwise filled again."""
        if self._window is None or self._next is None or stage != self._stage + 1:
            return self._window if self._window is not None and not self.fresh else self.filled(stage)
        return bring(self._window, *self._next.result())

    def _read_ahead(self) -> None:
        """Let the thread read the blocks of the next stage."""
        if self.fresh:
            reach = self._stage * self.fresh + self.reader.shape.slots
            self._next = self._thread.submit(self.reader.fetch, range(reach, reach + self.fresh))

    def filled(self, stage: int) -> Window:
        """The window of a stage, all of it read now."""
        first, slots = stage * self.fresh, self.reader.shape.slots
        like = self.reader.block(0, 0)
        window = jax.tree.map(lambda field: jnp.zeros((slots, *np.shape(field)), field.dtype), like)
        for begin in range(first, first + slots, GROUP):
            part = range(begin, min(begin + GROUP, first + slots))
            window = bring(window, *self.reader.fetch(part))
        return window
