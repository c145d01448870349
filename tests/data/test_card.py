import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from omarl.data.card import summarise


def test_the_card_counts_and_measures(make):
    dataset = make()
    returns = [dataset.reward[a:b].sum(0).mean() for a, b in ((0, 4), (4, 5), (5, 8))]
    card = summarise(dataset)
    assert (card.transitions, card.episodes, card.agents) == (8, 3, 2)
    assert (card.ends_terminal, card.ends_truncated) == (0, 3)
    assert (card.length["min"], card.length["max"]) == (1, 4)
    assert card.returns["mean"] == pytest.approx(np.mean(returns), abs=1e-6)
    assert card.returns["std"] == pytest.approx(np.std(returns), abs=1e-6)
    assert card.returns["q50"] == pytest.approx(np.median(returns), abs=1e-6)
    assert sum(card.histogram_counts) == 3
    assert card.reward_range[1] == pytest.approx((dataset.reward[:, 1].min(), dataset.reward[:, 1].max()))


def test_the_action_range_leaves_padding_out(make):
    dataset = make(action_sizes=(2, 1))
    dataset.action[..., 0] = 0.5
    dataset.action[:, 0, 1] = 0.25
    assert summarise(dataset).action_range == ((0.25, 0.5), (0.5, 0.5))


def test_scores_follow_the_references(make):
    dataset = make()
    mean = float(dataset.returns.mean())
    references = {"ours": {"random": mean - 1, "expert": mean + 3}, "paper": {"random": 0.0}}
    card = summarise(replace(dataset, metadata=replace(dataset.metadata, references=references)))
    assert card.scores == {"ours": pytest.approx(25.0)}


def test_the_card_is_json(make):
    card = asdict(summarise(make()))
    assert json.loads(json.dumps(card, allow_nan=False))["episodes"] == 3
