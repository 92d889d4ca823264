// The loss of one cell: a box is drawn as the truth (drag), a cell is chosen (click), and what the graph computed of both is
// shown term by term: the loss, its gradient by each z, and where a descent along it would take the cell's box.
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }
const BLUE = "#2166ac", ORANGE = "#d95f0e", PACE = 55 // ms a step of the descent

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), plate = createPlate(part("plate")), view = { send() {}, update }
  let field, path, truth = null, drag = null, step = 0, timer = 0
  plate.draw = draw

  function update(data) {
    stop()
    field = fieldOf(data)
    language = data.language
    path = floats(data.path)
    if (!drag) truth = data.truth
    step = 0
    plate.set(field)
    const kinds = part("kinds")
    kinds.setAttribute("aria-label", data.texts.kind)
    while (kinds.children.length > field.kinds) kinds.lastChild.remove()
    field.labels.forEach((label, kind) => {
      const button = kinds.children[kind] ?? kinds.appendChild(Object.assign(document.createElement("button"), { type: "button" }))
      button.textContent = label
      button.setAttribute("aria-pressed", kind === data.kind)
      button.onclick = () => view.send("kind", String(kind))
    })
    part("told").textContent = data.texts.told
    part("scrub").max = field.losses.length - 1
    part("scrub").setAttribute("aria-label", data.texts.descent)
    table()
    draw()
  }

  function draw() {
    if (!field) return
    const grid = shape("g", { class: "grid" }), [width, height] = [plate.svg.clientWidth, plate.svg.clientHeight], marks = [grid]
    for (let i = 1; i < field.columns; i++) grid.append(shape("line", { x1: (i * width) / field.columns, x2: (i * width) / field.columns, y1: 0, y2: height }))
    for (let i = 1; i < field.rows; i++) grid.append(shape("line", { y1: (i * height) / field.rows, y2: (i * height) / field.rows, x1: 0, x2: width }))
    const box = Array.from(path.subarray(4 * step, 4 * step + 4)), colour = field.colours[field.kinds_now[step]]
    marks.push(plate.rectangle(plate.cellBox(field.cell), { class: "cell" }), plate.outline(box, colour, field.labels[field.kinds_now[step]], "dashed"))
    if (truth) {
      marks.push(plate.outline(truth, "#14201f", field.texts.truth))
      for (const [middle, fill] of [[truth, "#14201f"], [box, colour]]) {
        marks.push(shape("circle", { class: "dot", r: 5, fill, cx: plate.x((middle[0] + middle[2]) / 2), cy: plate.y((middle[1] + middle[3]) / 2) }))
      }
    }
    plate.svg.replaceChildren(...marks)
    part("play").textContent = timer ? field.texts.pause : field.texts.descent
    part("scrub").value = step
    part("loss").textContent = filled(field.texts.loss, { step, loss: fixed(field.losses[step], 3) })
  }

  function table() {
    const made = document.createElement("table"), head = made.createTHead().insertRow(), most = Math.max(...field.terms.map(row => Math.abs(row.gradient ?? 0)), 0.01)
    for (const [text, kind] of [["", ""], [field.texts.z, "number"], [field.texts.goal, ""], [field.texts.term, "number"], [field.texts.gradient, "number"]]) {
      head.append(Object.assign(document.createElement("th"), { textContent: text, className: kind }))
    }
    const body = made.createTBody(), number = (value, digits) => (value === null ? "" : fixed(value, digits))
    for (const row of field.terms) {
      const line = body.insertRow()
      line.className = row.off ? "off" : row.sum ? "sum" : ""
      for (const [text, kind] of [[row.title, ""], [number(row.z, 2), "number"], [row.goal ?? "", ""], [number(row.term, 3), "number"], [number(row.gradient, 3), "number bar"]]) {
        Object.assign(line.insertCell(), { textContent: text, className: kind })
      }
      if (row.gradient === null) continue
      const mark = document.createElement("i"), share = `${50 * Math.abs(row.gradient) / most}%`, below = row.gradient < 0
      Object.assign(mark.style, { width: share, background: below ? BLUE : ORANGE, [below ? "right" : "left"]: "50%" })
      line.lastChild.append(mark)
    }
    part("terms").replaceChildren(made)
  }

  // ---- the truth is dragged, a cell is clicked; with keys arrows move the truth, with shift they resize it
  const clipped = ([x, y]) => [within(x, 0, field.width), within(y, 0, field.height)]
  plate.svg.onpointerdown = event => {
    if (event.button) return
    drag = { from: clipped(plate.at(event)), cell: plate.cellAt(event), x: event.clientX, y: event.clientY, moved: false, before: truth }
    plate.svg.setPointerCapture(event.pointerId)
  }
  plate.svg.onpointermove = event => {
    if (!drag || (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 6)) return
    drag.moved = true
    const to = clipped(plate.at(event))
    truth = [0, 1].map(i => Math.min(drag.from[i], to[i])).concat([0, 1].map(i => Math.max(drag.from[i], to[i])))
    draw()
  }
  plate.svg.onpointerup = event => {
    if (!drag) return
    const { moved, cell } = drag
    drag = null
    if (moved) commit()
    else if (cell !== null) view.send("cell", `${Math.floor(cell / field.columns)}.${cell % field.columns}`)
    event.preventDefault()
  }
  plate.svg.onpointercancel = () => { truth = drag?.before ?? truth; drag = null; draw() }
  const commit = () => view.send("truth", truth.map(value => Math.round(value)).join(","))
  plate.svg.onkeydown = event => {
    const move = MOVES[event.key], by = field.side / 4
    if (!move || !truth) return
    const [dx, dy] = move.map(way => way * by), [x1, y1, x2, y2] = truth
    const next = event.shiftKey ? [x1, y1, Math.max(x2 + dx, x1 + by), Math.max(y2 + dy, y1 + by)] : [x1 + dx, y1 + dy, x2 + dx, y2 + dy]
    if (next[0] >= 0 && next[1] >= 0 && next[2] <= field.width && next[3] <= field.height) truth = next
    event.preventDefault()
    draw()
    commit()
  }

  // ---- the descent
  function stop() {
    clearInterval(timer)
    timer = 0
  }
  part("play").onclick = () => {
    if (timer) { stop(); return draw() }
    if (step >= field.losses.length - 1) step = 0
    timer = setInterval(() => {
      if (!plate.svg.isConnected) return stop()
      if (++step >= field.losses.length - 1) stop()
      draw()
    }, PACE)
    draw()
  }
  part("scrub").oninput = event => { stop(); step = Number(event.target.value); draw() }
  return view
}
