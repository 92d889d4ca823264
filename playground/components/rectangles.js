// Boxes on a board or on a picture: dragged by their middle, resized by their corners, moved by arrow keys (with Shift their
// lower right corner). Overlap is told while they move; where they rest is sent, as shares x1,y1,x2,y2;… of those that may move.
const HIGH = 1000, LEAST = 0.02, GRIP = 34, STEP = 0.01

export default mount(create, (view, { setStateValue }) => {
  view.send = code => setStateValue("boxes", code)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), view = { send() {}, update }
  const svg = shape("svg", { role: "group" }), picture = shape("image", { preserveAspectRatio: "none" })
  const hull = shape("rect", { class: "hull" }), common = shape("rect", { class: "common" }), layer = shape("g")
  svg.append(picture, hull, common, layer)
  part("board").append(svg)
  let data, boxes = [], shown = "", wide = HIGH, flight = [], timer = 0, held = null

  function update(next) {
    const echo = flight.indexOf(next.code), moved = echo < 0
    flight = flight.slice(echo + 1)
    const kinds = JSON.stringify(next.boxes.map(({ name, movable }) => [name, movable]))
    data = next
    language = data.language
    wide = Math.round(HIGH * data.aspect)
    svg.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`)
    svg.setAttribute("aria-label", data.texts.board)
    root.querySelector(".stage").classList.toggle("alone", !data.texts.iou)
    root.querySelector(".stage").classList.toggle("photo", Boolean(data.picture))
    root.querySelector(".told").hidden = !data.texts.iou
    for (const [name, value] of Object.entries({ width: wide, height: HIGH, href: data.picture })) picture.setAttribute(name, value)
    picture.style.display = data.picture ? "" : "none"
    if (kinds !== shown) {
      shown = kinds
      boxes = data.boxes.map(made)
      layer.replaceChildren(...boxes.map(box => box.group))
    }
    boxes.forEach((box, i) => {
      const { at, label, colour } = data.boxes[i]
      if (!box.movable || (moved && held === null)) box.at = [...at]
      box.group.style.setProperty("--colour", colour)
      box.group.setAttribute("aria-label", label)
      box.label = label
    })
    part("hint").textContent = data.texts.hint ?? ""
    draw()
  }

  // ---- one box: its area, its label, its corners
  function made({ name, movable, dashed }) {
    const group = shape("g", { class: `box${movable ? " movable" : ""}${dashed ? " dashed" : ""}`, "data-box": name })
    const box = { name, movable, group, at: [0, 0, 1, 1], under: shape("rect", { class: "under" }), area: shape("rect", { class: "area" }), text: shape("text"), corners: [] }
    group.append(box.under, box.area, box.text)
    if (!movable) return box
    group.setAttribute("tabindex", 0)
    group.setAttribute("role", "application")
    group.onkeydown = event => key(box, event)
    drag(box, box.area, (from, [dx, dy]) => {
      const across = within(dx, -from[0], 1 - from[2]), down = within(dy, -from[1], 1 - from[3])
      return [from[0] + across, from[1] + down, from[2] + across, from[3] + down]
    })
    for (const [x, y] of [[0, 1], [2, 1], [0, 3], [2, 3]]) {
      const handle = shape("circle", { class: "handle", r: 11 })
      const grip = shape("circle", { class: `grip ${(x === 0) === (y === 1) ? "nwse" : "nesw"}`, r: GRIP, "data-corner": `${x}${y}` })
      group.append(handle, grip)
      box.corners.push([x, y, handle, grip])
      drag(box, grip, (from, [dx, dy]) => resized(from, x, y, dx, dy))
    }
    return box
  }
  function resized(from, x, y, dx, dy) {
    const to = [...from]
    to[x] = x === 0 ? within(from[0] + dx, 0, from[2] - LEAST) : within(from[2] + dx, from[0] + LEAST, 1)
    to[y] = y === 1 ? within(from[1] + dy, 0, from[3] - LEAST) : within(from[3] + dy, from[1] + LEAST, 1)
    return to
  }
  function drag(box, target, place) {
    let from = null, start
    const share = event => {
      const { left, top, width, height } = svg.getBoundingClientRect(), scale = Math.min(width / wide, height / HIGH)
      return [(event.clientX - left - (width - wide * scale) / 2) / (wide * scale), (event.clientY - top - (height - HIGH * scale) / 2) / (HIGH * scale)]
    }
    target.onpointerdown = event => {
      if (event.button || held !== null) return
      event.preventDefault()
      target.setPointerCapture(event.pointerId)
      box.group.focus({ preventScroll: true })
      held = event.pointerId
      start = share(event)
      from = [...box.at]
    }
    target.onpointermove = event => {
      if (!from || event.pointerId !== held) return
      const now = share(event)
      box.at = place(from, [now[0] - start[0], now[1] - start[1]])
      draw()
    }
    target.onpointerup = target.onpointercancel = event => {
      if (event.pointerId !== held) return
      held = from = null
      commit()
    }
  }
  function key(box, event) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (!arrow) return
    event.preventDefault()
    const [dx, dy] = arrow.map(way => way * STEP), [x1, y1, x2, y2] = box.at
    if (event.shiftKey) box.at = resized(box.at, 2, 3, dx, dy)
    else if (x1 + dx >= -1e-9 && x2 + dx <= 1 + 1e-9 && y1 + dy >= -1e-9 && y2 + dy <= 1 + 1e-9) box.at = [x1 + dx, y1 + dy, x2 + dx, y2 + dy]
    draw()
    commit(250)
  }
  const rounded = value => Number(within(value, 0, 1).toFixed(3))
  const code = () => boxes.filter(box => box.movable).map(box => box.at.map(rounded).join(",")).join(";")
  function commit(delay = 0) {
    for (const box of boxes) if (box.movable) box.at = box.at.map(rounded) // the very numbers that the graph gets
    draw()
    clearTimeout(timer)
    timer = setTimeout(() => {
      const sent = code()
      if (sent === data.code) return
      flight.push(sent)
      view.send(sent)
    }, delay)
  }

  // ---- what is seen and told
  function draw() {
    for (const box of boxes) {
      put(box.area, box.at)
      put(box.under, box.at)
      box.text.textContent = box.label
      box.text.setAttribute("x", box.at[0] * wide + 14)
      const low = box.group.classList.contains("dashed") // two labels do not meet where two boxes agree
      box.text.setAttribute("y", low ? box.at[3] * HIGH - 16 : within(box.at[1] * HIGH + 38, 34, HIGH - 8))
      for (const [x, y, ...circles] of box.corners) for (const circle of circles) {
        circle.setAttribute("cx", box.at[x] * wide)
        circle.setAttribute("cy", box.at[y] * HIGH)
      }
    }
    tell()
  }
  function put(rect, [x1, y1, x2, y2]) {
    for (const [name, value] of Object.entries({ x: x1 * wide, y: y1 * HIGH, width: Math.max(0, x2 - x1) * wide, height: Math.max(0, y2 - y1) * HIGH })) rect.setAttribute(name, value)
  }
  function tell() {
    const [a, b] = boxes.map(box => box.at), { texts } = data
    if (!b) {
      common.style.display = hull.style.display = "none"
      return
    }
    const inner = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]
    const outer = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]
    const size = ([x1, y1, x2, y2]) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1)
    const both = inner[2] > inner[0] && inner[3] > inner[1] ? size(inner) : 0, union = size(a) + size(b) - both, around = size(outer)
    const iou = both / union, giou = iou - (around - union) / around
    put(common, both ? inner : [0, 0, 0, 0])
    put(hull, outer)
    common.style.display = data.picture ? "none" : ""
    hull.style.display = texts.giou ? "" : "none"
    if (!texts.iou) return
    part("common").style.width = `${100 * iou}%`
    part("share").textContent = `IoU = ${write(iou, 3)}`
    const percent = value => `${write(100 * value, 1)} %`
    const rows = [["common", texts.intersection, percent(both), "var(--st-primary-color)"], ["union", texts.union, percent(union), "color-mix(in srgb, var(--st-text-color) 28%, transparent)"], ["iou", texts.iou, write(iou, 4)]]
    if (texts.giou) rows.push(["hull", texts.hull, percent(around)], ["giou", texts.giou, write(giou, 4)])
    part("rows").replaceChildren(...rows.map(([name, label, value, colour]) => {
      const row = document.createElement("tr"), mark = document.createElement("i"), [left, right] = [0, 0].map(() => document.createElement("td"))
      row.dataset.row = name
      if (name === "iou") row.className = "strong"
      if (colour) { mark.style.background = colour; left.append(mark) }
      left.append(label)
      right.textContent = value
      row.append(left, right)
      return row
    }))
    const known = code() === data.code, same = known && Math.abs(iou - data.measured.iou) < 1e-4 && Math.abs(giou - data.measured.giou) < 1e-4
    const verdict = part("verdict")
    verdict.dataset.same = same
    verdict.textContent = known ? `${same ? "✓" : "≠"} ONNX Runtime: IoU ${write(data.measured.iou, 4)}${texts.giou ? `, GIoU ${write(data.measured.giou, 4)}` : ""}` : texts.moving
  }
  return view
}
