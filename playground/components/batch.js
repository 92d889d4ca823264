// A batch of one feature on three number lines: x, normalised, scaled and shifted. Points of x are dragged, added and removed;
// while they move the sums are taken here, and once let go they are set beside what ONNX Runtime computed.

export default mount(create, (view, { setStateValue }) => {
  view.send = x => setStateValue("x", x.map(value => +value.toFixed(2)).join(","))
})

const ROWS = [46, 136, 226], HEIGHT = 262, NAMES = ["x", "x̂", "y"]
let point = "."
const write = (value, digits = 2) => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−").replace(".", point)

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), svg = part("lines")
  const view = { send() {}, update }
  let data, x = [], chosen = 0, dragging = false, later = null, width = 700, grips = [], sent = null, moving = 0

  const left = 58, right = () => width - 14
  const place = value => left + ((Math.max(-data.largest, Math.min(data.largest, value)) + data.largest) / (2 * data.largest)) * (right() - left)
  const valueAt = pixel => Math.max(-data.largest, Math.min(data.largest, ((pixel - left) / (right() - left)) * 2 * data.largest - data.largest))
  new ResizeObserver(() => { if (data && svg.clientWidth && svg.clientWidth !== width) draw() }).observe(svg)

  function update(next) {
    data = next
    point = data.language === "ru" ? "," : "."
    if (sent && (data.x.join() === sent.x || Date.now() - sent.time > 2000)) sent = null
    if (!dragging && !later && !sent) x = [...data.x] // an answer to what was sent before the last is late
    chosen = Math.min(chosen, x.length - 1)
    for (const name of ["add", "remove"]) part(name).textContent = data.texts[name]
    part("hint").textContent = data.texts.hint
    svg.setAttribute("aria-label", data.texts.batch)
    if (dragging) move() // its grip must stay under the pointer
    else draw()
  }

  // ---- the sums, as the graph takes them
  function sums() {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
    const [mu, var_] = data.training ? [mean, variance] : data.running
    const hat = x.map(value => (value - mu) / Math.sqrt(var_ + data.epsilon))
    return { mean, deviation: Math.sqrt(variance), mu, sigma: Math.sqrt(var_), hat, y: hat.map(value => data.gamma * value + data.beta) }
  }

  // ---- drawing
  const make = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    if (text !== undefined) element.textContent = text
    return element
  }
  function draw() { // what stays while points move: axes and grips
    width = svg.clientWidth || width
    svg.setAttribute("height", HEIGHT)
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`)
    const focused = grips.some(grip => grip.matches(":focus"))
    const step = width < 480 ? 5 : 2
    svg.replaceChildren(make("g", { "data-part": "bands" }), ...ROWS.flatMap((y, row) => [
      make("line", { class: "axis", x1: left, x2: right(), y1: y, y2: y }),
      ...Array.from({ length: 2 * Math.floor(data.largest / step) + 1 }, (_, i) => (i - Math.floor(data.largest / step)) * step).flatMap(value => [
        make("line", { class: "axis", x1: place(value), x2: place(value), y1: y - 3, y2: y + 3 }),
        make("text", { class: "tick", x: place(value), y: y + 24 }, write(value, 0))]),
      make("text", { class: "name", x: 2, y: y + 6 }, NAMES[row])]),
      make("line", { class: "axis zero", x1: place(0), x2: place(0), y1: ROWS[0], y2: ROWS[2] }),
      make("g", { "data-part": "threads" }), make("g", { "data-part": "facts" }), sheet(), make("g", { "data-part": "dots" }))
    grips = x.map((_, i) => grip(i))
    svg.append(...grips)
    move()
    if (focused) grips[chosen].focus({ preventScroll: true })
  }
  function sheet() { // a click beside the points adds one
    const area = make("rect", { class: "sheet", x: left - 10, y: ROWS[0] - 28, width: right() - left + 20, height: 56 })
    area.onclick = event => add(valueAt(event.clientX - svg.getBoundingClientRect().left))
    return area
  }
  function grip(i) {
    const group = make("g", { class: "grip", tabindex: 0, role: "slider", "aria-valuemin": -data.largest, "aria-valuemax": data.largest, "data-point": i })
    group.append(make("circle", { r: 18, fill: "transparent" }), make("circle", { class: "dot", r: 8, fill: colour(i) }))
    group.onpointerdown = event => {
      choose(i)
      dragging = true
      group.setPointerCapture(event.pointerId)
      event.preventDefault()
      group.focus({ preventScroll: true })
    }
    group.onpointermove = event => {
      if (!dragging || !group.hasPointerCapture(event.pointerId)) return
      x[i] = valueAt(event.clientX - svg.getBoundingClientRect().left)
      moving ||= requestAnimationFrame(() => { moving = 0; move() })
    }
    group.onpointerup = group.onpointercancel = () => { if (dragging) { dragging = false; commit() } }
    group.onfocus = () => choose(i)
    group.onkeydown = event => {
      const by = { ArrowLeft: -0.1, ArrowDown: -0.1, ArrowRight: 0.1, ArrowUp: 0.1, PageDown: -1, PageUp: 1 }[event.key]
      if (by) {
        x[i] = Math.max(-data.largest, Math.min(data.largest, x[i] + by * (event.shiftKey ? 10 : 1)))
        move()
        clearTimeout(later)
        later = setTimeout(commit, 200)
      } else if (event.key === "Delete" || event.key === "Backspace") remove()
      else if (event.key === "+") add()
      else return
      event.preventDefault()
    }
    return group
  }
  const colour = i => data.colours[i % data.colours.length]
  function choose(i) {
    chosen = i
    grips.forEach((grip, n) => grip.classList.toggle("chosen", n === i))
  }

  function move() { // what follows the points
    const { mean, deviation, mu, sigma, hat, y } = sums(), { texts } = data
    const band = (row, centre, half) => [
      make("rect", { class: "band", x: place(centre - half), width: Math.max(1, place(centre + half) - place(centre - half)), y: ROWS[row] - 24, height: 34, rx: 4 }),
      make("line", { class: "centre", x1: place(centre), x2: place(centre), y1: ROWS[row] - 24, y2: ROWS[row] + 10 })]
    const facts = (row, text) => make("text", { class: "facts", x: right(), y: ROWS[row] - 30 }, text)
    const own = data.training ? [] : [make("line", { class: "own", x1: place(mean), x2: place(mean), y1: ROWS[0] - 24, y2: ROWS[0] + 10 })]
    svg.querySelector("[data-part=bands]").replaceChildren(...band(0, mu, sigma), ...band(1, 0, 1), ...band(2, data.beta, Math.abs(data.gamma)), ...own)
    svg.querySelector("[data-part=facts]").replaceChildren(facts(0, `${data.training ? "μ" : texts.running + " μ"} = ${write(mu)}, σ = ${write(sigma)}`),
      facts(1, "x̂ = (x − μ) / √(σ² + ε)"), facts(2, `y = ${write(data.gamma)} x̂ ${data.beta < 0 ? "−" : "+"} ${write(Math.abs(data.beta))}`))
    svg.querySelector("[data-part=threads]").replaceChildren(...x.map((value, i) => make("path", { class: "thread", stroke: colour(i),
      d: `M${place(value)} ${ROWS[0]} C${place(value)} ${ROWS[0] + 45} ${place(hat[i])} ${ROWS[1] - 45} ${place(hat[i])} ${ROWS[1]} S${place(y[i])} ${ROWS[2] - 45} ${place(y[i])} ${ROWS[2]}` })))
    svg.querySelector("[data-part=dots]").replaceChildren(...[hat, y].flatMap((values, row) => values.map((value, i) => {
      const dot = make("circle", { class: "dot", r: 6, cx: place(value), cy: ROWS[row + 1], fill: colour(i) })
      dot.append(make("title", {}, write(value)))
      return dot
    })))
    grips.forEach((grip, i) => {
      grip.setAttribute("transform", `translate(${place(x[i])}, ${ROWS[0]})`)
      grip.setAttribute("aria-valuenow", +x[i].toFixed(2))
      grip.setAttribute("aria-label", `x${i + 1}`)
      grip.setAttribute("aria-valuetext", `${write(x[i])} → ${write(y[i])}`)
    })
    choose(chosen)
    part("remove").disabled = x.length < 2
    part("add").disabled = x.length >= data.most
    tell(mean, deviation, y)
  }
  function tell(mean, deviation, y) {
    const fresh = x.length === data.x.length && x.every((value, i) => value === data.x[i])
    const apart = fresh ? Math.max(...y.map((value, i) => Math.abs(value - data.y[i]))) : 0, same = apart <= 1e-3 * Math.max(1, ...y.map(Math.abs))
    const stats = `${data.texts.own} μ = ${write(mean)}, σ = ${write(deviation)}`
    const verdict = fresh ? `<span class="${same ? "ok" : "bad"}" data-part="runtime" data-same="${same}">${same ? "✓" : "≠"} ONNX Runtime: y = ${
      data.y.slice(0, 8).map(value => write(value)).join("; ")}${data.y.length > 8 ? "; …" : ""}</span>` : "…"
    part("told").innerHTML = `${stats} · ${verdict}`
  }

  // ---- changing
  function commit() {
    clearTimeout(later)
    later = null
    x = x.map(value => +value.toFixed(2))
    sent = { x: x.join(), time: Date.now() }
    move()
    view.send(x)
  }
  function add(value) {
    if (x.length >= data.most) return
    x.push(value ?? (x[chosen] + 1 > data.largest ? x[chosen] - 1 : x[chosen] + 1))
    chosen = x.length - 1
    draw()
    grips[chosen].focus({ preventScroll: true })
    commit()
  }
  function remove() {
    if (x.length < 2) return
    x.splice(chosen, 1)
    chosen = Math.min(chosen, x.length - 1)
    draw()
    grips[chosen].focus({ preventScroll: true })
    commit()
  }
  part("add").onclick = () => add()
  part("remove").onclick = () => remove()
  return view
}
