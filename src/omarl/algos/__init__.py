"""The learners, one short file each; `ALGORITHMS` lists them with their configurations."""

from omarl.algos.base import ActorConfig, Algorithm, AlgorithmFactory, CriticConfig
from omarl.algos.bc import BCConfig, bc
from omarl.algos.cql import CQLConfig, cql
from omarl.algos.icq import ICQConfig, icq
from omarl.algos.omar import OMARConfig, omar
from omarl.algos.td3 import TD3Config, td3
from omarl.algos.td3_bc import TD3BCConfig, td3_bc

ALGORITHMS: dict[str, tuple[type[ActorConfig], AlgorithmFactory]] = {
    "bc": (BCConfig, bc),
    "td3": (TD3Config, td3),
    "td3_bc": (TD3BCConfig, td3_bc),
    "icq": (ICQConfig, icq),
    "cql": (CQLConfig, cql),
    "omar": (OMARConfig, omar),
}

__all__ = ["ALGORITHMS", "ActorConfig", "Algorithm", "AlgorithmFactory", "CriticConfig"]
