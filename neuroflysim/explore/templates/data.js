// The numbers of the page: how they are read, and what follows from them. Nothing is drawn here.

const MISSING = 65535;

// Whole numbers of all samples of all cells, from the text that coding.py wrote.
async function unpacked(text, nTimes, nCells) {
  const small = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([small]).stream().pipeThrough(new DecompressionStream("deflate"));
  const halves = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = nTimes * nCells, whole = new Uint16Array(n);
  for (let k = 0; k < n; k++) {
    const before = k < nCells ? 0 : whole[k - nCells];
    whole[k] = before + halves[k] + 256 * halves[n + k];
  }
  return whole;
}

// The values of a cell type in one condition, sample by sample, and what each cell has at grey.
async function readValues(data, type, condition) {
  const nCells = type.cells.length, nTimes = data.times.length;
  const whole = await unpacked(type.data[condition], nTimes, nCells);
  const values = new Float32Array(whole.length);
  for (let k = 0; k < whole.length; k++) values[k] = whole[k] === MISSING ? NaN : type.low + type.step * whole[k];
  const before = Math.max(1, data.times.filter((time) => time <= 1e-9).length);
  const rest = new Float32Array(nCells);
  for (let cell = 0; cell < nCells; cell++) {
    let sum = 0;
    for (let k = 0; k < before; k++) sum += values[k * nCells + cell];
    rest[cell] = sum / before;
  }
  return { values, rest, nCells };
}

// Blue is below, white at, and red above 0; 64 shades each way.
const STOPS = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];
const SHADES = Array.from({ length: 129 }, (_, k) => {
  const place = k / 32, low = Math.min(3, Math.floor(place)), part = place - low;
  return `rgb(${STOPS[low].map((one, c) => Math.round(one + part * (STOPS[low + 1][c] - one))).join(",")})`;
});
function shade(change, limit) {
  if (Number.isNaN(change)) return -1;
  return Math.round(64 + 64 * Math.max(-1, Math.min(1, change / limit)));
}

// Where a column lies, to the right and down, in distances between neighbours.
const place = ([u, v]) => [Math.sqrt(3) / 2 * v, u + v / 2];

// Whether there is a cell of a type at (u, v), and where a periodic lattice has it.
function cellAt(inputs, type, u, v) {
  if (inputs.size) {
    const wrapped = (one, n) => ((one + Math.floor(n / 2)) % n + n) % n - Math.floor(n / 2);
    [u, v] = [wrapped(u, inputs.size[0]), wrapped(v, inputs.size[1])];
  } else if (Math.max(Math.abs(u), Math.abs(v), Math.abs(u + v)) > inputs.extent) return null;
  const [everyU, everyV] = inputs.strides[type];
  return u % everyU || v % everyV ? null : [u, v];
}

// The inputs of the cell of a type at (u, v), strongest first. `now(source, u, v)` is the value of
// a source, or undefined if it is not on the page.
function inputsOf(inputs, target, u, v, now) {
  const rows = [];
  for (const [source, sign, strength, offsets] of inputs.of[target] || []) {
    let synapses = 0, arrives = 0;
    for (const [du, dv, count] of offsets) {
      const at = cellAt(inputs, source, u - du, v - dv);
      if (!at) continue;
      synapses += count;
      const value = inputs.driven ? now(source, ...at) : undefined;
      arrives += value === undefined ? NaN : count * Math.max(value, 0);
    }
    if (!synapses) continue;
    const weight = inputs.weighted ? sign * strength * synapses : sign * synapses;
    rows.push({ source, sign, synapses, weight, arrives: inputs.driven ? sign * strength * arrives : NaN });
  }
  return rows.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
}
