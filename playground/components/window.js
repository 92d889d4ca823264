// A window that slides over grids of numbers. Under the pointer, the arrow keys or the player it stands at one output number,
// and the sum that made it is written out: patch × kernel + bias → activation, set beside what ONNX Runtime computed.
//
// data (playground/window.py packs it):
//   op          "conv" | "max" | "average" | "transposed"
//   input       {shape: [C, H, W], values: flat}
//   kernel      {shape, values} or null: conv [M, C/groups, kh, kw]; transposed [C, M/groups, kh, kw]
//   bias        {shape: [M, 1, 1], values} or null
//   sums        {shape: [M, P, Q], values}: what the graph computed before the activation
//   output      the same after it
//   size, stride, dilation [rows, columns]; pads [top, left, bottom, right]; groups
//   padding     "zero" | "reflect" | "none" (those cells do not count); pads of "transposed" are cut off the output instead
//   activation  its name, or ""
//   editable    which of "input", "kernel", "bias" a person may change; brush: {kind: number that dragging over its grid paints}
//   limit       the largest magnitude that may be typed
//   names       {input: [C], kernel: [M], output: [M]}: what stands above the grids; signed: which are coloured blue – orange
//   look        "m.p.q", the output number that was clicked, or ""; play: whether it begins to move by itself
//   announce    whether the window is told to a canvas on the page ("playground:outline", sides as shares of the input)
//   texts, language, height (pixels that the grids may take)
// Values it sends: input, kernel and bias, matrices parted by "/" as playground.window.stack reads them; look.

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

let point = "."
const write = (value, digits = 4) => `${+value.toFixed(digits)}`.replace(/^-0$/, "0").replace("-", "−").replace(".", point)
const short = value => (Math.abs(value) >= 1e5 ? value.toExponential(0).replace("-", "−") : write(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2))
const clamp = (value, most) => Math.max(0, Math.min(most, value))

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), flow = part("flow"), scrub = part("scrub"), sum = part("sum")
  const view = { send() {}, update }, still = matchMedia("(prefers-reduced-motion: reduce)"), sent = { input: [], kernel: [], bias: [] }
  let data = null, grids = [], built = "", at = 0, held = null, sweeping = false, playing = 0, cursor = null, editor = null, marked = []

  function update(next) {
    point = next.language === "ru" ? "," : "."
    for (const kind of Object.keys(sent)) { // an echo of an older edit must not undo a newer one
      const echo = next[kind] ? sent[kind].indexOf(code(next[kind])) : -1
      sent[kind] = echo < 0 ? [] : sent[kind].slice(echo + 1)
      if (sent[kind].length) next[kind].values = data[kind].values
    }
    const first = !data, other = data?.look !== next.look
    data = next
    flow.classList.toggle("stale", Object.values(sent).some(codes => codes.length))
    for (const element of root.querySelectorAll("[data-text]")) {
      element.title = data.texts[element.dataset.text]
      element.setAttribute("aria-label", data.texts[element.dataset.text])
    }
    for (const option of part("speed").options) option.textContent = `${write(+option.value)}×`
    const { op, input, kernel, output, pads, editable, names, brush, groups } = data
    const shape = JSON.stringify([op, input.shape, kernel?.shape, output.shape, pads, editable, names, brush, groups, Boolean(data.bias)])
    if (shape !== built) {
      built = shape
      pause()
      build()
      fit()
      at = held = null
    }
    scrub.max = data.output.values.length - 1
    if (at === null || other) at = parse(data.look) ?? 0
    fill()
    show()
    if (first && data.play && !data.look && !still.matches) play()
  }

  // ---- which numbers an output number is made of
  const channels = m => { // the input channels that filter m reads
    if (!data.kernel) return [m]
    const each = data.input.shape[0] / data.groups, group = Math.floor(m / (data.output.shape[0] / data.groups))
    return Array.from({ length: each }, (_, k) => group * each + k)
  }
  function weightAt(m, k, i, j) { // where in kernel.values
    const [height, width] = data.size, each = data.input.shape[0] / data.groups, filters = data.output.shape[0] / data.groups
    const n = data.op === "transposed" ? (Math.floor(m / filters) * each + k) * filters + (m % filters) : m * each + k
    return (n * height + i) * width + j
  }
  function pixel(c, row, column) { // of the padded input; null where nothing counts
    const [, height, width] = data.input.shape, [top, left] = data.op === "transposed" ? [0, 0] : data.pads
    let [r, q] = [row - top, column - left]
    const inside = r >= 0 && q >= 0 && r < height && q < width
    if (!inside && data.padding !== "reflect") return data.padding === "zero" ? 0 : null
    const mirror = (i, n) => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i)
    return data.input.values[(c * height + mirror(r, height)) * width + mirror(q, width)]
  }
  function reads(m, p, q) { // for each channel: the patch, in the kernel's shape, of {row, column, x, w}; null where nothing is read
    const [height, width] = data.size, [sy, sx] = data.stride, [dy, dx] = data.dilation, [top, left] = data.pads
    return channels(m).map((c, k) => ({ c, k, patch: Array.from({ length: height * width }, (_, n) => {
      const i = Math.floor(n / width), j = n % width, w = data.kernel ? data.kernel.values[weightAt(m, k, i, j)] : 1
      if (data.op !== "transposed") return { row: p * sy + i * dy, column: q * sx + j * dx, x: pixel(c, p * sy + i * dy, q * sx + j * dx), w }
      const row = (p + top - i * dy) / sy, column = (q + left - j * dx) / sx, [, rows, columns] = data.input.shape
      const read = Number.isInteger(row) && Number.isInteger(column) && row >= 0 && column >= 0 && row < rows && column < columns
      return read ? { row, column, x: data.input.values[(c * rows + row) * columns + column], w } : null
    }) }))
  }
  const place = n => { const [, height, width] = data.output.shape; return [Math.floor(n / height / width), Math.floor(n / width) % height, n % width] }
  const index = ([m, p, q]) => (m * data.output.shape[1] + p) * data.output.shape[2] + q
  function parse(look) {
    const at = (look ?? "").split(".").map(Number)
    return look && at.length === 3 && at.every((value, axis) => Number.isInteger(value) && value >= 0 && value < data.output.shape[axis]) ? index(at) : null
  }

  // ---- the grids
  function build() {
    const { input, kernel, output, names, pads, texts } = data, [top, left, bottom, right] = data.op === "transposed" ? [0, 0, 0, 0] : pads
    grids = []
    const filters = document.createElement("div"), sign = text => Object.assign(document.createElement("span"), { className: "sign", textContent: text })
    filters.className = "side"
    if (kernel) for (let m = 0; m < output.shape[0]; m++) {
      const made = channels(m).map((c, k) => grid("kernel", names.kernel[m] + (input.shape[0] > 1 ? ` · ${names.input[c]}` : ""), data.size, { m, k, value: (i, j) => weightAt(m, k, i, j) }))
      const column = stack(made, "filter")
      column.dataset.filter = m
      if (data.bias) column.append(grid("bias", `+ ${texts.bias}`, [1, 1], { m, value: () => m }))
      filters.append(column)
    }
    const [count, height, width] = input.shape
    const inputs = Array.from({ length: count }, (_, c) => grid("input", names.input[c], [height + top + bottom, width + left + right], { c,
      value: (i, j) => (i < top || j < left || i >= height + top || j >= width + left ? -1 : (c * height + i - top) * width + j - left) }))
    const outputs = Array.from({ length: output.shape[0] }, (_, m) => grid("output", names.output[m], output.shape.slice(1), { m, value: (i, j) => index([m, i, j]) }))
    flow.replaceChildren(stack(inputs, "channels"), sign(kernel ? "∗" : "→"), ...(kernel ? [filters, sign("=")] : []), stack(outputs, "channels"))
    flow.setAttribute("aria-label", texts.grids)
  }
  function stack(figures, name = "") {
    const column = document.createElement("div")
    column.className = `column ${name}`
    column.append(...figures)
    return column
  }
  function grid(kind, title, [rows, columns], facts) {
    const figure = document.createElement("figure"), element = document.createElement("div")
    const made = { kind, rows, columns, element, ...facts, cells: [] }
    figure.innerHTML = "<figcaption></figcaption>"
    figure.firstChild.textContent = title
    element.className = `grid ${kind}`
    if (data.editable.includes(kind)) element.classList.add(kind in data.brush ? "brush" : "editable")
    element.style.gridTemplateColumns = `repeat(${columns}, var(--cell))`
    Object.assign(element, { tabIndex: 0, role: "application", ariaLabel: title })
    for (let n = 0; n < rows * columns; n++) {
      const cell = document.createElement("span"), ghost = made.value(Math.floor(n / columns), n % columns) < 0
      cell.className = ghost ? "cell ghost" : "cell"
      cell.append(document.createElement("span"))
      made.cells.push(cell)
    }
    element.append(...made.cells)
    if (kind === "input" && data.op !== "transposed") element.append((made.box = Object.assign(document.createElement("i"), { className: "box" })))
    listen(made)
    grids.push(made)
    figure.append(element)
    return figure
  }
  function fill() {
    const largest = Object.fromEntries(["input", "kernel", "bias", "output"].map(kind => [kind, data[kind] ? Math.max(...data[kind].values.map(Math.abs)) || 1 : 1]))
    for (const made of grids) {
      let longest = 2
      made.cells.forEach((cell, n) => {
        const [i, j] = [Math.floor(n / made.columns), n % made.columns], where = made.value(i, j)
        const value = where < 0 ? pixel(made.c, i, j) : data[made.kind].values[where], text = value === null ? "·" : short(value)
        if (cell.firstChild.textContent !== text) cell.firstChild.textContent = text
        longest = Math.max(longest, text.length)
        if (where >= 0) paint(cell, value, largest[made.kind], data.signed.includes(made.kind))
      })
      made.element.style.setProperty("--font", Math.min(0.42, 1.55 / longest))
    }
  }
  function fit() { // cells as large as the width and the height allow; beside one another, or on a phone below one another
    const width = flow.clientWidth || 700, of = kind => grids.filter(made => made.kind === kind)
    const across = kind => Math.max(0, ...of(kind).map(made => made.columns)), down = kind => of(kind).reduce((sum, made) => sum + made.rows, 0)
    const filters = data.kernel ? data.output.shape[0] : 0, large = across("input") > 16 // too many to be read: a picture
    const kernels = filters * across("kernel"), wide = across("input") + across("output"), gaps = filters ? 110 + 18 * filters : 70
    const narrow = (width - gaps - (large ? kernels * 24 : 0)) / (wide + (large ? 0 : kernels)) < (large ? 6 : 24)
    const most = Math.max(of("input").length * across("input"), kernels, of("output").length * across("output")) // channels side by side
    const beside = narrow && (width - 10 * data.input.shape[0]) / most >= 17
    const columns = beside ? most : narrow ? Math.max(across("input"), across("output")) : wide + (large ? 0 : kernels)
    const rows = Math.max(down("input"), down("output"), filters && !large ? down("kernel") / filters : 0)
    const room = narrow ? width - (beside ? 10 * Math.max(data.input.shape[0], filters) : 4) : width - gaps - (large ? kernels * 24 : 0)
    const side = Math.floor(Math.min(room / columns, Math.max(data.height / rows, large ? 9 : 26), 46))
    flow.style.setProperty("--cell", `${side}px`)
    flow.style.setProperty("--kernel", `${large ? 24 : side}px`)
    flow.classList.toggle("narrow", narrow)
    flow.classList.toggle("tiny", side < 19)
    flow.classList.toggle("small", side < 32)
    flow.dataset.side = side
  }
  new ResizeObserver(() => { if (data) { fit(); show() } }).observe(flow.parentElement ?? flow)

  // ---- what is shown of the output number at hand
  function show() {
    const n = held ?? at, [m, p, q] = place(n), taken = reads(m, p, q), side = +flow.dataset.side
    for (const cell of marked) {
      cell.classList.remove("seen", "now", "used")
      delete cell.dataset.w
    }
    marked = []
    const mark = (cell, name) => { cell.classList.add(name); marked.push(cell) }
    for (const made of grids) {
      if (made.kind === "output") {
        made.cells.forEach((cell, i) => cell.classList.toggle("later", sweeping && made.m * made.cells.length + i > n))
        if (made.m === m) mark(made.cells[p * made.columns + q], "now")
      } else if (made.kind === "input") {
        const channel = taken.find(({ c }) => c === made.c)
        if (made.box) made.box.hidden = !channel
        if (!channel) continue
        for (const spot of channel.patch) if (spot) {
          const cell = made.cells[spot.row * made.columns + spot.column]
          mark(cell, "seen")
          if (data.kernel && data.op === "conv") cell.dataset.w = short(spot.w)
        }
        if (!made.box) continue
        const [first, last] = [channel.patch[0], channel.patch.at(-1)]
        Object.assign(made.box.style, { width: `${(last.column - first.column + 1) * side}px`, height: `${(last.row - first.row + 1) * side}px`,
          transform: `translate(${first.column * side}px, ${first.row * side}px)` })
      } else if (data.op === "transposed" && made.m === m) taken[made.k].patch.forEach((spot, i) => spot && mark(made.cells[i], "used"))
    }
    flow.querySelectorAll(".filter").forEach(column => column.classList.toggle("idle", data.output.shape[0] > 1 && +column.dataset.filter !== m))
    scrub.value = n
    part("place").textContent = `${n + 1} / ${data.output.values.length}`
    explain(m, p, q, taken, data.sums.values[n], data.output.values[n])
    if (data.announce) outline(taken[0].patch)
  }
  function outline(patch) {
    const [, height, width] = data.input.shape, [top, left] = data.pads, [first, last] = [patch[0], patch.at(-1)]
    const detail = [(first.column - left) / width, (first.row - top) / height, (last.column + 1 - left) / width, (last.row + 1 - top) / height]
    window.dispatchEvent(new CustomEvent("playground:outline", { detail }))
  }
  window.addEventListener("playground:sheet", function listen() { // a sheet that came later than we did
    if (data && !flow.isConnected) return window.removeEventListener("playground:sheet", listen)
    if (data?.announce) show()
  })
  function explain(m, p, q, taken, theirs, activated) {
    const { texts, op } = data, terms = taken.flatMap(({ patch }) => patch.filter(spot => spot && spot.x !== null))
    const name = `<strong>${data.names.output[m]} [${p}, ${q}]`, width = data.size[1], largest = Math.max(...data.input.values.map(Math.abs)) || 1
    const signed = data.signed.includes("input"), patches = patch => table(patch.map(spot => spot?.x ?? null), width, largest, signed)
    if (op === "max" || op === "average") {
      const values = terms.map(({ x }) => x), total = values.reduce((a, b) => a + b, 0)
      const mine = op === "max" ? Math.max(...values) : total / values.length
      const how = op === "max" ? `${texts.largest} = ` : `${write(total)} : ${values.length} = `
      const won = op === "max" ? taken[0].patch.findIndex(spot => spot.x === mine) : -1
      sum.innerHTML = `<p>${name} = ${how}${result(mine)}</strong> ${verdict(mine, theirs)}</p>
        <div class="term">${table(taken[0].patch.map(spot => spot.x), width, largest, signed, won)}</div>`
      return
    }
    const total = terms.reduce((sum, { x, w }) => sum + x * w, 0), bias = data.bias ? data.bias.values[m] : 0, mine = total + bias
    const added = data.bias ? ` ${bias < 0 ? "−" : "+"} ${write(Math.abs(bias))}` : ""
    const after = data.activation ? ` → ${data.activation}: <strong data-part="activated">${write(activated)}</strong>` : ""
    const written = data.bias ? ` = ${write(total)}${added}` : ""
    const heaviest = Math.max(...(data.kernel.values.map(Math.abs))) || 1, product = largest * heaviest
    const weights = (channel, patch) => table(patch.map((_, i) => data.kernel.values[weightAt(m, channel, Math.floor(i / width), i % width)]), width, heaviest, true)
    const rows = taken.map(({ c, k, patch }) => `<div class="term">${taken.length > 1 ? `<span class="fine name">${data.names.input[c]}</span>` : ""}${patches(patch)}
      <span class="sign">×</span>${weights(k, patch)}<span class="sign">=</span>${table(patch.map(spot => (spot ? spot.x * spot.w : null)), width, product, true)}
      <span class="fine">Σ ${write(patch.reduce((sum, spot) => sum + (spot ? spot.x * spot.w : 0), 0))}</span></div>`)
    const flat = terms.length && terms.length <= 12 ? `<p class="flat">${terms.map(({ x, w }, i) => term(x, w, i)).join(" ").replace(/^− /, "−")}${added} = ${write(mine)}</p>` : ""
    sum.innerHTML = `<p>${name} = Σ ${texts.product}${data.bias ? ` + ${texts.bias}` : ""}${written} = ${result(mine)}</strong> ${verdict(mine, theirs)}${after}</p>${flat}
      <div class="terms">${rows.join("")}</div>`
  }
  const term = (x, w, i) => `${w < 0 ? "− " : i ? "+ " : ""}${x < 0 ? `(${write(x)})` : write(x)}·${write(Math.abs(w))}`
  const result = value => `<span data-part="value">${write(value)}</span>`
  function verdict(mine, theirs) {
    if (flow.classList.contains("stale")) return ""
    const same = Math.abs(mine - theirs) <= 1e-4 * Math.max(1, Math.abs(theirs))
    return `<span class="${same ? "ok" : ""}" data-part="runtime" data-same="${same}">${same ? "✓" : "≠"} ONNX Runtime: ${write(theirs)}</span>`
  }
  function table(values, width, largest, signed, won = -1) {
    const cells = values.map((value, i) => (value === null ? `<td class="outside">·</td>`
      : `<td class="${i === won ? "won" : ""}" style="${style(value, largest, signed)}">${short(value)}</td>`))
    return `<table>${cells.map((cell, i) => (i % width ? "" : "<tr>") + cell).join("")}</table>`
  }

  // ---- the player
  function move(n, sweep) {
    [at, held, sweeping] = [clamp(n, data.output.values.length - 1), null, sweep]
    show()
  }
  function play() {
    if (at >= data.output.values.length - 1) move(0, true)
    part("play").setAttribute("aria-pressed", true)
    part("play").title = part("play").ariaLabel = data.texts.pause
    let last = performance.now()
    const tick = now => {
      if (!flow.isConnected) return
      playing = requestAnimationFrame(tick)
      if (now - last < 800 / part("speed").value) return
      last = now
      if (at < data.output.values.length - 1) move(at + 1, true)
      else { pause(); move(at, false) }
    }
    move(at, true)
    playing = requestAnimationFrame(tick)
  }
  function pause() {
    cancelAnimationFrame(playing)
    playing = 0
    part("play").setAttribute("aria-pressed", false)
    if (data) part("play").title = part("play").ariaLabel = data.texts.play
  }
  const step = by => { pause(); move(at + by, true) }
  part("play").onclick = () => (playing ? pause() : play())
  part("back").onclick = () => step(-1)
  part("next").onclick = () => step(1)
  scrub.oninput = () => { pause(); move(+scrub.value, true) }

  // ---- pointing, editing, painting
  const code = ({ shape, values }) => {
    const [rows, columns] = shape.slice(-2), lines = []
    for (let i = 0; i < values.length; i += columns) lines.push(Array.from(values.slice(i, i + columns), value => `${+value.toPrecision(6)}`).join(","))
    return Array.from({ length: lines.length / rows }, (_, n) => lines.slice(n * rows, (n + 1) * rows).join(";")).join("/")
  }
  function commit(kind) {
    sent[kind].push(code(data[kind]))
    flow.classList.add("stale")
    view.send(kind, sent[kind].at(-1))
  }
  function set(made, n, value, final) {
    const where = made.value(Math.floor(n / made.columns), n % made.columns)
    if (where < 0 || data[made.kind].values[where] === value) return false
    data[made.kind].values[where] = value
    if (final) commit(made.kind) // first the server, which takes longer
    fill()
    show()
    return true
  }
  const valueOf = (made, n) => { const where = made.value(Math.floor(n / made.columns), n % made.columns); return where < 0 ? null : data[made.kind].values[where] }
  function point_at(made, n) { // the cursor of the keyboard
    cursor?.made.cells[cursor.n]?.classList.remove("cursor")
    cursor = made && { made, n }
    if (!made) return
    made.cells[n].classList.add("cursor")
    const [i, j] = [Math.floor(n / made.columns), n % made.columns]
    part("spoken").textContent = data.texts.cell.replace("{row}", i).replace("{column}", j).replace("{value}", made.cells[n].textContent)
  }
  function edit(made, n, begin) { // an input over the cell; Enter and the arrows up and down take the number, Escape leaves it
    pause()
    point_at(made, n)
    const cell = made.cells[n]
    editor?.remove()
    editor = Object.assign(document.createElement("input"), { className: "edit", inputMode: "text", value: begin ?? write(valueOf(made, n), 6).replace("−", "-"), ariaLabel: data.texts.edit })
    const width = Math.max(46, cell.offsetWidth)
    Object.assign(editor.style, { left: `${cell.offsetLeft - (width - cell.offsetWidth) / 2}px`, top: `${cell.offsetTop}px`, width: `${width}px`, height: `${cell.offsetHeight}px` })
    const own = editor
    const done = (take, by = 0) => {
      if (editor !== own) return
      editor = null
      const typed = own.value.trim().replace(",", ".").replace("−", "-"), value = typed === "" ? NaN : Number(typed)
      own.remove()
      if (take && Number.isFinite(value)) set(made, n, Math.fround(Math.max(-data.limit, Math.min(data.limit, value))), true)
      if (by !== null) { made.element.focus({ preventScroll: true }); walk(made, n, by) }
    }
    own.onkeydown = event => {
      event.stopPropagation()
      const by = { Enter: [0, 0], Escape: [0, 0], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
      if (!by) return
      event.preventDefault()
      done(event.key !== "Escape", by)
    }
    own.onblur = () => done(true, null)
    for (const name of ["pointerdown", "pointermove", "click"]) own.addEventListener(name, event => event.stopPropagation())
    made.element.append(own)
    own.focus({ preventScroll: true })
    if (begin === undefined) own.select()
  }
  function walk(made, n, [down, right]) {
    const to = clamp(Math.floor(n / made.columns) + down, made.rows - 1) * made.columns + clamp((n % made.columns) + right, made.columns - 1)
    point_at(made, to)
    if (made.kind === "output") move(index([made.m, Math.floor(to / made.columns), to % made.columns]), false)
  }
  function listen(made) {
    const { element } = made, editable = data.editable.includes(made.kind), brush = editable ? data.brush[made.kind] ?? null : null
    const under = event => { // by place, as captured pointers and fast strokes need it
      const box = element.getBoundingClientRect(), j = Math.floor(((event.clientX - box.left) / box.width) * made.columns)
      const i = Math.floor(((event.clientY - box.top) / box.height) * made.rows)
      return i >= 0 && j >= 0 && i < made.rows && j < made.columns ? i * made.columns + j : -1
    }
    let colour = null, changed = false
    element.onpointermove = event => {
      const n = under(event)
      if (colour !== null && n >= 0) changed = set(made, n, colour) || changed
      if (made.kind !== "output" || event.pointerType !== "mouse" || n < 0 || playing) return
      held = index([made.m, Math.floor(n / made.columns), n % made.columns])
      sweeping = false
      show()
    }
    element.onpointerleave = () => { if (held !== null) { held = null; show() } }
    element.onpointerdown = event => {
      const n = under(event)
      if (brush === null || event.button || n < 0 || valueOf(made, n) === null) return
      pause()
      element.setPointerCapture(event.pointerId)
      colour = valueOf(made, n) === brush ? 0 : brush
      changed = set(made, n, colour)
      point_at(made, n)
    }
    element.onpointerup = element.onpointercancel = () => {
      if (colour !== null && changed) commit(made.kind)
      colour = null
    }
    element.onclick = event => {
      const n = under(event)
      if (n < 0) return
      if (made.kind === "output") {
        pause()
        const here = index([made.m, Math.floor(n / made.columns), n % made.columns]), look = place(here).join(".")
        move(here, false)
        point_at(made, n)
        data.look = look
        view.send("look", look)
      } else if (editable && brush === null && valueOf(made, n) !== null) edit(made, n)
    }
    element.onfocus = () => { if (cursor?.made !== made) point_at(made, made.kind === "output" && place(at)[0] === made.m ? at % made.cells.length : made.cells.findIndex((_, n) => valueOf(made, n) !== null)) }
    element.onblur = () => !editor && point_at(null)
    element.onkeydown = event => {
      const n = cursor?.made === made ? cursor.n : 0, arrow = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
      const writable = editable && valueOf(made, n) !== null
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (arrow) { pause(); walk(made, n, arrow) }
      else if (made.kind === "output" && event.key === " ") playing ? pause() : play()
      else if (made.kind === "output" && event.key === "Enter") { data.look = place(at).join("."); view.send("look", data.look) }
      else if (writable && brush !== null && event.key === " ") set(made, n, valueOf(made, n) === brush ? 0 : brush, true)
      else if (writable && /^[-−.,\d]$/.test(event.key)) edit(made, n, event.key)
      else if (writable && event.key === "Enter") edit(made, n)
      else if (writable && ["Delete", "Backspace"].includes(event.key)) set(made, n, 0, true)
      else return
      event.preventDefault()
    }
  }
  return view
}

// ---- colours: signed values blue – white – orange, magnitudes in cividis
const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]]
function colour(value, largest, signed) {
  const share = Math.max(-1, Math.min(1, value / largest))
  if (signed) return (share < 0 ? [33, 102, 172] : [217, 95, 14]).map(part => Math.round(255 + (part - 255) * Math.abs(share)))
  const place = Math.max(share, 0) * (CIVIDIS.length - 1), i = Math.min(Math.floor(place), CIVIDIS.length - 2)
  return CIVIDIS[i].map((part, axis) => Math.round(part + (CIVIDIS[i + 1][axis] - part) * (place - i)))
}
function ink(rgb) {
  return 0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2] < 140 ? "#fff" : "#111"
}
function style(value, largest, signed) {
  const rgb = colour(value, largest, signed)
  return `background:rgb(${rgb});color:${ink(rgb)}`
}
function paint(cell, value, largest, signed) {
  const rgb = colour(value, largest, signed), background = `rgb(${rgb})`
  if (cell.painted === background) return
  cell.style.backgroundColor = cell.painted = background
  cell.style.color = ink(rgb)
}
