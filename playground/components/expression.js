// An expression as a graph: values forward, gradients backward, node by node. All numbers came from one run of one ONNX graph;
// here it is laid out, played, and written out at a node that is pointed at. While one types or drags, the graph is asked again
// and again; training asks for the next point as soon as the last one is shown.
const WIDE = 86, HIGH = 64, GAP = 48, ROW = 80
// the local derivatives, to be filled with numbers: U and V the arguments, Y the value, N the exponent, M one less; of the others
// the number says it all
const LOCAL = { "÷": ["1/V", "−U/V²"], "^": ["V·U^M", "Y·ln U"], power: ["N·U^M"], sin: ["cos U"], cos: ["−sin U"], tan: ["1 + Y²"], log: ["1/U"],
  sqrt: ["1/(2·Y)"], tanh: ["1 − Y²"], sigmoid: ["Y·(1 − Y)"], softplus: ["σ(U)"] }

export default mount(create, (view, { setStateValue, setTriggerValue }) => {
  view.send = setStateValue
  view.preview = moved => setTriggerValue("moved", moved)
})

function create(host) {
  const part = name => host.querySelector(`[data-part=${name}]`), view = { send() {}, preview() {}, update }
  const player = createPlayer(part, show, rest, seconds => 2 * seconds), pull = createPull(view)
  let data, nodes = [], uses = [], steps = [], held = null, awaited = null, drawn = "", linked = null, training = false, history = [], typing = 0
  let film = [], onward = null, asked = false, timer = 0 // training: steps to be shown, where they lead, whether more are on their way

  function update(next) {
    if (next.film && training) {
      came(next.film)
      return pull.came()
    }
    const other = next.text !== data?.text
    if (other || next.at === awaited) awaited = null
    if (awaited) data.variables.forEach(({ value }, i) => { next.variables[i].value = value }) // what is set here is newer
    data = next
    language = data.language
    nodes = data.nodes
    uses = nodes.map(() => [])
    nodes.forEach((node, i) => node.args.forEach((arg, k) => uses[arg].push([i, k])))
    const made = nodes.map((_, i) => i).filter(i => nodes[i].args.length)
    steps = [["given"], ...made.map(i => ["forward", i]), ["begin"], ...made.reverse().map(i => ["back", i])]
    player.last = steps.length - 1
    if (other) { held = null; history = [] }
    if (other || linked !== data.step) player.at = within(data.step === "" ? player.last : Number(data.step), 0, player.last)
    linked = data.step
    label()
    if (other || drawn !== shapeOf()) layout()
    table()
    show()
    pull.came()
  }
  function rest() {
    const step = player.at === player.last ? "" : String(player.at) // nothing where all is computed
    if (step !== linked) view.send("step", (linked = step))
  }
  const shapeOf = () => JSON.stringify([data.text, data.language, data.trouble?.at])
  const say = value => (value === null || value === undefined ? data.texts.none : significant(value))
  function significant(value) { // four digits that count
    const size = Math.abs(value)
    if (size && (size < 1e-3 || size >= 1e6)) return write(value, 2)
    return write(value, size ? within(3 - Math.floor(Math.log10(size)), 0, 8) : 0).replace(/([.,]\d*?)0+$/, "$1").replace(/[.,]$/, "")
  }

  // ---- the graph
  function layout() {
    drawn = shapeOf()
    const { depth, y, top, bottom, bends } = places(), columns = Math.max(...depth) + 1
    const row = Math.min(ROW, Math.max(HIGH + 6, 340 / (bottom - top + 1))), width = columns * (WIDE + GAP) - GAP + 8, height = (bottom - top) * row + HIGH + 10
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": data.texts.graph })
    const room = part("paper").clientWidth || 780, scale = within(Math.min(room / width, 380 / height), room < 500 ? 0.85 : 0.6, 1.1) // on a telephone it is pushed to and fro
    svg.style.width = `${width * scale}px`
    svg.style.height = `${height * scale}px`
    const left = i => 4 + depth[i] * (WIDE + GAP), centre = i => 5 + (y[i] - top) * row + HIGH / 2
    const few = nodes.length <= 26
    const edges = nodes.flatMap((node, i) => node.args.map((arg, k) => {
      const from = [left(arg) + WIDE, centre(arg)], to = [left(i), centre(i) + (node.args.length > 1 ? (k ? 13 : -13) : 0)]
      const stops = bends[i][k].map(({ column, y }) => [4 + column * (WIDE + GAP), 5 + (y - top) * row + HIGH / 2]) // it runs level past a column
      let at = from, d = `M${from}`
      for (const [x, height] of stops) { d += curved(at, [x, height]) + `H${x + WIDE}`; at = [x + WIDE, height] }
      const edge = shape("path", { class: "edge", d: d + curved(at, to) })
      const local = few && shape("text", { class: "local", x: (at[0] + to[0]) / 2, y: (at[1] + to[1]) / 2 + 4 })
      return Object.assign(edge, { node: i, k, arg, local })
    }))
    const boxes = nodes.map((node, i) => {
      const box = shape("g", { class: `node${node.args.length ? "" : " leaf"}`, transform: `translate(${left(i)} ${centre(i) - HIGH / 2})`, tabindex: 0, role: "img", "data-node": i })
      box.append(shape("rect", { width: WIDE, height: HIGH, rx: 9 }), shape("text", { class: "op", x: WIDE / 2, y: 19 }, node.label),
        shape("text", { class: "value", x: WIDE / 2, y: 39 }), shape("text", { class: "gradient", x: WIDE / 2, y: 57 }))
      box.onpointerenter = box.onfocus = () => { held = i; explain() }
      box.onpointerleave = box.onblur = () => { held = null; explain() }
      return box
    })
    svg.append(...edges, ...edges.map(edge => edge.local).filter(Boolean), ...boxes)
    svg.edges = edges
    svg.boxes = boxes
    part("paper").replaceChildren(svg)
  }
  const curved = ([x, y], [toX, toY]) => `C${(x + toX) / 2} ${y} ${(x + toX) / 2} ${toY} ${toX} ${toY}`
  // columns from left to right, heights in rows: a node stands beside the middle of its arguments, a number beside what it is for;
  // edges that pass columns have a place there too
  function places() {
    const depth = nodes.map(() => 0), y = nodes.map(() => null), number = i => nodes[i].op === "constant" && uses[i].length && nodes[uses[i][0][0]].args.some(arg => nodes[arg].op !== "constant")
    nodes.forEach((node, i) => { if (node.args.length) depth[i] = 1 + Math.max(...node.args.map(arg => depth[arg])) })
    let leaves = 0
    nodes.forEach((node, i) => {
      const args = node.args.filter(arg => !number(arg))
      if (!number(i)) y[i] = args.length ? args.reduce((sum, arg) => sum + y[arg], 0) / args.length : leaves++
    })
    nodes.forEach((node, i) => {
      if (node.op === "constant" && uses[i].length) depth[i] = depth[uses[i][0][0]] - 1
      if (number(i)) y[i] = y[uses[i][0][0]] + (uses[i][0][1] ? 0.6 : -0.6)
    })
    const items = nodes.map((_, i) => ({ column: depth[i], y: y[i], size: 1, i })), bends = nodes.map((node, i) => node.args.map(arg => {
      const passed = []
      for (let column = depth[arg] + 1; column < depth[i]; column++) passed.push({ column, y: y[arg] + ((y[i] - y[arg]) * (column - depth[arg])) / (depth[i] - depth[arg]), size: 0.25 })
      items.push(...passed)
      return passed
    }))
    for (let column = 0; column <= Math.max(...depth); column++) {
      const here = items.filter(item => item.column === column).sort((a, b) => a.y - b.y), middle = mean(here)
      here.forEach((item, k) => { if (k) item.y = Math.max(item.y, here[k - 1].y + (item.size + here[k - 1].size) / 2) })
      const moved = mean(here) - middle
      here.forEach(item => { item.y -= moved })
    }
    nodes.forEach((_, i) => { y[i] = items[i].y })
    return { depth, y, bends, top: Math.min(...items.map(item => item.y)), bottom: Math.max(...items.map(item => item.y)) }
  }
  const mean = items => items.reduce((sum, { y }) => sum + y, 0) / items.length
  // what is computed at the step that is shown
  function reached() {
    const done = steps.slice(0, player.at + 1), values = new Set(done.filter(([kind]) => kind === "forward").map(([, i]) => i))
    const back = new Set(done.filter(([kind]) => kind === "back").map(([, i]) => i)), begun = done.some(([kind]) => kind === "begin")
    return { values, back, begun, knows: i => !nodes[i].args.length || values.has(i) }
  }
  function show() {
    const svg = part("paper").firstChild
    if (!svg) return
    const { back, begun, knows } = reached(), [kind, now] = steps[player.at], learned = new Set(data.variables.filter(row => row.learns).map(row => row.name))
    const most = Math.max(...nodes.flatMap(node => node.back).filter(v => v !== null).map(Math.abs), 1e-300)
    nodes.forEach((node, i) => {
      const box = svg.boxes[i], [, , value, gradient] = box.children, from = uses[i].filter(([j]) => back.has(j)).map(([j, k]) => nodes[j].back[k])
      value.textContent = knows(i) ? say(node.value) : "·"
      const last = i === nodes.length - 1, all = from.length === uses[i].length
      const sum = last && begun ? 1 : from.length ? (all ? node.gradient : from.reduce((a, b) => (b === null ? a : a + b), 0)) : undefined
      gradient.textContent = !node.varies ? "" : sum === undefined ? "·" : all || last ? say(sum) : `${say(sum)} + …`
      box.classList.toggle("now", player.at < player.last && ((kind !== "given" && i === now) || (kind === "begin" && last)))
      box.classList.toggle("wrong", data.trouble?.at === i)
      box.classList.toggle("learns", node.op === "variable" && learned.has(node.name))
      box.setAttribute("aria-label", `${node.text}: ${data.texts.value} ${say(node.value)}, ${data.texts.gradient} ${node.varies ? say(node.gradient) : data.texts.none}`)
    })
    for (const edge of svg.edges) {
      const handed = nodes[edge.node].back[edge.k], flows = back.has(edge.node) && handed !== null && nodes[edge.arg].varies
      edge.setAttribute("class", `edge${flows ? ` back ${handed < 0 ? "negative" : handed > 0 ? "positive" : ""}` : ""}`)
      edge.style.strokeWidth = flows ? within(5.5 + 0.9 * Math.log10(Math.abs(handed) / most || 1e-9), 1, 5.5) : ""
      if (edge.local) edge.local.textContent = flows ? `×${say(nodes[edge.node].local[edge.k])}` : ""
    }
    explain()
    player.label(data.texts)
  }

  // ---- in words: the step that is shown, or the node that is pointed at
  function explain() {
    const { texts } = data, [kind, i] = held === null ? steps[player.at] : ["node", held], out = part("say"), lines = []
    const name = j => nodes[j].text
    const sum = node => {
      const a = node.args.map(arg => say(nodes[arg].value)), sign = { "+": "+", "−": "−", "×": "·", "÷": "÷" }[node.op]
      if (sign) return a.map((text, k) => (k && text.startsWith("−") ? `(${text})` : text)).join(` ${sign} `)
      if (node.op === "power") return `(${a[0]})${node.label}`
      if (node.op === "^") return `(${a[0]})^(${a[1]})`
      return node.op === "negative" ? `−(${a[0]})` : `${node.label === "|·|" ? "abs" : node.label}(${a.join("; ")})`
    }
    const local = (j, k) => {
      const node = nodes[j], bracketed = v => (v < 0 ? `(${say(v)})` : say(v)), [u, v] = node.args.map(arg => nodes[arg].value)
      const numbers = { U: bracketed(u), V: bracketed(v), Y: bracketed(node.value), N: say(node.exponent), M: bracketed((node.op === "power" ? node.exponent : v) - 1) }
      const written = LOCAL[node.op]?.[k].replace(/[UVYNM]/g, letter => numbers[letter]).replace("^1", "")
      return written ? `(${written} = ${say(node.local[k])})` : bracketed(node.local[k])
    }
    const add = (text, tag = "p") => lines.push(Object.assign(document.createElement(tag), { textContent: text }))
    if (kind === "given") add(texts.given)
    else if (kind === "begin") add(texts.begin)
    else if (kind === "forward") add(texts.forward.replace("{what}", `${name(i)} = ${sum(nodes[i])}`).replace("{value}", say(nodes[i].value)))
    else if (kind === "back" && !nodes[i].varies) add(texts.nothing.replace("{what}", name(i)))
    else if (kind === "back") {
      const handed = nodes[i].args.map((arg, k) => nodes[arg].varies && `${name(arg)}: ${say(nodes[i].gradient)} × ${local(i, k)} = ${say(nodes[i].back[k])}`).filter(Boolean)
      if (player.at === player.last) add(texts.done, "small")
      add(texts.back.replace("{what}", name(i)).replace("{gradient}", say(nodes[i].gradient)))
      handed.forEach(text => add(text))
    } else { // a node
      const node = nodes[i], { knows, back, begun } = reached(), last = i === nodes.length - 1
      add(name(i), "code")
      if (knows(i)) add(node.args.length ? `${texts.value}: ${sum(node)} = ${say(node.value)}` : `${texts.value}: ${say(node.value)}`)
      if (!node.varies) add(texts.no_gradient)
      else if (last && begun) add(`${texts.gradient}: 1 (${texts.result})`)
      else if (uses[i].every(([j]) => back.has(j))) {
        const terms = uses[i].map(([j, k]) => `${say(nodes[j].gradient)} × ${local(j, k)}`)
        add(`${texts.gradient}: ${terms.join(" + ")} = ${say(node.gradient)}`)
        add(texts.from_above + (terms.length > 1 ? `; ${texts.summed.replace("{times}", terms.length)}` : ""), "small")
      }
    }
    out.replaceChildren(...lines)
    part("paper").firstChild?.boxes.forEach((box, j) => box.classList.toggle("held", j === held))
  }

  // ---- what is typed
  function label() {
    const { texts, wrong, trouble } = data, input = part("f"), shown = wrong ?? trouble
    scenes(part("scenes"), texts.scenes, data.scenes.map(([title, scene]) => [title, scene]), begin, data.scenes.find(([, scene]) => scene[0] === data.text)?.[1])
    part("typed").textContent = texts.typed
    input.maxLength = data.longest
    if (root(input).activeElement !== input) input.value = data.f
    input.setAttribute("aria-invalid", Boolean(wrong && input.value === data.f))
    part("problem").textContent = shown?.message ?? ""
    if (wrong && wrong.end > wrong.start) {
      const code = part("problem").appendChild(document.createElement("code"))
      code.append(data.f.slice(0, wrong.start), Object.assign(document.createElement("mark"), { textContent: data.f.slice(wrong.start, wrong.end) }), data.f.slice(wrong.end))
    }
    part("paper").classList.toggle("old", Boolean(wrong))
    part("paper").title = wrong ? texts.old : ""
    part("descend").textContent = texts.descend
    part("train").textContent = training ? texts.stop : texts.train
    part("rate-label").textContent = texts.rate
    if (root(part("rate")).activeElement !== part("rate")) part("rate").value = plain(data.rate)
    part("descend").disabled = part("train").disabled = Boolean(trouble || wrong || !data.variables.some(row => row.learns))
    past()
  }
  function past() { // the result, step by step
    const highest = Math.max(...history), lowest = Math.min(...history)
    part("history").setAttribute("aria-label", data.texts.history)
    part("history").innerHTML = history.length < 2 ? "" : `<path d="M${history.map((v, i) => `${(160 * i / (history.length - 1)).toFixed(1)} ${(34 - 32 * (v - lowest) / (highest - lowest || 1)).toFixed(1)}`).join("L")}"></path><text x="168" y="22">${say(history[0])} → ${say(history.at(-1))}</text>`
  }
  const root = element => element.getRootNode()
  const plain = value => String(Number(value.toPrecision(5))).replace(".", language === "ru" ? "," : ".").replace("-", "−")
  const number = text => (text.trim() === "" ? NaN : Number(text.trim().replace("−", "-").replace(",", ".")))
  function begin([f, at, learns, rate]) {
    stop()
    part("f").blur()
    history = []
    view.send("scene", [f, at, learns, rate].join("|"))
  }
  part("f").oninput = () => { stop(); clearTimeout(typing); typing = setTimeout(() => pull.move("f", part("f").value), 120) }
  part("f").onchange = () => { clearTimeout(typing); pull.settle("f", part("f").value) }

  // ---- the variables
  const encode = rows => rows.map(({ name, value }) => `${name}=${Number(value.toPrecision(10))}`).join(",")
  function table() {
    const { texts } = data, box = part("variables"), names = data.variables.map(row => row.name).join() + language
    if (box.dataset.names !== names) {
      box.dataset.names = names
      box.innerHTML = `<thead><tr>${["", "", texts.value, texts.by, texts.numeric, texts.learns].map(text => `<th>${text}</th>`).join("")}</tr></thead><tbody></tbody>`
      box.lastChild.replaceChildren(...data.variables.map((row, i) => {
        const made = document.createElement("tr")
        made.innerHTML = `<td></td><td class="slide"><input type="range" step="0.01"></td><td class="value"><input type="text" inputmode="decimal"></td><td class="by"></td><td class="numeric"></td><td><input type="checkbox"></td>`
        const [slide, value, learns] = made.querySelectorAll("input")
        made.firstChild.textContent = row.name
        slide.setAttribute("aria-label", row.name)
        value.setAttribute("aria-label", `${row.name}, ${texts.value}`)
        learns.setAttribute("aria-label", `${row.name}: ${texts.learns}`)
        slide.oninput = () => set(i, Number(slide.value), pull.move)
        slide.onchange = () => set(i, Number(slide.value), pull.settle)
        value.onchange = () => {
          const typed = number(value.value), fine = Math.abs(typed) <= data.largest
          value.setAttribute("aria-invalid", !fine)
          if (!fine) return void (part("problem").textContent = texts.number)
          set(i, typed, pull.settle)
        }
        learns.onchange = () => {
          data.variables[i].learns = learns.checked
          view.send("learn", data.variables.filter(row => row.learns).map(row => row.name).join(",") || "none")
        }
        return made
      }))
    }
    data.variables.forEach((row, i) => {
      const made = box.lastChild.children[i], [slide, value, learns] = made.querySelectorAll("input"), reach = Math.max(5, Math.ceil(Math.abs(row.value) * 1.2))
      if (Number(slide.max) < reach || !slide.min) [slide.min, slide.max] = [-reach, reach]
      slide.value = row.value
      if (root(value).activeElement !== value) { value.value = plain(row.value); value.setAttribute("aria-invalid", false) }
      learns.checked = row.learns
      made.querySelector(".by").textContent = say(row.gradient)
      const numeric = made.querySelector(".numeric"), apart = Math.abs(row.gradient - row.numeric) > 1e-3 * Math.max(1e-4, Math.abs(row.gradient))
      numeric.textContent = row.numeric === undefined ? "…" : say(row.numeric)
      numeric.classList.toggle("off", row.gradient !== null && Number.isFinite(row.numeric) && apart)
    })
  }
  function set(i, value, send) {
    stop()
    data.variables[i].value = value
    send("at", (awaited = encode(data.variables)))
  }

  // ---- training: x ← x − rate · gradient. The graph makes a dozen steps in one run; they are shown one by one, and before the
  // last one is shown the next dozen is asked for
  const after = () => encode(data.variables.map(row => ({ name: row.name, value: row.learns && row.next !== null ? row.next : row.value })))
  const remember = () => { history.push(nodes.at(-1).value); if (history.length > 400) history.shift() }
  function more(at) {
    asked = true
    pull.move("walk", at)
  }
  function came({ frames, nodes: changed, next, then }) {
    for (let k = 0; k < frames; k++) film.push({ k, changed, next })
    onward = then && encode(data.variables.map((row, i) => ({ name: row.name, value: then[i] })))
    asked = false
    if (!timer) timer = setInterval(frame, 45)
  }
  function frame() {
    if (!part("paper").isConnected || document.hidden) return stop()
    const now = film.shift()
    if (!now) return void (asked || stop()) // the server is slow, or numbers ran away
    nodes.forEach((node, i) => {
      const { value, gradient, local, back } = now.changed[i]
      Object.assign(node, { value: value[now.k], gradient: gradient[now.k], local: local.map(v => v[now.k]), back: back.map(v => v[now.k]) })
    })
    data.variables.forEach((row, i) => {
      const place = nodes.findIndex(node => node.name === row.name && node.op === "variable")
      Object.assign(row, { value: nodes[place].value, gradient: nodes[place].gradient, next: now.next[i][now.k], numeric: undefined })
    })
    if (nodes.some(node => node.value === null)) return stop()
    remember()
    table()
    show()
    past()
    if (film.length <= 6 && !asked && onward) more(onward)
  }
  function stop() {
    if (!training) return
    training = false
    clearInterval(timer)
    timer = 0
    film = []
    label()
    pull.settle("at", (awaited = encode(data.variables)))
  }
  part("descend").onclick = () => { stop(); remember(); pull.settle("at", after()) }
  part("train").onclick = () => {
    if (training) return stop()
    training = true
    film = []
    label()
    more(encode(data.variables))
  }
  part("rate").onchange = event => {
    const typed = number(event.target.value), fine = typed >= data.least_rate && typed <= data.most_rate
    event.target.setAttribute("aria-invalid", !fine)
    if (fine) pull.settle("rate", String(typed))
  }
  new ResizeObserver(() => { if (data) { layout(); show() } }).observe(part("paper"))
  return view
}
