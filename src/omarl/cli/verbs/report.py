"""`omarl report`: prints the table of results and writes one page."""

import sys
from dataclasses import dataclass
from pathlib import Path

import rich
import tyro

from omarl.errors import RequestError
from omarl.report.draw.gif import write_gif
from omarl.report.draw.losses import losses_terminal
from omarl.report.draw.rows import result_rows
from omarl.report.draw.tables import results_terminal
from omarl.report.judge.groups import group_records
from omarl.report.page.episodes import first_policy
from omarl.report.page.material import Material, read_material
from omarl.report.page.page import write_page
from omarl.report.paper_page.reproduction import write_reproduction


@dataclass(frozen=True, kw_only=True)
class Report:
    """Compare recorded runs: print the table and write one self-contained HTML page.

    With --out FILE.gif, write an episode of the first learnt policy as an animation instead of the page. With
    --out PAGE.md, write the page on the paper's experiments, from a directory such as results/.
    """

    paths: tyro.conf.Positional[tuple[Path, ...]]
    """At least one: a run directory, a table of records (CSV), or a directory that holds some."""

    out: Path = Path("report.html")
    """What to write: a file that ends in .html, .gif or .md, or a directory that gets a report.html."""

    def __call__(self) -> int:
        """Print the table, write the page, and return the exit code."""
        if self.out.suffix.lower() == ".md":
            written = write_reproduction(self.directory, self.out)
        else:
            material = read_material(self.paths)
            rich.print(results_terminal(result_rows(group_records(material.records), material.datasets)))
            if material.unevaluated:
                rich.print(losses_terminal(material.unevaluated))
            animated = self.out.suffix.lower() == ".gif"
            written = self.animation(material) if animated else write_page(material, self.out)
        print(f"Wrote {written}", file=sys.stderr)
        return 0

    def animation(self, material: Material) -> Path:
        """Write the episode and say whose it is; the file."""
        label, episode = first_policy(material)
        print(f"{label} ({episode.label}), {episode.steps} steps", file=sys.stderr)
        return write_gif(episode, label, self.out)

    @property
    def directory(self) -> Path:
        """The one directory that was given; raises `RequestError` if it is something else."""
        if len(self.paths) != 1 or not self.paths[0].is_dir():
            raise RequestError("a page in Markdown is made of one directory of tables, such as results/")
        return self.paths[0]
