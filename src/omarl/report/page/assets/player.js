"use strict";
// Plays recorded episodes side by side. One `.player` element per dataset; its data is the JSON in the script
// element that `data-episode` names, written by omarl.report.draw.player.

const SVG = "http://www.w3.org/2000/svg";
const STEPS_PER_SECOND = 8;
const MOST_MARKS = 2000;

function shape(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function element(parent, name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
}

/** What lies at a fractional frame: each frame is a list of things, each thing a list of numbers. */
function between(frames, time) {
  const before = Math.min(Math.floor(time), frames.length - 1);
  const after = Math.min(before + 1, frames.length - 1);
  const share = time - before;
  return frames[before].map((thing, place) =>
    thing.map((value, axis) => value + share * (frames[after][place][axis] - value)));
}

/** The ground as one path with a mark at each metre, and a number at each fifth. */
function ground(svg, episode) {
  const [left, , width] = episode.window, reach = episode.camera.length ? episode.camera : [0];
  const from = Math.floor(reach.reduce((a, b) => Math.min(a, b)) + left) - 1;
  const to = Math.min(Math.ceil(reach.reduce((a, b) => Math.max(a, b)) + left + width) + 1, from + MOST_MARKS);
  const height = -episode.ground, size = width / 32;
  let path = `M${from} ${height}H${to}`;
  for (let metre = from; metre <= to; metre += 1) {
    path += `M${metre} ${height}v${metre % 5 ? 0.3 * size : 0.8 * size}`;
    if (metre % 5 === 0)
      shape(svg, "text", { class: "metre", x: metre, y: height + 1.9 * size, "font-size": size }).textContent =
        `${metre} m`.replace("-", "−");
  }
  shape(svg, "path", { class: "ground", d: path });
}

/** A shade of the episode's colour for each agent, and grey for what belongs to none. */
function shade(episode, agent) {
  if (agent === null) return "color-mix(in srgb, var(--ink) 45%, var(--paper))";
  return agent % 2 ? `color-mix(in srgb, ${episode.colour} 50%, var(--paper))` : episode.colour;
}

/** Draws what does not move, and makes a function that moves the rest: `move(time)`. */
function scene(svg, episode) {
  const own = (agent) => episode.kinds[agent] === episode.kinds[0];
  if (episode.ground !== null) ground(svg, episode);
  const landmarks = episode.landmarkRadius.map((r) => shape(svg, "circle", { class: "landmark", r }));
  for (const [x0, y0, x1, y1] of episode.walls)
    shape(svg, "rect", { class: "wall", x: x0, y: -y1, width: x1 - x0, height: y1 - y0 });
  const typed = episode.types !== undefined, plain = typed ? [] : episode.radius;
  const trails = plain.map(() =>
    shape(svg, "polyline", { class: "trail", style: `stroke: ${episode.colour}` }));
  const bodies = episode.bodyRadius.map((r, place) =>
    shape(svg, "line", { class: "limb", "stroke-width": 2 * r, style: `stroke: ${shade(episode, episode.bodyAgent[place])}` }));
  const discs = plain.map((r, agent) => {
    const style = own(agent) ? `fill: ${episode.colour}; stroke: ${episode.colour}` : "";
    return shape(svg, "circle", { class: own(agent) ? "body" : "other", r, style });
  });
  const moveUnits = typed ? units(svg, episode) : null;
  const spots = episode.landmarkRadius.map(() =>  // a landmark may be a mere point, and an agent may stand on it
    shape(svg, "circle", { class: "spot", r: 0.035 }));

  const set = (element, attributes) => {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  };
  return function move(time) {
    between(episode.landmarks, time).forEach(([x, y], place) =>
      [landmarks, spots].forEach((circles) => set(circles[place], { cx: x, cy: -y })));
    between(episode.bodies, time).forEach(([x1, y1, x2, y2], place) =>
      set(bodies[place], { x1, y1: -y1, x2, y2: -y2 }));
    if (typed) moveUnits(time, between(episode.agents, time), between(episode.gauges, time));
    else between(episode.agents, time).forEach(([x, y], agent) => {
      set(discs[agent], { cx: x, cy: -y });
      const points = [], first = episode.trail === null ? 0 : Math.max(0, Math.ceil(time) - episode.trail);
      for (let frame = first; frame < time; frame += 1) {
        const [pastX, pastY] = episode.agents[frame][agent];
        points.push(`${pastX},${-pastY}`);
      }
      trails[agent].setAttribute("points", [...points, `${x},${-y}`].join(" "));
    });
    if (episode.camera.length) {
      const [left, top, width, height] = episode.window;
      const [[middle]] = between(episode.camera.map((x) => [[x]]), time);
      svg.setAttribute("viewBox", `${middle + left} ${top} ${width} ${height}`);
    }
  };
}

function panel(parent, episode, range) {
  const figure = element(parent, "figure", "panel");
  const svg = shape(figure, "svg", { viewBox: episode.window.join(" "), role: "img" });
  shape(svg, "title", {}).textContent = `${episode.label}: return ${episode.total.toFixed(1)}`;
  const move = scene(svg, episode);
  const caption = element(figure, "figcaption", "");
  element(caption, "strong", "", episode.label);
  const soFar = element(caption, "span", "so-far");
  const bar = element(element(figure, "div", "meter"), "i", "");
  bar.style.background = episode.colour;

  const last = episode.returns.length - 1; // the last frame may come sooner after the one before it
  return function draw(step) {
    const now = step >= episode.steps ? last : Math.min(step / episode.every, last);
    move(now);
    const reached = episode.returns[Math.floor(now)];
    soFar.textContent = `return ${reached.toFixed(1).replace("-", "−")}`;
    const [low, high] = range, width = high - low || 1;
    bar.style.left = `${100 * (Math.min(reached, 0) - low) / width}%`;
    bar.style.width = `${100 * Math.abs(reached) / width}%`;
  };
}

function player(root) {
  const episodes = JSON.parse(document.getElementById(root.dataset.episode).textContent);
  const returns = episodes.flatMap((episode) => episode.returns);
  const range = [returns.reduce((a, b) => Math.min(a, b), 0), returns.reduce((a, b) => Math.max(a, b), 0)];
  const panels = episodes.map((episode) => panel(root.querySelector(".panels"), episode, range));
  const last = Math.max(...episodes.map((episode) => episode.steps));
  const [button, scrubber, clock, speed] =
    [".play", ".scrubber", ".clock", ".speed"].map((name) => root.querySelector(name));
  let time = last, before = null; // `time` in steps; `before` is when the previous picture was drawn; null while paused

  function show() {
    panels.forEach((draw) => draw(time));
    scrubber.value = time;
    clock.textContent = `step ${Math.floor(time)} of ${last}`;
    button.textContent = before === null ? "Play" : "Pause";
  }
  function advance(now) {
    if (before === null) return;
    const rate = Math.max(STEPS_PER_SECOND, last / 20) * Number(speed.value);
    time = Math.min(last, time + rate * Math.max(0, now - before) / 1000); // `now` may be older than the click
    before = time < last ? now : null;
    show();
    requestAnimationFrame(advance);
  }
  button.addEventListener("click", () => {
    before = before === null ? performance.now() : null;
    if (before !== null && time >= last) time = 0;
    show();
    requestAnimationFrame(advance);
  });
  scrubber.max = last;
  scrubber.addEventListener("input", () => {
    time = Number(scrubber.value);
    before = null;
    show();
  });
  show();
}

document.querySelectorAll(".player").forEach(player);
