// A convolution forwards and backwards: input, kernel and output above, their gradients below. A click on a weight or an input
// writes its gradient out as a sum, term by term, each with the window that it comes from. Sums are taken here from the shown
// numbers and set beside what ONNX Runtime computed. Numbers are edited in place; what is committed travels, nothing else.

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

let point = "."
const still = matchMedia("(prefers-reduced-motion: reduce)")
const signs = text => text.replace("-", "−").replace(".", point)
const write = (value, digits = 4) => signs(String(+value.toFixed(digits))).replace(/^−0$/, "0")
const exact = value => signs(value.toPrecision(9).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""))
const power = value => `10${String(Math.ceil(Math.log10(Math.max(value, 1e-10)))).replace("-", "⁻").replace(/\d/g, digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`
const subscript = number => String(number).replace(/\d/g, digit => "₀₁₂₃₄₅₆₇₈₉"[digit])
const COLUMNS = { x: ["x", "dx"], w: ["w", "dw"], y: ["y", "dy"] }

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), boards = {}, grids = part("grids"), descent = part("descent")
  const loss = Object.assign(document.createElement("output"), { className: "given" })
  const view = { send() {}, update }
  let data, frame, step = 0, look = null, held = null, timer = null, said = "", waiting = false

  // ---- the numbers: names, places, terms
  const rows = name => values(name).length, columns = name => values(name)[0].length
  const values = name => (name === "x" || name === "t" ? data[name] : frame[name])
  const outputName = (p, q) => (rows("y") * columns("y") > 26 ? `y${subscript(p + 1)}${subscript(q + 1)}` : String.fromCharCode(97 + p * columns("y") + q))
  const nameOf = (kind, i, j) => ({ x: `x${subscript(i + 1)}${subscript(j + 1)}`, w: `w${subscript(i * columns("w") + j + 1)}`, y: outputName(i, j) })[kind]
  const colourAt = (p, q) => data.colours[(p * columns("y") + q) % data.colours.length]
  const inside = (r, c) => r >= 0 && c >= 0 && r < rows("x") && c < columns("x")
  function terms() { // of the gradient that is looked at, one a position
    if (!look) return []
    const found = []
    for (let p = 0; p < rows("y"); p++) for (let q = 0; q < columns("y"); q++) {
      const top = p * data.stride - data.padding, left = q * data.stride - data.padding
      const [i, j] = look.kind === "w" ? [look.i, look.j] : [look.i - top, look.j - left]
      if (i < 0 || j < 0 || i >= rows("w") || j >= columns("w")) continue
      const x = look.kind === "w" ? [top + i, left + j] : [look.i, look.j], n = p * columns("y") + q
      const printed = data.printed && data.showPrinted && look.kind === "w" && !look.i && !look.j ? data.printed[n] : null
      const wrong = printed && (printed[0] !== x[0] || printed[1] !== x[1])
      const from = printed ?? x, factor = look.kind === "w" ? (inside(...from) ? data.x[from[0]][from[1]] : 0) : frame.w[i][j]
      found.push({ p, q, x, from, wrong, w: [i, j], dy: frame.dy[p][q], factor, value: frame.dy[p][q] * factor })
    }
    return found
  }

  new ResizeObserver(() => grids.classList.toggle("dense", (grids.querySelector(".cell")?.offsetWidth ?? 99) < 36)).observe(grids)

  // ---- drawing
  function update(next) {
    data = next
    point = data.language === "ru" ? "," : "."
    waiting = false
    stop()
    step = Math.min(data.step, data.frames.length - 1)
    const [kind, i, j] = (data.look ?? "").split("."), known = (kind === "w" || kind === "x") && Number.isInteger(+i) && Number.isInteger(+j)
    frame = data.frames[step]
    look = known && values(kind)[+i]?.[+j] !== undefined ? { kind, i: +i, j: +j } : null
    build()
    show()
  }
  function build() {
    const shapes = ["x", "w", "y", "t"].map(name => `${rows(name)}.${columns(name)}`).join() + data.padding + data.loss + data.language
    descent.hidden = data.frames.length < 2
    if (shapes === grids.dataset.shapes) return
    grids.dataset.shapes = shapes
    const target = data.loss !== "given", padded = 2 * data.padding
    grids.style.setProperty("--columns", columns("x") + padded + columns("w") + columns("y") + (target ? columns("t") : 2))
    grids.replaceChildren(...["x", "w", "y"].map(name => board(name, "forward")), target ? board("t", "forward") : loss,
      ...["dx", "dw", "dy"].map(name => board(name, "back")), descent)
  }
  function board(name, way) {
    const figure = document.createElement("figure"), kind = name.at(-1), pad = kind === "x" ? data.padding : 0
    figure.className = way
    figure.innerHTML = `<figcaption></figcaption><div class="board" role="grid"></div>`
    const element = figure.lastChild, height = rows(kind), width = columns(kind)
    figure.firstChild.textContent = data.texts.titles[name]
    element.setAttribute("aria-label", data.texts.titles[name])
    element.dataset.board = name
    element.style.setProperty("--across", width + 2 * (name === "x" ? pad : 0))
    boards[name] = { element, cells: [], pad: name === "x" ? pad : 0, box: null }
    const border = boards[name].pad
    for (let r = -border; r < height + border; r++) for (let c = -border; c < width + border; c++) {
      const cell = document.createElement("div"), real = r >= 0 && c >= 0 && r < height && c < width
      cell.className = real ? "cell" : "cell outside"
      cell.setAttribute("role", "gridcell")
      cell.innerHTML = real ? `<small></small><span></span>` : "0"
      element.append(cell)
      if (real) hear(cell, name, r, c)
      boards[name].cells.push({ cell, r, c, real })
    }
    return figure
  }
  const at = (name, r, c) => boards[name]?.cells.find(place => place.r === r && place.c === c)?.cell
  const editable = name => name === "x" || name === "w" || name === "t" || (name === "dy" && data.loss === "given")
  const choosable = name => ["x", "dx", "w", "dw"].includes(name)

  function show() {
    frame = data.frames[step]
    for (const [name, { cells, element }] of Object.entries(boards)) {
      if (!element.isConnected) continue
      const own = values(name), largest = Math.max(...own.flat().map(Math.abs)) || 1, kind = name.at(-1)
      for (const { cell, r, c, real } of cells) {
        if (!real || cell.querySelector("input")) continue
        const value = own[r][c], text = write(value, Math.abs(value) < 10 ? 2 : 1), label = name === kind ? nameOf(kind === "t" ? "y" : kind, r, c) : ""
        cell.firstChild.textContent = kind === "t" ? "" : label
        cell.children[1].textContent = text
        cell.toggleAttribute("data-long", text.length > 4)
        cell.setAttribute("aria-label", `${data.texts.titles[name]} ${nameOf(kind === "t" ? "y" : kind, r, c)}: ${text}`)
        const rgb = signed(value, largest)
        cell.style.background = `rgb(${rgb})`
        cell.style.color = 0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2] < 140 ? "#fff" : "#111"
        cell.classList.toggle("still", !choosable(name) && !editable(name))
      }
    }
    loss.textContent = `L = ${write(frame.L)}`
    mark()
    explain()
    descend()
  }
  function mark() { // what the sum touches, each position in its colour, and the window of the position under the pointer
    for (const { cells } of Object.values(boards)) for (const { cell } of cells) {
      cell.classList.remove("term", "wrong", "chosen")
      cell.querySelector(".tag")?.remove()
    }
    const tag = (cell, term, text) => {
      if (!cell) return
      cell.classList.add("term")
      cell.style.setProperty("--term", colourAt(term.p, term.q))
      if (!text) return
      const made = Object.assign(document.createElement("span"), { className: "tag", textContent: text })
      cell.append(made)
    }
    for (const term of terms()) {
      const name = outputName(term.p, term.q)
      tag(at("dy", term.p, term.q), term, name)
      tag(at("y", term.p, term.q), term)
      if (look.kind === "w") tag(at("x", ...term.x), term, name)
      else tag(at("w", ...term.w), term, name)
      if (term.wrong) at("x", ...term.from)?.classList.add("wrong")
    }
    if (look) for (const name of COLUMNS[look.kind]) at(name, look.i, look.j)?.classList.add("chosen")
    light()
  }
  function light() {
    const { element, pad, box } = boards.x, cell = at("x", 0, 0)
    const window = box ?? (boards.x.box = element.appendChild(Object.assign(document.createElement("i"), { className: "window" })))
    window.style.opacity = held ? 1 : 0
    if (!held) return
    const size = cell.offsetWidth + 1, top = held.p * data.stride - data.padding + pad, left = held.q * data.stride - data.padding + pad
    window.style.width = `${columns("w") * size + 3}px`
    window.style.height = `${rows("w") * size + 3}px`
    window.style.borderColor = colourAt(held.p, held.q)
    window.style.transform = `translate(${left * size - 2}px, ${top * size - 2}px)`
    root.querySelectorAll(".chip").forEach(chip => chip.classList.toggle("now", chip.dataset.at === `${held.p}.${held.q}`))
  }
  function hold(position) {
    held = position
    light()
    if (!held) root.querySelectorAll(".chip").forEach(chip => chip.classList.remove("now"))
  }

  function explain() {
    const { texts } = data
    part("hint").textContent = said || texts.hint
    if (!look) return part("sum").replaceChildren()
    const name = nameOf(look.kind, look.i, look.j), all = terms(), sum = all.reduce((total, term) => total + term.value, 0)
    const runtime = frame[`d${look.kind}`][look.i][look.j], slope = frame[`numeric_d${look.kind}`][look.i][look.j]
    const factor = term => (look.kind === "x" ? nameOf("w", ...term.w) : term.wrong ? `<s>${nameOf("x", ...term.from)}</s> ${nameOf("x", ...term.x)}`
      : inside(...term.from) ? nameOf("x", ...term.from) : "0")
    const chips = all.map(term => `<button type="button" class="chip ${term.wrong ? "wrong" : ""}" data-at="${term.p}.${term.q}" style="--term:${colourAt(term.p, term.q)}">
      <b>∂L/∂${outputName(term.p, term.q)} · ${factor(term)}</b><span>${bracket(term.dy)} · ${bracket(term.factor)} = ${write(term.value)}</span></button>`)
    const printed = all.some(term => term.wrong), close = (a, b, within) => Math.abs(a - b) <= within * Math.max(1, Math.abs(a), Math.abs(b))
    const verdict = (mine, theirs, text, within) => waiting ? "…" : `<span class="${close(mine, theirs, within) ? "ok" : "bad"}" data-same="${close(mine, theirs, within)}">${
      close(mine, theirs, within) ? "✓" : "≠"} ${text}</span>`
    part("sum").innerHTML = `<h4>∂L/∂${name} = Σ<button type="button" data-part="walk">▶ ${texts.walk}</button></h4>
      <div class="terms">${chips.join("<span>+</span>") || texts.unseen}</div>
      <p class="total">${printed ? texts.printed : ""} = <strong data-part="total">${write(sum)}</strong>
      ${verdict(sum, runtime, `${texts.graph}: <span data-part="runtime">${write(runtime)}</span>`, 1e-5)} ·
      <span data-part="numeric">${verdict(runtime, slope, `${texts.numeric}: ${exact(slope)}`, 1e-4)}</span>
      ${printed ? `<br><span class="bad">${texts.wrong}</span>` : ""}</p>
      <p class="fine" data-part="all">${texts.all.replace("{difference}", power(apart()))}</p>`
    part("sum").querySelectorAll(".chip").forEach(chip => {
      const [p, q] = chip.dataset.at.split(".").map(Number)
      chip.onpointerenter = chip.onfocus = chip.onclick = () => hold({ p, q })
      chip.onpointerleave = chip.onblur = () => timer || hold(null)
    })
    part("walk").hidden = !all.length
    part("walk").onclick = () => walk(all)
  }
  const bracket = value => (value < 0 ? `(${write(value)})` : write(value))
  const apart = () => Math.max(...["w", "x"].flatMap(kind => frame[`d${kind}`].flatMap((row, i) => row.map((value, j) => Math.abs(value - frame[`numeric_d${kind}`][i][j])))))

  // ---- playing: through the positions of a sum, and down the loss
  function stop() {
    clearInterval(timer)
    timer = null
    root.querySelectorAll(".chip").forEach(chip => chip.classList.remove("later"))
    if (data) part("descend").textContent = `▶ ${data.texts.descend}`
    if (boards.x) hold(null)
  }
  function walk(all) {
    if (timer) return stop()
    const chips = [...root.querySelectorAll(".chip")]
    let next = 0
    const tick = () => {
      if (next === all.length) return stop()
      chips.forEach((chip, i) => chip.classList.toggle("later", i > next))
      hold(all[next++])
    }
    timer = setInterval(tick, still.matches ? 1500 : 800)
    tick()
  }
  function descend() {
    const losses = data.frames.map(({ L }) => L), top = Math.max(...losses), bottom = Math.min(...losses, 0), last = Math.max(1, losses.length - 1)
    part("line").setAttribute("points", losses.map((loss, i) => `${(300 * i) / last},${62 - (60 * (loss - bottom)) / (top - bottom || 1)}`).join(" "))
    for (const end of ["x1", "x2"]) part("now").setAttribute(end, (300 * step) / last)
    Object.assign(part("step"), { max: losses.length - 1, value: step, ariaLabel: data.texts.step })
    part("loss").textContent = data.texts.loss.replace("{step}", step).replace("{loss}", write(losses[step]))
    if (!timer) part("descend").textContent = `▶ ${data.texts.descend}`
  }
  part("step").oninput = event => { stop(); step = +event.target.value; show() }
  part("step").onchange = () => view.send("step", String(step))
  part("descend").onclick = () => {
    if (timer) { stop(); return view.send("step", String(step)) }
    if (step === data.frames.length - 1) step = 0
    timer = setInterval(() => {
      step++
      show()
      if (step === data.frames.length - 1) { stop(); view.send("step", String(step)) }
    }, 150)
    part("descend").textContent = `❚❚ ${data.texts.pause}`
  }

  // ---- touching: choose, walk with the arrows, edit
  function hear(cell, name, r, c) {
    const kind = name.at(-1)
    cell.tabIndex = r || c ? -1 : 0
    cell.dataset.at = `${name}.${r}.${c}`
    cell.onpointerenter = () => kind === "y" && !timer && hold({ p: r, q: c })
    cell.onpointerleave = () => kind === "y" && !timer && hold(null)
    cell.onclick = event => {
      if (event.target.tagName === "INPUT") return
      const again = look && look.kind === kind && look.i === r && look.j === c
      if (editable(name) && (again || !choosable(name))) return edit(cell, name, r, c)
      choose(name, r, c)
    }
    cell.ondblclick = () => editable(name) && edit(cell, name, r, c)
    cell.onkeydown = event => {
      if (event.target.tagName === "INPUT") return
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
      const next = move && at(name, r + move[0], c + move[1])
      if (next && !next.classList.contains("outside")) next.focus()
      else if (event.key === " ") choose(name, r, c)
      else if (event.key === "Enter" && editable(name)) edit(cell, name, r, c)
      else if (event.key === "Enter") choose(name, r, c)
      else if (/^[-\d.,]$/.test(event.key) && editable(name)) edit(cell, name, r, c, event.key)
      else return
      event.preventDefault()
    }
  }
  function choose(name, r, c) {
    if (!choosable(name)) return
    stop()
    look = { kind: name.at(-1), i: r, j: c }
    mark()
    explain()
    view.send("look", `${look.kind}.${r}.${c}`)
  }
  function edit(cell, name, r, c, typed) {
    if (cell.querySelector("input")) return
    stop()
    const own = values(name), input = document.createElement("input")
    input.value = typed ?? signs(String(+own[r][c].toPrecision(6))).replace("−", "-")
    input.setAttribute("aria-label", cell.getAttribute("aria-label"))
    cell.append(input)
    input.focus()
    if (!typed) input.select()
    let done = false
    const close = keep => {
      if (done) return
      const value = Number(input.value.trim().replace("−", "-").replace(",", "."))
      const valid = input.value.trim() !== "" && Number.isFinite(value) && Math.abs(value) <= 99
      if (keep === "key" && !valid) return tell(data.texts.number)
      done = true
      input.remove()
      tell("")
      if (keep && valid && value !== own[r][c]) commit(name, r, c, value)
      else show()
      if (keep === "key") cell.focus()
    }
    input.onkeydown = event => {
      if (event.key === "Enter") close("key")
      else if (event.key === "Escape") close(false)
      else return
      event.stopPropagation()
      event.preventDefault()
    }
    input.onblur = () => close(true)
  }
  function tell(text) {
    said = text
    part("hint").textContent = said || data.texts.hint
  }
  function commit(name, r, c, value) {
    const changed = values(name).map(row => [...row]), key = name === "dy" ? "t" : name
    changed[r][c] = value
    if (name === "x" || name === "t") data[name] = changed
    else frame[name] = changed
    waiting = true // for the graph's answer to the new numbers
    show()
    const text = values => values.map(row => row.map(number => +number.toPrecision(6)).join(",")).join(";")
    if (step && name !== "w") view.send("w", text(frame.w)) // descent goes on from where it stands
    if (step) view.send("step", "0")
    view.send(key, text(changed))
  }
  return view
}

function signed(value, largest) { // blue – white – orange
  const share = Math.max(-1, Math.min(1, value / largest)), end = share < 0 ? [33, 102, 172] : [217, 95, 14]
  return end.map(part => Math.round(255 + (part - 255) * Math.abs(share)))
}
