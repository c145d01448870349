#!/usr/bin/env bash
# mujoco-core 4.0.1 and mujoco 3.17.0 write the same files; uv installs them together, and no check finds that.
#
# `uv pip install mujoco-core gymnasium-robotics` takes the newest mujoco-core (4.0.1), and of mujoco, which
# gymnasium-robotics requires, the newest that does not ask for another mujoco-core: 3.17.0, from before mujoco was
# divided. uv unpacks both at a time, so the files are a mixture that differs from one installation to the next. What
# `import mujoco.batch` gave in four of them: it worked, OSError, and AttributeError twice. (pip goes back to 4.0.0 of
# both, which go together.) Below, pip installs one after the other, so that the mixture is always the same.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
bin="$place/venv/bin"
pip() { "$bin/pip" --quiet --disable-pip-version-check "$@" 2> "$place/errors" || { cat "$place/errors"; false; }; }

{
    pip install uv==0.13.9
    echo "== uv resolves"
    echo "mujoco-core==4.0.1 gymnasium-robotics==1.4.2" | tr ' ' '\n' > "$place/wanted"
    "$bin/uv" pip compile --quiet --no-header --no-annotate "$place/wanted" --python "$bin/python" | grep mujoco
    pip install mujoco==3.17.0 numpy==2.4.6
    pip install mujoco-core==4.0.1
    echo "== both installed"
    "$bin/pip" check --disable-pip-version-check
    "$bin/python" - <<'PYTHON'
from importlib.metadata import files

both = {str(file) for file in files("mujoco")} & {str(file) for file in files("mujoco-core")}
print("files of both:", len([name for name in both if "dist-info" not in name and "__pycache__" not in name]))
try:
    import mujoco
except OSError as error:
    print(f"OSError: {error}")
PYTHON
} > "$place/seen"

cat "$place/seen"
diff "$place/seen" - <<'EXPECTED'
== uv resolves
mujoco==3.17.0
mujoco-core==4.0.1
== both installed
No broken requirements found.
files of both: 143
OSError: libmujoco.so.3.17.0: cannot open shared object file: No such file or directory
EXPECTED
echo "as seen before"
