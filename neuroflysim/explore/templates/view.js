// What a person sees and does. Names of cell types and conditions are texts, never HTML.

const data = JSON.parse(document.getElementById("data").textContent);
const byName = new Map(data.types.map((type) => [type.name, type]));
const columnAt = new Map(data.columns.map(([u, v], k) => [`${u},${v}`, k]));
const at = (id) => document.getElementById(id);
const state = { condition: 0, frame: 0, column: Math.max(0, columnAt.get("0,0") ?? 0), shown: [], target: data.types[0].name, playing: false };

// Fewer than seven types are all shown; of more some, evenly chosen.
const FIRST = 6;
state.shown = data.types.length <= FIRST ? data.types.map((type) => type.name)
  : Array.from({ length: FIRST }, (_, k) => data.types[Math.round(k * (data.types.length - 1) / (FIRST - 1))].name);
state.target = state.shown[state.shown.length - 1];
// The middle of the stimulus, or of what was recorded after onset.
const middle = (data.stim_time ?? data.times[data.times.length - 1]) / 2;
state.frame = data.times.reduce((best, time, k) => Math.abs(time - middle) < Math.abs(data.times[best] - middle) ? k : best, 0);

const told = (value, digits = 3) => Number.isNaN(value) ? "–" : value === 0 ? "0" : value.toPrecision(digits).replace(/e([+-])/, " e$1").replace("-", "\u2212");
const signed = (value, digits = 3) => value > 0 ? `+${told(value, digits)}` : told(value, digits);
const inMs = (time) => `${Math.round(time * 1000)} ms`.replace("-", "\u2212");
function made(tag, attributes = {}, ...inside) {
  const svg = ["svg", "path", "line"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

// Numbers are read when they are first drawn, and kept.
const kept = new Map();
function valuesOf(name, condition) {
  const key = `${condition} ${name}`;
  if (!kept.has(key)) {
    kept.set(key, { reading: readValues(data, byName.get(name), condition).then((read) => { kept.set(key, read); ask(); }) });
  }
  const found = kept.get(key);
  return found.values ? found : null;
}
async function whole(name, condition) {
  while (!valuesOf(name, condition)) await kept.get(`${condition} ${name}`).reading;
  return valuesOf(name, condition);
}
const cellOf = (name, column) => byName.get(name).cells.indexOf(column);
function valueAt(name, column, frame = state.frame, condition = state.condition) {
  const read = valuesOf(name, condition), cell = cellOf(name, column);
  if (!read || cell < 0) return { value: NaN, rest: NaN };
  return { value: read.values[frame * read.nCells + cell], rest: read.rest[cell] };
}

// Maps.
const places = data.columns.map(place);
const [right, down] = [0, 1].map((k) => places.map((one) => one[k]));
const box = { x: Math.min(...right) - 0.7, y: Math.min(...down) - 0.7, wide: Math.max(...right) - Math.min(...right) + 1.4, high: Math.max(...down) - Math.min(...down) + 1.4 };
const CORNERS = [0, 60, 120, 180, 240, 300].map((angle) => [Math.cos(angle * Math.PI / 180) / Math.sqrt(3), Math.sin(angle * Math.PI / 180) / Math.sqrt(3)]);
const maps = new Map();

function fitted(canvas) {
  const size = canvas.clientWidth * (window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(size)) canvas.width = canvas.height = Math.round(size);
  const scale = canvas.width / Math.max(box.wide, box.high);
  return { scale, x: (canvas.width - scale * box.wide) / 2 - scale * box.x, y: (canvas.height - scale * box.high) / 2 - scale * box.y };
}
function hexagon(pen, where, column, larger = 1) {
  const x = where.x + where.scale * right[column], y = where.y + where.scale * down[column];
  CORNERS.forEach(([dx, dy], k) => pen[k ? "lineTo" : "moveTo"](x + larger * where.scale * dx, y + larger * where.scale * dy));
  pen.closePath();
}
function drawMap(name) {
  const { canvas, value } = maps.get(name), type = byName.get(name), read = valuesOf(name, state.condition);
  const pen = canvas.getContext("2d"), where = fitted(canvas), colors = getComputedStyle(document.body);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (read) {
    const alike = new Map();  // hexagons of one shade are filled at once
    type.cells.forEach((column, cell) => {
      const tone = shade(read.values[state.frame * read.nCells + cell] - read.rest[cell], type.limit);
      if (!alike.has(tone)) alike.set(tone, []);
      alike.get(tone).push(column);
    });
    for (const [tone, columns] of alike) {
      pen.beginPath();
      for (const column of columns) hexagon(pen, where, column);
      pen.fillStyle = pen.strokeStyle = tone < 0 ? "#999" : SHADES[tone];
      pen.lineWidth = 0.6;
      pen.fill();
      pen.stroke();
    }
  }
  if (data.columns.length > 1) {  // black within white is seen on every colour
    pen.beginPath();
    hexagon(pen, where, state.column, 1.12);
    for (const [color, wide] of [["#fff", 2], ["#111", 1]]) {
      pen.strokeStyle = color;
      pen.lineWidth = wide * Math.min(3, Math.max(1, where.scale / 14)) * (window.devicePixelRatio || 1);
      pen.stroke();
    }
  }
  const here = valueAt(name, state.column), change = here.value - here.rest;
  value.textContent = cellOf(name, state.column) < 0 ? "no cell here" : Number.isNaN(change) ? "" : signed(change);
  const [u, v] = data.columns[state.column];
  canvas.setAttribute("aria-label", `Map of ${name}. Column ${u}, ${v}: ${value.textContent} at ${inMs(data.times[state.frame])}.`);
}
function madeMap(name) {
  const limit = byName.get(name).limit;
  const canvas = made("canvas", { tabindex: 0, role: "img" }), value = made("span", { class: "value" });
  const bar = made("i");
  bar.style.background = `linear-gradient(to right, ${[0, 32, 64, 96, 128].map((k) => SHADES[k]).join(",")})`;
  const legend = made("div", { class: "legend" }, bar, made("span", {}, told(-limit, 2)), made("span", {}, `0 (${data.unit})`), made("span", {}, signed(limit, 2)));
  const figure = made("figure", {}, made("div", { class: "top" }, made("b", {}, name), value), canvas, legend);
  canvas.addEventListener("click", (event) => {
    const bounds = canvas.getBoundingClientRect(), ratio = canvas.width / bounds.width, where = fitted(canvas);
    const x = ((event.clientX - bounds.left) * ratio - where.x) / where.scale, y = ((event.clientY - bounds.top) * ratio - where.y) / where.scale;
    let nearest = 0, least = Infinity;
    right.forEach((one, k) => {
      const far = (one - x) ** 2 + (down[k] - y) ** 2;
      if (far < least) [nearest, least] = [k, far];
    });
    state.target = name;
    if (least < 0.5) choose(nearest); else ask();
  });
  canvas.addEventListener("focus", () => { state.target = name; ask(); });
  maps.set(name, { figure, canvas, value });
}

// One column over time.
const traces = new Map();
function madeTrace(name) {
  const svg = made("svg", { viewBox: "0 0 100 50", preserveAspectRatio: "none", class: "plot", role: "img" });
  const title = made("div", { class: "top" }, made("b", {}, name), made("span", { class: "value" }));
  const ends = made("div", { class: "ends" }, made("span", {}, inMs(data.times[0])), made("span"), made("span", {}, inMs(data.times[data.times.length - 1])));
  const node = made("div", { class: "trace" }, title, svg, ends);
  const go = (event) => {
    const bounds = svg.getBoundingClientRect();
    step(Math.round((event.clientX - bounds.left) / bounds.width * (data.times.length - 1)), true);
  };
  svg.addEventListener("pointerdown", (event) => { svg.setPointerCapture(event.pointerId); go(event); });
  svg.addEventListener("pointermove", (event) => { if (event.buttons) go(event); });
  traces.set(name, { node, svg, value: title.lastChild, middle: ends.children[1], drawn: "" });
}
const along = (frame) => data.times.length > 1 ? 100 * frame / (data.times.length - 1) : 50;
// Between which samples a time lies; samples are evenly spaced.
const frameOf = (time) => Math.max(0, Math.min(data.times.length - 1, (time - data.times[0]) / (data.times[1] - data.times[0] || 1)));
function drawTrace(name) {
  const trace = traces.get(name), cell = cellOf(name, state.column), lines = [];
  const reads = data.conditions.map((_, condition) => valuesOf(name, condition));
  const key = [state.column, state.condition, reads.filter(Boolean).length].join();
  if (trace.drawn !== key) {
    let low = Infinity, high = -Infinity;
    reads.forEach((read, condition) => {
      if (!read || cell < 0) return;
      const line = data.times.map((_, k) => read.values[k * read.nCells + cell]);
      for (const value of line) if (!Number.isNaN(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
      lines.push({ line, condition, rest: read.rest[cell] });
    });
    if (low > high) [low, high] = [0, 1];
    const span = high - low || 1, height = (value) => 48 - 46 * (value - low) / span;
    const parts = [];
    if (data.stim_time) {
      const [first, last] = [0, data.stim_time].map((time) => along(frameOf(time)));
      parts.push(made("path", { class: "shown", d: `M${first} 0H${last}V50H${first}Z` }));
    }
    lines.sort((one, other) => (one.condition === state.condition) - (other.condition === state.condition));
    for (const { line, condition, rest } of lines) {
      let path = "", open = false;
      line.forEach((value, k) => {
        if (Number.isNaN(value)) { open = false; return; }
        path += `${open ? "L" : "M"}${along(k).toFixed(2)} ${height(value).toFixed(2)}`;
        open = true;
      });
      const now = condition === state.condition;
      if (now) parts.push(made("line", { class: "rest", x1: 0, x2: 100, y1: height(rest), y2: height(rest) }));
      parts.push(made("path", { class: now ? "this" : "other", d: path }));
    }
    parts.push(made("line", { class: "cursor", y1: 0, y2: 50 }));
    trace.svg.replaceChildren(...parts);
    trace.drawn = key;
    trace.middle.textContent = cell < 0 ? "no cell in this column" : `${told(low)} to ${told(high)} ${data.unit}`;
  }
  const cursor = trace.svg.lastChild;
  cursor.setAttribute("x1", along(state.frame));
  cursor.setAttribute("x2", along(state.frame));
  const { value } = valueAt(name, state.column);
  trace.value.textContent = Number.isNaN(value) ? "" : told(value);
  trace.svg.setAttribute("aria-label", `${data.kind} of ${name} over time, ${trace.middle.textContent}; now ${trace.value.textContent}`);
}

// Inputs.
const MOST_INPUTS = 10;
let inputsDrawn = "";
function drawInputs() {
  const inputs = data.inputs, [u, v] = data.columns[state.column], name = state.target;
  if (inputs.why_not) { at("inputs-told").textContent = inputs.why_not; return; }
  const now = (source, su, sv) => {
    const column = columnAt.get(`${su},${sv}`);
    if (!byName.has(source) || column === undefined || !valuesOf(source, state.condition)) return undefined;
    const { value } = valueAt(source, column);
    return Number.isNaN(value) ? undefined : value;
  };
  const there = cellOf(name, state.column) >= 0;
  const rows = there ? inputsOf(inputs, name, u, v, now) : [];
  const what = !inputs.weighted ? "their strengths were not given" : inputs.driven ? "weight: synapses times their strength; now: weight times the source's voltage above 0, where the source is on this page" : "weight: synapses times their strength";
  at("inputs-told").textContent = !there ? `${name} has no cell in this column.` : !rows.length ? `${name} has no inputs from other cells.`
    : `${rows.length} cell types, each from all columns with synapses; ${what}.`;
  at("inputs-where").textContent = `in column (${u}, ${v})`.replaceAll("-", "\u2212");
  const key = JSON.stringify([name, u, v, inputs.driven && rows.slice(0, MOST_INPUTS).map((row) => told(row.arrives))]);
  if (key === inputsDrawn) return;
  inputsDrawn = key;
  if (!rows.length) { at("inputs").replaceChildren(); return; }
  const most = Math.abs(rows[0].weight);
  const heads = ["from", "synapses", ...(inputs.weighted ? ["weight"] : []), ...(inputs.driven ? ["now"] : []), "strength"];
  const body = rows.slice(0, MOST_INPUTS).map((row) => {
    const known = byName.has(row.source);
    const source = known ? made("button", { type: "button", title: `show ${row.source}` }, row.source) : row.source;
    if (known) source.addEventListener("click", () => { if (!state.shown.includes(row.source)) toggle(row.source); state.target = row.source; ask(); });
    const bar = made("span", { class: `strength ${row.sign > 0 ? "excites" : "inhibits"}` });
    bar.style.width = `${100 * Math.abs(row.weight) / most}%`;
    bar.title = row.sign > 0 ? "excites" : "inhibits";
    const sign = made("span", { class: "out-of-sight" }, bar.title);
    return made("tr", {}, made("td", {}, source), made("td", {}, told(row.synapses)), ...(inputs.weighted ? [made("td", {}, signed(row.weight))] : []),
      ...(inputs.driven ? [made("td", {}, Number.isNaN(row.arrives) ? "–" : signed(row.arrives))] : []), made("td", {}, bar, sign));
  });
  const focused = document.activeElement?.closest?.("#inputs td button")?.textContent;
  at("inputs").replaceChildren(made("table", {}, made("thead", {}, made("tr", {}, ...heads.map((head) => made("th", { scope: "col" }, head)))), made("tbody", {}, ...body)));
  if (focused) [...at("inputs").querySelectorAll("button")].find((one) => one.textContent === focused)?.focus();
}

// All together, once a frame of the screen.
let asked = false;
function ask() {
  if (!asked) requestAnimationFrame(() => { asked = false; draw(); });
  asked = true;
}
function draw() {
  at("condition").value = state.condition;
  at("time").value = state.frame;
  at("clock").textContent = inMs(data.times[state.frame]);
  at("time").setAttribute("aria-valuetext", at("clock").textContent);
  const [u, v] = data.columns[state.column];
  for (const [id, value] of [["u", u], ["v", v]]) if (document.activeElement !== at(id)) at(id).value = value;
  at("target").value = state.target;
  for (const name of state.shown) {
    maps.get(name).figure.classList.toggle("target", name === state.target);
    drawMap(name);
    drawTrace(name);
  }
  drawInputs();
}
function arrange() {
  for (const name of state.shown) if (!maps.has(name)) { madeMap(name); madeTrace(name); }
  at("maps").replaceChildren(...state.shown.map((name) => maps.get(name).figure));
  at("traces").replaceChildren(...state.shown.map((name) => traces.get(name).node));
  for (const button of at("types").children) button.setAttribute("aria-pressed", state.shown.includes(button.textContent));
  at("how-many").textContent = `${state.shown.length} of ${data.types.length} shown`;
  ask();
}
function toggle(name) {
  const names = state.shown.includes(name) ? state.shown.filter((one) => one !== name) : [...state.shown, name];
  state.shown = data.types.map((type) => type.name).filter((one) => names.includes(one));
  arrange();
}
function choose(column) {
  state.column = column;
  const [u, v] = data.columns[column];
  at("status").textContent = `Column ${u}, ${v}`;
  ask();
}
function step(frame, stop = false) {
  if (stop) play(false);
  state.frame = Math.max(0, Math.min(data.times.length - 1, frame));
  ask();
}
function turn(condition) {
  state.condition = (condition + data.conditions.length) % data.conditions.length;
  at("status").textContent = data.conditions[state.condition];
  ask();
}

// Twenty samples a second, as in movies.
let clock = 0;
function play(on) {
  state.playing = on;
  at("play").setAttribute("aria-pressed", on);
  at("play").setAttribute("aria-label", on ? "Pause" : "Play");
  at("play").textContent = on ? "\u23F8\uFE0E" : "\u25B6\uFE0E";
  clearInterval(clock);
  if (on) clock = setInterval(() => step((state.frame + 1) % data.times.length), 50);
}

data.conditions.forEach((label, k) => at("condition").append(made("option", { value: k }, label)));
data.types.forEach(({ name }) => {
  const button = made("button", { type: "button", "aria-pressed": false }, name);
  button.addEventListener("click", () => toggle(name));
  at("types").append(button);
  at("target").append(made("option", { value: name }, name));
});
at("choice").open = data.types.length > 1 && data.types.length <= 20;
at("time").max = data.times.length - 1;
at("condition").addEventListener("change", (event) => turn(+event.target.value));
at("time").addEventListener("input", (event) => step(+event.target.value, true));
at("play").addEventListener("click", () => play(!state.playing));
at("target").addEventListener("change", (event) => { state.target = event.target.value; ask(); });
at("all").addEventListener("click", () => { state.shown = data.types.map((type) => type.name); arrange(); });
at("none").addEventListener("click", () => { state.shown = []; arrange(); });
for (const id of ["u", "v"]) at(id).addEventListener("change", () => {
  const column = columnAt.get(`${+at("u").value},${+at("v").value}`);
  if (column === undefined) at("status").textContent = "There is no such column.";
  else choose(column);
});
for (const id of ["u", "v"]) at(id).addEventListener("blur", ask);
addEventListener("resize", ask);

function moved(event) {
  const [u, v] = data.columns[state.column];
  // Left and right go along v; every other step u follows, so that one stays on a level.
  const level = (way) => [u - (way > 0 ? Math.abs(v) % 2 : 1 - Math.abs(v) % 2) * way, v + way];
  const next = { ArrowUp: [u - 1, v], ArrowDown: [u + 1, v], ArrowLeft: level(-1), ArrowRight: level(1) }[event.key];
  const column = next && columnAt.get(next.join());
  if (column !== undefined) choose(column);
}
document.addEventListener("keydown", (event) => {
  const here = event.target, typing = here.matches?.("select, input[type=number]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  const onMap = here.tagName === "CANVAS", slider = here === at("time");
  const along = { ArrowLeft: state.frame - 1, ArrowRight: state.frame + 1, Home: 0, End: data.times.length - 1 };
  if (onMap && (event.shiftKey || ["ArrowUp", "ArrowDown"].includes(event.key)) && event.key.startsWith("Arrow")) moved(event);
  else if (event.key in along && !event.shiftKey && !slider) step(along[event.key], true);
  else if (event.key === " " && !here.matches?.("button, summary")) play(!state.playing);
  else if (event.key === "[" || event.key === "]") turn(state.condition + (event.key === "]" ? 1 : -1));
  else return;
  event.preventDefault();
});
arrange();
