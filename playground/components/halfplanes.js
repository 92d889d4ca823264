// Lines to drag, each a neuron, and the AND and OR neurons that combine them; or a single neuron with its weights. While a line
// moves, the net's map is summed up here, 60 times a second; what is let go is sent, and the graph's map takes its place.
const SUB = "₁₂₃₄₅₆₇₈", COARSE = 100, PER_WEIGHT = 0.45 /* length of the arrow */, MOVES = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), board = createBoard(part("board")), view = { send() {}, update }
  const still = matchMedia("(prefers-reduced-motion: reduce)")
  let data, theirs = "", net = null, f, k, chosen = 0, looked = null, frame = 0, later = 0, moving = false, built = "", pointer = null, flight = []

  // ---- the net: { gates, rows: [{ w, b, group, anchor }] }; as links have it
  const alone = () => data.mode === "neuron"
  function decode(code) {
    const [gates, rows] = alone() ? ["aao", `${code},1`] : code.split(":")
    return { gates, rows: rows.split(";").map(row => row.split(",").map(Number)).map(([w1, w2, b, group]) => ({ w: [w1, w2], b, group: group - 1 })) }
  }
  function encode(net) {
    const rows = net.rows.map(({ w, b, group }) => [...w.map(value => rounded(value)), rounded(b), ...(alone() ? [] : [group + 1])].join(","))
    return alone() ? rows[0] : `${net.gates}:${rows.join(";")}`
  }
  const used = () => [0, 1].filter(group => net.rows.some(row => row.group === group))
  const bias = (gate, inputs) => (gate === "a" ? 0.5 - inputs : -0.5)
  function layers() { // as Net.layers in neuron.py
    const groups = used(), rule = { f: activation(f, k) }, first = { w: net.rows.map(row => row.w), b: net.rows.map(row => row.b), ...rule }
    if (net.rows.length === 1) return [first]
    const members = groups.map(group => net.rows.map(row => Number(row.group === group)))
    const second = { w: members, b: groups.map((group, i) => bias(net.gates[group], members[i].reduce((a, b) => a + b))), ...rule }
    return groups.length === 1 ? [first, second] : [first, second, { w: [[1, 1]], b: [bias(net.gates[2], 2)], ...rule }]
  }

  function update(next) {
    data = next
    language = data.language
    if (!moving) [f, k] = [data.f, data.k]
    const linked = decode(data.net)
    theirs = encode(linked) // of the net whose map came
    board.scale(data.span)
    board.svg.setAttribute("aria-label", data.texts.board)
    part("truth-title").textContent = data.texts.truth
    part("net").hidden = part("tools").hidden = alone()
    part("sliders").hidden = part("functions").hidden = !alone()
    part("softness").hidden = alone()
    const echo = flight.indexOf(data.net)
    if (echo >= 0) flight.splice(0, echo)
    else { // a link, or the browser's Back
      [flight, net] = [[data.net], linked]
      chosen = Math.min(chosen, net.rows.length - 1)
    }
    build()
    draw()
  }
  part("soft").oninput = event => { // from the step to a gentle sigmoid
    const level = data.levels[event.target.value]
    ;[f, k] = level === "step" ? ["step", 1] : ["steep", Number(level)]
    soon()
  }
  part("soft").onchange = event => {
    moving = false
    view.send("sharpness", data.levels[event.target.value])
  }
  function commit() {
    clearTimeout(later)
    moving = false
    const code = encode(net)
    if (flight.at(-1) !== code) {
      flight.push(code)
      view.send(data.mode, code)
    }
    draw()
  }
  function soon() { // the next frame, once
    moving = true
    if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw() })
  }
  function commitLater() {
    soon()
    clearTimeout(later)
    later = setTimeout(commit, 220)
  }

  // ---- what is there: made anew only where the net has other neurons, so that the keyboard keeps its place
  function build() {
    const shape = [data.mode, data.language, net.rows.length, ...net.rows.map(row => row.group), net.gates].join()
    buttons(part("scenes"), data.texts.scenes, data.scenes, code => become(decode(code)))
    if (alone()) buttons(part("functions"), data.texts.functions, data.functions, name => view.send("f", name), data.f)
    if (shape === built) return
    built = shape
    const focused = root.activeElement ?? part("net").getRootNode().activeElement, was = focused?.dataset?.unit
    while (board.lines.children.length > net.rows.length) board.lines.lastChild.remove()
    while (board.lines.children.length < net.rows.length) board.lines.append(lineOf(board.lines.children.length))
    if (!board.points.children.length) {
      board.points.append(...data.corners.map(() => element("g", { class: "corner" }, element("circle", { r: 13 }), element("text", { dy: 5.5 }))))
    }
    alone() ? sliders() : (tools(), columns())
    if (was) part("net").querySelector(`[data-unit="${was}"]`)?.focus()
  }
  function become(next) { // lines glide to their new places
    const from = net.rows, to = next.rows.map(row => ({ ...row, w: [...row.w] })), start = performance.now()
    net = next
    chosen = 0
    build()
    if (still.matches) return commit()
    const step = now => {
      const t = Math.max(0, Math.min(1, (now - start) / 240)), ease = t * t * (3 - 2 * t)
      net.rows.forEach((row, i) => {
        const a = from[i] ?? to[i], b = to[i], mixed = b.w.map((value, axis) => a.w[axis] + (value - a.w[axis]) * ease)
        row.w = Math.hypot(...mixed) > 0.01 ? mixed : b.w
        row.b = a.b + (b.b - a.b) * ease
        row.anchor = null
      })
      if (t === 1) return commit()
      moving = true
      draw()
      requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  }
  function lineOf(i) {
    const group = element("g", { class: "line", tabindex: 0, role: "application", "data-line": i })
    board.draw(group, { w: [1, 0], b: 0, label: "" })
    const badge = group.lastChild, turn = element("circle", { class: "reach", r: 26, "data-do": "turn" })
    group.append(element("line", { class: "grab" }), element("line", { class: "arrow" }), badge, element("circle", { class: "tip", r: 9 }), turn)
    group.addEventListener("pointerdown", event => grab(event, i))
    group.addEventListener("dblclick", () => flip(i))
    group.addEventListener("keydown", event => key(event, i))
    group.addEventListener("focus", () => choose(i))
    return group
  }
  function tools() {
    const { texts } = data, many = net.rows.length > 1
    const acts = [["add", add, net.rows.length < data.most], ["remove", () => remove(chosen), many], ["flip", () => flip(chosen), true], ["group", () => regroup(chosen), many]]
    acts.forEach(([name, act, possible], i) => {
      const button = part("tools").children[i] ?? part("tools").appendChild(Object.assign(document.createElement("button"), { type: "button" }))
      Object.assign(button, { textContent: texts[name], title: texts[`${name}_help`], disabled: !possible, onclick: act })
      button.dataset.act = name
    })
  }
  function columns() { // the net as a picture: lines → gates → output, every neuron a button
    const groups = used(), deep = groups.length > 1
    const column = units => {
      const box = Object.assign(document.createElement("div"), { className: "column" })
      box.append(...units)
      return box
    }
    const unit = (l, n, act, kind) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: `unit ${kind}`, innerHTML: "<b></b><span></span>", onclick: act })
      button.dataset.unit = `${l}.${n}`
      button.onpointerenter = button.onfocus = () => look([l, n])
      button.onpointerleave = button.onblur = () => look(null)
      button.onkeydown = event => kind === "h" && key(event, n)
      return button
    }
    const edges = (from, to, joins) => {
      const svg = element("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" })
      for (let i = 0; i < from; i++) for (let j = 0; j < to; j++) if (joins(i, j)) {
        const [y1, y2] = [(100 * (i + 0.5)) / from, (100 * (j + 0.5)) / to]
        svg.append(element("path", { d: `M0 ${y1}C50 ${y1} 50 ${y2} 100 ${y2}` }))
      }
      return svg
    }
    const parts = [column(net.rows.map((_, i) => unit(0, i, () => choose(i), "h")))]
    if (net.rows.length > 1) {
      parts.push(edges(net.rows.length, groups.length, (i, j) => net.rows[i].group === groups[j]))
      parts.push(column(groups.map((group, j) => unit(1, j, () => toggle(group), "gate"))))
    }
    if (deep) parts.push(edges(2, 1, () => true), column([unit(2, 0, () => toggle(2), "gate")]))
    part("net").replaceChildren(...parts)
  }
  function sliders() {
    const box = part("sliders"), names = ["w₁", "w₂", "b"]
    if (!box.children.length) names.forEach((name, i) => {
      const slider = Object.assign(document.createElement("input"), { type: "range", min: -5, max: 5, step: 0.05 })
      slider.setAttribute("aria-label", name)
      slider.oninput = () => { set(i, Number(slider.value)); soon() }
      slider.onchange = commit
      box.append(Object.assign(document.createElement("label"), { textContent: name }), slider, document.createElement("output"))
    })
    if (box.children.length === 9) box.append(Object.assign(document.createElement("p"), { className: "sum" }))
    function set(i, value) {
      const row = net.rows[0]
      if (i === 2) row.b = value
      else row.w[i] = value
      row.anchor = null
    }
  }

  // ---- changes
  const choose = i => { chosen = i; draw() }
  const look = unit => { looked = unit; draw() }
  const changed = () => { build(); commit() }
  function add() {
    const i = net.rows.length, turn = i * 2.4, w = [rounded(Math.cos(turn)), rounded(Math.sin(turn))] // golden angle: not on another
    const middle = (data.span[0] + data.span[1]) / 2
    net.rows.push({ w, b: rounded(0.6 - (w[0] + w[1]) * middle), group: net.rows[chosen].group })
    chosen = i
    changed()
  }
  function remove(i) {
    if (net.rows.length === 1) return
    net.rows.splice(i, 1)
    if (!net.rows.some(row => row.group === 0)) { // the second neuron becomes the first
      for (const row of net.rows) row.group = 0
      net.gates = net.gates[1] + net.gates.slice(1)
    }
    chosen = Math.max(0, Math.min(i, net.rows.length - 1))
    changed()
  }
  function flip(i) {
    const row = net.rows[i]
    row.w = row.w.map(value => -value || 0)
    row.b = -row.b || 0
    changed()
  }
  function regroup(i) {
    net.rows[i].group = 1 - net.rows[i].group
    changed()
  }
  function toggle(gate) {
    net.gates = [...net.gates].map((kind, i) => (i === gate ? (kind === "a" ? "o" : "a") : kind)).join("")
    changed()
  }

  // ---- dragging: the line along its normal, or its arrow around where it stands
  const size = () => (data.span[1] - data.span[0]) / 3
  const reach = w => size() * (alone() ? Math.max(0.18, Math.min(1.3, PER_WEIGHT * Math.hypot(...w))) : 0.26)
  function anchorOf(row) {
    const inside = anchor => anchor.every(value => value > data.span[0] + 0.04 * size() && value < data.span[1] - 0.04 * size())
    if (row.anchor && inside(row.anchor)) return row.anchor
    const ends = board.segment(row.w, row.b)
    return (row.anchor = ends && ends[0].map((value, i) => (value + ends[1][i]) / 2))
  }
  function grab(event, i) {
    if (event.button) return
    const group = board.lines.children[i], row = net.rows[i], pivot = anchorOf(row), from = board.at(event), { w, b } = row
    const turning = event.target.dataset.do === "turn", length = Math.hypot(...w)
    group.focus({ preventScroll: true })
    choose(i)
    group.setPointerCapture(event.pointerId)
    event.preventDefault()
    let dragged = false
    group.onpointermove = move => {
      const to = board.at(move), delta = to.map((value, axis) => value - from[axis])
      dragged ||= Math.hypot(...delta) > 0.01 * size()
      if (!dragged) return
      if (turning) {
        const direction = to.map((value, axis) => value - pivot[axis]), far = Math.hypot(...direction) || 1e-6
        const norm = alone() ? Math.max(0.1, Math.min(5, far / (PER_WEIGHT * size()))) : length
        row.w = direction.map(value => rounded((value / far) * norm))
        row.b = rounded(-(row.w[0] * pivot[0] + row.w[1] * pivot[1]))
        row.anchor = pivot
      } else {
        const room = 0.06 * size(), along = (delta[0] * w[0] + delta[1] * w[1]) / length ** 2
        row.anchor = pivot.map((value, axis) => Math.max(data.span[0] + room, Math.min(data.span[1] - room, value + along * w[axis])))
        row.b = rounded(-(w[0] * row.anchor[0] + w[1] * row.anchor[1]))
      }
      soon()
    }
    group.onpointerup = group.onpointercancel = () => {
      group.onpointermove = group.onpointerup = group.onpointercancel = null
      if (dragged) commit()
    }
  }
  function key(event, i) {
    const row = net.rows[i], step = MOVES[event.key]
    if (step && event.shiftKey) { // left and right turn
      const turn = (Math.PI / 36) * (step[0] < 0 || step[1] > 0 ? 1 : -1), [cos, sin] = [Math.cos(turn), Math.sin(turn)], at = anchorOf(row) ?? [0, 0]
      row.w = [row.w[0] * cos - row.w[1] * sin, row.w[0] * sin + row.w[1] * cos].map(value => rounded(value))
      row.b = rounded(-(row.w[0] * at[0] + row.w[1] * at[1]))
      commitLater()
    } else if (step) {
      row.b = rounded(row.b - 0.05 * size() * (step[0] * row.w[0] + step[1] * row.w[1]))
      row.anchor = null
      commitLater()
    } else if (event.code === "KeyF") flip(i)
    else if (event.code === "KeyG" && !alone() && net.rows.length > 1) regroup(i)
    else if (event.key === "Delete" && !alone()) remove(i)
    else return
    event.preventDefault()
  }
  part("board").onpointermove = event => { pointer = board.at(event); tell() }
  part("board").onpointerleave = () => { pointer = null; tell() }

  // ---- pictures and words
  const brief = value => (Number.isInteger(rounded(value)) ? write(value, 0) : write(value))
  const equation = ({ w, b }) => `${write(w[0])} x₁ ${plus(w[1])} x₂ ${plus(b)}`
  function gateName(l, j) {
    return net.gates[l === 1 ? used()[j] : 2] === "a" ? data.texts.and : data.texts.or
  }

  function draw() {
    const nets = layers(), last = nets.length - 1, code = encode(net)
    const fresh = !moving && code === theirs && f === data.f && k === data.k, unit = looked && looked[0] < nets.length && looked[1] < nets[looked[0]].b.length ? looked : null
    const { middle } = data
    let { scale } = data // of ReLU it follows from the map
    const [l, n] = unit ?? [last, 0], rows = data.corners.map(corner => forward(nets, corner))
    if (fresh && l === last) {
      const map = new Int8Array(bytes(data.map))
      board.paint(map, data.side)
      verdict(agree(map, nets, data) && rows.every((row, i) => row.flat().every((value, k) => Math.abs(value - data.told[i][k]) < 1e-3)))
    } else {
      const side = fresh ? data.side : COARSE, mine = mapOf(nets, data.span, side, l, n)
      if (f === "relu") scale = mine.reduce((a, b) => Math.max(a, b), 1e-6)
      board.paint(mine, side, middle, scale)
      if (!fresh) verdict(null)
    }
    net.rows.forEach((row, i) => drawLine(row, i))
    rows.forEach((values, i) => {
      const out = values.at(-1)[0], spot = board.points.children[i], [x, y] = board.px(data.corners[i])
      spot.setAttribute("transform", `translate(${x} ${y})`)
      spot.firstChild.setAttribute("fill", `rgb(${shade(share(out, middle, scale), 1)})`)
      spot.lastChild.setAttribute("fill", Math.abs(share(out, middle, scale)) > 0.5 ? "#fff" : INK)
      spot.lastChild.textContent = Math.abs(out) < 10 && Number.isInteger(out) ? write(out, 0) : ""
    })
    table(nets, rows, scale)
    names(nets)
    for (const button of part("scenes").children) button.setAttribute("aria-pressed", button.dataset.code === code)
    tell()
  }
  function drawLine(row, i) {
    const group = board.lines.children[i], anchor = anchorOf(row)
    board.draw(group, { ...row, label: alone() ? "h" : `${i + 1}`, anchor })
    group.classList.toggle("chosen", i === chosen && !alone())
    group.setAttribute("aria-label", `${data.texts.line} ${i + 1}: ${equation(row)}. ${data.texts.keys}`)
    if (!anchor) return
    const stroke = group.querySelector(".stroke"), grabbed = group.querySelector(".grab"), arrow = group.querySelector(".arrow")
    for (const name of ["x1", "y1", "x2", "y2"]) grabbed.setAttribute(name, stroke.getAttribute(name))
    const length = Math.hypot(...row.w), far = reach(row.w), [x1, y1] = board.px(anchor)
    const [x2, y2] = board.px(anchor.map((value, axis) => value + (row.w[axis] / length) * far))
    for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) arrow.setAttribute(name, value)
    for (const circle of [group.querySelector(".tip"), group.querySelector(".reach")]) { circle.setAttribute("cx", x2); circle.setAttribute("cy", y2) }
  }
  function names(nets) {
    if (alone()) {
      const [{ w, b }] = net.rows, values = [...w, b], box = part("sliders")
      values.forEach((value, i) => {
        const slider = box.children[3 * i + 1]
        if (Number(slider.value) !== value) slider.value = value
        box.children[3 * i + 2].textContent = write(value)
      })
      box.lastChild.textContent = `a = ${data.texts.f}(${equation(net.rows[0])})`
      return
    }
    part("soft").max = data.levels.length - 1
    part("soft").value = data.levels.indexOf(f === "step" ? "step" : String(k))
    part("soft-title").textContent = data.texts.softness
    part("soft-now").textContent = f === "step" ? data.texts.step : `σ(${k}z)`
    for (const button of part("net").querySelectorAll(".unit")) {
      const [l, n] = button.dataset.unit.split(".").map(Number), [name, sum] = button.children
      if (l === 0) {
        name.textContent = `h${SUB[n]}`
        sum.textContent = equation(net.rows[n])
        button.setAttribute("aria-pressed", n === chosen)
      } else {
        const members = nets[l].w[n].flatMap((weight, i) => (weight ? [i] : [])), mark = i => (l === 1 ? `1·h${SUB[i]}` : `1·g${SUB[i]}`)
        name.textContent = gateName(l, n)
        sum.textContent = `${members.length > 3 ? "Σ 1·hᵢ" : members.map(mark).join(" + ")} ${plus(nets[l].b[n], 1)}`
        button.title = data.texts.toggle
      }
    }
  }
  function table(nets, rows, scale) {
    const heads = nets.flatMap(({ b }, l) => [null, ...b.map((_, n) => (l === 0 ? (alone() ? "a" : `h${SUB[n]}`) : gateName(l, n)))])
    const cell = value => `<td style="background:rgb(${shade(share(value, data.middle, scale), 0.6)})">${brief(value)}</td>`
    const body = rows.map((values, i) => `<tr>${data.corners[i].map(x => `<td class="x">${x}</td>`).join("")}${values.map(layer => `<td class="gap"></td>${layer.map(cell).join("")}`).join("")}</tr>`)
    part("truth").innerHTML = `<tr><th>x₁</th><th>x₂</th>${heads.map(head => (head === null ? `<th class="gap"></th>` : `<th>${head}</th>`)).join("")}</tr>${body.join("")}`
  }
  function tell() { // the sums of the neuron at the pointer
    const out = part("at")
    if (!pointer || moving) return void (out.textContent = data.texts.hint)
    const nets = layers(), layer = forward(nets, pointer), x = `x = (${write(pointer[0])}; ${write(pointer[1])})`
    if (alone()) {
      const [{ w, b }] = net.rows, z = w[0] * pointer[0] + w[1] * pointer[1] + b
      return void (out.textContent = `${x}:  z = ${write(w[0])} · ${write(pointer[0])} ${plus(w[1])} · ${write(pointer[1])} ${plus(b)} = ${write(z)},  a = ${write(layer[0][0])}`)
    }
    const gates = nets.slice(1).flatMap(({ w, b }, l) => b.map((bias, n) => {
      const inputs = layer[l].filter((_, i) => w[n][i]), z = inputs.reduce((sum, value) => sum + value, bias)
      return `${gateName(l + 1, n)}: ${inputs.map(brief).join(" + ")} ${plus(bias, 1)} = ${write(z, 1)} → ${brief(layer[l + 1][n])}`
    }))
    out.textContent = `${x}:  h = (${layer[0].map(brief).join("; ")}).  ${gates.join(".  ")}`
  }
  function verdict(same) {
    const out = part("verdict")
    out.textContent = same === null ? "…" : `${same ? "✓" : "≠"} ONNX Runtime: ${data.answered}`
    if (same === null) delete out.dataset.same
    else out.dataset.same = same
  }
  return view
}
