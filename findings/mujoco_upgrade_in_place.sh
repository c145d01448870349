#!/usr/bin/env bash
# mujoco 4.0.0: an upgrade in place from 3.3.7 leaves a package that cannot be imported; `pip check` is content.
#
# From 4.0.0 on the files of `mujoco` come from three distributions. pip writes those of mujoco-core first and removes
# the files of mujoco 3.3.7 afterwards, many of which have the same names. The repair that the error recommends installs
# the newest of each distribution, which today are mujoco 4.0.0 and mujoco-core 4.0.1 (pinned below): these do not go
# together either. What helps is to uninstall all three and to install `mujoco` again.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
bin="$place/venv/bin"
pip() { "$bin/pip" --quiet --disable-pip-version-check "$@" 2> "$place/errors" || { cat "$place/errors"; false; }; }
try_it() {
    "$bin/pip" check --disable-pip-version-check | cut -d, -f1
    "$bin/python" -c "import mujoco; print('imported', mujoco.__version__)" 2>&1 | grep -E '^(imported|ImportError)' | cut -c1-80
}

{
    pip install mujoco==3.3.7 numpy==2.4.6
    pip install --upgrade mujoco==4.0.0
    echo "== upgraded"
    try_it
    pip install --force-reinstall --no-deps mujoco==4.0.0 mujoco-core==4.0.1 mujoco-studio==4.0.0
    echo "== repaired as the error says"
    try_it
    pip uninstall --yes mujoco mujoco-core mujoco-studio
    pip install mujoco==4.0.0
    echo "== uninstalled and installed"
    try_it
} > "$place/seen"

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
== upgraded
No broken requirements found.
ImportError: The 'mujoco' package is installed, but its core bindings ('mujoco-c
== repaired as the error says
mujoco-studio 4.0.0 has requirement mujoco-core==4.0.0
mujoco 4.0.0 has requirement mujoco-core==4.0.0
ImportError: Version mismatch between 'mujoco' (4.0.0) and 'mujoco-core' (4.0.1)
== uninstalled and installed
No broken requirements found.
imported 4.0.0
EXPECTED
echo "as seen before"
