"""Import of vaults, as flashbax writes them."""

from omarl.data.imports.vaults.reader import from_vault

__all__ = ["from_vault"]
