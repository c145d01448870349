"""HalfCheetah's capsules are where MuJoCo puts them."""

import numpy as np
import pytest

from omarl.envs.host.cheetah_shape import CHEETAH_STAGE, LIMB_RADIUS, PARTS, capsules

mujoco = pytest.importorskip("mujoco")


@pytest.fixture(scope="module")
def task():
    from omarl.envs.host.halfcheetah import HalfCheetah

    return HalfCheetah()


def test_every_capsule_is_where_mujoco_puts_it(task):
    poses = np.random.default_rng(0).uniform(-3.0, 3.0, (50, 9))
    found, model, data = capsules(poses), task.model, mujoco.MjData(task.model)
    places = [mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM, name) for name in PARTS]
    for pose, ends in zip(poses, found, strict=True):
        data.qpos[:] = pose
        mujoco.mj_kinematics(model, data)
        half = model.geom_size[places, 1:2] * data.geom_xmat[places].reshape(-1, 3, 3)[:, :, 2]
        middle = data.geom_xpos[places]
        for sign, end in ((-1, ends[:, :2]), (1, ends[:, 2:])):
            wanted = (middle + sign * half)[:, [0, 2]]
            assert np.abs(end - wanted).max() < 1e-9
    assert (model.geom_size[places, 0] == LIMB_RADIUS).all() and len(places) == model.ngeom - 1


def test_many_poses_are_the_poses_one_by_one():
    poses = np.random.default_rng(1).normal(size=(2, 3, 9))
    found = capsules(poses)
    assert found.shape == (2, 3, 8, 4) == (2, 3, len(CHEETAH_STAGE.body_agent), 4)
    assert np.array_equal(found[1, 2], capsules(poses[1, 2]))


def test_the_task_shows_the_copy_that_is_asked_for(task):
    task.reset([3, 4])
    bodies = [task.shown(copy).bodies for copy in (0, 1)]
    assert np.array_equal(bodies, capsules(task.qpos)) and not np.array_equal(*bodies)
    before = bodies[0].copy()
    task.step(np.ones((2, 2, 3), np.float32), np.ones(2, bool))
    assert np.array_equal(bodies[0], before) and not np.array_equal(task.shown(0).bodies, before)
