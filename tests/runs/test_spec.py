"""Run specifications: what cannot be run is refused, and equal configurations have equal names."""

from dataclasses import replace

import pytest

from omarl.algos.base import identity
from omarl.algos.bc import BCConfig
from omarl.algos.omar import OMARConfig
from omarl.errors import RequestError
from omarl.runs.spec import RunSpec, parse_count, parse_seeds

SPEC = RunSpec(dataset="d", algorithm="bc", config=BCConfig(), preset="tuned")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"updates": 0}, "updates must be at least 1, got 0"),
        ({"every": -1}, "every must be at least 1, got -1"),
        ({"episodes": 0}, "episodes must be at least 1, got 0"),
        ({"algorithm": "ppo"}, "unknown algorithm 'ppo': choose one of bc, cql"),
        ({"seeds": ()}, "seeds must be different and at least one"),
        ({"seeds": (1, 1)}, "seeds must be different"),
        ({"seeds": (-1,)}, "seed -1: expected a whole number from 0 to 4294967295"),
        ({"seeds": (2**32,)}, "seed 4294967296"),
    ],
)
def test_what_cannot_be_run_is_refused(change, message):
    with pytest.raises(RequestError, match=message):
        replace(SPEC, **change)


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", (3,)), ("0,2,5", (0, 2, 5)), ("0..4", (0, 1, 2, 3, 4)), ("7,1..2", (7, 1, 2))]
)
def test_seeds_are_numbers_lists_and_ranges(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(("text", "seeds"), [("3", 3), ("3..3", (3,)), ("5..6,10", (5, 6, 10))])
def test_a_number_alone_is_a_count_where_counts_are_meant(text, seeds):
    assert parse_count(text) == seeds


def test_no_seeds_at_all_are_refused():
    with pytest.raises(RequestError, match=r"expected 1 or more; seed 0 alone is 0\.\.0"):
        parse_count("0")


@pytest.mark.parametrize("text", ["", "a", "1..", "0...3", "1.5"])
def test_other_seeds_name_what_was_expected(text):
    with pytest.raises(RequestError, match=r"expected a number, a list 0,2,5 or a range 0\.\.4"):
        parse_seeds(text)


def test_the_hash_names_the_learner_and_its_configuration_alone():
    assert SPEC.config_hash == replace(SPEC, seeds=(4,), dataset="e", updates=9).config_hash
    others = [
        replace(SPEC, config=BCConfig(learning_rate=1e-4)),
        replace(SPEC, algorithm="omar", config=OMARConfig()),
        replace(SPEC, algorithm="omar", config=OMARConfig(tau=0.5)),
    ]
    assert len({SPEC.config_hash, *(other.config_hash for other in others)}) == 4


def test_a_later_option_changes_the_hash_only_where_it_is_used():
    config = OMARConfig()
    assert "search_precision" not in identity(config)
    used = replace(config, search_precision="bfloat16")
    assert identity(used) == identity(config) | {"search_precision": "bfloat16"}


def test_a_learner_without_critics_says_so():
    assert SPEC.critic == "none"
    assert replace(SPEC, algorithm="omar", config=OMARConfig(critic="centralised")).critic == "centralised"


@pytest.mark.parametrize(
    "change",
    [{"batch_size": 0}, {"hidden": (8, -1)}, {"learning_rate": -1.0}, {"learning_rate": float("nan")}],
)
def test_a_configuration_has_sizes_that_can_be(change):
    with pytest.raises(RequestError, match="expected"):
        BCConfig(**change)
