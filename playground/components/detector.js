// What a detector said of a picture: the boxes that stay at two thresholds, all boxes that ask for a place, or the heat of the
// grid; and of any cell its own prediction, z by z. Thresholds answer here, from the raw output; what is sent: where they
// come to rest, the look, and the cell that was clicked.
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), plate = createPlate(part("plate")), view = { send() {}, update }
  const thresholds = createThresholds(part("thresholds"), draw, value => view.send("thresholds", value))
  let field, found = [], look = "found", pinned = null, pointed = null
  plate.draw = draw

  function update(data) {
    field = fieldOf(data)
    language = data.language
    look = data.look
    pinned = data.cell !== null && data.cell < field.cells ? data.cell : null
    pointed = null
    plate.set(field)
    thresholds.set(data.thresholds, data.texts)
    const buttons = part("looks")
    Object.entries(data.looks).forEach(([name, title], i) => {
      const button = buttons.children[i] ?? buttons.appendChild(Object.assign(document.createElement("button"), { type: "button" }))
      button.textContent = title
      button.dataset.look = name
      button.onclick = () => { look = name; draw(); view.send("look", name) }
    })
    draw()
  }

  function draw() {
    if (!field) return
    const [score, iou] = thresholds.values(), asked = candidates(field, score)
    found = staying(asked, iou)
    for (const button of part("looks").children) button.setAttribute("aria-pressed", button.dataset.look === look)
    const cell = pointed ?? pinned, marks = []
    if (look === "heat") marks.push(plate.heat())
    const shown = look === "found" ? found : look === "all" ? asked : []
    for (const box of shown.slice(0, 400).reverse()) {
      marks.push(plate.outline(box.box, field.colours[box.kind], look === "found" ? name(box) : "", look === "found" && cell === null ? "" : "faint"))
    }
    if (cell !== null) {
      const z = field.z(cell), best = likeliest(z)
      marks.push(plate.rectangle(plate.cellBox(cell), { class: "cell" }), plate.outline(field.box(cell), field.colours[best], field.labels[best], "dashed"))
    }
    plate.svg.replaceChildren(...marks)
    plate.svg.dataset.found = found.map(box => field.labels[box.kind]).sort().join(" ")
    tell(asked, score, iou)
    part("found").hidden = cell !== null
    part("cell").hidden = cell === null
    if (cell === null) list()
    else explain(cell)
    window.dispatchEvent(new CustomEvent("playground:boxes", { detail: field.drawn ? found.map(box => ({
      box: box.box.map((value, i) => value / (i % 2 ? field.height : field.width)), label: field.labels[box.kind], colour: field.colours[box.kind], ink: inkOn(field.colours[box.kind]) })) : [] }))
  }
  function name(box) {
    const label = field.labels[box.kind]
    if (found.length <= CROWD) return `${label} ${fixed(box.score, 2)}`
    return plate.fits(label, box.box) ? label : ""
  }
  const likeliest = z => z.slice(5).reduce((best, value, kind, all) => (value > all[best] ? kind : best), 0)

  function tell(asked, score, iou) { // what the graph itself said, where it was asked the same
    const { texts, answer } = field, same = answer.score.toFixed(2) === score.toFixed(2) && answer.iou.toFixed(2) === iou.toFixed(2)
    const ours = found.map(box => box.kind).sort().join(), theirs = [...answer.kinds].sort().join()
    const counted = filled(texts.counted, { candidates: asked.length, found: found.length })
    part("told").textContent = `${counted} ${!same ? "" : ours === theirs ? texts.agrees : filled(texts.differs, { count: answer.kinds.length })}`
    part("told").dataset.graph = !same ? "" : ours === theirs ? "agrees" : "differs"
  }

  function list() {
    const items = (found.length > CROWD ? counted() : found.map(box => [box.kind, fixed(box.score, 2)])).map(([kind, told]) => {
      const item = document.createElement("li"), swatch = Object.assign(document.createElement("i"), { className: "swatch" })
      swatch.style.background = field.colours[kind]
      item.append(swatch, Object.assign(document.createElement("b"), { textContent: field.labels[kind] }), " ",
        Object.assign(document.createElement("span"), { textContent: told }))
      return item
    })
    const box = Object.assign(document.createElement("ul"), { className: "found" })
    box.append(...items)
    const hint = Object.assign(document.createElement("p"), { className: "quiet", textContent: field.texts.hint })
    part("found").replaceChildren(...(look === "heat" ? [scale()] : found.length ? [box] : []), hint)
  }
  function counted() { // how many of each kind
    const kinds = [...new Set(found.map(box => box.kind))].sort((a, b) => a - b)
    return kinds.map(kind => [kind, `× ${found.filter(box => box.kind === kind).length}`])
  }
  function scale() {
    const line = Object.assign(document.createElement("div"), { className: "scale" }), bar = document.createElement("i")
    bar.style.background = `linear-gradient(90deg, ${[0, 0.2, 0.4, 0.6, 0.8, 1].map(cividis)})`
    line.append("σ(z₀): 0", bar, "1")
    return line
  }

  function explain(cell) { // the cell's prediction, z by z
    const z = field.z(cell), { texts, kinds } = field, row = Math.floor(cell / field.columns), column = cell % field.columns
    const highest = Math.max(...z.slice(5)), powers = z.slice(5).map(value => Math.exp(value - highest)), sum = powers.reduce((a, b) => a + b)
    const object = sigmoid(z[0]), size = value => fixed(2 * Math.exp(Math.min(value, 5)), 1)
    const rows = [[texts.object, `σ(z₀) = ${fixed(object, 2)}`], [texts.across, `σ(z₁) = ${fixed(sigmoid(z[1]), 2)}`], [texts.down, `σ(z₂) = ${fixed(sigmoid(z[2]), 2)}`],
      [texts.width, filled(texts.cells, { formula: "2 exp(z₃)", size: size(z[3]) })], [texts.height, filled(texts.cells, { formula: "2 exp(z₄)", size: size(z[4]) })]]
    const table = document.createElement("table")
    rows.forEach(([title, means], i) => {
      const line = table.insertRow()
      for (const [text, kind] of [[title, ""], [`z${"₀₁₂₃₄"[i]} = ${fixed(z[i], 2)}`, "number"], [means, "means"]]) {
        Object.assign(line.insertCell(), { textContent: text, className: kind })
      }
    })
    const bars = Object.assign(document.createElement("div"), { className: "kinds" })
    const order = Array.from({ length: kinds }, (_, kind) => kind).sort((a, b) => powers[b] - powers[a]).slice(0, 5)
    const line = (label, share, colour, p, score) => {
      const made = document.createElement("div"), track = Object.assign(document.createElement("span"), { className: "track" }), bar = document.createElement("i")
      if (colour) Object.assign(bar.style, { width: `${100 * share}%`, background: colour })
      track.append(bar)
      made.append(...[label, p, score].map(text => Object.assign(document.createElement("span"), { textContent: text })))
      made.firstChild.after(track)
      if (!colour) track.style.visibility = "hidden"
      return made
    }
    bars.append(line("", 0, "", "p", texts.score_of))
    for (const kind of order) {
      const p = powers[kind] / sum
      bars.append(line(field.labels[kind], p, field.colours[kind], fixed(p, 2), fixed(object * p, 2)))
    }
    const title = Object.assign(document.createElement("h4"), { textContent: filled(texts.cell, { row: row + 1, column: column + 1 }) })
    part("cell").replaceChildren(title, table, bars)
  }

  // ---- pointing at cells
  const pin = cell => {
    pinned = cell
    pointed = null
    draw()
    view.send("cell", cell === null ? "" : `${Math.floor(cell / field.columns)}.${cell % field.columns}`)
  }
  plate.svg.onpointermove = event => {
    if (event.pointerType === "touch") return
    const cell = plate.cellAt(event)
    if (cell !== pointed) { pointed = cell; draw() }
  }
  plate.svg.onpointerleave = () => { pointed = null; draw() }
  plate.svg.onclick = event => {
    const cell = plate.cellAt(event)
    if (cell !== null) pin(cell === pinned ? null : cell)
  }
  plate.svg.onkeydown = event => {
    const move = MOVES[event.key], at = pointed ?? pinned
    if (move) {
      const [row, column] = at === null ? [0, 0] : [Math.floor(at / field.columns) + move[0], (at % field.columns) + move[1]]
      pointed = within(row, 0, field.rows - 1) * field.columns + within(column, 0, field.columns - 1)
      draw()
    } else if (event.key === "Enter" && at !== null) pin(at)
    else if (event.key === "Escape") pin(null)
    else return
    event.preventDefault()
  }
  plate.svg.onblur = () => { pointed = null; draw() }
  window.addEventListener("playground:sheet", function listen() {
    if (!plate.svg.isConnected) return window.removeEventListener("playground:sheet", listen)
    draw()
  })
  return view
}
