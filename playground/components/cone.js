// A stack of layers in section, the input below: which cells of each layer a cell above sees, and how many ways lead to it (the
// brighter, the more: in a chain of ones that is the gradient). Sizes are the x-ray's; where a cell is drawn follows from strides
// and paddings. Changing a layer sends the stack, as playground/layers_field.py reads it.
const ROW = 46, LABEL = 17, CELL = 13 // pixels

export default mount(create, (view, { setStateValue }) => {
  view.send = stack => setStateValue("stack", stack)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), canvas = part("drawing"), context = canvas.getContext("2d")
  const view = { send() {}, update }
  let data, rows = [], at = null, held = null, waiting = 0, code = ""

  function update(next) {
    data = next
    canvas.setAttribute("aria-label", data.texts.drawing)
    // rows[0] is the input; start and step say where a row's cells lie, in input pixels
    rows = [{ size: data.side, start: 0.5, step: 1 }]
    for (const layer of data.layers) {
      const { start, step } = rows.at(-1), reach = (layer.kernel - 1) * layer.dilation
      rows.push({ ...layer, start: start + (reach / 2 - layer.pad) * step, step: step * layer.stride })
    }
    if (code !== data.code || !at) at = [rows.length - 1, Math.floor(rows.at(-1).size / 2)]
    code = data.code
    held = null
    list()
    scenes()
    draw()
  }

  // ---- the drawing
  const top = row => (rows.length - 1 - row) * ROW
  function draw() {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0
      if (!canvas.isConnected) return
      paint()
    })
  }
  function paint() {
    const width = canvas.clientWidth, height = rows.length * ROW - 12, ratio = devicePixelRatio, style = getComputedStyle(canvas)
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio))
      Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) })
    canvas.style.height = `${height}px`
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const ink = style.getPropertyValue("--st-text-color"), accent = style.getPropertyValue("--st-primary-color")
    const unit = width / data.side, [row, cell] = held ?? at, ways = Array(rows.length).fill(null)
    ways[row] = new Map([[cell, 1]])
    for (let i = row; i > 0; i--) {
      ways[i - 1] = new Map()
      for (const [place, count] of ways[i]) for (let t = 0; t < rows[i].kernel; t++) {
        const to = place * rows[i].stride - rows[i].pad + t * rows[i].dilation
        if (to >= 0 && to < rows[i - 1].size) ways[i - 1].set(to, (ways[i - 1].get(to) ?? 0) + count)
      }
    }
    const span = i => [Math.min(...ways[i].keys()), Math.max(...ways[i].keys())].map((place, side) => (rows[i].start + place * rows[i].step + (side - 0.5) * Math.min(rows[i].step, 1.6)) * unit)
    context.fillStyle = accent
    for (let i = row; i > 0; i--) { // the cone
      const [from, to] = [span(i), span(i - 1)]
      context.globalAlpha = 0.13
      context.beginPath()
      context.moveTo(from[0], top(i) + LABEL + CELL)
      context.lineTo(from[1], top(i) + LABEL + CELL)
      context.lineTo(to[1], top(i - 1) + LABEL)
      context.lineTo(to[0], top(i - 1) + LABEL)
      context.fill()
    }
    rows.forEach((layer, i) => {
      const most = ways[i] ? Math.max(...ways[i].values()) : 1, side = Math.max(2, Math.min(layer.step, 1.6) * unit - 1)
      for (let n = 0; n < layer.size; n++) {
        const count = ways[i]?.get(n), x = (layer.start + n * layer.step) * unit - side / 2
        context.fillStyle = count ? accent : ink
        context.globalAlpha = count ? 0.3 + 0.7 * (count / most) : 0.13
        context.fillRect(x, top(i) + LABEL, side, CELL)
      }
      context.globalAlpha = 0.85
      context.fillStyle = ink
      context.font = `${i === row ? "600 " : ""}12.5px ${style.fontFamily}`
      const seen = rows[row].field ?? 1
      const said = i ? `${i}. ${layer.title}: ${layer.told}` : data.texts.input.replace("{field}", `${seen} × ${seen}`)
      context.fillText(said, 0, top(i) + LABEL - 5, width)
    })
    context.globalAlpha = 1
    canvas.dataset.at = `${row}.${cell}`
    canvas.dataset.seen = ways[0].size ? Math.max(...ways[0].keys()) - Math.min(...ways[0].keys()) + 1 : 0
  }
  new ResizeObserver(() => data && draw()).observe(canvas)
  function under(event) {
    const { left, top: above, width, height } = canvas.getBoundingClientRect()
    const row = Math.max(0, Math.min(rows.length - 1, rows.length - 1 - Math.floor((event.clientY - above) / ROW)))
    const x = ((event.clientX - left) / width) * data.side, n = Math.round((x - rows[row].start) / rows[row].step)
    return [row, Math.max(0, Math.min(rows[row].size - 1, n))]
  }
  const hold = place => { held = place; draw() }
  canvas.onpointermove = event => hold(under(event))
  canvas.onpointerleave = () => hold(null)
  canvas.onclick = event => { at = under(event); draw() }
  canvas.onkeydown = event => {
    const step = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
    if (!step) return
    const row = Math.max(0, Math.min(rows.length - 1, at[0] + step[0]))
    const x = rows[at[0]].start + at[1] * rows[at[0]].step, n = step[0] ? Math.round((x - rows[row].start) / rows[row].step) : at[1] + step[1]
    at = [row, Math.max(0, Math.min(rows[row].size - 1, n))]
    hold(null)
    event.preventDefault()
  }

  // ---- the layers to change
  function list() {
    const layers = part("layers"), focused = root.activeElement ?? layers.getRootNode().activeElement, place = [...layers.querySelectorAll("select, button")].indexOf(focused)
    const boxes = data.layers.map((layer, i) => {
      const box = document.createElement("div"), remove = button("×", () => change(stack => stack.splice(i, 1)))
      box.className = "layer"
      remove.title = remove.ariaLabel = data.texts.remove
      remove.disabled = data.layers.length === 1
      const kinds = select("", ["c", "p"].map(kind => [kind, data.texts[kind]]), layer.kind, value =>
        change(stack => { stack[i] = value === "p" ? { kind: "p", kernel: 2, stride: 2, dilation: 1 } : { kind: "c", kernel: 3, stride: 1, dilation: 1 } }))
      box.append(Object.assign(document.createElement("b"), { textContent: i + 1 }), kinds)
      for (const name of layer.kind === "c" ? ["kernel", "stride", "dilation"] : ["kernel", "stride"])
        box.append(select(data.texts[name], [...new Set([...data.choices[name], layer[name]])].sort((a, b) => a - b).map(value => [value, value]), layer[name], value => change(stack => { stack[i][name] = +value })))
      box.append(remove)
      return box
    })
    const add = button(`+ ${data.texts.add}`, () => change(stack => stack.push({ kind: "c", kernel: 3, stride: 1, dilation: 1 })))
    add.className = "add"
    add.disabled = data.layers.length >= data.most
    layers.replaceChildren(...boxes, add)
    if (place >= 0) [...layers.querySelectorAll("select, button")][place]?.focus({ preventScroll: true })
  }
  function select(title, options, value, told) {
    const label = document.createElement("label"), made = document.createElement("select")
    made.append(...options.map(([code, text]) => new Option(text, code, false, String(code) === String(value))))
    made.onchange = () => told(made.value)
    if (!title) made.ariaLabel = data.texts.kind
    label.append(Object.assign(document.createElement("span"), { textContent: title || "\u00a0" }), made)
    return label
  }
  function button(text, told) {
    return Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick: told })
  }
  function scenes() {
    part("scenes").setAttribute("aria-label", data.texts.scenes)
    part("scenes").replaceChildren(...data.scenes.map(([title, stack]) => {
      const made = button(title, () => view.send(stack))
      made.ariaPressed = stack === data.code
      return made
    }))
  }
  function change(edit) {
    const stack = data.layers.map(({ kind, kernel, stride, dilation }) => ({ kind, kernel, stride, dilation }))
    edit(stack)
    view.send(stack.map(({ kind, kernel, stride, dilation }) => kind + kernel + (stride === (kind === "p" ? kernel : 1) ? "" : `s${stride}`) + (dilation > 1 ? `d${dilation}` : "")).join("-"))
  }
  return view
}
