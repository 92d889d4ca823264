// The plane of the training playground: what the net answers everywhere, the points, the pens to draw some, and the curves of the
// loss. Put before training.js.
const SPAN = 6, SPREAD = 0.45, MOST_POINTS = 500 // half a side; between two points that the pen lets fall

// palette of a map of classes: 32 shades each
function shadesOf(colours) {
  return Int32Array.from({ length: 256 }, (_, i) => {
    const colour = colours[i >> 5] ?? "#ffffff", channels = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16))
    return word(mixed(channels, 0.2 + (0.8 * (i & 31)) / 31))
  })
}

function createPlane(host, { drawn }) {
  const map = make("canvas", { width: 100, height: 100, className: "map" }), dots = make("canvas", { className: "dots" })
  host.append(map, dots)
  let spec, points = [], pen = null, here = null, tests = false, flat = false, shown = null, over = null, palettes = {}, last = null

  // spec: task, colours, points as x, y, label a row, train points first, train
  function update(next) {
    const { points: code, task, train, language: said } = spec ?? {}
    if (code === next.points && task === next.task && train === next.train && said === next.language) return
    dots.setAttribute("role", "img")
    dots.setAttribute("aria-label", next.texts.plane)
    if (code !== next.points) {
      const numbers = floatsOf(next.points)
      points = Array.from({ length: numbers.length / 3 }, (_, i) => [...numbers.subarray(3 * i, 3 * i + 3)])
    }
    spec = next
    const sure = shadesOf(next.colours)
    palettes = { sure, flat: sure.map((_, i) => sure[i | 31]) }
    scatter()
  }
  function draw(run) {
    shown = run
    if (!over) show()
  }
  function show() {
    if (over) paint(map, over.map, over.side, flat ? SIDES : SIGNED)
    else if (shown) paint(map, bytesOf(shown.decision), 100, spec.task === "classes" ? (flat ? palettes.flat : palettes.sure) : flat ? SIDES : SIGNED)
  }
  function look(tile) { // { map, side } of a neuron, or null: the net's answer again
    over = tile
    show()
  }
  function choose(options) {
    tests = options.tests
    flat = options.flat
    show()
    scatter()
  }
  const colour = label => (spec.task === "regression" ? `rgb(${mixed(label < 0 ? BLUE : ORANGE, Math.abs(label), 1)})` : spec.colours[label])
  function scatter() {
    const side = host.clientWidth, ratio = window.devicePixelRatio || 1
    if (!side || !spec) return
    if (dots.width !== Math.round(side * ratio)) dots.width = dots.height = Math.round(side * ratio)
    const ink = dots.getContext("2d"), radius = within(side / 95, 2.2, 4.5)
    ink.setTransform(ratio, 0, 0, ratio, 0, 0)
    ink.clearRect(0, 0, side, side)
    const px = x => ((x + SPAN) / (2 * SPAN)) * side
    ink.strokeStyle = "rgba(20, 32, 31, .18)"
    ink.lineWidth = 1
    ink.beginPath()
    for (const end of [[[0, px(0)], [side, px(0)]], [[px(0), 0], [px(0), side]]]) {
      ink.moveTo(...end[0])
      ink.lineTo(...end[1])
    }
    ink.stroke()
    points.forEach(([x, y, label], i) => {
      const test = i >= spec.train && !pen
      if (test && !tests && spec.data !== "own") return
      ink.globalAlpha = test && !tests ? 0.4 : 1 // one's own points do not vanish
      ink.beginPath()
      ink.arc(px(x), side - px(y), radius, 0, 7)
      ink.fillStyle = colour(label)
      ink.strokeStyle = test ? "#14201f" : spec.task === "regression" ? "rgba(20, 32, 31, .5)" : "#fff"
      ink.lineWidth = test ? 1.6 : 1.1
      ink.fill()
      ink.stroke()
    })
    ink.globalAlpha = 1
    if (here && pen) {
      ink.strokeStyle = "#14201f"
      ink.lineWidth = 2
      ink.beginPath()
      ink.arc(px(here[0]), side - px(here[1]), 9, 0, 7)
      ink.stroke()
    }
    ink.fillStyle = "rgba(20, 32, 31, .75)"
    ink.font = "11px sans-serif"
    for (const tick of side < 230 ? [] : [-5, 5]) {
      ink.fillText(local(String(tick)), px(tick) - 6, side - 4)
      ink.fillText(local(String(tick)), 3, side - px(tick) + 4)
    }
    ink.fillText("x₁", side - 16, side - 4)
    ink.fillText("x₂", 4, 12)
  }
  new ResizeObserver(scatter).observe(host)

  // ---- pens: { label } puts points down, { wipe: true } takes them away
  function take(next) {
    pen = next
    host.classList.toggle("drawing", Boolean(pen))
    dots.tabIndex = pen ? 0 : -1
    here = null
    scatter()
  }
  const at = ({ clientX, clientY }) => {
    const { left, top, width, height } = dots.getBoundingClientRect()
    return [((clientX - left) / width) * 2 * SPAN - SPAN, SPAN - ((clientY - top) / height) * 2 * SPAN].map(value => within(value, -SPAN, SPAN))
  }
  function touch([x, y]) {
    const far = ([a, b]) => Math.hypot(a - x, b - y)
    if (pen.wipe) points = points.filter(point => far(point) > 0.5)
    else if (points.length < MOST_POINTS && (!last || far(last) > SPREAD)) {
      const stray = last ? () => (Math.random() - 0.5) * 0.5 : () => 0 // a drawn line is a cloud
      points.push([within(x + stray(), -SPAN, SPAN), within(y + stray(), -SPAN, SPAN), pen.label])
      last = [x, y]
    }
    scatter()
  }
  dots.onpointerdown = event => {
    if (!pen || event.button) return
    dots.setPointerCapture(event.pointerId)
    last = null
    touch(at(event))
    dots.onpointermove = move => touch(at(move))
    event.preventDefault()
  }
  dots.onpointerup = dots.onpointercancel = () => {
    if (!dots.onpointermove) return
    dots.onpointermove = null
    drawn(points)
  }
  dots.onkeydown = event => { // by keyboard: arrows move, Enter puts down or wipes
    const move = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key]
    if (!pen || (!move && event.key !== "Enter" && event.key !== " ")) return
    here ??= [0, 0]
    if (move) here = here.map((value, i) => within(value + 0.25 * move[i], -SPAN, SPAN))
    else {
      last = null
      touch(here)
      drawn(points)
    }
    scatter()
    event.preventDefault()
  }
  function clear() {
    points = []
    scatter()
    drawn(points)
  }
  return { update, draw, look, choose, take, clear, map, get points() { return points } }
}

// The losses over the epochs, of this run and, faintly, of the other; `curves` are rows of epoch, train, test.
function createCurve(canvas) {
  let width = 0, height = 0, style = null, last = []
  new ResizeObserver(() => { // sizes are not asked for at each frame: that would lay out the page
    ({ clientWidth: width, clientHeight: height } = canvas)
    style = getComputedStyle(canvas)
    draw(...last)
  }).observe(canvas)
  function draw(curves, other, texts) {
    last = [curves, other, texts]
    if (!width || !curves) return
    const ratio = window.devicePixelRatio || 1
    if (canvas.width !== Math.round(width * ratio)) [canvas.width, canvas.height] = [width, height].map(size => Math.round(size * ratio))
    const pen = canvas.getContext("2d"), ink = style.color, LEFT = 34, BOTTOM = 16, TOP = 8
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    pen.clearRect(0, 0, width, height)
    const all = [...curves, ...(other ?? [])].flatMap(([, train, test]) => [train, test]).filter(Number.isFinite)
    const top = Math.max(...all, 1e-6), end = Math.max(curves.at(-1)?.[0] ?? 0, other?.at(-1)?.[0] ?? 0, 1)
    const x = epoch => LEFT + (epoch / end) * (width - LEFT - 4), y = loss => TOP + (1 - loss / top) * (height - TOP - BOTTOM)
    pen.strokeStyle = pen.fillStyle = ink
    pen.globalAlpha = 0.25
    pen.strokeRect(LEFT, TOP, width - LEFT - 4, height - TOP - BOTTOM)
    pen.globalAlpha = 0.75
    pen.font = `10.5px ${style.fontFamily}`
    pen.textAlign = "right"
    pen.fillText(short(top), LEFT - 4, TOP + 7)
    pen.fillText("0", LEFT - 4, height - BOTTOM)
    pen.fillText(local(String(end)), width - 4, height - 3)
    pen.textAlign = "center"
    pen.fillText(texts.epochs, LEFT + (width - LEFT) / 2, height - 3)
    const line = (rows, k, colour, alpha, dashes) => {
      pen.globalAlpha = alpha
      pen.strokeStyle = colour
      pen.lineWidth = 1.8
      pen.setLineDash(dashes)
      pen.beginPath()
      const every = Math.max(1, Math.floor(rows.length / 600))
      rows.forEach((row, i) => { if (Number.isFinite(row[k]) && (i % every === 0 || i === rows.length - 1)) pen.lineTo(x(row[0]), y(row[k])) })
      pen.stroke()
      pen.setLineDash([])
    }
    if (other) line(other, 2, ink, 0.3, [])
    line(curves, 1, ink, 0.6, [4, 3])
    line(curves, 2, style.getPropertyValue("--st-primary-color"), 1, [])
    pen.globalAlpha = 1
  }
  return { draw }
}
