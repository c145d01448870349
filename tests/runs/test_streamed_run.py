"""A run whose dataset is streamed: same rules, same files, and it goes on exactly where it stopped."""

import jax.numpy as jnp
import numpy as np
import pytest

import omarl
from omarl.errors import RequestError


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Some blocks of random play, of which a window of 4 MiB cannot hold all."""
    path = tmp_path_factory.mktemp("data") / "d"
    omarl.collect("spread", "random", 20_000, out=path)
    return path


def test_an_interrupted_streamed_run_goes_on_where_it_stopped(dataset, tmp_path):
    from omarl.algos.bc import BCConfig
    from omarl.runs.run import run
    from omarl.runs.spec import RunSpec

    def train(out, updates, resume=False, window=4):
        config = BCConfig(batch_size=1024, hidden=(8,))
        spec = RunSpec(
            dataset=str(dataset), algorithm="bc", config=config, preset="tuned", updates=updates, every=2,
            episodes=1, window=window,
        )  # fmt: skip
        return run(spec, tmp_path / out, resume)

    obs = jnp.asarray(omarl.load(dataset).obs[:5])
    train("whole", 6)
    train("parts", 4)
    train("parts", 6, resume=True)
    whole, parts = (omarl.load_policy(tmp_path / out)(obs) for out in ("whole", "parts"))
    np.testing.assert_array_equal(whole, parts)
    with pytest.raises(RequestError, match="its window is 4, not 8"):
        train("parts", 8, resume=True, window=8)
