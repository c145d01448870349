"""Battles of the real StarCraft II, through the package `smac` that users install themselves."""
