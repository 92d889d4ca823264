// A sheet to draw on: pen, eraser, undo, clear, samples; mouse, finger and keyboard. Each finished stroke is sent as the
// drawing's code (see drawing.py). Other views may ask it to outline a box (event "playground:outline"), to show that only what
// lies in a frame is seen ("playground:frame"), or to name what they found ("playground:boxes"); sides as shares.
const SHEET = 256

export default mount(create, (view, { setStateValue }) => {
  view.send = code => setStateValue("drawing", code)
})

function create(root) {
  const find = name => root.querySelector(`[data-part=${name}]`)
  const canvas = find("sheet"), context = canvas.getContext("2d"), width = find("width"), outline = find("outline")
  let strokes = [], current = null, erasing = false, texts = {}, picture = null, cursor = null, animation = 0, pointer = null
  let past = [], limit = 0
  let flight = [] // codes sent whose echo has not come back; the first is what the server last had
  const still = matchMedia("(prefers-reduced-motion: reduce)")
  const view = { send() {}, update }

  function update(data) {
    ({ texts, limit } = data)
    document.documentElement.lang = data.language
    if (data.pen && !flight.length) width.value = data.pen
    for (const part of root.querySelectorAll("[data-text]")) {
      part.title = texts[part.dataset.text]
      part.setAttribute("aria-label", texts[part.dataset.text])
    }
    root.querySelector(".tools").hidden = root.querySelector(".samples").hidden = Boolean(data.picture)
    if (data.picture !== (picture?.src ?? "")) {
      picture = data.picture ? Object.assign(new Image(), { src: data.picture, onload: paint }) : null
    }
    const samples = find("samples")
    while (samples.children.length < data.samples.length) { // made once: a rebuilt button would lose the keyboard's focus
      samples.append(Object.assign(document.createElement("button"), { type: "button" }))
    }
    data.samples.forEach(([label, code], i) => {
      const button = samples.children[i]
      button.textContent = label
      button.setAttribute("aria-label", `${texts.sample} ${label}`)
      button.onclick = () => { change(decode(code)); write() }
    })
    const echo = flight.indexOf(data.drawing)
    if (echo >= 0) {
      flight.splice(0, echo)
      paint()
    } else { // a link, or the browser's Back
      flight = [data.drawing]
      strokes = decode(data.drawing)
      current = null
      write()
    }
  }

  // ---- painting
  function paint(share = 1) {
    const style = getComputedStyle(canvas), side = canvas.clientWidth * devicePixelRatio || SHEET
    if (canvas.width !== Math.round(side)) canvas.width = canvas.height = Math.round(side)
    const scale = canvas.width / SHEET
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.fillStyle = style.backgroundColor
    context.fillRect(0, 0, SHEET, SHEET)
    if (picture) {
      const longest = Math.max(picture.width, picture.height) / SHEET, w = picture.width / longest, h = picture.height / longest
      context.drawImage(picture, (SHEET - w) / 2, (SHEET - h) / 2, w, h)
      return
    }
    let left = Math.ceil(share * strokes.reduce((sum, stroke) => sum + stroke.points.length, 0))
    context.lineCap = context.lineJoin = "round"
    for (const stroke of current ? [...strokes, current] : strokes) {
      const points = stroke.points.slice(0, share < 1 ? Math.max(left, 0) : undefined)
      left -= stroke.points.length
      if (!points.length) continue
      context.strokeStyle = stroke.erases ? style.backgroundColor : style.color
      context.lineWidth = stroke.width
      context.beginPath()
      context.moveTo(...points[0])
      for (const point of points) context.lineTo(...point)
      context.stroke()
    }
    if (cursor) {
      context.strokeStyle = style.accentColor
      context.lineWidth = 1.5
      context.beginPath()
      context.arc(...cursor, Math.max(width.value / 2, 4), 0, 7)
      context.stroke()
    }
    find("hint").hidden = strokes.length > 0 || current !== null
  }

  function write() { // the sample is written before one's eyes
    cancelAnimationFrame(animation)
    const begin = performance.now(), step = now => {
      const share = still.matches ? 1 : Math.min((now - begin) / 300, 1)
      paint(share)
      if (share < 1) animation = requestAnimationFrame(step)
    }
    animation = requestAnimationFrame(step)
  }

  // ---- drawing
  function change(next) { // every change can be undone
    past.push(strokes)
    set(next)
  }
  function set(next) {
    strokes = fitting(next, limit)
    current = null
    paint()
    const code = encode(strokes)
    flight.push(code)
    view.send(code)
  }
  const begin = point => { cancelAnimationFrame(animation); find("boxes").replaceChildren(); current = { width: +width.value, erases: erasing, points: [point] }; paint() }
  function end() {
    if (!current) return
    change([...strokes, { ...current, points: simplified(current.points) }])
  }
  const at = event => {
    const box = canvas.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top].map(v => clamp((v / box.width) * SHEET))
  }
  canvas.onpointerdown = event => {
    if (picture || event.button || pointer !== null) return // a second finger or a resting palm does not draw
    event.preventDefault()
    pointer = event.pointerId
    canvas.focus({ preventScroll: true })
    canvas.setPointerCapture(event.pointerId)
    cursor = null
    begin(at(event))
  }
  canvas.onpointermove = event => {
    if (!current || event.pointerId !== pointer) return
    for (const part of event.getCoalescedEvents?.() ?? [event]) current.points.push(at(part))
    paint()
  }
  canvas.onpointerup = canvas.onpointercancel = event => {
    if (event.pointerId !== pointer) return
    pointer = null
    end()
  }
  const undo = () => past.length && set(past.pop())
  const clear = () => (strokes.length || current) && change([])
  const choose = eraser => {
    erasing = eraser
    find("pen").setAttribute("aria-pressed", !eraser)
    find("eraser").setAttribute("aria-pressed", eraser)
  }
  find("pen").onclick = () => choose(false)
  find("eraser").onclick = () => choose(true)
  find("undo").onclick = undo
  find("clear").onclick = clear

  // ---- the keyboard: arrows move the pen, space puts it down and lifts it
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  canvas.onkeydown = event => {
    if (picture) return
    const arrow = arrows[event.key]
    if (arrow) {
      cursor ??= [SHEET / 2, SHEET / 2]
      cursor = cursor.map((value, axis) => clamp(value + arrow[axis] * (event.shiftKey ? 2 : 8)))
      if (current) current.points.push(cursor)
    } else if (event.key === " ") {
      cursor ??= [SHEET / 2, SHEET / 2]
      if (current) end()
      else begin(cursor)
    } else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) undo()
    else if (event.key === "Delete") clear()
    else return
    event.preventDefault()
    paint()
  }
  canvas.onblur = () => { end(); cursor = null; paint() }

  for (const [event, box] of [["playground:outline", outline], ["playground:frame", find("frame")]]) {
    window.addEventListener(event, function listen({ detail }) {
      if (!canvas.isConnected) return window.removeEventListener(event, listen)
      box.hidden = !detail
      if (!detail) return
      const [left, top, right, bottom] = detail.map(share => `${share * 100}%`)
      Object.assign(box.style, { left, top, width: `calc(${right} - ${left})`, height: `calc(${bottom} - ${top})` })
    })
  }
  window.addEventListener("playground:boxes", function listen({ detail }) {
    if (!canvas.isConnected) return window.removeEventListener("playground:boxes", listen)
    if (current) return
    find("boxes").replaceChildren(...detail.map(({ box, label, colour, ink }) => {
      const [left, top, right, bottom] = box, made = document.createElement("i"), share = value => `${value * 100}%`
      Object.assign(made.style, { left: share(left), top: share(top), width: share(right - left), height: share(bottom - top) })
      made.style.setProperty("--colour", colour)
      made.style.setProperty("--ink", ink)
      made.dataset.label = label
      return made
    }))
  })
  window.dispatchEvent(new CustomEvent("playground:sheet"))
  new ResizeObserver(() => paint()).observe(canvas)
  return view
}

const clamp = value => Math.max(0, Math.min(SHEET - 1, value))

// Ramer-Douglas-Peucker: the fewest points that stay within `tolerance` pixels of the line; a stroke has at most 255.
function simplified(points, tolerance = 0.7) {
  const kept = reduce(points, tolerance).map(point => point.map(Math.round))
  return kept.length > 255 ? simplified(points, tolerance * 2) : kept
}
function reduce(points, tolerance) {
  if (points.length < 3) return points
  const [[ax, ay], [bx, by]] = [points[0], points.at(-1)], length = Math.hypot(bx - ax, by - ay)
  let farthest = 0, index = 0
  points.forEach(([x, y], i) => {
    const distance = length ? Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length : Math.hypot(x - ax, y - ay)
    if (distance > farthest) [farthest, index] = [distance, i]
  })
  if (farthest <= tolerance) return [points[0], points.at(-1)]
  return [...reduce(points.slice(0, index + 1), tolerance), ...reduce(points.slice(index), tolerance).slice(1)]
}

// A drawing too long for a link loses detail first, then its oldest strokes.
function fitting(strokes, limit, tolerance = 1.4) {
  const length = strokes.reduce((sum, { points }) => sum + 2 + 2 * points.length, 0)
  if (length <= limit) return strokes
  if (tolerance > 32) return fitting(strokes.slice(1), limit, tolerance)
  return fitting(strokes.map(stroke => ({ ...stroke, points: simplified(stroke.points, tolerance) })), limit, 2 * tolerance)
}

function encode(strokes) {
  const bytes = strokes.flatMap(({ width, erases, points }) => [width | (erases ? 128 : 0), points.length, ...points.flat()])
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}
function decode(code) {
  const bytes = [...atob(code.replaceAll("-", "+").replaceAll("_", "/"))].map(letter => letter.charCodeAt(0))
  const strokes = []
  for (let i = 0; i < bytes.length; i += 2 + 2 * bytes[i + 1]) {
    const points = Array.from({ length: bytes[i + 1] }, (_, n) => [bytes[i + 2 + 2 * n], bytes[i + 3 + 2 * n]])
    strokes.push({ width: bytes[i] & 127, erases: bytes[i] > 127, points })
  }
  return strokes
}
