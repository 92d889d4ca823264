// A line through points, and the error over all lines (w, b): points are dragged, added, taken away, the start is put anywhere,
// descent is played step by step; in the mode "search" beside lines drawn at random. ONNX Runtime has computed all steps,
// errors and the surface; while a point is dragged it is asked again and again. What is let go is sent for good.
const MOVES = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

export default mount(create, (view, { setStateValue, setTriggerValue }) => {
  view.send = setStateValue
  view.preview = moved => setTriggerValue("moved", moved)
})

function create(host) {
  const part = name => host.querySelector(`[data-part=${name}]`), view = { send() {}, preview() {}, update }
  const plane = pane(part("plane")), surface = pane(part("surface")), curve = pane(part("curve"))
  const player = createPlayer(part, show, rest), pull = createPull(view), rate = createRate(part, pull, "rate")
  let data, points = [], start = [0, 0], chosen = -1, dragged = null, awaited = {}, linked = null, w, b, loss, tries, href = "", drawn = ""

  function update(next) {
    const fresh = !data || next.surface !== data.surface
    data = next
    language = data.language
    for (const name of ["w", "b", "loss"]) next[name] = floats(next[name])
    ;({ w, b, loss } = next)
    tries = data.search && { models: floats(data.search.models), least: floats(data.search.least), place: floats(data.search.place) }
    for (const name of ["points", "start"]) if (awaited[name] === data[name]) delete awaited[name]
    if (dragged?.kind !== "points" && !awaited.points) points = data.points.split(";").map(row => row.split(",").map(Number))
    if (dragged?.kind !== "start" && !awaited.start) start = data.start.split(",").map(Number)
    chosen = Math.min(chosen, points.length - 1)
    if (fresh) href = picture(floats(data.surface), data.side, bytes(data.palette))
    player.last = data.steps
    if (linked !== data.step) player.at = linked = data.step // a link, or the browser's Back
    rate(data.rate, data.limit, data.texts)
    label()
    draw()
    pull.came()
  }
  function rest() {
    if (player.at === linked) return
    linked = player.at
    view.send("step", String(linked))
  }
  const encode = () => points.map(point => point.join(",")).join(";")
  const round = (value, most) => Number(within(value, -most, most).toFixed(2)) || 0

  // ---- the panes: axes and what stands still
  function draw() {
    const span = [-data.span, data.span], reach = [-data.reach, data.reach], { texts } = data
    plane.frame({ x: span, y: span, title: texts.plane, across: "x" })
    upward(plane, "y")
    plane.squares = points.map(() => plane.add("rect", { class: "residual" }))
    plane.blind = tries && plane.add("line", { class: "model blind" })
    plane.model = plane.add("line", { class: "model" })
    points.forEach(([x, y], i) => {
      const at = { cx: plane.X(x), cy: plane.Y(y) }
      plane.add("circle", { class: i === chosen ? "point chosen" : "point", r: 7, ...at })
      plane.add("circle", { class: "grip", r: 16, "data-point": i, ...at })
    })
    surface.frame({ x: reach, y: reach, title: texts.surface, across: "w" })
    upward(surface, "b")
    spread(surface, href)
    surface.tries = surface.add("path", { class: "tries" })
    surface.under = surface.add("path", { class: "way under" })
    surface.way = surface.add("path", { class: "way" })
    const at = { cx: surface.X(start[0]), cy: surface.Y(start[1]) }
    surface.add("circle", { class: "start", r: 9, ...at })
    if (tries) surface.luckiest = surface.add("circle", { class: "luckiest", r: 6 })
    surface.here = surface.add("circle", { class: "here", r: 6 })
    surface.add("circle", { class: "grip", r: 18, "data-start": "", ...at })
    const heights = logs(loss), least = tries && logs(tries.least), steps = Array.from(loss, (_, i) => i)
    curve.frame({ x: [0, data.steps], y: logRange(heights, least ?? []), title: tries ? texts.least : texts.error, across: texts.steps, powers: "y" })
    if (tries) curve.line(steps, least, { class: "late" })
    curve.line(steps, heights, { class: "all" })
    curve.marks = [heights, least].filter(Boolean).map((ys, i) => ({ ys, path: curve.add("path", { fill: "none", class: i ? "blind" : "done" }) }))
    curve.steps = steps
    show()
  }

  // ---- each frame
  function show() {
    const t = player.at, line = (shape, slope, shift) => {
      const ends = [-data.span, data.span], ys = ends.map(x => slope * x + shift)
      const seen = ys.every(Number.isFinite)
      shape.setAttribute("visibility", seen ? "visible" : "hidden")
      if (seen) ends.forEach((x, i) => { shape.setAttribute(`x${i + 1}`, plane.X(x)); shape.setAttribute(`y${i + 1}`, within(plane.Y(ys[i]), -1e5, 1e5)) })
    }
    line(plane.model, w[t], b[t])
    points.forEach(([x, y], i) => { // squares whose areas are added up
      const residual = w[t] * x + b[t] - y, side = Math.min(Math.abs(plane.Y(residual) - plane.Y(0)), 1e4) || 0
      const top = Math.min(plane.Y(y), plane.Y(y + residual)), left = plane.X(x) - (residual > 0 ? side : 0)
      for (const [name, value] of Object.entries({ x: left, y: Number.isFinite(top) ? top : 0, width: side, height: side })) plane.squares[i]?.setAttribute(name, value)
    })
    const way = path(surface, w.subarray(0, t + 1), b.subarray(0, t + 1))
    surface.way.setAttribute("d", way)
    surface.under.setAttribute("d", way)
    spot(surface.here, w[t], b[t])
    if (tries) {
      const { models, place } = tries, best = place[t]
      let d = ""
      for (let i = 0; i <= t; i++) d += `M${surface.X(models[2 * i]).toFixed(1)} ${surface.Y(models[2 * i + 1]).toFixed(1)}h0`
      surface.tries.setAttribute("d", d)
      spot(surface.luckiest, models[2 * best], models[2 * best + 1])
      line(plane.blind, models[2 * best], models[2 * best + 1])
    }
    for (const { path: shape, ys } of curve.marks) shape.setAttribute("d", path(curve, curve.steps.slice(0, t + 1), ys))
    tell(t)
    player.label(data.texts)
  }
  function spot(circle, x, y) {
    const seen = Math.abs(x) < 1e3 && Math.abs(y) < 1e3
    circle.setAttribute("visibility", seen ? "visible" : "hidden")
    if (seen) circle.setAttribute("cx", surface.X(x))
    if (seen) circle.setAttribute("cy", surface.Y(y))
  }
  function tell(t) {
    const { texts } = data, out = part("now"), away = data.rate >= data.limit && (!Number.isFinite(loss[t]) || loss[t] > loss[0])
    const words = away ? texts.away : tries ? texts.race : texts.now
    out.textContent = words.replace("{step}", t).replace("{tries}", t + 1).replace("{error}", Number.isFinite(loss[t]) ? write(loss[t], 4) : texts.beyond)
      .replace("{w}", write(w[t], 3)).replace("{b}", write(b[t], 3)).replace("{blind}", tries ? write(tries.least[t], 4) : "")
    out.classList.toggle("away", away)
    out.dataset.step = t
  }

  // ---- words that do not change while it plays
  function label() {
    const { texts } = data, said = JSON.stringify([texts, data.presets, data.points, chosen])
    if (said === drawn) return
    drawn = said
    scenes(part("scenes"), texts.scenes, data.presets, code => {
      chosen = -1
      points = code.split(";").map(row => row.split(",").map(Number))
      begin("points", code)
    }, data.points)
    part("plane").setAttribute("aria-label", texts.plane_keys)
    part("surface").setAttribute("aria-label", texts.surface_keys)
    part("hint").textContent = texts.hint
    part("remove").textContent = texts.remove
    part("remove").disabled = chosen < 0 || points.length < 2
    part("legend").hidden = !data.search
    part("legend").innerHTML = `<i></i><span></span><br><i class="blind"></i><span></span>`
    ;[...part("legend").querySelectorAll("span")].forEach((span, i) => { span.textContent = i ? texts.blind : texts.descent })
  }
  function begin(name, value) {
    if (linked) player.go(0)
    rest()
    settle(name, value)
  }
  function settle(name, value) { // until its echo is here, what we have is newer than what comes
    if (data[name] !== value) awaited[name] = value
    pull.settle(name, value)
  }

  // ---- hands
  function hold(plot, kind, grab, drag, drop) {
    plot.svg.onpointerdown = event => {
      if (event.button) return
      const at = grab(event)
      dragged = { kind, at, from: [event.clientX, event.clientY], moved: false }
      plot.svg.parentNode.focus({ preventScroll: true })
      if (at !== null) plot.svg.setPointerCapture(event.pointerId)
    }
    plot.svg.onpointermove = event => {
      if (dragged?.kind !== kind || dragged.at === null) return
      if (!dragged.moved && Math.hypot(event.clientX - dragged.from[0], event.clientY - dragged.from[1]) < 3) return
      dragged.moved = true
      drag(plot.value(event), dragged.at)
    }
    plot.svg.onpointerup = event => {
      const was = dragged
      dragged = null
      if (was?.kind !== kind) return
      if (was.moved || Math.hypot(event.clientX - was.from[0], event.clientY - was.from[1]) < 8) drop(plot.value(event), was)
    }
    plot.svg.onpointercancel = () => { dragged = null }
  }
  hold(plane, "points", event => {
    const grip = event.target.dataset.point
    if (grip === undefined) return null
    chosen = Number(grip)
    label()
    return chosen
  }, (value, i) => {
    points[i] = value.map(v => round(v, data.span))
    draw()
    pull.move("points", encode())
  }, (value, was) => {
    if (was.at === null) {
      if (points.length >= data.most || value.some(v => Math.abs(v) > data.span)) return
      points.push(value.map(v => round(v, data.span)))
      chosen = points.length - 1
    } else if (!was.moved) return draw()
    draw()
    settle("points", encode())
  })
  hold(surface, "start", event => (event.target.dataset.start === undefined ? null : 0), value => {
    start = value.map(v => round(v, data.reach))
    draw()
    pull.move("start", start.join(","))
  }, value => {
    start = value.map(v => round(v, data.reach))
    begin("start", start.join(","))
  })
  function remove() {
    if (chosen < 0 || points.length < 2) return
    points.splice(chosen, 1)
    chosen = Math.min(chosen, points.length - 1)
    settle("points", encode())
    draw()
  }
  part("remove").onclick = remove
  plane.svg.ondblclick = event => { if (event.target.dataset.point !== undefined) { chosen = Number(event.target.dataset.point); remove() } }
  part("plane").onkeydown = event => {
    const step = MOVES[event.key]
    if (event.key === "PageDown" || event.key === "PageUp") chosen = (chosen + (event.key === "PageDown" ? 1 : points.length - 1) + (chosen < 0 ? 1 : 0)) % points.length
    else if (step && chosen >= 0) points[chosen] = points[chosen].map((v, i) => round(v + 0.1 * step[i], data.span))
    else if (event.key === "Enter" && points.length < data.most) chosen = points.push([0, 0]) - 1
    else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); return remove() }
    else return
    event.preventDefault()
    label()
    draw()
    if (step || event.key === "Enter") settle("points", encode())
  }
  part("surface").onkeydown = event => {
    const step = MOVES[event.key]
    if (!step) return
    event.preventDefault()
    start = start.map((v, i) => round(v + 0.1 * step[i], data.reach))
    begin("start", start.join(","))
  }
  new ResizeObserver(() => data && draw()).observe(part("plane"))
  return view
}
