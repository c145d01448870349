"""The formats that can be imported, in words: how each is recognised, and where such data come from."""

from collections.abc import Mapping
from typing import NamedTuple


class Known(NamedTuple):
    """A format in words; `extra` is the optional part of omarl that reads it, if one is needed."""

    holds: str
    looks: str
    source: str
    extra: str | None = None


KNOWN: Mapping[str, Known] = {
    "official": Known(
        "the published data of OMAR, and of CFCQL for the particle tasks and HalfCheetah: numbers per agent",
        "a folder with obs_0.npy, acs_0.npy, rews_0.npy, next_obs_0.npy, dones_0.npy",
        "the archives that github.com/ling-pan/OMAR and github.com/thu-rllab/CFCQL link to",
    ),
    "table": Known(
        "a log with one row per episode, step and agent, or with one per episode and step",
        "a file .parquet, .feather, .arrow, .csv, .tsv or .jsonl, or a folder of such files; --mapping says "
        "what the columns mean",
        "your own logs, and `omarl data export`",
    ),
    "minari": Known(
        "a Minari dataset of one agent, stored as HDF5, Arrow or Parquet",
        "a folder with main_data.hdf5 or with metadata.json and numbered folders, or the folder above it",
        "`minari download`, or minari.DataCollector around an environment",
        "hdf5",
    ),
    "d4rl": Known(
        "one agent's observations, actions, rewards, terminals and timeouts",
        "a file .hdf5 or .h5 with observations, actions, rewards and terminals",
        "the files that github.com/Farama-Foundation/D4RL downloads to ~/.d4rl/datasets",
        "hdf5",
    ),
    "omiga": Known(
        "a team's observations o, actions a, rewards r and ends d, for MuJoCo with several agents",
        "a file .hdf5 or .h5 with o, a, r and d",
        "the archive that github.com/ZhengYinan-AIR/OMIGA links to; its StarCraft data are torch pickles, "
        "which are not read: take OG-MARL's vaults of them",
        "hdf5",
    ),
    "cfcql": Known(
        "padded episodes of choices with legal ones, as PyMARL's buffer holds them",
        "a file .h5 or .hdf5 with obs, actions, avail_actions, reward, terminated and filled",
        "the StarCraft archive that github.com/thu-rllab/CFCQL links to, or a buffer of PyMARL with h5py",
        "hdf5",
    ),
    "vault": Known(
        "a team's observations, actions, rewards and ends, with infos.legals where actions are choices",
        "a folder with manifest.ocdbt, or a folder NAME.vlt of which it is the only one",
        "the dataset InstaDeepAI/og-marl on Hugging Face, one zip per scenario, or flashbax.vault.Vault",
        "vault",
    ),
}
NOT_READ = (
    "RLDS (folders of TensorFlow Datasets) is not read: there is no reader for it without TensorFlow. "
    "Write its steps to a Parquet file with one row per episode, step and agent, and import that as a table."
)
