// Deep nets that learn side by side. All numbers come from ONNX Runtime, frame by frame (player.js); here they are painted: the
// answer over the plane, the loss, and a bar for each layer on axes of powers of ten that all nets share.
const SPEEDS = [1, 2, 5, 10], KINDS = ["gradient", "moved", "spread"]
const LEFT = 30 // pixels for the axis of the bars

export default mount(create, (view, { setTriggerValue }) => {
  view.send = setTriggerValue
})

const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const PALETTE = Int32Array.from({ length: 256 }, (_, i) => { // blue – white – orange
  const share = within(i / 127 - 1, -1, 1), end = share < 0 ? [33, 102, 172] : [217, 95, 14]
  const [r, g, b] = end.map(part => Math.round(255 + (part - 255) * Math.abs(share) * 0.8))
  return (255 << 24) | (b << 16) | (g << 8) | r
})
function make(tag, className, ...children) {
  const made = Object.assign(document.createElement(tag), { className })
  made.append(...children)
  return made
}

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), box = part("nets"), view = { send() {}, update }
  let data, nets = [], looked, drawn, curves = [], layer = 1, speed = 1, round = null, form = ""
  const player = createPlayer({
    show, changed: label, alive: () => box.isConnected,
    ask: question => view.send("more", { ...question, every: speed }),
    stopped: place => view.send("stopped", place),
  })

  function update(next) {
    data = next
    language = data.language
    if (data.curves) curves = data.curves
    const wanted = JSON.stringify([data.nets.map(net => net.colour), data.depth, data.axes, data.texts]), fresh = wanted !== form
    if (fresh) build()
    form = wanted
    if (data.round !== round) {
      round = data.round
      player.pause()
    }
    data.nets.forEach((net, n) => {
      nets[n].name.lastChild.textContent = net.title
      nets[n].name.title = net.title
    })
    if (fresh || data.points !== drawn) scatter()
    if (fresh) measure()
    player.give({ run: data.round, frames: data.frames, end: data.ended, turn: data.turn })
    label()
  }

  // ---- what stands still
  function build() {
    const { texts } = data
    layer = within(layer, 1, data.depth)
    box.style.setProperty("--nets", data.nets.length)
    box.dataset.count = data.nets.length
    nets = data.nets.map(net => {
      const one = { colour: net.colour, bars: {}, said: {} }
      const swatch = make("i", "")
      swatch.style.background = net.colour
      one.name = make("b", "", swatch, "")
      one.told = make("span", "told")
      one.head = make("div", "head", one.name, one.told)
      one.map = Object.assign(make("canvas", "map"), { width: data.side, height: data.side })
      one.map.setAttribute("role", "img")
      one.map.setAttribute("aria-label", texts.map)
      one.dots = make("canvas", "dots")
      one.curve = shape("svg", { class: "curve", role: "img", "aria-label": texts.curve })
      one.lost = make("p", "lost")
      one.lost.hidden = true
      one.seen = make("div", "seen", make("div", "plane", one.map, one.dots), one.curve, one.lost)
      return one
    })
    box.replaceChildren(...nets.map(one => one.head), ...nets.map(one => one.seen))
    looked = make("span", "")
    for (const kind of KINDS) {
      box.append(make("p", "title", texts[kind], ...(kind === KINDS[0] ? [looked] : [])), ...nets.map(one => {
        one.bars[kind] = bars(kind, one)
        one.said[kind] = make("span", "said")
        return make("div", "cell", one.bars[kind].svg, one.said[kind])
      }))
    }
    box.append(...nets.map(() => make("div", "ends", make("span", "", texts.layer.replace("{layer}", 1)), make("span", "", texts.output))))
  }
  const slots = () => data.depth + 1 // the output has no answers to spread, yet its place
  function bars(kind, one) {
    const svg = shape("svg", { class: `bars ${kind}`, tabindex: kind === "gradient" ? 0 : -1, role: "slider", "aria-valuemin": 1, "aria-valuemax": slots(), "aria-label": `${data.texts[kind]}. ${data.texts.bars}` })
    const columns = Array.from({ length: kind === "spread" ? data.depth : slots() }, () => shape("rect", { class: "bar-of" }))
    const made = { svg, columns, look: shape("rect", { class: "look" }), grid: shape("g") }
    svg.style.setProperty("--colour", one.colour)
    svg.append(made.look, made.grid, ...columns)
    const at = event => choose(Math.floor(((event.clientX - svg.getBoundingClientRect().left - LEFT) / made.wide) * slots()) + 1)
    svg.onpointermove = event => (event.pointerType === "mouse" || event.buttons) && at(event)
    svg.onpointerdown = at
    svg.onpointerleave = event => event.pointerType === "mouse" && choose(1)
    svg.onkeydown = event => {
      const to = { ArrowLeft: layer - 1, ArrowRight: layer + 1, Home: 1, End: slots() }[event.key]
      if (to === undefined) return
      choose(to)
      event.preventDefault()
    }
    return made
  }
  function choose(to) {
    layer = within(to, 1, slots())
    read()
  }
  function measure() { // all sizes at once, when they may have changed: none is asked for while it plays
    for (const one of nets) one.size = one.curve.getBoundingClientRect()
    const boxes = nets.flatMap(one => KINDS.map(kind => [one.bars[kind], kind, one.bars[kind].svg.getBoundingClientRect()]))
    for (const [made, kind, { width, height }] of boxes) {
      const [low, high] = data.axes[kind]
      made.tall = height
      made.wide = width - LEFT
      made.high = height - 3
      made.Y = power => 2 + (1 - (power - low) / (high - low)) * (made.high - 4)
      const every = Math.max(1, Math.ceil((high - low) / (kind === "gradient" ? 4 : 2.5))), lines = []
      for (let power = Math.ceil(low / every) * every; power <= high; power += every) {
        lines.push(shape("line", { x1: LEFT, x2: width, y1: made.Y(power), y2: made.Y(power) }))
        lines.push(shape("text", { x: LEFT - 4, y: within(made.Y(power) + 3.5, 9, height - 2), "text-anchor": "end" }, power ? `10${raised(power)}` : "1"))
      }
      made.grid.replaceChildren(...lines, shape("line", { class: "floor", x1: LEFT, x2: width, y1: made.high, y2: made.high }))
      const step = made.wide / slots(), gap = Math.min(3, step * 0.22)
      made.columns.forEach((column, i) => {
        column.setAttribute("x", (LEFT + i * step + gap / 2).toFixed(2))
        column.setAttribute("width", (step - gap).toFixed(2))
      })
    }
  }
  function scatter() {
    const points = floats(data.points), { edge } = data
    drawn = data.points
    for (const { dots } of nets) {
      const side = dots.parentElement.clientWidth, ratio = window.devicePixelRatio || 1, ink = dots.getContext("2d")
      dots.width = dots.height = Math.max(1, Math.round(side * ratio))
      ink.scale(ratio, ratio)
      ink.strokeStyle = "#fff"
      ink.lineWidth = 0.7
      for (let i = 0; i < points.length; i += 3) {
        ink.beginPath()
        ink.arc(((points[i] + edge) / (2 * edge)) * side, ((edge - points[i + 1]) / (2 * edge)) * side, within(side / 62, 1.5, 2.6), 0, 7)
        ink.fillStyle = points[i + 2] < 0 ? "#2166ac" : "#d95f0e"
        ink.fill()
        ink.stroke()
      }
    }
  }

  // ---- a frame
  function show(frame) {
    if (nets.length !== frame.nets.length) return
    frame.nets.forEach((net, n) => {
      const own = curves[n]
      if (net.lost === null) {
        while (own.length && own.at(-1)[0] >= frame.step) own.pop()
        own.push([frame.step, net.loss])
      }
      const one = nets[n], context = one.map.getContext("2d"), image = context.createImageData(data.side, data.side)
      const pixels = new Int32Array(image.data.buffer)
      bytes(net.map).forEach((value, i) => { pixels[i] = PALETTE[value] })
      context.putImageData(image, 0, 0)
      one.told.textContent = `${data.texts.loss} ${size(net.loss)} · ${data.texts.right.replace("{right}", Math.round(100 * net.right))}`
      one.lost.hidden = net.lost === null
      one.lost.textContent = net.lost === null ? "" : data.texts.lost.replace("{epoch}", net.lost)
      for (const kind of KINDS) raise(one.bars[kind], net[kind], data.axes[kind])
      one.head.dataset.loss = net.loss
    })
    nets.forEach(curve)
    part("epoch").textContent = part("epoch").dataset.step = frame.step
    read()
  }
  function raise({ columns, high, Y }, values, [low, most]) {
    columns.forEach((column, i) => {
      const value = values[i], power = value === null ? Infinity : value ? Math.log10(value) : -Infinity
      const top = power < low ? high - 2 : Y(Math.min(power, most))
      column.setAttribute("y", top.toFixed(1))
      column.setAttribute("height", Math.max(high - top, 0).toFixed(1))
      column.setAttribute("class", power < low ? "none" : power > most ? "over" : "bar-of")
    })
  }
  function read() { // the numbers of one layer
    const frame = player.frame
    if (!frame) return
    const name = layer > data.depth ? data.texts.output : data.texts.layer.replace("{layer}", layer)
    looked.textContent = name
    for (const kind of KINDS) {
      nets.forEach((one, n) => {
        const { look, svg, wide, tall } = one.bars[kind], value = frame.nets[n][kind][layer - 1], step = wide / slots()
        for (const [key, number] of Object.entries({ x: LEFT + (layer - 1) * step, width: Math.max(step, 1), y: 0, height: tall })) look.setAttribute(key, number || 0)
        const said = value === undefined ? "–" : value === 0 && kind !== "moved" ? data.texts.nothing : size(value)
        one.said[kind].textContent = said
        svg.setAttribute("aria-valuenow", layer)
        svg.setAttribute("aria-valuetext", `${data.nets[n].title}, ${name}: ${said}`)
        svg.dataset.first = frame.nets[n][kind][0]
      })
    }
  }
  function size(value) { // any number in a few letters
    if (value === null) return data.texts.beyond
    const length = Math.abs(value)
    if (length === 0 || (length >= 0.01 && length < 1000)) return write(value, length >= 10 ? 1 : 3).replace(/^0[.,]0+$/, "0")
    const [mantissa, power] = value.toExponential(1).split("e")
    return `${mantissa.replace(".", language === "ru" ? "," : ".")}·10${raised(power.replace("+", ""))}`
  }
  function curve({ curve: svg, size: { width, height } }, n) { // its own loss, and thin those of the others
    const left = 22, low = 14, last = Math.max(20, player.frame.step)
    if (!width) return
    const most = Math.min(5, Math.max(0.8, ...curves.flat().map(([, loss]) => loss ?? 0)))
    const X = epoch => left + (epoch / last) * (width - left - 4), Y = loss => 4 + (1 - Math.min(loss ?? most, most) / most) * (height - low - 6)
    const line = points => points.map(([epoch, loss], i) => `${i ? "L" : "M"}${X(epoch).toFixed(1)} ${Y(loss).toFixed(1)}`).join("")
    const order = [...nets.keys()].sort((a, b) => (a === n) - (b === n)), at = curves[n].at(-1)
    svg.replaceChildren(
      shape("path", { class: "chance", d: line([[0, Math.LN2], [last, Math.LN2]]) }),
      ...order.map(i => shape("path", { class: i === n ? "own" : "", stroke: nets[i].colour, d: line(curves[i]) })),
      ...(at ? [shape("circle", { cx: X(at[0]), cy: Y(at[1]), r: 3.5, fill: nets[n].colour })] : []),
      shape("text", { x: left - 4, y: Y(Math.LN2) + 3.5, "text-anchor": "end" }, "ln 2"), shape("text", { x: left - 4, y: Y(0) + 3, "text-anchor": "end" }, "0"),
      shape("text", { x: width - 4, y: height - 2, "text-anchor": "end" }, `${data.texts.epoch} ${last}`), shape("text", { x: left, y: height - 2 }, data.texts.loss))
  }

  // ---- the bar
  function label() {
    if (!data) return
    const { texts } = data
    part("play").textContent = player.playing ? `❚❚ ${texts.pause}` : `▶ ${texts.play}`
    part("play").disabled = part("step").disabled = !player.playing && player.ended
    part("step").textContent = texts.step
    part("restart").textContent = texts.restart
    part("epoch-name").textContent = texts.epoch
    part("speed-name").textContent = texts.speed
    if (!part("speed").options.length) part("speed").append(...SPEEDS.map(value => new Option(value, value)))
  }
  part("play").onclick = () => player.toggle()
  part("step").onclick = () => player.step()
  part("restart").onclick = () => { player.pause(); view.send("restart", Date.now()) }
  part("speed").onchange = event => { speed = Number(event.target.value); player.refresh() }
  document.addEventListener("visibilitychange", () => document.hidden && player.pause())
  new ResizeObserver(() => { if (data && player.frame) { measure(); scatter(); show(player.frame) } }).observe(box)
  return view
}
