import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from omarl.errors import RequestError
from omarl.records.record import Record
from omarl.report.judge.groups import group_records
from omarl.report.page.headline import headline
from omarl.report.page.material import Material
from omarl.report.page.page import page, write_report

Make = Callable[..., list[Record]]


@pytest.fixture(scope="module")
def report(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report([runs], tmp_path_factory.mktemp("report"))


def test_the_page_says_who_won_and_by_how_much(report: Path) -> None:
    text = report.read_text()
    assert report.name == "report.html" and report.stat().st_size < 300_000
    assert "<h1>OMAR wins on cooperative navigation, medium-replay</h1>" in text
    assert "97,500 transitions in 3,900 episodes" in text
    assert "spread/medium-replay-v0" in text and "how medium-replay, seed 0" in text


def test_the_page_refers_to_nothing_outside_itself(report: Path) -> None:
    text = report.read_text().replace("http://www.w3.org/", "")
    assert not re.search(r"https?:|//[a-z]|\bsrc=|@import|<link|url\((?!#)", text)


def test_one_panel_per_policy_and_the_data_first(report: Path) -> None:
    data = re.search(r'<script type="application/json" id="episode0">(.*?)</script>', report.read_text())
    assert data is not None
    episodes = json.loads(data[1])
    assert [each["label"] for each in episodes] == ["behaviour policy", "BC", "MA-CQL", "OMAR"]
    assert all(len(each["returns"]) == len(each["agents"]) == 26 for each in episodes)


def test_what_comes_from_files_cannot_leave_its_place(
    tmp_path: Path, run_directory: Callable[..., Path]
) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    run = run_directory(tmp_path, "omar", 0.9)
    config = json.loads((run / "config.json").read_text())
    config["dataset"] |= {"id": hostile, "made_by": {hostile: [hostile]}}
    (run / "config.json").write_text(json.dumps(config | {hostile: hostile}))
    episodes = json.loads((run / "episode.json").read_text())
    (run / "episode.json").write_text(
        json.dumps([each | {"label": hostile, "kinds": [hostile] * 3} for each in episodes])
    )
    for table in run.glob("*.csv"):
        table.write_text(table.read_text().replace("medium-replay", hostile).replace("omarl 0.1.0", hostile))
    text = write_report([run], tmp_path / "out.html").read_text()
    assert "<img" not in text
    assert text.count("</script>") == 2


def test_two_datasets_are_compared_one_by_one_and_together(records: Make) -> None:
    made = [r for quality in ("expert", "random") for name in ("omar", "bc") for r in records(name, quality)]
    text = page(Material(tuple(made), ()))
    assert "<h1>OMAR leads on 2 of 2 datasets</h1>" in text
    assert "Across 2 datasets" in text and "<td>1.00</td>" in text
    assert text.count("<svg") == 5


def final(records: Make, algorithm: str, values: list[float]) -> list[Record]:
    last = records(algorithm, seeds=1)[-1]
    return [replace(last, seed=seed, return_mean=value) for seed, value in enumerate(values)]


@pytest.mark.parametrize(
    ("omar", "bc", "verb", "said"),
    [
        (
            [400.0, 401.0, 402.0, 403.0],
            [300.0, 301.0, 302.0, 303.0],
            "wins",
            "95 % interval of the difference",
        ),
        ([400.0, 410.0, 402.0, 403.0], [395.0, 408.0, 401.0, 404.0], "leads", "not decided"),
        ([400.0, 401.0], [300.0, 301.0], "leads", "too few seeds to call it"),
        ([400.0], [300.0], "leads", "nothing can be said about chance"),
    ],
)
def test_the_headline_claims_no_more_than_the_seeds_allow(
    records: Make, omar: list[float], bc: list[float], verb: str, said: str
) -> None:
    title, lead = headline(group_records(final(records, "omar", omar) + final(records, "bc", bc)), {})
    assert title == f"OMAR {verb} on cooperative navigation, medium-replay"
    assert said in lead
    assert ("decided" in lead or "few" in lead or "chance" in lead) == (verb == "leads")


def test_a_report_that_cannot_be_written_is_refused_without_a_trace(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RequestError, match="choose another --out"):
        write_report([runs], tmp_path / "taken" / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium on this machine")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_plays_in_a_browser_without_errors_or_requests(
    report: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    from playwright.sync_api import expect, sync_playwright

    errors, requests = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab.on("console", lambda message: errors.append(message.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(report.as_uri())
        panels = tab.locator(".panel svg")
        assert panels.count() == 4
        end = panels.first.inner_html()
        tab.select_option(".speed", "0.25")
        tab.click(".play")
        expect(tab.locator(".play")).to_have_text("Pause")
        begin = panels.first.inner_html()
        expect(tab.locator(".clock")).to_have_text(re.compile("step [1-9]"))
        assert len({begin, panels.first.inner_html(), end}) == 3
        tab.select_option(".speed", "4")
        expect(tab.locator(".play")).to_have_text("Play")
        assert panels.first.inner_html() == end
        tab.locator(".scrubber").fill("0")
        assert tab.locator(".clock").inner_text() == "step 0 of 25"
        assert tab.locator(".so-far").first.inner_text() == "return 0.0"
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.screenshot(path=tmp_path / "report.png", full_page=True)
        browser.close()
    assert errors == [] and requests == [report.as_uri()]
    assert (tmp_path / "report.png").stat().st_size > 20_000


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium on this machine")
def test_a_battle_plays_in_a_browser(
    tmp_path: Path, run_directory: Callable[..., Path], episodes: dict[str, Callable[[], dict]]
) -> None:
    from playwright.sync_api import sync_playwright

    run = run_directory(tmp_path, "omar", 0.9)
    (run / "episode.json").write_text(json.dumps([episodes["battle"]()]))
    report, errors = write_report([tmp_path], tmp_path / "page.html"), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("console", lambda message: errors.append(message.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(report.as_uri())
        seen = []
        for step in ("0", "0.5", "1", "2"):
            tab.locator(".scrubber").fill(step)
            shots = [
                (line.get_attribute("x1"), line.get_attribute("x2")) for line in tab.locator(".shot").all()
            ]
            seen.append((tab.locator(".unit.gone").count(), shots))
        assert seen == [(0, []), (0, [("4.5", "0")]), (0, [("4", "0")]), (1, [("0", "3"), ("3", "0")])]
        assert tab.locator(".unit").count() == 3 and tab.locator(".unit.hollow").count() == 1
        colours = {each.evaluate("e => getComputedStyle(e).color") for each in tab.locator(".unit").all()}
        assert len(colours) == 2
        browser.close()
    assert errors == []


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bodies_walls_and_a_window_that_follows_play_in_a_browser(
    tmp_path: Path, run_directory: Callable[..., Path], episodes: dict[str, Callable[[], dict]], scheme: str
) -> None:
    from playwright.sync_api import sync_playwright

    for kind, quality in (("runner", "expert"), ("maze", "random")):
        run = run_directory(tmp_path, "omar", 0.9, quality)
        (run / "episode.json").write_text(json.dumps([episodes[kind]()]))
    report, errors = write_report([tmp_path], tmp_path / "page.html"), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(color_scheme=scheme)
        tab.on("console", lambda message: errors.append(message.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(report.as_uri())
        runner, maze = tab.locator(".panel svg").all()
        (torso, hind, front), ball = runner.locator(".limb").all(), maze.locator(".body")
        assert maze.locator(".wall").count() == 2 and maze.get_attribute("viewBox") == "0 -2 3 3"
        assert runner.locator(".metre").all_text_contents() == ["0 m", "5 m"]
        assert len({line.evaluate("e => getComputedStyle(e).stroke") for line in (torso, hind, front)}) == 3
        seen = []
        for steps in ((0, 0), (6, 2), (10, 3)):
            for scrubber, step in zip(tab.locator(".scrubber").all(), steps, strict=True):
                scrubber.fill(str(step))
            seen.append(
                (runner.get_attribute("viewBox"), torso.get_attribute("x1"), ball.get_attribute("cx"))
            )
        assert seen == [
            ("-1.5 -1.3 4 1.6", "0", "0.5"),
            ("1.5 -1.3 4 1.6", "3", "1.5"),
            ("3.5 -1.3 4 1.6", "5", "2"),
        ]
        assert [tab.locator(".clock").nth(n).inner_text() for n in (0, 1)] == ["step 10 of 10", "step 3 of 3"]
        assert maze.locator(".landmark").get_attribute("cx") == "2.5"
        assert len(maze.locator(".trail").get_attribute("points").split()) == 4
        browser.close()
    assert errors == []
