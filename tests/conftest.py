"""What every test runs under: annotations executed, ranks never promoted silently, one thread per worker."""

import os
import tempfile

# Two pytest workers share the machine: XLA's own thread pool would only make them wait for each other.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = " ".join(
    (
        "--xla_cpu_multi_thread_eigen=false",
        "--xla_backend_optimization_level=1",  # compiling is most of the time that tests take
        "--xla_llvm_disable_expensive_passes=true",
        "--xla_cpu_use_fusion_emitters=false",
    )
)
os.environ["OMP_NUM_THREADS"] = "1"

import hypothesis
import jax
from jaxtyping import install_import_hook

# Tests compile the same functions again and again; this saves most of that. The folder lives as long as this
# process, because JAX writes entries in place, where another run could find one half-written.
COMPILED = tempfile.TemporaryDirectory(prefix="omarl-compiled-")
jax.config.update("jax_compilation_cache_dir", COMPILED.name)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
os.environ["JAX_COMPILATION_CACHE_DIR"] = COMPILED.name  # for processes that tests start
jax.config.update("jax_numpy_rank_promotion", "raise")
hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("untimed")
install_import_hook("omarl", "beartype.beartype")  # must stand before the first import of omarl


def pytest_unconfigure():
    """Remove the folder here: a worker's interpreter ends without doing so."""
    COMPILED.cleanup()


pytest_plugins = ["toys.counters", "toys.game"]
