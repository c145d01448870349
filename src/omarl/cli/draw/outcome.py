"""What `omarl reproduce` prints at its end: results beside the published numbers, and verdicts."""

from collections.abc import Iterator

from rich.table import Table

from omarl.campaign.ledger import Ledger
from omarl.campaign.plan import PlannedRun
from omarl.campaign.status import finished_records
from omarl.cli.draw.listing import by_cell
from omarl.paper.experiment import Experiment
from omarl.report.draw.comparison import comparison_table, verdicts_table
from omarl.report.judge.orderings import judgements
from omarl.report.judge.results import Result


def outcome_tables(chosen: Experiment, planned: list[PlannedRun], known: Ledger) -> Iterator[Table]:
    """The table of results and, if there are claims to judge, the table of verdicts."""
    results = [
        Result(
            members[0].experiment,
            members[0].cell,
            members[0].preset,
            tuple(record for run in members for record in finished_records(run, known)),
        )
        for members in by_cell(planned)
    ]
    yield comparison_table([result for result in results if result.records])
    if judged := judgements(results, chosen.orderings, chosen.along):
        yield verdicts_table(judged)
