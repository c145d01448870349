"""What every test runs under: annotations executed, ranks never promoted silently, one thread per worker."""

import os

# Two pytest workers share the machine: XLA's own thread pool would only make them wait for each other.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OMP_NUM_THREADS"] = "1"

import jax
from jaxtyping import install_import_hook

jax.config.update("jax_numpy_rank_promotion", "raise")
install_import_hook("omarl", "beartype.beartype")  # must stand before the first import of omarl
