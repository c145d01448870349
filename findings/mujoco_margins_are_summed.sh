#!/usr/bin/env bash
# mujoco 3.5.0: PointMaze-v3 of gymnasium-robotics 1.4.2 steps differently from 3.4.0 on, without a warning.
#
# From 3.5.0 on the margin of a contact is the sum of both geoms' margins, before it was the larger one. PointMaze gives
# every geom 0.002 m, so a ball meets a wall 0.004 m away instead of 0.002 m. The id of the environment is the same.
# With the same seed and actions the ball comes to rest against a wall in another place, and episodes drift apart.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cat > "$place/play.py" <<'PYTHON'
import gymnasium
import gymnasium_robotics
import mujoco
import numpy as np

gymnasium.register_envs(gymnasium_robotics)
env = gymnasium.make("PointMaze_UMaze-v3")
env.reset(seed=0)
for _ in range(100):
    seen = env.step(np.float32([1, 0]))[0]["observation"]
margins = sorted({round(float(contact.includemargin), 6) for contact in env.unwrapped.point_env.data.contact})
print(mujoco.__version__, "margins", margins, "rest at x", round(float(seen[0]), 4))
PYTHON

for version in 3.4.0 3.5.0; do
    python3 -m venv "$place/$version"
    "$place/$version/bin/pip" install --quiet --disable-pip-version-check mujoco==$version gymnasium==1.4.0 \
        gymnasium-robotics==1.4.2 numpy==2.4.6 2> "$place/errors" || { cat "$place/errors"; false; }
    (cd "$place" && "$place/$version/bin/python" play.py 2> errors) >> "$place/seen"
done

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
3.4.0 margins [0.002] rest at x 1.3986
3.5.0 margins [0.004] rest at x 1.3966
EXPECTED
echo "as seen before"
