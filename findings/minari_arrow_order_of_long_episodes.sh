#!/usr/bin/env bash
# minari 0.5.4 with pyarrow 26.0.1: long episodes in its arrow and parquet storages lose the order of their steps.
#
# Minari writes each episode with `pyarrow.dataset.write_dataset`, which cuts it into batches of 32,768 rows, writes these
# in threads and promises no order unless it is asked to (`preserve_order`). Reading takes the first batch for the whole
# episode, without a word. No column says which step a row was, so the order cannot be repaired; hdf5 has it.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check minari==0.5.4 pyarrow==26.0.1 h5py==3.16.0 gymnasium==1.4.0 numpy==2.4.6 pillow==13.0.0 \
    2> "$place/errors" || { cat "$place/errors"; false; }
MINARI_DATASETS_PATH="$place" "$place/venv/bin/python" -W ignore > "$place/seen" <<'PYTHON'
import os

import gymnasium.spaces as spaces
import minari
import numpy as np
import pyarrow as pa
from minari.data_collector import EpisodeBuffer

STEPS = 1_000_000
box, choice = spaces.Box(-np.inf, np.inf, (1,)), spaces.Discrete(2)


def episode(steps):
    """An episode whose observation is the number of the step."""
    last = np.arange(steps) == steps - 1
    return EpisodeBuffer(
        observations=list(np.arange(steps + 1, dtype=np.float32)[:, None]), actions=list(np.zeros(steps, np.int64)),
        rewards=list(np.ones(steps)), terminations=list(last & False), truncations=list(last), infos={},
    )


for name in ("arrow", "hdf5"):
    written = minari.create_dataset_from_buffers(
        f"toy/{name}-v0", [episode(STEPS)], observation_space=box, action_space=choice, data_format=name
    )
    print(f"{name}: of {STEPS} steps Minari reads {len(written[0].rewards)}")

path = os.path.join(os.environ["MINARI_DATASETS_PATH"], "toy/arrow-v0/data/0/part-0.arrow")
stored = np.asarray(pa.ipc.open_file(path).read_all()["observations"].combine_chunks().flatten())
print(f"the file has {len(stored)} rows, in order: {bool((np.diff(stored) > 0).all())}")
PYTHON

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
arrow: of 1000000 steps Minari reads 32767
hdf5: of 1000000 steps Minari reads 1000000
the file has 1000001 rows, in order: False
EXPECTED
echo "as seen before"
