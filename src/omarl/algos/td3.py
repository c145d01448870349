"""ITD3 and MATD3: twin delayed critics for a team, with no offline term.

`critic="decentralised"` is ITD3, `"centralised"` is MATD3 (Ackermann et al. 2019; paper Sec. 2.1). Without
a delay of the policy, as in the official code. The learner of the online runs, and Table 9's offline.
"""

from dataclasses import dataclass

from omarl.algos.base import Algorithm, CriticConfig
from omarl.algos.shared import actor_critic, td3_actor_loss, td3_critic_loss
from omarl.types import TeamSpec


@dataclass(frozen=True, kw_only=True)
class TD3Config(CriticConfig):
    """TD3 has no choices besides those of every learner with critics."""


def td3(config: TD3Config, team: TeamSpec) -> Algorithm:
    """Independent or multi-agent TD3."""
    return actor_critic(config, team, td3_critic_loss(config), td3_actor_loss)
