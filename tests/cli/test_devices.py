"""Where the device that was asked for is not there, one line says so."""

import os
import subprocess
import sys

import pytest

VERBS = """
import omarl
from omarl.cli import main
from omarl.errors import RequestError

print(main(["doctor"]))
print(main(["train", "--online", "spread", "--algo", "td3", "--out", "run"]))
print(main(["collect", "spread", "--quality", "random", "--size", "50", "--out", "data"]))
print(main(["runs", "."]))
for verb in (omarl.collect, omarl.train_online):
    try:
        verb("spread", out="run")
    except RequestError as error:
        print(error)
"""


@pytest.mark.parametrize(
    ("name", "kind"), [("JAX_PLATFORMS", "cuda"), ("JAX_PLATFORMS", "gpu"), ("JAX_PLATFORM_NAME", "gpu")]
)
def test_a_device_that_is_not_there_is_told_in_one_line(name, kind, tmp_path):
    others = {key: value for key, value in os.environ.items() if not key.startswith("JAX_PLATFORM")}
    env = others | {name: kind, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", VERBS], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    told = f"JAX has no device here for {name}={kind}"
    answers = done.stdout.splitlines()
    assert [line for line in answers if line.isdigit()] == ["0", "2", "2", "0"]
    assert any(line.startswith(f"devices: {told}") for line in answers)
    assert [line.startswith(told) for line in answers[-2:]] == [True, True]
    said = [line for line in done.stderr.splitlines() if line.startswith("omarl: ")]
    assert len(said) == 2 and all(line.startswith(f"omarl: {told}") for line in said)
    assert "unset it" in said[0] and "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists() and not (tmp_path / "data").exists()
