// What the detection views share: a picture under a grid of cells, boxes over it, overlap, suppression, thresholds; put before
// their own code, after axes.js. A field is what every cell said: boxes [cells, 4] in the picture's pixels, scores [cells, classes].
const CROWD = 8 // boxes from which on only names that fit over their boxes are written
const MOST_OF_A_KIND = 100 // boxes, as in the graph
const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]]
function cividis(share) {
  const place = within(share, 0, 1) * (CIVIDIS.length - 1), i = Math.min(Math.floor(place), CIVIDIS.length - 2)
  return `rgb(${CIVIDIS[i].map((part, axis) => Math.round(part + (CIVIDIS[i + 1][axis] - part) * (place - i)))})`
}
const sigmoid = z => 1 / (1 + Math.exp(-z))
const inkOn = hex => ([1, 3, 5].reduce((sum, at, i) => sum + parseInt(hex.slice(at, at + 2), 16) * [0.3, 0.59, 0.11][i], 0) < 140 ? "#fff" : "#111")
const fixed = (value, digits) => write(Math.abs(value) < 10 ** -digits / 2 ? 0 : value, digits) // small is 0, no power of ten
const filled = (text, values) => Object.entries(values).reduce((told, [name, value]) => told.replaceAll(`{${name}}`, value), text)

function fieldOf(data) {
  const field = { ...data, boxes: floats(data.boxes), scores: floats(data.scores), raw: floats(data.raw), kinds: data.labels.length }
  field.cells = data.rows * data.columns
  field.side = Math.max(data.height / data.rows, data.width / data.columns) // of a cell, in the picture's pixels
  field.left = (data.width - data.columns * field.side) / 2
  field.top = (data.height - data.rows * field.side) / 2
  field.box = cell => Array.from(field.boxes.subarray(4 * cell, 4 * cell + 4))
  field.z = cell => Array.from(field.raw.subarray((5 + field.kinds) * cell, (5 + field.kinds) * (cell + 1)))
  return field
}

// ---- overlap and suppression, as the graph's own operator computes them
const area = ([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1)
const shared = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]
function overlap(a, b) {
  const both = shared(a, b)
  if (both[2] <= both[0] || both[3] <= both[1]) return 0
  return area(both) / (area(a) + area(b) - area(both))
}
function candidates(field, least) { // the surest first
  const found = []
  field.scores.forEach((score, i) => {
    const cell = Math.floor(i / field.kinds)
    if (score > least) found.push({ cell, kind: i % field.kinds, score, box: field.box(cell) })
  })
  return found.sort((a, b) => b.score - a.score)
}
function fates(found, most) { // one for each box, in the order of decisions: it stays, or goes because of a surer one
  const decided = new Set(), told = [], count = {}
  found.forEach((sure, i) => {
    if (decided.has(i)) return
    decided.add(i)
    count[sure.kind] = (count[sure.kind] ?? 0) + 1
    if (count[sure.kind] > MOST_OF_A_KIND) return
    told.push({ box: i, by: null })
    for (let j = i + 1; j < found.length; j++) {
      if (decided.has(j) || found[j].kind !== sure.kind) continue
      const much = overlap(sure.box, found[j].box)
      if (much <= most) continue
      decided.add(j)
      told.push({ box: j, by: i, overlap: much })
    }
  })
  return told
}
const staying = (found, most) => fates(found, most).filter(fate => fate.by === null).map(fate => found[fate.box])

// ---- the picture: draw(marks) paints over it; sizes are pixels of the screen
function createPlate(host) {
  const image = Object.assign(document.createElement("img"), { alt: "", draggable: false }), svg = shape("svg", { tabindex: 0, role: "application" })
  host.append(image, svg)
  const pen = document.createElement("canvas").getContext("2d")
  const plate = { svg, set, draw() {}, x, y, at, cellAt, cellBox, outline, rectangle, heat, fits }
  let field, scale = 1
  function set(next) {
    field = next
    host.style.aspectRatio = `${field.columns} / ${field.rows}`
    const wide = field.columns * field.side, high = field.rows * field.side
    if (image.getAttribute("src") !== field.picture) image.src = field.picture
    image.alt = field.alt
    svg.setAttribute("aria-label", field.texts.plate)
    const share = value => `${100 * value}%`
    Object.assign(image.style, { left: share(-field.left / wide), top: share(-field.top / high), width: share(field.width / wide), height: share(field.height / high) })
    size()
  }
  function size() {
    if (field) scale = svg.clientWidth / (field.columns * field.side)
  }
  function x(value) { return (value - field.left) * scale }
  function y(value) { return (value - field.top) * scale }
  function at(event) { // in the picture's pixels
    const { left, top } = svg.getBoundingClientRect()
    return [(event.clientX - left) / scale + field.left, (event.clientY - top) / scale + field.top]
  }
  function cellAt(event) {
    const [px, py] = at(event)
    const column = Math.floor((px - field.left) / field.side), row = Math.floor((py - field.top) / field.side)
    return row < 0 || column < 0 || row >= field.rows || column >= field.columns ? null : row * field.columns + column
  }
  function cellBox(cell) {
    const left = field.left + (cell % field.columns) * field.side, top = field.top + Math.floor(cell / field.columns) * field.side
    return [left, top, left + field.side, top + field.side]
  }
  function rectangle([x1, y1, x2, y2], attributes) {
    return shape("rect", { x: x(x1), y: y(y1), width: Math.max(0, (x2 - x1) * scale), height: Math.max(0, (y2 - y1) * scale), ...attributes })
  }
  function outline(box, colour, label, look = "") { // a box, and what it says: at its upper edge, of a dashed one at its lower
    const group = shape("g", { class: `outline ${look}` })
    group.append(rectangle(box, { class: "halo" }), rectangle(box, { stroke: colour, class: "line" }))
    if (!label) return group
    const text = shape("text", { style: `fill:${inkOn(colour)}` }, label), wide = 8 + width(label)
    const left = within(x(box[0]) - 1, 0, Math.max(0, svg.clientWidth - wide)), low = look === "dashed"
    const top = low ? within(y(box[3]) - 18, 0, svg.clientHeight - 18) : y(box[1]) > 18 ? y(box[1]) - 18 : Math.max(0, y(box[1]))
    text.setAttribute("x", left + 4)
    text.setAttribute("y", top + 13)
    group.append(shape("rect", { x: left, y: top, width: wide, height: 18, style: `fill:${colour}` }), text)
    return group
  }
  function width(label) { // of the chip's text
    pen.font = `600 12px ${getComputedStyle(svg).fontFamily}`
    return pen.measureText(label).width
  }
  function fits(label, box) { // over a box of its own size
    return 8 + width(label) <= (box[2] - box[0]) * scale + 2
  }
  function heat(cells = field.cells) { // σ(z0) of each cell
    const group = shape("g", { class: "heat" })
    for (let cell = 0; cell < cells; cell++) group.append(rectangle(cellBox(cell), { fill: cividis(sigmoid(field.z(cell)[0])) }))
    return group
  }
  new ResizeObserver(() => { size(); if (field) plate.draw() }).observe(host)
  return plate
}

// ---- two sliders, which answer while they move; `commit` when they rest
function createThresholds(host, moved, commit) {
  let flight = [] // codes sent whose echo has not come back; the first is what the server last had
  const code = values => values.map(value => value.toFixed(2)).join(",")
  const inputs = ["score", "iou"].map(name => {
    const label = document.createElement("label"), title = document.createElement("span"), output = document.createElement("output")
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0.02, max: 0.98, step: 0.01 })
    input.dataset.part = name
    label.append(title, input, output)
    host.append(label)
    input.oninput = () => { show(); moved() }
    input.onchange = () => {
      flight.push(code(thresholds.values()))
      commit(flight.at(-1))
    }
    return { name, title, input, output }
  })
  function show() {
    for (const { input, output } of inputs) output.textContent = write(Number(input.value), 2)
  }
  const thresholds = {
    values: () => inputs.map(({ input }) => Number(input.value)),
    set(values, texts) {
      const echo = flight.indexOf(code(values))
      if (echo >= 0) flight.splice(0, echo)
      else { // a link, or the browser's Back
        flight = [code(values)]
        inputs.forEach(({ input }, i) => { input.value = values[i] })
      }
      for (const { name, title } of inputs) title.textContent = texts[name]
      show()
    },
  }
  return thresholds
}
