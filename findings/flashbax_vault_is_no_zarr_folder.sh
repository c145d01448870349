#!/usr/bin/env bash
# flashbax 0.1.3: a vault is described as zarr arrays, but no zarr reader opens it; its time axis claims 10^13 steps; and
# whole numbers of 64 bits lose their upper half without a word.
#
# The arrays lie in one OCDBT key-value store of TensorStore (`manifest.ocdbt` and `d/`), under names that end in a dot. How many
# steps are filled stands in another array, `vault_index`; what is read after them are zeros, without an error. JAX makes 32-bit
# numbers of 64-bit ones unless told otherwise, so that time stamps or large counters come back as others.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check flashbax==0.1.3 tensorstore==0.1.86 jax==0.10.2 numpy==2.4.6 \
    2> "$place/errors" || { cat "$place/errors"; false; }

cd "$place"
JAX_PLATFORMS=cpu venv/bin/python - > seen <<'PYTHON'
from pathlib import Path

import flashbax
import jax.numpy as jnp
import numpy as np
import tensorstore
from flashbax.vault import Vault

STEPS = 5
stamps = np.arange(STEPS) + 1_700_000_000_000  # milliseconds
data = {"stamp": jnp.asarray(stamps[None]), "truncations": jnp.zeros((1, STEPS, 2))}
buffer = flashbax.make_trajectory_buffer(
    add_batch_size=1, sample_batch_size=1, sample_sequence_length=1, period=1, min_length_time_axis=1, max_length_time_axis=9
)
state = buffer.add(buffer.init({name: value[0, 0] for name, value in data.items()}), data)
vault = Vault("toy.vlt", state.experience, rel_dir=".", vault_uid="Good")
vault.write(state)

folder = Path("toy.vlt/Good").resolve()
store = {"driver": "ocdbt", "base": f"file://{folder}/"}
array = tensorstore.open({"driver": "zarr", "kvstore": {**store, "path": "stamp./"}}).result()
print("zarr files on the disk:", len([*folder.rglob(".z*"), *folder.rglob("zarr.json")]))
print("shape of the time stamps:", array.shape)
print("first stamp written and read:", stamps[0], int(array[0, 0].read().result()))
print("read a million steps later:", int(array[0, 10**6].read().result()))
PYTHON
tail -n 4 seen | tee told
diff told - <<'EXPECTED'
zarr files on the disk: 0
shape of the time stamps: (1, 10000000000000)
first stamp written and read: 1700000000000 -807049216
read a million steps later: 0
EXPECTED
echo "as seen before"
