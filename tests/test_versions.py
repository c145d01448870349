"""Which simulators made some data, and whether the same are installed here."""

import numpy as np
import pytest

from omarl import versions as module
from omarl.versions import installed, simulators, version_differences, versions


@pytest.fixture
def here(monkeypatch):
    """Only these distributions are installed."""

    def version(name):
        found = {"mujoco-core": "4.0.0", "mujoco": "3.3.7", "someones-env": "1.2"}
        if name not in found:
            raise module.PackageNotFoundError(name)
        return found[name]

    monkeypatch.setattr(module, "version", version)


def test_every_result_has_the_versions_of_these():
    assert versions().keys() == {"python", "omarl", "jax", "optax"}
    assert versions()["jax"] and installed(["numpy"]) == {"numpy": np.__version__}


def test_mujoco_is_as_old_as_its_core(here):
    assert installed(["mujoco", "someones-env", "nobodys", ""]) == {"mujoco": "4.0.0", "someones-env": "1.2"}


def test_what_every_result_has_is_no_simulator(here):
    recorded = {"python": "3.0", "omarl": "0.1", "jax": "0", "optax": "0", "mujoco": "3.3.7", "nobodys": "1"}
    assert simulators(recorded) == {
        "mujoco": {"recorded": "3.3.7", "here": "4.0.0"},
        "nobodys": {"recorded": "1", "here": None},
    }


def test_one_line_for_each_simulator_that_differs(here):
    recorded = {"jax": "0", "mujoco": "3.3.7", "someones-env": "1.2", "nobodys": "1"}
    (line,) = version_differences(simulators(recorded))
    assert line.startswith("recorded with mujoco 3.3.7, here is 4.0.0: ")
