"""The devices on which JAX computes, and what to say where the one that was asked for is not there."""

import os

import jax

from omarl.errors import RequestError, one_line

ASKED = ("JAX_PLATFORMS", "JAX_PLATFORM_NAME")
"""The variables of the environment by which a user asks JAX for a kind of device."""


def device_kinds() -> list[str]:
    """The kind of each device that JAX uses here; `RequestError` if it has none of those asked for.

    JAX itself raises errors of several kinds then, one of them without a message.
    """
    try:
        return [device.device_kind for device in jax.devices()]
    except (RuntimeError, AssertionError) as error:
        asked = [f"{name}={os.environ[name]}" for name in ASKED if os.environ.get(name)]
        what = " and ".join(asked) or f"jax_platforms={jax.config.read('jax_platforms')}"
        why = f" ({one_line(error)})" if str(error) else ""
        raise RequestError(
            f"JAX has no device here for {what}{why}: unset it to compute on what is here, or install JAX "
            "with its part for that device"
        ) from None


def require_device() -> None:
    """Raise `RequestError` where JAX has no device of the kind that was asked for."""
    device_kinds()


def missing_device() -> str:
    """What `require_device` says, empty where JAX has a device."""
    try:
        require_device()
    except RequestError as error:
        return str(error)
    return ""
