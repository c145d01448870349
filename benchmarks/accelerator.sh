#!/usr/bin/env bash
# What an accelerator does, in one call: benchmarks/accelerator.sh FOLDER [SECONDS]
#
# Runs the tests of runs side by side in one program, times updates of 1, 8 and 64 such runs, and does as much of
# table 3 as fits into SECONDS (default 300). Everything that is found lies in FOLDER. Needs omarl with its
# development dependencies and a JAX that sees the device, for instance by: pip install "jax[cuda12]"
set -eu
out=$(realpath -m "${1:?usage: benchmarks/accelerator.sh FOLDER [SECONDS]}") seconds=${2:-300}
cd "$(dirname "$0")/.."
mkdir -p "$out"

python -c 'import jax
device = jax.devices()[0]
print(device.platform, device.device_kind, "jax", jax.__version__)' | tee "$out/device.txt"
if grep -q ^cpu "$out/device.txt"; then
  echo "JAX sees no accelerator: what follows is a CPU's" | tee -a "$out/device.txt"
fi

python -m pytest -q -n0 tests/runs/test_members.py tests/runs/test_recorded.py tests/nets/test_blocks.py \
  >"$out/tests.txt" 2>&1 || true
tail -n 1 "$out/tests.txt"

for members in 1 8 64; do
  python benchmarks/updates.py --members $members --threads all --learners bc td3_bc icq cql omar \
    --repeats 5 --updates 20 | tee "$out/updates-$members.txt"
done

begin=$(date +%s)
timeout --signal=INT "$seconds" omarl reproduce table3 --backend one-program \
  --data "$out/data" --runs "$out/runs" --out "$out/results" 2>&1 | tee "$out/table3.txt" || true
echo "table 3: $(find "$out/runs" -name records.csv 2>/dev/null | wc -l) of 240 runs begun in $(($(date +%s) - begin)) s" |
  tee -a "$out/table3.txt"
