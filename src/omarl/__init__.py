"""Offline multi-agent reinforcement learning: coordinated policies from logged multi-agent data."""
