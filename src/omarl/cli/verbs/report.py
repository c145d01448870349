"""`omarl report`: prints the table of results and writes one page."""

import sys
from dataclasses import dataclass
from pathlib import Path

import rich
import tyro

from omarl.errors import RequestError
from omarl.report.draw.rows import result_rows
from omarl.report.draw.tables import results_terminal
from omarl.report.judge.groups import group_records
from omarl.report.page.material import read_material
from omarl.report.page.page import write_page
from omarl.report.paper_page.reproduction import write_reproduction


@dataclass(frozen=True, kw_only=True)
class Report:
    """Compare recorded runs: print the table and write one self-contained HTML page.

    With --out PAGE.md, write the page on the paper's experiments, from a directory such as results/.
    """

    paths: tyro.conf.Positional[tuple[Path, ...]]
    """At least one: a run directory, a table of records (CSV), or a directory that holds some."""

    out: Path = Path("report.html")
    """The page to write: a file that ends in .html or .md, or a directory that gets a report.html."""

    def __call__(self) -> int:
        """Print the table, write the page, and return the exit code."""
        if self.out.suffix.lower() == ".md":
            written = write_reproduction(self.directory, self.out)
        else:
            material = read_material(self.paths)
            rich.print(results_terminal(result_rows(group_records(material.records), material.datasets)))
            written = write_page(material, self.out)
        print(f"Wrote {written}", file=sys.stderr)
        return 0

    @property
    def directory(self) -> Path:
        """The one directory that was given; raises `RequestError` if it is something else."""
        if len(self.paths) != 1 or not self.paths[0].is_dir():
            raise RequestError("a page in Markdown is made of one directory of tables, such as results/")
        return self.paths[0]
