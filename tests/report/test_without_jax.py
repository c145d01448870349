"""Reports can be imported and made where there is no JAX."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITHOUT = """
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("jax", "jaxlib", "optax"):
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Absent())
import omarl.report
for each in walk_packages(omarl.report.__path__, "omarl.report."):
    import_module(each.name)
"""
PAGES = """
from omarl.report.page.page import write_report
from omarl.report.paper_page.reproduction import write_reproduction
results, out = Path("results"), Path(sys.argv[1])
write_report([results / "table9.csv"], out)
write_reproduction(results, out / "reproduction.md")
"""


def run(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_the_committed_page_is_that_of_the_committed_records(tmp_path: Path) -> None:
    done = run(WITHOUT + PAGES, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "<h1>" in (tmp_path / "report.html").read_text()
    target, again = Path("docs/reproduction.md"), tmp_path / "reproduction.md"
    assert again.read_text().replace(str(again), str(target)) == (ROOT / target).read_text()
    assert {path.name for path in again.with_suffix("").iterdir()} == {
        path.name for path in (ROOT / target).with_suffix("").iterdir()
    }


def test_jax_is_indeed_absent() -> None:
    assert "ImportError: jax is not here" in run(f"{WITHOUT}\nimport jax").stderr
