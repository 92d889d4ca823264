// Curves of activation functions and of their derivatives, and a point that is dragged along them. Every number shown is a
// sample that ONNX Runtime computed: the point stands on samples only, so dragging asks nobody; where it rests is sent.

export default mount(create, (view, { setStateValue }) => {
  view.send = x => setStateValue("x", x)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), panes = part("panes")
  const view = { send() {}, update }
  const value = pane(part("value")), slope = pane(part("slope"))
  let data, lines = [], xs = [], at = 0, timer = 0, dragging = false
  let flight = [] // positions sent whose echo has not come back

  function update(next) {
    const echo = flight.indexOf(next.x), moved = echo < 0 && next.x !== data?.x // by a link or the browser's Back
    flight = flight.slice(echo + 1)
    data = next
    language = data.language
    lines = data.lines.map(line => ({ ...line, y: floats(line.y), slope: floats(line.slope) }))
    xs = Array.from(lines[0].y, (_, i) => i / data.per_unit - data.reach)
    if (moved && !dragging) at = index(data.x)
    panes.setAttribute("aria-label", data.texts.point)
    panes.setAttribute("aria-valuemin", -data.reach)
    panes.setAttribute("aria-valuemax", data.reach)
    draw()
  }
  const index = x => within(Math.round((x + data.reach) * data.per_unit), 0, xs.length - 1)

  function draw() {
    const x = [-data.reach, data.reach]
    value.frame({ x, y: span(lines.map(line => line.y), -2.5, 4), title: data.texts.value, across: "x" })
    const [low, high] = span(lines.map(line => line.slope), -1.2, 2), tall = Math.max(part("slope").clientHeight - 58, 60)
    const bars = Math.max(0, (6 * lines.length + 6) / tall - Math.max(-low, 0) / (high - low)) // room for them below zero
    slope.frame({ x, y: [low - (bars / (1 - bars)) * (high - low), high], title: data.texts.slope, across: "x" })
    for (const plot of [value, slope]) plot.cursor = plot.add("line", { class: "cursor", y1: 0, y2: plot.high })
    lines.forEach((line, n) => {
      const stroke = { stroke: line.colour, "stroke-width": 2.5, "stroke-linejoin": "round" }
      value.line(xs, line.y, stroke)
      slope.line(xs, line.slope, stroke)
      for (const [first, last] of line.dead) { // where the gradient dies, below the derivative
        slope.add("rect", { class: "dead", x: slope.X(xs[first]), width: Math.max(slope.X(xs[last]) - slope.X(xs[first]), 1),
          y: slope.high - 6 * (n + 1), height: 4, fill: line.colour })
      }
      line.tangent = value.add("line", { stroke: line.colour, "stroke-width": 1.5, "stroke-dasharray": "7 4" })
    })
    for (const line of lines) line.points = [value.add("circle", { r: 6, fill: line.colour }), slope.add("circle", { r: 6, fill: line.colour })]
    part("head-value").textContent = part("head-slope").textContent = ""
    part("rows").replaceChildren(...lines.map(row))
    place()
  }
  function span(curves, least, most) {
    let low = 0, high = 0
    for (const curve of curves) for (const v of curve) { low = Math.min(low, v); high = Math.max(high, v) }
    low = Math.max(low, least)
    high = Math.min(Math.max(high, low + 0.5), most)
    return [low - 0.12 * (high - low), high + 0.06 * (high - low)]
  }
  function row(line) {
    const made = document.createElement("tr")
    made.innerHTML = `<td><i></i><span></span></td><td class="number"></td><td class="number"></td><td class="note"></td>`
    made.querySelector("i").style.background = line.colour
    made.querySelector("span").textContent = line.title
    made.dataset.name = line.name
    line.cells = [...made.children].slice(1)
    return made
  }

  function place() {
    const x = xs[at], reach = 1.4
    for (const plot of [value, slope]) for (const end of ["x1", "x2"]) plot.cursor.setAttribute(end, plot.X(x))
    for (const line of lines) {
      const y = line.y[at], rise = line.slope[at], [on, below] = line.points
      move(on, value.X(x), value.Y(y))
      move(below, slope.X(x), slope.Y(rise))
      const ends = { x1: value.X(x - reach), x2: value.X(x + reach), y1: value.Y(y - reach * rise), y2: value.Y(y + reach * rise) }
      for (const [name, v] of Object.entries(ends)) line.tangent.setAttribute(name, v)
      line.cells[0].textContent = write(y, 4)
      line.cells[1].textContent = write(rise, 4)
      line.cells[2].textContent = line.dead.some(([first, last]) => first <= at && at <= last) ? data.texts.dead : ""
    }
    part("head-value").textContent = `f(${write(x)})`
    part("head-slope").textContent = `f′(${write(x)})`
    panes.setAttribute("aria-valuenow", x)
    panes.setAttribute("aria-valuetext", `x = ${write(x)}; ` + lines.map(line => `${line.title}: f = ${write(line.y[at], 4)}, f′ = ${write(line.slope[at], 4)}`).join("; "))
  }
  function move(circle, x, y) {
    circle.setAttribute("cx", x)
    circle.setAttribute("cy", within(y, -20, 2000))
  }

  function settle(delay = 0) { // where the point rests is sent
    clearTimeout(timer)
    timer = setTimeout(() => {
      const x = xs[at].toFixed(2)
      flight.push(Number(x))
      view.send(x)
    }, delay)
  }
  for (const plot of [value, slope]) {
    plot.svg.onpointerdown = event => {
      if (event.button) return
      dragging = true
      plot.svg.setPointerCapture(event.pointerId)
      panes.focus({ preventScroll: true })
      at = index(plot.value(event)[0])
      place()
    }
    plot.svg.onpointermove = event => {
      if (!dragging) return
      at = index(plot.value(event)[0])
      place()
    }
    plot.svg.onpointerup = plot.svg.onpointercancel = () => {
      if (!dragging) return
      dragging = false
      settle()
    }
  }
  panes.onkeydown = event => {
    const fine = event.shiftKey ? 1 : 10, step = { ArrowLeft: -fine, ArrowDown: -fine, ArrowRight: fine, ArrowUp: fine, PageDown: -100, PageUp: 100 }[event.key]
    const to = { Home: 0, End: xs.length - 1 }[event.key] ?? (step && at + step)
    if (to === undefined) return
    at = within(to, 0, xs.length - 1)
    place()
    settle(300)
    event.preventDefault()
  }
  new ResizeObserver(() => data && draw()).observe(panes)
  return view
}
