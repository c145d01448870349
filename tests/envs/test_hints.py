"""The partitions that we name are those that Multi-Agent MuJoCo takes."""

import warnings

import pytest

from omarl.envs.host.hints import PARTITIONS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of others' own making
    obsk = pytest.importorskip("gymnasium_robotics.envs.multiagent_mujoco.obsk")


@pytest.mark.parametrize("scenario", PARTITIONS)
def test_every_partition_is_one(scenario):
    for partition in PARTITIONS[scenario]:
        parts, _, _ = obsk.get_parts_and_edges(scenario, partition.replace("AGENTSxSEGMENTS", "2x4"))
        assert len(parts) > 1 and all(parts)
    with pytest.raises(Exception, match=r"UNKNOWN partitioning|invalid literal"):
        obsk.get_parts_and_edges(scenario, "none such")
