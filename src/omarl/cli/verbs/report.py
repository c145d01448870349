"""`omarl report`: the table on the terminal, and one page with everything."""

import sys
from dataclasses import dataclass
from pathlib import Path

import rich
import tyro

from omarl.errors import RequestError
from omarl.report import page, reproduction, tables
from omarl.report.groups import group
from omarl.report.runs import gather


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
        """Write the page, print the table to standard output; the exit code."""
        if self.out.suffix.lower() == ".md":
            written = reproduction.build(self.directory, self.out)
        else:
            material = gather(self.paths)
            rich.print(tables.terminal(tables.rows(group(material.records), material.datasets)))
            written = page.write(material, self.out)
        print(f"Wrote {written}", file=sys.stderr)
        return 0

    @property
    def directory(self) -> Path:
        """The one directory that was named."""
        if len(self.paths) != 1 or not self.paths[0].is_dir():
            raise RequestError("a page in Markdown is made of one directory of tables, such as results/")
        return self.paths[0]
