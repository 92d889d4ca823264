// A net that finds its lines: the graph has computed the parameters at every step, here they are played, stopped and stepped
// through, and points are put down and taken away. What is sent: the points, and the step where it was stopped.
const SUB = "₁₂₃₄₅₆₇₈", COARSE = 80, PACE = 110 // cells a side while it moves; steps a second
const CLASSES = ["#2166ac", "#d95f0e"], MOVES = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), board = createBoard(part("board")), view = { send() {}, update }
  const still = matchMedia("(prefers-reduced-motion: reduce)"), cursor = element("circle", { class: "cursor", r: 16 })
  let data, points = [], t = 0, linked = null, playing = 0, pen = 1, here = [0, 0], flight = [], parameters, loss, right

  function update(next) {
    data = next
    language = data.language
    parameters = new Float32Array(bytes(data.parameters))
    loss = new Float32Array(bytes(data.loss))
    right = new Float32Array(bytes(data.right))
    board.scale(data.span)
    if (linked !== data.step) t = linked = data.step // a link, or the browser's Back; our own is what we have
    const echo = flight.indexOf(data.points)
    if (echo >= 0) flight.splice(0, echo)
    else {
      flight = [data.points]
      points = decode(data.points)
    }
    label()
    curve()
    draw()
  }
  const decode = code => code.split(";").map(row => row.split(",").map(Number))
  const encode = () => points.map(point => point.map(value => rounded(value, 2)).join(",")).join(";")
  function sendStep() {
    if (t === linked) return
    linked = t
    view.send("trained", String(t))
  }
  function sendPoints() {
    const code = encode()
    flight.push(code)
    view.send("points", code)
    draw()
  }

  // ---- the net at step t
  const size = () => 4 * data.neurons + 1
  function layers() {
    const H = data.neurons, from = t * size(), at = i => parameters[from + i]
    const every = f => Array.from({ length: H }, (_, n) => f(n))
    return [{ w: every(n => [at(n), at(H + n)]), b: every(n => at(2 * H + n)), f: activation(data.f) },
      { w: [every(n => at(3 * H + n))], b: [at(4 * H)], f: sigmoid }]
  }

  // ---- playing
  function play() {
    if (playing) return pause()
    if (t >= data.steps) t = 0
    const begin = performance.now(), from = t
    const frame = now => {
      if (!root.isConnected && !part("board").isConnected) return void (playing = 0)
      const jump = still.matches ? 100 : 1 // few still pictures for who wants no motion
      t = Math.min(data.steps, Math.floor((from + (Math.max(0, now - begin) / 1000) * PACE) / jump) * jump)
      draw()
      if (t >= data.steps) return pause()
      playing = requestAnimationFrame(frame)
    }
    playing = requestAnimationFrame(frame)
    draw()
  }
  function pause() {
    cancelAnimationFrame(playing)
    playing = 0
    sendStep()
    draw()
  }
  const go = step => {
    t = Math.max(0, Math.min(data.steps, step))
    draw()
  }
  part("play").onclick = play
  part("step").onclick = () => { if (playing) return pause(); go(t + 1); sendStep() }
  part("restart").onclick = () => { go(0); pause() }
  part("scrub").oninput = event => { cancelAnimationFrame(playing); playing = 0; go(Number(event.target.value)) }
  part("scrub").onchange = pause
  document.addEventListener("visibilitychange", () => document.hidden && playing && pause())

  // ---- points
  function touch(at) { // another point, or away with the one that stands there
    const near = points.findIndex(([x, y]) => Math.hypot(x - at[0], y - at[1]) < 0.035 * (data.span[1] - data.span[0]))
    if (near >= 0) {
      if (points.length > 1) points.splice(near, 1)
    } else if (points.length < data.most) points.push([...at.map(value => rounded(Math.max(data.span[0], Math.min(data.span[1], value)), 2)), pen])
    else return
    sendPoints()
  }
  board.svg.setAttribute("tabindex", 0)
  board.svg.setAttribute("role", "application")
  board.svg.append(cursor)
  let down = null // a finger that scrolls the page or wanders puts down nothing
  board.svg.onpointerdown = event => { down = event.button ? null : [event.clientX, event.clientY] }
  board.svg.onpointerup = event => {
    if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 8) touch(board.at(event))
    down = null
  }
  board.svg.onkeydown = event => {
    const step = MOVES[event.key]
    if (step) {
      here = here.map((value, i) => Math.max(data.span[0], Math.min(data.span[1], value + 0.1 * step[i])))
      place()
    } else if (event.key === "Enter" || event.key === " ") touch(here)
    else if (event.code === "KeyC") choosePen(1 - pen)
    else return
    event.preventDefault()
  }
  function place() {
    const [cx, cy] = board.px(here)
    cursor.setAttribute("cx", cx)
    cursor.setAttribute("cy", cy)
  }
  function begin(code) { // with other points, from the start
    points = decode(code)
    go(0)
    sendStep()
    sendPoints()
    label()
  }
  function choosePen(next) {
    pen = next
    label()
  }

  // ---- words that do not change while it plays
  function label() {
    const { texts } = data
    board.svg.setAttribute("aria-label", texts.board)
    buttons(part("scenes"), texts.presets, data.presets, begin, encode())
    buttons(part("pens"), texts.pens, [[texts.orange, 1, CLASSES[1]], [texts.blue, 0, CLASSES[0]]], choosePen, pen)
    part("step").textContent = texts.step
    part("restart").textContent = texts.restart
    part("scrub").setAttribute("aria-label", texts.scrub)
    part("scrub").max = data.steps
    part("net-title").textContent = texts.net
    part("at").textContent = texts.hint
    place()
  }
  const X = 44, Y = 128, WIDTH = 440, HEIGHT = 112
  function curve() { // the loss at every step
    const most = Math.max(...loss) || 1, x = step => X + (step / data.steps) * WIDTH, y = value => Y - (value / most) * HEIGHT
    const line = Array.from(loss, (value, step) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`)
    const svg = part("loss"), text = (words, at) => element("text", at, words)
    svg.setAttribute("aria-label", data.texts.loss)
    svg.replaceChildren(element("line", { x1: X, x2: X + WIDTH, y1: Y, y2: Y }), element("line", { x1: X, x2: X, y1: Y, y2: Y - HEIGHT }),
      text(write(most), { x: X - 6, y: Y - HEIGHT + 5, "text-anchor": "end" }), text("0", { x: X - 6, y: Y, "text-anchor": "end" }),
      text(String(data.steps), { x: X + WIDTH, y: Y + 16, "text-anchor": "end" }), text(data.texts.steps, { x: X + WIDTH / 2, y: Y + 16, "text-anchor": "middle" }),
      text(data.texts.loss, { x: X + 10, y: Y - HEIGHT + 5 }), element("path", { d: `M${line.join("L")}` }), element("path", { class: "done" }), element("circle", { r: 5 }))
    svg.line = line
  }

  // ---- each frame
  function draw() {
    const nets = layers(), [{ w, b }, output] = nets, fresh = !playing && t === data.step && encode() === data.points
    if (fresh) {
      const theirs = new Int8Array(bytes(data.map))
      board.paint(theirs, data.side)
      verdict(agree(theirs, nets, data))
    } else {
      board.paint(mapOf(nets, data.span, COARSE, 1, 0), COARSE, data.middle, data.scale)
      verdict(null)
    }
    while (board.lines.children.length > w.length) board.lines.lastChild.remove()
    while (board.lines.children.length < w.length) board.lines.append(element("g", { class: "line" }))
    w.forEach((row, n) => board.draw(board.lines.children[n], { w: row, b: b[n], label: n + 1 }))
    while (board.points.children.length > points.length) board.points.lastChild.remove()
    while (board.points.children.length < points.length) board.points.append(element("circle", { r: 9 }))
    points.forEach(([x1, x2, y], i) => {
      const spot = board.points.children[i], [cx, cy] = board.px([x1, x2]), wrong = forward(nets, [x1, x2])[1][0] > 0.5 !== Boolean(y)
      spot.setAttribute("cx", cx)
      spot.setAttribute("cy", cy)
      spot.setAttribute("fill", CLASSES[y])
      spot.setAttribute("class", wrong ? "point wrong" : "point")
    })
    const { texts } = data, svg = part("loss"), [cx, cy] = svg.line[t].split(" ")
    svg.querySelector(".done").setAttribute("d", `M${svg.line.slice(0, t + 1).join("L")}`)
    svg.lastChild.setAttribute("cx", cx)
    svg.lastChild.setAttribute("cy", cy)
    part("scrub").value = t
    part("play").textContent = playing ? texts.pause : t >= data.steps ? texts.again : texts.play
    part("now").textContent = texts.now.replace("{step}", t).replace("{loss}", write(loss[t], 3)).replace("{right}", Math.floor(100 * right[t] + 1e-3))
    part("now").dataset.step = t
    const most = Math.max(...output.w[0].map(Math.abs)) || 1
    part("net").innerHTML = w.map((row, n) => `<tr><td>h${SUB[n]} = ${data.f === "sigmoid" ? "σ" : data.f}(${write(row[0])} x₁ ${plus(row[1])} x₂ ${plus(b[n])})</td>
      <td class="weight" style="background:rgb(${shade(output.w[0][n] / most, 0.6)})">v${SUB[n]} = ${write(output.w[0][n])}</td></tr>`).join("") +
      `<tr><td>a = σ(v · h ${plus(output.b[0])})</td><td></td></tr>`
  }
  function verdict(same) {
    const out = part("verdict")
    out.textContent = same === null ? data.texts.mine : `${same ? "✓" : "≠"} ONNX Runtime: ${data.answered}`
    if (same === null) delete out.dataset.same
    else out.dataset.same = same
  }
  return view
}
