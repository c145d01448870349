from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from omarl.records.record import Record
from omarl.report.draw.markup import markdown_table
from omarl.report.draw.rows import RESULTS_HEADER, WIN_RATE, ResultRow, arranged, result_rows
from omarl.report.draw.tables import results_html, results_terminal
from omarl.report.judge.groups import group_records
from omarl.report.page.material import read_material

Make = Callable[..., list[Record]]
HOSTILE = "<script>alert(1)</script>|[bold]"


def final(records: Make, algorithm: str, values: list[float], **fields: object) -> list[Record]:
    last = records(algorithm, seeds=1, **fields)[-1]
    return [replace(last, seed=seed, return_mean=value) for seed, value in enumerate(values)]


def texts(*rows: ResultRow) -> tuple[tuple[str, ...], ...]:
    _, arranged_rows = arranged(RESULTS_HEADER, [row.cells() for row in rows])
    return tuple(arranged_rows)


def test_a_row_by_hand(records: Make) -> None:
    (row,) = result_rows(group_records(final(records, "omar", [390.0, 400.0, 410.0, 420.0])))
    assert (row.seeds, row.return_mean, row.return_iqm) == (4, 405.0, 405.0)
    assert row.return_std == pytest.approx(12.9099, abs=1e-4)
    assert texts(row)[0][:3] == ("OMAR", "4", "405.0 ± 12.9")


def test_a_single_seed_has_neither_spread_nor_interval(records: Make) -> None:
    (row,) = result_rows(group_records(final(records, "omar", [-7.25])))
    assert texts(row)[0][1:4] == ("1", "−7.2", "−7.2")


def test_the_behaviour_policy_takes_its_place_among_the_methods(runs: Path) -> None:
    material = read_material([runs])
    table = result_rows(group_records(material.records), material.datasets)
    assert [row.label for row in table] == ["OMAR", "MA-CQL", "BC", "behaviour"]
    assert texts(table[-1]) == (("behaviour", "data", "203.7", "–", "12.2", "–"),)


def test_every_row_fits_a_terminal_of_80_columns(runs: Path) -> None:
    material = read_material([runs])
    out = StringIO()
    printed = results_terminal(result_rows(group_records(material.records), material.datasets))
    Console(file=out, width=80).print(printed)
    (omar,) = [line for line in out.getvalue().splitlines() if "OMAR" in line]
    assert omar.split()[:2] == ["OMAR", "5"] and omar.count("±") == 3 and "]" in omar


def test_names_from_a_file_are_text_and_nothing_else(records: Make) -> None:
    table = result_rows(group_records(final(records, "omar", [1.0, 2.0], preset="x") + _renamed(records)))
    assert "<script>" not in results_html(table, []) and "&lt;script&gt;" in results_html(table, [])
    lines = markdown_table(*arranged(RESULTS_HEADER, [row.cells() for row in table])).splitlines()
    assert all(line.count(" | ") == 5 for line in lines[2:])
    out = StringIO()
    Console(file=out, width=200).print(results_terminal(table))
    assert HOSTILE in out.getvalue()


def _renamed(records: Make) -> list[Record]:
    return [replace(record, algorithm=HOSTILE) for record in final(records, "omar", [3.0, 4.0])]


def test_a_win_rate_has_a_column_where_it_is_known_and_none_elsewhere(records: Make) -> None:
    def printed(members: list[Record]) -> tuple[str, str]:
        table, out = result_rows(group_records(members)), StringIO()
        Console(file=out, width=200).print(results_terminal(table))
        return out.getvalue(), results_html(table, [])

    plain, won = final(records, "bc", [1.0, 2.0]), final(records, "omar", [3.0, 4.0], task="battle")
    won = [replace(record, win_rate=rate) for record, rate in zip(won, (0.5, 0.75), strict=True)]
    assert all(WIN_RATE not in text for text in printed(plain))
    assert all(WIN_RATE in text and "0.62 ± 0.18" in text for text in printed(won))
    terminal, html = printed([*plain, *won])
    assert terminal.count(WIN_RATE) == html.count(WIN_RATE) == 1
    assert "<td>–</td>" in html.split("</tbody>")[0]
