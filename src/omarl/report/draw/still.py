"""A single image of an episode, drawn with Pillow in the light colours of the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omarl.report.draw.svg import COLOURS, INK, MUTED, RULE, opposing
from omarl.report.draw.trajectory import Positions, Trajectory
from omarl.report.draw.units import Stroke, units
from omarl.report.draw.window import Pane

LONGER_SIDE = 480  # pixels
CAPTION = 30  # pixels of height below the picture
FINER = 3
"""Everything is drawn so many times larger and then shrunk, which smooths its edges."""
MOST_MARKS = 2000
WHITE, WASH = "#ffffff", "#f6f7f9"

Colour = tuple[int, int, int]


def rgb(colour: str) -> Colour:
    """The numbers of a colour of the page, for instance of `var(--s0, #0072b2)` or `#ffffff`."""
    found = re.search(r"#(\w{2})(\w{2})(\w{2})", colour)
    assert found is not None, colour
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


def mixed(colour: str, other: str, share: float) -> Colour:
    """A mixture with so large a share of the first colour."""
    red, green, blue = (
        round(share * a + (1 - share) * b) for a, b in zip(rgb(colour), rgb(other), strict=True)
    )
    return red, green, blue


LEARNER = COLOURS[0]
SHADES = (rgb(LEARNER), mixed(LEARNER, WHITE, 0.5))
BODY_COLOUR, WALL_COLOUR, DISC_COLOUR, TRAIL_COLOUR = (
    mixed(INK, WHITE, 0.45),
    mixed(INK, WHITE, 0.34),
    mixed(LEARNER, WASH, 0.62),
    mixed(LEARNER, WASH, 0.55),
)


@dataclass(frozen=True)
class Canvas:
    """Pillow's modules, which draw."""

    draw: Any
    font: Any
    image: Any

    def still(self, episode: Trajectory, label: str, shown: Pane, time: float) -> Any:
        """The image at a time, in frames, with the label and the return so far below it."""
        pixels = FINER * LONGER_SIDE / max(shown.width, shown.height)
        size = [max(round(side * pixels / FINER), 1) * FINER for side in (shown.width, shown.height)]
        sheet = self.image.new("RGB", (size[0], size[1] + CAPTION * FINER), WASH)
        middle = 0.0 if episode.width is None else episode.camera(time)
        brush = Brush(self, self.draw.Draw(sheet), shown, middle, pixels)
        brush.scene(episode, time)
        brush.caption(label, f"return {episode.returns[int(time)]:.1f}".replace("-", "−"), *size)
        return sheet.reduce(FINER)

    def letters(self, height: int) -> Any:
        """The font for letters of a height in pixels of the finished image."""
        return self.font.load_default(height * FINER)


@dataclass(frozen=True)
class Brush:
    """Draws on one image: from lengths in the plane, y upwards, to pixels, y downwards."""

    canvas: Canvas
    on: Any
    shown: Pane
    middle: float
    pixels: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a position."""
        left, top = self.middle + self.shown.left, self.shown.low + self.shown.height
        return (x - left) * self.pixels, (top - y) * self.pixels

    def scene(self, episode: Trajectory, time: float) -> None:
        """Everything at a time, from the back to the front."""
        now = episode.at(time)
        if episode.ground is not None:
            self.ground(episode.ground)
        for place, radius in zip(now.landmarks.tolist(), episode.landmark_radius.tolist(), strict=True):
            self.disc(place, radius, fill=rgb(RULE), outline=rgb(MUTED))
        for x0, y0, x1, y1 in episode.walls.tolist():
            self.on.rectangle((*self.point(x0, y1), *self.point(x1, y0)), fill=WALL_COLOUR)
        if not episode.types:
            self.trails(episode, time)
        for ends, radius, agent in zip(
            now.bodies.tolist(), episode.body_radius.tolist(), episode.body_agent, strict=True
        ):
            self.capsule(ends, radius, BODY_COLOUR if agent is None else SHADES[agent % len(SHADES)])
        if episode.types:
            for each in units(episode, time):
                self.stroke(each)
        else:
            self.agents(episode, now)

    def agents(self, episode: Trajectory, now: Positions) -> None:
        """The discs, of which opponents are rings, and the spots of landmarks, which stay visible."""
        for place, radius, kind in zip(
            now.agents.tolist(), episode.radius.tolist(), episode.kinds, strict=True
        ):
            own = kind == episode.kinds[0]
            self.disc(place, radius, DISC_COLOUR if own else None, rgb(LEARNER if own else INK))
        for place in now.landmarks.tolist():
            self.disc(place, 0.007 * max(self.shown.width, self.shown.height), rgb(INK), rgb(INK))

    def trails(self, episode: Trajectory, time: float) -> None:
        """The path behind each disc."""
        first = 0 if episode.trail is None else max(0, int(time) - episode.trail)
        past = [*episode.agents[first : int(time) + 1], episode.at(time).agents]
        for agent in range(len(episode.radius)):
            path = [self.point(*frame[agent].tolist()) for frame in past]
            self.on.line(path, fill=TRAIL_COLOUR, width=2 * FINER, joint="curve")

    def disc(
        self, place: Sequence[float], radius: float, fill: Colour | None, outline: Colour | None
    ) -> None:
        """A disc, or a ring if it has no filling."""
        x, y = self.point(*place)
        r = radius * self.pixels
        self.on.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=outline, width=FINER)

    def stroke(self, stroke: Stroke) -> None:
        """A line in the colour of its side, around a filling if there is one."""
        side = LEARNER if stroke.own else opposing(LEARNER)
        points = [self.point(*place) for place in stroke.points.tolist()]
        if stroke.filling is not None:
            self.on.polygon(points, fill=mixed(side, WASH, stroke.filling))
        width = max(round(stroke.width * self.pixels), 1)
        self.on.line(points, fill=mixed(side, WASH, stroke.strength), width=width, joint="curve")

    def capsule(self, ends: Sequence[float], radius: float, colour: Colour) -> None:
        """A thick line with round ends."""
        x0, y0, x1, y1 = ends
        self.on.line(
            (*self.point(x0, y0), *self.point(x1, y1)), fill=colour, width=round(2 * radius * self.pixels)
        )
        for end in ((x0, y0), (x1, y1)):
            self.disc(end, radius, colour, colour)

    def ground(self, height: float) -> None:
        """A line with a mark at each metre, and a number at each fifth."""
        left, size = self.middle + self.shown.left, self.shown.width / 32
        colour, right = rgb(MUTED), left + self.shown.width
        self.on.line((*self.point(left, height), *self.point(right, height)), fill=colour, width=FINER)
        for metre in range(int(left) - 2, int(right) + 3)[:MOST_MARKS]:
            x, tall = float(metre), metre % 5 == 0
            foot = height - (0.8 if tall else 0.3) * size
            self.on.line((*self.point(x, height), *self.point(x, foot)), fill=colour, width=FINER)
            if tall:
                text, place = f"{metre} m".replace("-", "−"), self.point(x, height - size)
                self.on.text(place, text, fill=colour, font=self.canvas.letters(13), anchor="ma")

    def caption(self, label: str, returned: str, width: int, height: int) -> None:
        """A strip below the picture with the label on the left and the return on the right."""
        edge, middle = 8 * FINER, height + CAPTION * FINER // 2
        self.on.rectangle((0, height, width, height + CAPTION * FINER), fill=WHITE)
        font = self.canvas.letters(14)
        self.on.text((edge, middle), label, fill=rgb(INK), font=font, anchor="lm")
        self.on.text((width - edge, middle), returned, fill=rgb(MUTED), font=font, anchor="rm")
