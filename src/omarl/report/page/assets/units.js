"use strict";
// Draws discs of several types as omarl.report.draw.units does: a shape for each type, arcs for what is left, lines
// for shots. Who has nothing left of the first gauge is gone, and lies faint behind the others.

const ROUND = 32, SHAPE = 0.5, FIRST_ARC = 0.82, NEXT_ARC = 0.2, ARC_WIDTH = 0.15, EDGE_WIDTH = 0.14, SHOT_WIDTH = 0.16;

/** The corners of a type's shape around the origin, standing on a side. */
function outline(corners, radius) {
  const count = corners || ROUND, size = SHAPE * radius * (corners ? 1 + 1 / corners : 1);
  return Array.from({ length: count }, (_, place) => {
    const angle = 2 * Math.PI * (place + (count % 2 ? 0 : 0.5)) / count;
    return `${size * Math.sin(angle)},${-size * Math.cos(angle)}`;
  }).join(" ");
}

/** A part of a circle around the origin, from the top to the right; dashes would be inexact on so small circles. */
function arc(radius, share) {
  const to = (angle) => `${radius * Math.sin(angle)} ${-radius * Math.cos(angle)}`, end = 2 * Math.PI * share;
  const along = (angle) => `A${radius} ${radius} 0 0 1 ${to(angle)}`;
  return share > 0 ? `M${to(0)}${along(end / 2)}${along(end)}` : "";
}

/** Makes a unit, and a function that moves it: its place, its gauges, and where it lies when it is gone. */
function unit(back, front, episode, index) {
  const r = episode.radius[index], own = episode.kinds[index] === episode.kinds[0];
  const colour = own ? episode.colour : episode.opposing;
  const group = shape(front, "g", { class: own ? "unit" : "unit hollow", style: `color: ${colour}` });
  shape(group, "polygon", { points: outline(episode.corners[index], r), "stroke-width": EDGE_WIDTH * r });
  const arcs = episode.gauges[0].map((_, gauge) =>
    shape(group, "path", { class: gauge ? "gauge further" : "gauge", "stroke-width": ARC_WIDTH * r }));
  return function move([x, y], left) {
    const gone = left.length > 0 && left[0] <= 0, layer = gone ? back : front;
    group.setAttribute("transform", `translate(${x} ${-y})`);
    group.classList.toggle("gone", gone);
    if (group.parentNode !== layer) layer.append(group);
    arcs.forEach((path, gauge) => path.setAttribute("d", arc((FIRST_ARC + NEXT_ARC * gauge) * r, left[gauge])));
  };
}

/** Draws the units of an episode, and makes a function that moves them: `move(time, places, gauges)`. */
function units(svg, episode) {
  const [back, front, over] = ["gone", "living", "shots"].map(() => shape(svg, "g", {}));
  const moves = episode.radius.map((_, index) => unit(back, front, episode, index));
  return function move(time, places, gauges) {
    moves.forEach((one, index) => one(places[index], gauges.map((gauge) => gauge[index])));
    over.replaceChildren();
    episode.aims[Math.min(Math.ceil(time), episode.aims.length - 1)].forEach((target, shooter) => {
      if (target < 0) return;
      const [[x1, y1], [x2, y2]] = [places[shooter], places[target]];
      const own = episode.kinds[shooter] === episode.kinds[0];
      shape(over, "line", { class: "shot", x1, y1: -y1, x2, y2: -y2, "stroke-width": SHOT_WIDTH * episode.radius[shooter],
        style: `stroke: ${own ? episode.colour : episode.opposing}` });
    });
  };
}
