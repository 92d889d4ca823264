// Nets of many layers side by side: how values spread in each layer, and mean, spread, dead share and gradient by layer. A
// layer is looked at by dragging or by arrow keys; all numbers came from ONNX Runtime with the nets.
const CURVES = [["std", true], ["weight_norm", true], ["dead", false], ["mean", false]] // and whether as powers of ten

export default mount(create, (view, { setStateValue }) => {
  view.send = layer => setStateValue("layer", layer)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), panels = part("panels")
  const view = { send() {}, update }
  let data, nets = [], layer = null, sent = null, plots = [], pictures = [], histogram, timer = 0, dragging = false

  function update(next) {
    if (!dragging && next.layer !== sent && next.layer !== data?.layer) layer = next.layer
    data = next
    language = data.language
    layer = within(layer, 1, data.depth)
    nets = data.nets.map(net => ({ ...net, counts: floats(net.counts) }))
    panels.setAttribute("aria-label", data.texts.layer_hint)
    panels.setAttribute("aria-valuemin", 1)
    panels.setAttribute("aria-valuemax", data.depth)
    const wanted = nets.length + 1 + CURVES.length
    while (panels.children.length > wanted) { panels.lastChild.remove(); plots.pop() }
    while (panels.children.length < wanted) {
      panels.append(Object.assign(document.createElement("div"), { className: "pane" }))
      plots.push(pane(panels.lastChild))
      hear(plots.at(-1))
    }
    draw()
  }

  function draw() {
    for (const box of panels.children) box.style.gridColumn = ""
    const columns = getComputedStyle(panels).gridTemplateColumns.split(" ").length, left = panels.children.length % columns
    panels.lastChild.style.gridColumn = `span ${left ? columns - left + 1 : 1}` // the histogram takes what is left of its row
    const x = [0.5, data.depth + 0.5], across = data.texts.layer, layers = Array.from({ length: data.depth }, (_, i) => i + 1)
    pictures = plots.slice(0, nets.length)
    histogram = plots.at(-1)
    pictures.forEach((plot, i) => {
      plot.frame({ x, y: [-data.edge, data.edge], title: nets[i].title, across, colour: nets[i].colour })
      const picture = plot.add("image", { x: 0, y: 0, width: plot.wide, height: plot.high, preserveAspectRatio: "none" })
      picture.setAttribute("href", nets[i].picture)
    })
    CURVES.forEach(([name, logarithmic], i) => {
      const plot = plots[nets.length + i], height = v => (!logarithmic ? v : v > 0 ? Math.log10(v) : null)
      const values = nets.map(net => net[name].map(height)), all = values.flat().filter(v => v !== null)
      plot.frame({ x, y: name === "dead" ? [-0.02, 1.02] : span(all, logarithmic), title: data.texts[name], across, powers: logarithmic ? "y" : "" })
      nets.forEach((net, n) => plot.line(layers, values[n], { stroke: net.colour, "stroke-width": 2.5 }))
    })
    plots.forEach((plot, i) => { if (plot !== histogram) plot.cursor = plot.add("line", { class: i < nets.length ? "cursor over" : "cursor", y1: 0, y2: plot.high }) })
    part("rows").replaceChildren(...nets.map(row))
    look()
  }
  function span(values, logarithmic) {
    let low = Math.min(...values, logarithmic ? -0.3 : -0.1), high = Math.max(...values, logarithmic ? 0.3 : 0.1)
    const air = 0.06 * (high - low)
    return [low - air, high + air]
  }
  function row(net) {
    const made = document.createElement("tr")
    made.innerHTML = `<td><i></i>${"<span></span>"}</td>${"<td></td>".repeat(CURVES.length)}`
    made.querySelector("i").style.background = net.colour
    made.querySelector("span").textContent = net.title
    made.dataset.name = net.name
    net.cells = [...made.children].slice(1)
    return made
  }

  function look() { // at one layer
    for (const plot of plots) if (plot !== histogram) for (const end of ["x1", "x2"]) plot.cursor.setAttribute(end, plot.X(layer))
    const bins = data.bins, middles = Array.from({ length: bins }, (_, i) => (i / (bins - 1) * 2 - 1) * data.edge)
    const shares = nets.map(net => {
      const counts = net.counts.subarray((layer - 1) * bins, layer * bins), sum = counts.reduce((a, b) => a + b, 0) || 1
      return Array.from(counts, count => count / sum)
    })
    histogram.frame({ x: [-data.edge, data.edge], y: [0, Math.max(0.1, ...shares.flat()) * 1.05], title: data.texts.histogram.replace("{layer}", layer), across: data.texts.value })
    nets.forEach((net, n) => histogram.line(middles, shares[n], { stroke: net.colour, "stroke-width": 2 }))
    part("head").innerHTML = `<tr><th></th>${"<th></th>".repeat(CURVES.length)}</tr>`
    ;[...part("head").querySelectorAll("th")].forEach((head, i) => { head.textContent = i ? data.texts[CURVES[i - 1][0]] : data.texts.at.replace("{layer}", layer) })
    for (const net of nets) CURVES.forEach(([name], i) => { net.cells[i].textContent = told(net[name][layer - 1], name) })
    panels.setAttribute("aria-valuenow", layer)
    panels.setAttribute("aria-valuetext", `${data.texts.at.replace("{layer}", layer)}; ` + nets.map(net => `${net.title}: ` +
      CURVES.map(([name]) => `${data.texts[name]} ${told(net[name][layer - 1], name)}`).join(", ")).join("; "))
  }
  const told = (value, name) => (value === null ? data.texts.beyond : name === "dead" ? `${write(100 * value, 1)} %` : write(value, 3))

  function settle(delay = 0) {
    clearTimeout(timer)
    timer = setTimeout(() => {
      sent = layer
      view.send(String(layer))
    }, delay)
  }
  function hear(plot) {
    const at = event => {
      if (plot === histogram) return
      layer = within(Math.round(plot.value(event)[0]), 1, data.depth)
      look()
    }
    plot.svg.onpointerdown = event => {
      if (event.button || plot === histogram) return
      dragging = true
      plot.svg.setPointerCapture(event.pointerId)
      panels.focus({ preventScroll: true })
      at(event)
    }
    plot.svg.onpointermove = event => dragging && at(event)
    plot.svg.onpointerup = plot.svg.onpointercancel = () => {
      if (!dragging) return
      dragging = false
      settle()
    }
  }
  panels.onkeydown = event => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key]
    const to = { Home: 1, End: data.depth }[event.key] ?? (step && layer + step)
    if (to === undefined) return
    layer = within(to, 1, data.depth)
    look()
    settle(300)
    event.preventDefault()
  }
  new ResizeObserver(() => data && draw()).observe(panels)
  return view
}
