"""MuJoCo is imported, or one line says what is wrong with it, in processes that see fake packages alone."""

import subprocess
import sys
from pathlib import Path

import omarl

SOURCE = Path(omarl.__file__).parents[1]
PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
from omarl.cli.verbs.doctor import EXTRAS, condition
from omarl.envs.host.bindings import require_mujoco
from omarl.errors import RequestError

try:
    print("version", require_mujoco().batch.VERSION)
except RequestError as error:
    print(error)
print(condition("mujoco", EXTRAS["mujoco"]))
"""
WHOLE = {"mujoco/__init__.py": "__version__ = '4.0.0'", "mujoco/batch.py": "VERSION = '4.0.0'"}


def told(folder, files, **distributions):
    """What a task and the doctor say where these files and distributions are installed, and no others."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for name, version in distributions.items():
        about = folder / f"{name}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    command = [sys.executable, "-S", "-c", PROGRAM, str(folder), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    task, doctor = done.stdout.splitlines()
    return task, doctor


def test_a_whole_installation_is_used(tmp_path):
    assert told(tmp_path, WHOLE, mujoco_core="4.0.0") == ("version 4.0.0", "ok, mujoco 4.0.0")


def test_without_mujoco_the_extra_is_named(tmp_path):
    assert told(tmp_path, {}) == ("MuJoCo is missing: pip install 'omarl[mujoco]'",) * 2


def test_an_upgrade_in_place_is_broken(tmp_path):
    files = {**WHOLE, "mujoco/__init__.py": "raise ImportError('core bindings are missing\\nRepair:')"}
    task, doctor = told(tmp_path, files, mujoco="4.0.0", mujoco_core="4.0.0", mujoco_studio="4.0.0")
    assert task == doctor
    assert task.startswith("MuJoCo is broken: mujoco 4.0.0, mujoco-core 4.0.0, mujoco-studio 4.0.0 installed")
    assert "ImportError: core bindings are missing Repair:" in task
    assert "`pip uninstall -y mujoco mujoco-core mujoco-studio` and then `pip install 'mujoco>=4.0'`" in task


def test_files_of_two_versions_are_broken_whatever_they_raise(tmp_path):
    files = {**WHOLE, "mujoco/batch.py": "import mujoco\nmujoco.mjSTATE_PLASTIC"}
    task, doctor = told(tmp_path, files, mujoco="3.17.0", mujoco_core="4.0.1")
    assert task == doctor and "mujoco 3.17.0, mujoco-core 4.0.1 installed" in task
    assert "AttributeError" in task and "`pip uninstall -y mujoco mujoco-core`" in task


def test_an_uninstallation_that_left_a_folder_is_broken(tmp_path):
    task, _ = told(tmp_path, {"mujoco/libmujoco.so": ""}, mujoco_core="4.0.1")
    assert task.startswith("MuJoCo is broken: mujoco-core 4.0.1 installed")
    assert "`pip install 'mujoco-core>=4.0'`" in task


def test_an_old_version_says_which_is_expected(tmp_path):
    task, doctor = told(tmp_path, {"mujoco/__init__.py": "__version__ = '3.3.7'"}, mujoco="3.3.7")
    assert task == doctor and task.startswith("MuJoCo 3.3.7 is too old: expected 4.0 or later")
