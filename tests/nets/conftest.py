"""What the tests of kernels share."""

import pytest

from omarl.nets.kernels import compiled

SETS = [
    pytest.param(name, marks=pytest.mark.skipif(name not in compiled.usable(), reason="not usable here"))
    for name in compiled.SETS
]


@pytest.fixture(params=SETS)
def each_set(request, monkeypatch):
    """Each set of instructions that this processor has, in use."""
    monkeypatch.setenv(compiled.VARIABLE, request.param)
    return request.param
