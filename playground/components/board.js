// What halfplanes.js and training.js share, put before them: the plane with the map of a net, its axes and lines, and the sums
// of the net, for what moves faster than the server answers. The graph says the last word: `agree` compares.
const UNITS = 600, INK = "#14201f", SVG = "http://www.w3.org/2000/svg"
const sigmoid = z => 1 / (1 + Math.exp(-z))
const FUNCTIONS = { sign: Math.sign, tanh: Math.tanh, relu: z => Math.max(z, 0), step: z => (z > 0 ? 1 : 0), sigmoid }
const activation = (name, k) => (name === "steep" ? z => sigmoid(k * z) : FUNCTIONS[name])

// layers: [{ w: [neuron][input], b: [neuron], f }]; the activations of each layer at x
function forward(layers, x) {
  return layers.map(({ w, b, f }) => (x = w.map((row, n) => f(row.reduce((sum, weight, i) => sum + weight * x[i], b[n])))))
}
// what neuron n of layer l says in each cell, or in one of so many, from the top left, row by row
function mapOf(layers, [low, high], side, l, n, every = 1) {
  const out = new Float32Array(Math.ceil(side ** 2 / every)), step = (high - low) / side, at = [0, 0], rooms = layers.map(({ b }) => new Float64Array(b.length))
  for (let i = 0; i < side ** 2; i += every) {
    at[0] = low + ((i % side) + 0.5) * step
    at[1] = high - (Math.floor(i / side) + 0.5) * step
    let from = at
    for (let k = 0; k <= l; k++) {
      const { w, b, f } = layers[k], to = rooms[k]
      for (let m = 0; m < b.length; m++) {
        let z = b[m]
        for (let j = 0; j < from.length; j++) z += w[m][j] * from[j]
        to[m] = f(z)
      }
      from = to
    }
    out[i / every] = from[n]
  }
  return out
}
// whether the graph's map, int8 shares, is ours: but for rounding, and for cells that a step's border runs through
function agree(theirs, layers, { span, side, middle, scale }) {
  const every = 7, mine = mapOf(layers, span, side, layers.length - 1, 0, every) // one cell of seven
  let off = 0
  for (let i = 0; i < mine.length; i++) if (Math.abs(theirs[i * every] - 127 * share(mine[i], middle, scale)) > 1) off++
  return theirs.length === side ** 2 && off <= mine.length / 100
}
const share = (value, middle, span) => Math.max(-1, Math.min(1, (value - middle) / span))
function shade(part, strength = 0.8) { // blue – white – orange
  const end = part < 0 ? [33, 102, 172] : [217, 95, 14]
  return end.map(channel => Math.round(255 + (channel - 255) * Math.abs(part) * strength))
}
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer
const rounded = (value, digits = 3) => Number(value.toFixed(digits)) || 0

let language = "en" // of the reader: their decimal point
const write = (value, digits = 2) => value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−").replace(".", language === "ru" ? "," : ".")
const plus = (value, digits) => `${value < 0 ? "−" : "+"} ${write(Math.abs(value), digits)}`

// buttons of a box, made once so that the keyboard keeps its place: [what they say, what they stand for, a colour]
function buttons(box, title, entries, act, pressed) {
  box.setAttribute("aria-label", title)
  entries.forEach(([label, code, colour], i) => {
    const button = box.children[i] ?? box.appendChild(Object.assign(document.createElement("button"), { type: "button" }))
    Object.assign(button, { textContent: label, onclick: () => act(code) })
    if (colour) button.prepend(Object.assign(document.createElement("i"), { style: `background:${colour}` }))
    button.dataset.code = code
    button.setAttribute("aria-pressed", code === pressed)
  })
}
function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

// The plane in `host`: a canvas for the map, and above it an SVG of 600 units a side.
function createBoard(host) {
  const canvas = document.createElement("canvas"), svg = element("svg", { viewBox: `0 0 ${UNITS} ${UNITS}` })
  const axes = element("g", { class: "axes" }), lines = element("g"), points = element("g")
  svg.append(axes, lines, points)
  host.prepend(canvas, svg)
  const context = canvas.getContext("2d")
  const board = { svg, lines, points, span: [-1, 1], scale, px, at, paint, segment, draw }

  function scale(span) {
    if (span.join() === board.span.join() && axes.firstChild) return
    board.span = span
    axes.replaceChildren()
    for (let tick = Math.ceil(span[0]); tick <= span[1]; tick++) {
      const [x, y] = px([tick, tick]), ends = tick === span[0] || tick === span[1]
      axes.append(element("line", { x1: x, x2: x, y1: 0, y2: UNITS, class: tick ? "" : "zero" }),
        element("line", { y1: y, y2: y, x1: 0, x2: UNITS, class: tick ? "" : "zero" }))
      const label = String(tick).replace("-", "−")
      if (!ends) axes.append(element("text", { x: x + 5, y: UNITS - 8 }, label), element("text", { x: 6, y: y - 6 }, label))
    }
    axes.append(element("text", { x: UNITS - 8, y: UNITS - 8, class: "name" }, "x₁"), element("text", { x: 8, y: 24, class: "name first" }, "x₂"))
  }
  function px([x, y]) {
    const [low, high] = board.span, unit = UNITS / (high - low)
    return [(x - low) * unit, (high - y) * unit]
  }
  function at(event) { // where the pointer is on the plane
    const { left, top, width, height } = svg.getBoundingClientRect(), [low, high] = board.span
    return [low + ((event.clientX - left) / width) * (high - low), high - ((event.clientY - top) / height) * (high - low)]
  }
  function paint(values, side, middle = 0, span = 127) {
    if (canvas.width !== side) canvas.width = canvas.height = side
    const image = context.createImageData(side, side)
    for (let i = 0; i < values.length; i++) {
      const part = share(values[i], middle, span), strength = 0.8 * Math.abs(part), blue = part < 0
      image.data[4 * i] = 255 - (blue ? 222 : 38) * strength
      image.data[4 * i + 1] = 255 - (blue ? 153 : 160) * strength
      image.data[4 * i + 2] = 255 - (blue ? 83 : 241) * strength
      image.data[4 * i + 3] = 255
    }
    context.putImageData(image, 0, 0)
  }
  function segment([w1, w2], b) { // the part of w·x + b = 0 that is seen: two points of the plane, or null
    const [low, high] = board.span, ends = []
    if (w2) for (const x of [low, high]) ends.push([x, -(w1 * x + b) / w2])
    if (w1) for (const y of [low, high]) ends.push([-(w2 * y + b) / w1, y])
    const seen = ends.filter(end => end.every(value => value >= low - 1e-9 && value <= high + 1e-9))
    const far = seen.sort((p, q) => p[0] - q[0] || p[1] - q[1])
    return far.length > 1 ? [far[0], far.at(-1)] : null
  }
  // one line with its number, its positive side shaded: `parts` are those of one <g>, made when missing
  function draw(group, { w, b, label, anchor }) {
    if (!group.firstChild) {
      group.append(element("path", { class: "side" }), element("line", { class: "halo" }), element("line", { class: "stroke" }))
      group.append(element("g", { class: "badge" }, element("circle", { r: 15 }), element("text", { dy: 6 })))
    }
    const [side, halo, stroke, badge] = ["side", "halo", "stroke", "badge"].map(name => group.querySelector(`.${name}`))
    const ends = segment(w, b), length = Math.hypot(...w)
    group.style.display = ends ? "" : "none" // out of sight, or no line at all where w = 0
    if (!ends) return
    const [dx, dy] = [(w[0] / length) * 26, (-w[1] / length) * 26], [p, q] = ends.map(px)
    // p is left of q; both ends go on beyond the frame, so that the shade is not cut square inside of it
    const [[x1, y1], [x2, y2]] = [p, q].map(([x, y], i) => [x + (i ? 2 : -2) * Math.abs(dy), y + (i ? 2 : -2) * Math.sign(q[1] - p[1]) * Math.abs(dx)])
    for (const line of [halo, stroke]) for (const [key, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(key, value)
    side.setAttribute("d", `M${x1} ${y1}L${x2} ${y2}L${x2 + dx} ${y2 + dy}L${x1 + dx} ${y1 + dy}Z`)
    const [x, y] = px(anchor ?? ends[0].map((value, i) => (value + ends[1][i]) / 2))
    badge.setAttribute("transform", `translate(${x} ${y})`)
    badge.lastChild.textContent = label
  }
  return board
}
