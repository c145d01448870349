#!/usr/bin/env bash
# mujoco 4.0.0 under gymnasium 1.4.0: making HalfCheetah-v5 appends to MUJOCO_LOG.TXT in the current folder.
#
# The environment's model file has the attribute `settotalmass`, deprecated since MuJoCo 3.16. The warning is no Python
# warning: it is written to standard error and to a file in the folder one happens to be in, once for each environment
# that is made, and no warning filter stops it.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check mujoco==4.0.0 gymnasium==1.4.0 imageio==2.38.1 packaging==26.4 numpy==2.4.6 2> "$place/errors" ||
    { cat "$place/errors"; false; }
mkdir "$place/here"
cd "$place/here"

{
    for copies in 1 3; do
        "$place/venv/bin/python" -W error - $copies 2> ../errors <<'PYTHON' || { cat ../errors >&2; exit 1; }
import sys

import gymnasium

for _ in range(int(sys.argv[1])):
    gymnasium.make("HalfCheetah-v5")
PYTHON
        echo "made $copies: $(ls) has $(grep -c "'settotalmass' is deprecated" MUJOCO_LOG.TXT) warnings," \
            "standard error $(grep -c "'settotalmass' is deprecated" ../errors)"
    done
} > ../seen

cat ../seen
diff ../seen - <<'EXPECTED'
made 1: MUJOCO_LOG.TXT has 1 warnings, standard error 1
made 3: MUJOCO_LOG.TXT has 4 warnings, standard error 3
EXPECTED
echo "as seen before"
