#!/usr/bin/env bash
# JAX 0.10.2: a NumPy array that a compiled function closes over cannot go through a vmapped `jax.custom_vjp`.
#
# A policy whose parameters were fetched with `jax.device_get` is played inside a `lax.scan` of a jitted function.
# If a layer of it is a function with `jax.custom_vjp`, mapped over the parameters by `vmap`, lowering stops with
# an AssertionError about a "non-canonical constant of type ndarray", whether the policy is jitted by itself or
# not. The same without the custom derivative, without `vmap`, or with the parameters as JAX arrays gives the
# right numbers. What was seen are the lines that the script expects at its end.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6

JAX_PLATFORMS=cpu "$place/venv/bin/python" - > "$place/seen" <<'PYTHON'
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def plain(x, row):
    return x + row[None]


custom = jax.custom_vjp(plain)
custom.defvjp(lambda x, row: (plain(x, row), None), lambda _, g: (g, g.sum(0)))

WEIGHTS = np.ones((2, 3), np.float32)


def mapped(layer, weights, x):
    return jax.vmap(layer, in_axes=(None, 0))(x, weights).mean(0)


def single(layer, weights, x):
    return layer(x, weights[0])


def outcome(policy):
    played = jax.jit(lambda x: jax.lax.scan(lambda x, _: (policy(x), None), x, length=3)[0])
    try:
        return float(played(jnp.zeros((4, 3)))[0, 0])
    except AssertionError as error:
        return f"AssertionError: {str(error)[:35]}"


print("jit, vmap, custom derivative, numpy:", outcome(jax.jit(partial(mapped, custom, WEIGHTS))))
print("jit, vmap, custom derivative, jax:", outcome(jax.jit(partial(mapped, custom, jnp.asarray(WEIGHTS)))))
print("jit, vmap, plain, numpy:", outcome(jax.jit(partial(mapped, plain, WEIGHTS))))
print("jit, custom derivative, numpy:", outcome(jax.jit(partial(single, custom, WEIGHTS))))
print("vmap, custom derivative, numpy:", outcome(partial(mapped, custom, WEIGHTS)))
PYTHON

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
jit, vmap, custom derivative, numpy: AssertionError: non-canonical constant of type ndar
jit, vmap, custom derivative, jax: 3.0
jit, vmap, plain, numpy: 3.0
jit, custom derivative, numpy: 3.0
vmap, custom derivative, numpy: AssertionError: non-canonical constant of type ndar
EXPECTED
echo "as seen before"
