// A net's tensors in a row, each a square as large as its side. Pointing at any of them, or arrow keys, chooses an answer; the
// part of each tensor that this answer sees is filled: of the picture it is a window.
const PIXEL = 8, LEAST = 13, WIDEST = 230 // screen pixels of a picture's pixel; of the smallest square; of the largest

export default mount(create, (view, { setStateValue }) => {
  view.send = at => setStateValue("answer", at)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), row = part("row"), view = { send() {}, update }
  let data, planes = [], at = [0, 0], kind = "", sent = null

  function update(next) {
    data = next
    language = data.language
    row.setAttribute("aria-label", data.texts.row)
    const cells = data.tensors.at(-1).side
    if (next.answer && next.answer.join(".") !== sent) at = next.answer
    at = at.map(value => Math.min(value, cells - 1))
    sent = next.answer?.join(".") ?? sent
    const now = JSON.stringify(data.tensors) + language
    if (now !== kind) {
      kind = now
      build()
    }
    draw()
  }
  function build() {
    const narrow = row.clientWidth < 600, pixel = Math.min(PIXEL, (narrow ? 120 : WIDEST) / data.tensors[0].side)
    planes = data.tensors.map((tensor, i) => {
      const side = Math.max(LEAST, tensor.side * pixel), depth = Math.min(4, Math.ceil(Math.log2(tensor.maps)) - 1), step = 3
      const svg = shape("svg", { width: side + depth * step, height: side + depth * step, "aria-hidden": "true" })
      for (let n = depth; n > 0; n--) svg.append(shape("rect", { class: "plane back", x: n * step, y: (depth - n) * step, width: side, height: side }))
      const front = shape("g", { transform: `translate(0 ${depth * step})` }), cell = side / tensor.side, seen = shape("rect", { class: "seen" })
      front.append(shape("rect", { class: "plane", width: side, height: side }))
      if (cell >= 5) for (let n = 1; n < tensor.side; n++) {
        front.append(shape("line", { class: "line", x1: n * cell, x2: n * cell, y1: 0, y2: side }), shape("line", { class: "line", y1: n * cell, y2: n * cell, x1: 0, x2: side }))
      }
      front.append(seen)
      svg.append(front)
      const point = event => {
        const box = front.getBoundingClientRect(), last = data.tensors.at(-1).side - 1
        const index = share => within(Math.round((share * tensor.side - tensor.seen / 2) / tensor.step), 0, last)
        at = [index((event.clientY - box.top) / box.height), index((event.clientX - box.left) / box.width)]
        draw()
      }
      svg.onpointermove = point
      svg.onclick = event => { point(event); commit() }
      const figure = document.createElement("figure"), caption = document.createElement("figcaption")
      caption.innerHTML = `<b>${tensor.side}×${tensor.side}×${tensor.maps}</b>${data.texts.names[i]}`
      figure.append(svg, caption)
      return { figure, seen, cell, tensor }
    })
    const arrow = text => Object.assign(document.createElement("div"), { className: "arrow", textContent: text })
    row.replaceChildren(...planes.flatMap((plane, i) => (i ? [arrow(data.texts.layers[i - 1]), plane.figure] : [plane.figure])))
  }
  function draw() {
    for (const { seen, cell, tensor } of planes) {
      const size = tensor.seen * cell
      for (const [name, value] of Object.entries({ x: at[1] * tensor.step * cell, y: at[0] * tensor.step * cell, width: size, height: size })) seen.setAttribute(name, value)
    }
    const [top, left] = at.map(value => value * data.stride)
    part("told").textContent = data.texts.told.replace("{row}", at[0]).replace("{column}", at[1]).replace("{rows}", `${top}–${top + data.window - 1}`).replace("{columns}", `${left}–${left + data.window - 1}`)
    row.dataset.at = at.join(".")
  }
  function commit() {
    const code = at.join(".")
    if (code === sent) return
    sent = code
    view.send(code)
  }
  row.onkeydown = event => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key], last = data.tensors.at(-1).side - 1
    if (step) at = at.map((value, axis) => within(value + step[axis], 0, last))
    else if (event.key === "Enter") return commit()
    else return
    event.preventDefault()
    draw()
  }
  row.onblur = commit
  return view
}
