"""One recorded episode as an animated GIF."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from omarl.errors import RequestError
from omarl.files.writing import write_bytes
from omarl.report.draw.still import Canvas
from omarl.report.draw.svg import require
from omarl.report.draw.trajectory import Trajectory
from omarl.report.draw.window import window

STEPS_PER_SECOND = 8.0
LONGEST_SECONDS = 10.0
"""A longer episode plays faster, so that it takes no longer than this."""
IMAGES_PER_SECOND = 20
"""A GIF counts time in hundredths of a second, and viewers slow down what takes less than two."""
HOLD_SECONDS = 1.5
"""How long the last image stays."""
PALETTE_SIZE = 48


def write_gif(episode: Trajectory, label: str, out: Path) -> Path:
    """Write an episode as an animated GIF and return the file; an older one is replaced in one step.

    Raises `RequestError` if Pillow is not installed or nothing can be written there.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, gif(episode, label))
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}; choose another --out") from error
    return out


def gif(episode: Trajectory, label: str) -> bytes:
    """The content of the file."""
    images = list(_images(episode, label))
    reduced = _few_colours(images)
    lasts = [1000 // IMAGES_PER_SECOND] * (len(reduced) - 1) + [int(1000 * HOLD_SECONDS)]
    content = io.BytesIO()
    reduced[0].save(
        content, "GIF", save_all=True, append_images=reduced[1:], duration=lasts, loop=0, optimize=False
    )
    return content.getvalue()


def times(episode: Trajectory) -> Float[np.ndarray, "image"]:
    """The time of each image, in frames: 20 a second, from the first frame to the last."""
    seconds = min(episode.steps / STEPS_PER_SECOND, LONGEST_SECONDS)
    return np.linspace(0.0, episode.last, round(seconds * IMAGES_PER_SECOND) + 1)


def _images(episode: Trajectory, label: str) -> Iterator[Any]:
    canvas = Canvas(require("PIL.ImageDraw"), require("PIL.ImageFont"), require("PIL.Image"))
    shown = window([episode])
    return (canvas.still(episode, label, shown, time) for time in times(episode).tolist())


def _few_colours(images: list[Any]) -> list[Any]:
    """The images with one small palette for all, which the first, a middle and the last of them decide."""
    width, height = images[0].size
    samples = [images[0], images[len(images) // 2], images[-1]]
    sheet = images[0].resize((width, height * len(samples)))
    for place, image in enumerate(samples):
        sheet.paste(image, (0, place * height))
    palette = sheet.quantize(PALETTE_SIZE)
    return [image.quantize(palette=palette, dither=0) for image in images]
