#!/usr/bin/env bash
# mujoco 4.0.0: `mujoco.rollout` called once per step is not `mj_step`; called once for all steps it is, to the bit.
#
# The solver starts from the accelerations of the step before (`qacc_warmstart`). `rollout` takes them as
# `initial_warmstart` but does not return those that it ends with, and the states that it returns do not have them. Whoever
# chooses actions between calls therefore starts each call cold: here up to 6e-7 m off, more where contacts make chaos.
# `mujoco.batch.Batch`, which keeps the whole state, gives what `mj_step` gives.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check mujoco-core==4.0.0 numpy==2.4.6 2> "$place/errors" ||
    { cat "$place/errors"; false; }

"$place/venv/bin/python" - > "$place/seen" <<'PYTHON'
import mujoco
import mujoco.batch
import mujoco.rollout
import numpy as np

STEPS = 400
ARM = "".join(
    f'<body pos="0.3 0 0"><joint name="j{i}" axis="0 1 0" damping="0.1"/><geom type="capsule" size="0.05" fromto="0 0 0 0.3 0 0"/>'
    for i in range(4)
)
MODEL = mujoco.MjModel.from_xml_string(
    f'<mujoco><option timestep="0.01"/><worldbody><geom type="plane" size="9 9 1"/><body pos="0 0 0.3"><freejoint/>'
    f'<geom type="capsule" size="0.05" fromto="0 0 0 0.3 0 0"/>{ARM}{"</body>" * 4}</body></worldbody>'
    f'<actuator>{"".join(f"<motor joint={chr(34)}j{i}{chr(34)} gear={chr(34)}3{chr(34)}/>" for i in range(4))}</actuator></mujoco>'
)
CONTROL = np.random.default_rng(0).uniform(-1, 1, (STEPS, 4))
KIND = mujoco.mjtState.mjSTATE_FULLPHYSICS


def state(data):
    found = np.empty(mujoco.mj_stateSize(MODEL, KIND))
    mujoco.mj_getState(MODEL, data, found, KIND)
    return found


def stepped():
    data, seen = mujoco.MjData(MODEL), []
    for control in CONTROL:
        data.ctrl[:] = control
        mujoco.mj_step(MODEL, data)
        seen.append(data.qpos.copy())
    return np.array(seen)


def in_one_call():
    data = mujoco.MjData(MODEL)
    return mujoco.rollout.rollout(MODEL, data, state(data), CONTROL[None])[0][0, :, 1 : 1 + MODEL.nq]


def in_calls():
    now, seen = state(mujoco.MjData(MODEL)), []
    for control in CONTROL:
        now = mujoco.rollout.rollout(MODEL, mujoco.MjData(MODEL), now, control[None, None])[0][0, -1]
        seen.append(now[1 : 1 + MODEL.nq].copy())
    return np.array(seen)


def in_a_batch():
    batch, seen = mujoco.batch.Batch(MODEL, 1, 1), []
    positions, controls = batch.bind("qpos"), batch.bind("ctrl")
    for control in CONTROL:
        controls[:] = control
        batch.step()
        seen.append(positions[0].copy())
    return np.array(seen)


right = stepped()
for how in (in_one_call, in_a_batch, in_calls):
    off = np.abs(how() - right).max()
    print(f"{how.__name__}: equal {bool(off == 0)}, somewhere off by more than 1e-8: {bool(off > 1e-8)}")
PYTHON

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
in_one_call: equal True, somewhere off by more than 1e-8: False
in_a_batch: equal True, somewhere off by more than 1e-8: False
in_calls: equal False, somewhere off by more than 1e-8: True
EXPECTED
echo "as seen before"
