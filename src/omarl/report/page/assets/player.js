"use strict";
// Plays recorded episodes side by side. One `.player` element per dataset; its data is the JSON in the script
// element that `data-episode` names, written by omarl.report.sections.

const SVG = "http://www.w3.org/2000/svg";
const TRAIL = 12; // frames
const FRAMES_PER_SECOND = 8;

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

/** The square that holds everything that ever appears in any of the episodes: [left, top, side]. */
function view(episodes) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  const include = ([x, y], r) => [x, -y].forEach((value, axis) => {
    low[axis] = Math.min(low[axis], value - r);
    high[axis] = Math.max(high[axis], value + r);
  });
  for (const episode of episodes) {
    episode.landmarks.forEach((point, place) => include(point, episode.landmarkRadius[place]));
    for (const frame of episode.agents) frame.forEach((point, place) => include(point, episode.radius[place]));
  }
  const side = 1.06 * Math.max(high[0] - low[0], high[1] - low[1], 1e-6);
  return [(low[0] + high[0] - side) / 2, (low[1] + high[1] - side) / 2, side];
}

/** Positions at a fractional frame, y upwards. */
function positions(episode, time) {
  const before = Math.min(Math.floor(time), episode.agents.length - 1);
  const after = Math.min(before + 1, episode.agents.length - 1);
  const share = time - before;
  return episode.agents[before].map(([x, y], agent) => {
    const [nextX, nextY] = episode.agents[after][agent];
    return [x + share * (nextX - x), -(y + share * (nextY - y))];
  });
}

function panel(parent, episode, box, range) {
  const figure = element(parent, "figure", "panel");
  const svg = shape(figure, "svg", { viewBox: `${box[0]} ${box[1]} ${box[2]} ${box[2]}`, role: "img" });
  shape(svg, "title", {}).textContent = `${episode.label}: return ${episode.total.toFixed(1)}`;
  episode.landmarks.forEach(([x, y], place) =>
    shape(svg, "circle", { class: "landmark", cx: x, cy: -y, r: episode.landmarkRadius[place] }));
  const trails = episode.agents[0].map(() =>
    shape(svg, "polyline", { class: "trail", style: `stroke: ${episode.colour}` }));
  const bodies = episode.agents[0].map((_, agent) => {
    const own = episode.kinds[agent] === episode.kinds[0];
    const style = own ? `fill: ${episode.colour}; stroke: ${episode.colour}` : "";
    return shape(svg, "circle", { class: own ? "body" : "other", r: episode.radius[agent], style });
  });
  episode.landmarks.forEach(([x, y]) =>  // a landmark may be a mere point, and an agent may stand on it
    shape(svg, "circle", { class: "spot", cx: x, cy: -y, r: 0.035 }));
  const caption = element(figure, "figcaption", "");
  element(caption, "strong", "", episode.label);
  const soFar = element(caption, "span", "so-far");
  const bar = element(element(figure, "div", "meter"), "i", "");
  bar.style.background = episode.colour;

  return function draw(time) {
    const now = Math.min(time, episode.agents.length - 1);
    positions(episode, now).forEach(([x, y], agent) => {
      bodies[agent].setAttribute("cx", x);
      bodies[agent].setAttribute("cy", y);
      const points = [];
      for (let frame = Math.max(0, Math.ceil(now) - TRAIL); frame < now; frame += 1) {
        const [pastX, pastY] = episode.agents[frame][agent];
        points.push(`${pastX},${-pastY}`);
      }
      trails[agent].setAttribute("points", [...points, `${x},${y}`].join(" "));
    });
    const reached = episode.returns[Math.floor(now)];
    soFar.textContent = `return ${reached.toFixed(1).replace("-", "−")}`;
    const [low, high] = range, width = high - low || 1;
    bar.style.left = `${100 * (Math.min(reached, 0) - low) / width}%`;
    bar.style.width = `${100 * Math.abs(reached) / width}%`;
  };
}

function player(root) {
  const episodes = JSON.parse(document.getElementById(root.dataset.episode).textContent);
  const box = view(episodes), returns = episodes.flatMap((episode) => episode.returns);
  const range = [returns.reduce((a, b) => Math.min(a, b), 0), returns.reduce((a, b) => Math.max(a, b), 0)];
  const panels = episodes.map((episode) => panel(root.querySelector(".panels"), episode, box, range));
  const last = Math.max(...episodes.map((episode) => episode.agents.length)) - 1;
  const [button, scrubber, clock, speed] =
    [".play", ".scrubber", ".clock", ".speed"].map((name) => root.querySelector(name));
  let time = last, before = null; // `before` is when the previous picture was drawn; null while paused

  function show() {
    panels.forEach((draw) => draw(time));
    scrubber.value = time;
    clock.textContent = `step ${Math.floor(time)} of ${last}`;
    button.textContent = before === null ? "Play" : "Pause";
  }
  function advance(now) {
    if (before === null) return;
    const rate = Math.max(FRAMES_PER_SECOND, last / 20) * Number(speed.value);
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
