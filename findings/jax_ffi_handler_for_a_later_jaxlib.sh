#!/usr/bin/env bash
# JAX 0.6.0: one foreign function that was compiled with the headers of jaxlib 0.10.2 stops the whole CPU backend.
#
# `jax.ffi.register_ffi_target` takes the function without complaint. Then no computation at all runs any more, one
# that does not use the function either, because registration is carried out when the backend starts and compares
# the version of the interface (0.3) with its own (0.1). The other way round, the same source compiled with the
# headers of jaxlib 0.6.0 runs in jax 0.10.2. So a library is to be compiled with the oldest headers that it is
# meant for, and has to know with which, since nothing can be caught afterwards. What was seen are the lines that the
# script expects at its end. It needs a C++ compiler.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for version in 0.6.0 0.10.2; do
  python3 -m venv "$place/$version"
  "$place/$version/bin/pip" install --quiet --disable-pip-version-check "jax==$version" "jaxlib==$version" numpy==2.2.6 \
    2>/dev/null
done

cat > "$place/twice.cpp" <<'CPP'
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Floats = ffi::Buffer<ffi::F32>;

static ffi::Error twice(Floats in, ffi::Result<Floats> out) {
  for (size_t i = 0; i < in.element_count(); ++i) out->typed_data()[i] = 2 * in.typed_data()[i];
  return ffi::Error::Success();
}

XLA_FFI_DEFINE_HANDLER_SYMBOL(Twice, twice, ffi::Ffi::Bind().Arg<Floats>().Ret<Floats>());
CPP

cat > "$place/use.py" <<'PYTHON'
import ctypes
import sys

import jax
import jax.numpy as jnp

function = jax.ffi.pycapsule(ctypes.CDLL(sys.argv[1]).Twice)
jax.ffi.register_ffi_target("twice", function, platform="cpu")
try:
    print("  without the function:", float(jnp.ones(3).sum()))
    doubled = jax.ffi.ffi_call("twice", jax.ShapeDtypeStruct((3,), jnp.float32))(jnp.ones(3))
    print("  with it:", float(doubled.sum()))
except RuntimeError as error:
    words = str(error)
    print("  registered, but:", words[: words.index(":")], "|", words[words.index("the handler's") :][:86])
PYTHON

for built in 0.6.0 0.10.2; do
  include=$(echo "$place/$built"/lib/python3*/site-packages/jaxlib/include)
  c++ -std=c++17 -O1 -w -shared -fPIC -isystem "$include" "$place/twice.cpp" -o "$place/twice-$built.so"
  for running in 0.6.0 0.10.2; do
    echo "built with $built, running in $running"
    JAX_PLATFORMS=cpu "$place/$running/bin/python" "$place/use.py" "$place/twice-$built.so"
  done
done > "$place/seen"

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
built with 0.6.0, running in 0.6.0
  without the function: 3.0
  with it: 6.0
built with 0.6.0, running in 0.10.2
  without the function: 3.0
  with it: 6.0
built with 0.10.2, running in 0.6.0
  registered, but: Unable to initialize backend 'cpu' | the handler's API version (0.3) is incompatible with the framework's API version (0.1)
built with 0.10.2, running in 0.10.2
  without the function: 3.0
  with it: 6.0
EXPECTED
echo "as seen before"
