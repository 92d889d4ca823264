// A network's graph as nested boxes: blocks open and close, the picture zooms and pans. Only what is open is in the document.
// Layout is ours: layers by longest path, lanes for edges that pass layers by, order by barycentres, places by least squares.
const views = new WeakMap()

export default function ({ data: bytes, parentElement, setStateValue }) {
  let view = views.get(parentElement)
  if (!view) views.set(parentElement, (view = create(parentElement)))
  view.send = name => setStateValue("node", name)
  view.update(bytes)
}

const WIDTH = 268, GAP = 26, RISE = 34, HEAD = 34, PAD = 16 // of a box; between boxes side by side, and below one another; of a frame
const FAMILIES = ["conv", "dense", "pool", "norm", "join", "other"]
const QUIET = new Set(["input", "output"])

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`)
  const world = part("world"), picture = part("view"), svg = part("edges"), search = part("search"), measure = part("measure")
  const view = { send() {}, update }
  let data, tree, known, items = [], nodes = [], shown = new Map(), elements = new Map()
  let zoom = { x: 0, y: 0, k: 1 }, focused = null, hits = [], hit = -1, selected = "", breaks = null, before = ""

  function update(bytes) {
    const text = new TextDecoder().decode(bytes)
    if (text === before) return
    before = text
    const next = JSON.parse(text), graph = JSON.stringify([next.nodes, next.tree.edges, next.tree.parameters, next.tree.macs])
    const fresh = graph !== known, chosen = fresh || next.selected !== data?.selected
    data = next
    known = graph
    prepare(fresh)
    label()
    if (fresh) {
      elements.forEach(element => element.remove())
      elements.clear()
      hits = []
      search.value = ""
    }
    picture.style.height = `${data.height}px`
    if (chosen) {
      selected = data.selected || ""
      const item = itemOf(selected)
      if (item && fresh) reveal(item)
    }
    breaks = fresh ? null : breaks
    draw()
    if (fresh) fit(false)
    if (fresh && itemOf(selected)) show(itemOf(selected), false)
  }
  function prepare(fresh) { // a flat list of items that know their parents; what was open stays open
    const open = fresh ? new Set() : new Set(items.filter(item => item.open).map(item => item.id))
    items = []
    nodes = data.nodes.map(([name, op, tensors]) => ({ name, op, words: `${name}\n${op}\n${tensors}`.toLowerCase(), item: null }))
    const walk = (item, parent) => {
      Object.assign(item, { parent, id: items.length, children: item.children ?? [], edges: item.edges ?? [], title: item.title ?? "",
        deep: parent ? parent.deep + 1 : 0, place: parent ? parent.children.indexOf(item) : 0 })
      item.open = !parent || open.has(item.id)
      items.push(item)
      if (item.kind === "node") nodes[item.node].item = item
      for (const child of item.children) walk(child, item)
    }
    tree = data.tree
    walk(tree, null)
  }
  const itemOf = name => nodes.find(node => node.name === name)?.item ?? null
  function label() {
    const { texts } = data
    search.placeholder = texts.search
    search.setAttribute("aria-label", texts.search)
    measure.setAttribute("aria-label", texts.measure)
    world.setAttribute("aria-label", texts.picture)
    for (const name of ["in", "out", "fit"]) part(name).title = texts[name]
    part("in").setAttribute("aria-label", texts.in)
    part("out").setAttribute("aria-label", texts.out)
    part("fit").textContent = texts.fit
    const kinds = ["parameters", "macs", ...(data.timed ? ["seconds"] : []), "none"], chosen = measure.value || data.measure
    measure.replaceChildren(...kinds.map(kind => new Option(texts[kind], kind, false, kind === chosen)))
    const used = new Set(items.map(item => item.family))
    part("legend").innerHTML = FAMILIES.filter(family => used.has(family)).map(family => `<span class="${family}"><i></i></span>`).join("")
    for (const entry of part("legend").children) entry.append(texts[entry.className])
  }
  const compact = value => new Intl.NumberFormat(data.language, { notation: "compact", maximumSignificantDigits: 3 }).format(value)
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name])

  // ---- layout: sizes from inside out, then places from outside in
  function size(item) {
    if (QUIET.has(item.kind)) return { w: Math.min(WIDTH, 60 + 7.5 * (item.title.length + (item.shape ?? "").length)), h: 30 }
    if (!item.open) return { w: WIDTH, h: 20 + 17 + (item.sub ? 16 : 0) + (hasFacts(item) ? 15 : 0) }
    const plan = (item.plan = arrange(item, item.children.map(size), item === tree ? breaks : null))
    return item === tree ? plan : { w: Math.max(plan.w + 2 * PAD, WIDTH), h: plan.h + HEAD + PAD + 8 }
  }
  const hasFacts = item => item.shape || item.parameters || item.macs
  function place(item, x, y, w, h) {
    shown.set(item, { x, y, w, h })
    if (!item.open) return
    const left = item === tree ? x : x + (w - item.plan.w) / 2, top = item === tree ? y : y + HEAD + 4
    item.plan.left = left
    item.plan.top = top
    item.plan.boxes.forEach((box, i) => place(item.children[i], left + box.x, top + box.y, box.w, box.h))
  }

  function draw() {
    shown = new Map()
    const whole = size(tree)
    place(tree, 0, 0, whole.w, whole.h)
    const lines = []
    for (const item of shown.keys()) if (item.open) lines.push(edgesOf(item))
    svg.innerHTML = `<g>${lines.join("")}</g>`
    for (const [item, element] of elements) if (!shown.has(item.id < items.length ? items[item.id] : null)) {
      element.remove()
      elements.delete(item)
    }
    const order = [...shown.keys()].filter(item => item !== tree)
    for (const item of order) {
      let element = elements.get(item)
      const state = item.open ? "open" : "closed"
      if (!element || element.dataset.state !== state) {
        const made = build(item)
        if (element) element.replaceWith(made)
        else world.append(made)
        elements.set(item, (element = made))
        element.dataset.state = state
      }
      const { x, y, w, h } = shown.get(item)
      element.style.cssText = `transform:translate(${x}px,${y}px);width:${w}px;height:${h}px;z-index:${item.deep}`
      mark(item, element)
    }
    if (!focused || !shown.has(focused)) focused = order.find(item => !QUIET.has(item.kind)) ?? order[0] ?? null
    for (const [item, element] of elements) element.tabIndex = item === focused ? 0 : -1
  }
  function mark(item, element) {
    const chosen = itemOf(selected), has = hits.length && (item.open ? false : hits.some(node => within(node.item, item)))
    element.classList.toggle("selected", Boolean(chosen) && (item === chosen || (!item.open && within(chosen, item))))
    element.classList.toggle("hit", Boolean(has))
    element.classList.toggle("now", Boolean(has) && hit >= 0 && within(hits[hit].item, item))
    element.setAttribute("aria-selected", String(item === chosen))
    const bar = element.querySelector(".share"), whole = tree[kindOf()] || 0, mine = item[kindOf()] || 0
    if (bar) bar.style.width = `${whole ? (100 * mine) / whole : 0}%`
  }
  const kindOf = () => ({ seconds: "microseconds" })[measure.value] ?? measure.value
  const within = (item, outer) => {
    while (item && item !== outer) item = item.parent
    return Boolean(item)
  }

  // ---- one box
  function build(item) {
    const element = document.createElement("div"), { texts } = data, add = (parent, tag, name, text) => {
      const made = document.createElement(tag)
      if (name) made.className = name
      if (text) made.textContent = text
      parent.append(made)
      return made
    }
    element.setAttribute("role", "treeitem")
    element.setAttribute("aria-level", item.deep)
    const facts = [item.parameters && say(texts.short_parameters, { number: compact(item.parameters) }), item.macs && say(texts.short_macs, { number: compact(item.macs) }),
      item.microseconds && say(texts.microseconds, { number: compact(item.microseconds) })].filter(Boolean)
    const node = item.node === undefined ? null : nodes[item.node].name
    element.title = [item.title, item.sub, node ?? item.scope, item.shape, ...facts, item.count > 1 && say(texts.nodes, { count: item.count })].filter(Boolean).join("\n")
    element.setAttribute("aria-label", [item.times && `${item.times} ×`, item.title, item.sub, item.shape, ...facts].filter(Boolean).join(", "))
    if (node !== null) element.dataset.node = node
    element.dataset.kind = item.kind
    const openable = item.children.length > 0
    if (openable) element.setAttribute("aria-expanded", String(item.open))
    element.className = "item"
    if (QUIET.has(item.kind)) {
      element.classList.add("port")
      element.textContent = [item.title, item.shape].filter(Boolean).join("  ")
    } else if (item.open) {
      element.classList.add("frame")
      const head = add(element, "div", "head")
      name(add(head, "b"), item)
      add(head, "span", "", [item.kind === "layer" ? "" : item.sub, ...facts].filter(Boolean).join(" · "))
      add(head, "i", "", "−")
      head.onclick = () => moved || toggle(item)
    } else {
      element.classList.add("box", ...(item.family ? [item.family] : ["folded"]))
      if (item.times) element.classList.add("stack")
      name(add(element, "b"), item)
      if (item.sub) add(element, "span", "sub", item.sub)
      const line = add(element, "span", "facts")
      add(line, "span", "", item.shape)
      if (!item.family && openable) { // what is inside, in little
        const mini = miniature(item.times ? firstOf(item) : item, item.sub ? 34 : 26)
        element.append(mini)
        element.style.setProperty("--mini", `${mini.width.baseVal.value + 8}px`)
      }
      if (facts.length) add(line, "span", "", facts.slice(0, 2).join(" · "))
      add(element, "i", "share")
      if (item.kind === "layer") {
        const more = add(element, "button", "more", "+")
        more.tabIndex = -1
        more.type = "button"
        more.setAttribute("aria-label", texts.open)
        more.onclick = event => {
          event.stopPropagation()
          if (!moved) toggle(item)
        }
      }
      element.onclick = () => moved || press(item)
    }
    element.onfocus = () => { focused = item }
    return element
  }
  function name(heading, item) {
    if (item.times) heading.innerHTML = `<span class="times">${item.times} ×</span> `
    heading.append(item.title)
  }
  function firstOf(item) {
    let first = item
    do first = first.children[0]
    while (first && (first.kind === "group" || first.kind === "stage"))
    return first ?? item
  }
  function miniature(item, height) {
    const inner = item.children.length ? item.children : [item], many = inner.length > 16
    const shownHere = many ? inner.slice(0, 16) : inner
    const plan = arrange({ children: shownHere, edges: item.children.length ? item.edges.filter(([a, b]) => Math.max(a, b) < shownHere.length) : [] },
      shownHere.map(() => ({ w: 9, h: 4 })), null, { gap: 3, rise: 2.5, tall: height + 4 })
    const scale = Math.min(1, height / plan.h, 74 / plan.w), picture = document.createElementNS("http://www.w3.org/2000/svg", "svg")
    picture.setAttribute("class", "mini")
    picture.setAttribute("width", Math.ceil(plan.w * scale))
    picture.setAttribute("height", Math.ceil(plan.h * scale))
    picture.style.cssText = `width:${Math.ceil(plan.w * scale)}px;height:${Math.ceil(plan.h * scale)}px`
    picture.setAttribute("viewBox", `0 0 ${plan.w} ${plan.h}`)
    picture.innerHTML = plan.boxes.map((box, i) => `<rect class="${shownHere[i].family ?? "folded"}" x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="1"/>`).join("")
    return picture
  }

  // ---- edges
  function edgesOf(item) {
    const { plan } = item, dx = plan.left, dy = plan.top
    return plan.routes.map(({ points, long }) => {
      const at = points.map(([x, y]) => [x + dx, y + dy]), [tx, ty] = at.at(-1), kind = long ? ' class="long"' : ""
      let path = `M${at[0]}`
      for (let i = 1; i < at.length; i++) {
        const [x0, y0] = at[i - 1], [x1, y1] = at[i], bend = Math.abs(y1 - y0) / 2
        if (y1 < y0) { // to the head of the next column
          const middle = (x0 + x1) / 2, r = 10
          path += `V${y0 + 6}Q${x0},${y0 + 6 + r} ${x0 + r},${y0 + 6 + r}H${middle - r}Q${middle},${y0 + 6 + r} ${middle},${y0 + 6}` +
            `V${y1 - 8}Q${middle},${y1 - 8 - r} ${middle + r},${y1 - 8 - r}H${x1 - r}Q${x1},${y1 - 8 - r} ${x1},${y1 - 8}V${y1}`
        } else path += Math.abs(x1 - x0) < 0.5 ? `L${x1},${y1}` : `C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}`
      }
      return `<path${kind} d="${path}"/><path class="tip${long ? " long" : ""}" d="M${tx},${ty}l-4,-7h8z"/>`
    }).join("")
  }

  // ---- opening, selecting, finding
  function press(item) {
    focused = item
    if (item.node !== undefined) select(item)
    else if (item.children.length) toggle(item)
  }
  function select(item) {
    const name = nodes[item.node].name
    selected = selected === name ? "" : name
    data.selected = selected
    for (const [other, element] of elements) mark(other, element)
    view.send(selected)
  }
  function toggle(item) { // the box stays where the eye is
    const was = shown.get(item)
    item.open = !item.open
    focused = item
    draw()
    const is = shown.get(item)
    glide({ ...zoom, x: zoom.x + (was.x + (item.open ? was.w / 2 - is.w / 2 : was.w / 2 - is.w / 2) - is.x) * zoom.k, y: zoom.y + (was.y - is.y) * zoom.k })
    if (item.open) into(item)
    elements.get(item)?.focus({ preventScroll: true })
  }
  function into(item) { // bring an opened frame into sight as far as it fits
    const box = shown.get(item), w = picture.clientWidth, h = picture.clientHeight, k = zoom.k
    const shift = (low, high, room) => (high - low > room - 24 ? 12 - low : low < 12 ? 12 - low : high > room - 12 ? room - 12 - high : 0)
    const left = box.x * k + zoom.x, top = box.y * k + zoom.y
    let dx = shift(left, left + box.w * k, w)
    if (box.w * k > w - 24) dx = w / 2 - (left + (box.w * k) / 2)
    glide({ k, x: zoom.x + dx, y: zoom.y + shift(top, top + box.h * k, h) })
  }
  function reveal(item) {
    for (let outer = item.parent; outer; outer = outer.parent) if (outer.kind !== "layer" || item.kind !== "node" || outer.node !== item.node) outer.open = true
  }
  const visible = item => {
    while (item && !shown.has(item)) item = item.parent
    return item
  }
  function show(item, gliding = true) {
    const seen = visible(item), box = shown.get(seen), k = Math.max(zoom.k, 0.8)
    glide({ k, x: picture.clientWidth / 2 - (box.x + box.w / 2) * k, y: picture.clientHeight / 2 - (box.y + Math.min(box.h, picture.clientHeight / k) / 2) * k }, gliding)
  }
  function find() {
    const wanted = search.value.trim().toLowerCase()
    hits = wanted ? nodes.filter(node => node.item && node.words.includes(wanted)) : []
    hit = -1
    part("found").textContent = !wanted ? "" : hits.length ? say(data.texts.found, { at: "–", count: hits.length }) : data.texts.nothing
    for (const [item, element] of elements) mark(item, element)
  }
  function next(step) {
    if (!hits.length) return
    hit = (hit + step + hits.length) % hits.length
    part("found").textContent = say(data.texts.found, { at: hit + 1, count: hits.length })
    reveal(hits[hit].item)
    focused = visibleAfterDraw(hits[hit].item)
    show(hits[hit].item)
  }
  function visibleAfterDraw(item) {
    draw()
    return visible(item)
  }
  search.oninput = find
  search.onkeydown = event => {
    if (event.key === "Enter") {
      if (!hits.length) find()
      next(event.shiftKey ? -1 : 1)
    } else if (event.key === "Escape") {
      search.value = ""
      find()
    } else return
    event.preventDefault()
  }
  measure.onchange = () => { for (const [item, element] of elements) mark(item, element) }

  // ---- keys: the tree pattern of WAI-ARIA
  world.onkeydown = event => {
    if (!focused || event.altKey || event.ctrlKey || event.metaKey) return
    const order = [...shown.keys()].filter(item => item !== tree), at = order.indexOf(focused), item = focused
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) walk(order[at + step])
    else if (event.key === "Home") walk(order[0])
    else if (event.key === "End") walk(order.at(-1))
    else if (event.key === "ArrowRight") item.children.length && !item.open ? toggle(item) : item.open && walk(item.children[0])
    else if (event.key === "ArrowLeft") item.open ? toggle(item) : item.parent !== tree && walk(item.parent)
    else if (event.key === "Enter" || event.key === " ") item.open ? toggle(item) : press(item)
    else if (event.key === "Escape") {
      const outer = item.open ? item : item.parent
      if (outer === tree) return
      toggle(outer)
    } else return
    event.preventDefault()
  }
  function walk(item) {
    if (!item) return
    focused = item
    for (const [other, element] of elements) element.tabIndex = other === item ? 0 : -1
    elements.get(item).focus({ preventScroll: true })
    into(item)
  }

  // ---- zoom and pan
  function glide(to, smoothly = true) {
    zoom = { ...to, k: Math.min(3, Math.max(0.04, to.k)) }
    world.classList.toggle("gliding", smoothly)
    world.style.transform = `translate(${zoom.x}px,${zoom.y}px) scale(${zoom.k})`
    picture.style.backgroundPosition = `${zoom.x}px ${zoom.y}px`
  }
  function about(factor, x, y, smoothly) {
    const k = Math.min(3, Math.max(0.04, zoom.k * factor)), real = k / zoom.k
    glide({ k, x: x - (x - zoom.x) * real, y: y - (y - zoom.y) * real }, smoothly)
  }
  function fit(smoothly = true) { // as many columns as make the picture largest
    const w = picture.clientWidth - 32, h = picture.clientHeight - 32
    if (w <= 0) return
    let best = null
    for (let columns = 1; columns <= 8; columns++) {
      breaks = columns
      const plan = size(tree), k = Math.min(w / plan.w, h / plan.h, 1.25)
      if (!best || k > best.k * 1.02) best = { columns, k, plan }
    }
    breaks = best.columns
    draw()
    const readable = Math.max(best.k, Math.min(0.55, w / best.plan.w)), all = readable === best.k // rather begin at the top than be too small to read
    glide({ k: readable, x: 16 + (w - best.plan.w * readable) / 2, y: all ? 16 + (h - best.plan.h * readable) / 2 : 16 }, smoothly)
  }
  part("fit").onclick = () => fit()
  part("in").onclick = () => about(1.3, picture.clientWidth / 2, picture.clientHeight / 2, true)
  part("out").onclick = () => about(1 / 1.3, picture.clientWidth / 2, picture.clientHeight / 2, true)

  const fingers = new Map()
  let moved = false, awake = false // awake: after a click inside, the wheel is ours and not the page's
  const inside = event => {
    const box = picture.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  picture.addEventListener("wheel", event => {
    if (!awake && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    about(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), ...inside(event), false)
  }, { passive: false })
  picture.addEventListener("pointerdown", event => {
    fingers.set(event.pointerId, inside(event))
    if (fingers.size === 1) moved = false
    awake = true
  })
  picture.addEventListener("pointermove", event => {
    const was = fingers.get(event.pointerId), is = inside(event)
    if (!was) return
    if (!moved && Math.hypot(is[0] - was[0], is[1] - was[1]) < 5 && fingers.size === 1) return
    if (!moved) {
      picture.setPointerCapture(event.pointerId)
      picture.classList.add("dragged")
    }
    moved = true
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    if (other) {
      const distance = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1
      about(distance(is) / distance(was), (is[0] + other[0]) / 2, (is[1] + other[1]) / 2, false)
    } else glide({ ...zoom, x: zoom.x + is[0] - was[0], y: zoom.y + is[1] - was[1] }, false)
    fingers.set(event.pointerId, is)
  })
  const lift = event => {
    fingers.delete(event.pointerId)
    picture.classList.remove("dragged")
    setTimeout(() => { if (!fingers.size) moved = false }, 0)
  }
  picture.addEventListener("pointerup", lift)
  picture.addEventListener("pointercancel", lift)
  picture.addEventListener("pointerleave", event => { if (event.pointerType === "mouse") awake = false })
  new ResizeObserver(() => { if (tree && shown.size && !wide) fit(false); wide = picture.clientWidth }).observe(picture)
  let wide = 0
  return view
}

// ---- layered layout of one level. Children are in topological order; -1 and children.length in edges are the frame's ends.
function arrange({ children, edges }, sizes, columns, { gap = GAP, rise = RISE, tall = 0 } = {}) {
  const count = children.length, level = new Array(count).fill(0), after = new Array(count).fill(Infinity), fed = new Array(count).fill(false)
  for (const [a, b] of edges) if (b >= 0 && b < count) fed[b] = true
  const sorted = [...edges].sort((p, q) => p[1] - q[1])
  for (const [a, b] of sorted) if (a >= 0 && b < count) level[b] = Math.max(level[b], level[a] + 1)
  for (const [a, b] of edges) if (a >= 0 && b < count) after[a] = Math.min(after[a], level[b])
  for (let i = 0; i < count; i++) if (!fed[i] && after[i] < Infinity) level[i] = after[i] - 1 // an input stands next to its first reader
  const depth = Math.max(-1, ...level) + 1
  // cells: boxes, lanes of edges that pass a layer by, and the frame's two ends
  const rows = Array.from({ length: depth + 2 }, () => []), cells = []
  const cell = (row, w, box = -1) => {
    const made = { row, w, box, x: 0, up: [], down: [] }
    cells.push(made)
    rows[row].push(made)
    return made
  }
  const entry = cell(0, 0), boxes = sizes.map((size, i) => cell(level[i] + 1, size.w, i)), exit = cell(depth + 1, 0)
  const link = (a, b, weight) => {
    a.down.push([b, weight])
    b.up.push([a, weight])
  }
  const routes = edges.map(([a, b]) => {
    const way = [a < 0 ? entry : boxes[a]], end = b >= count ? exit : boxes[b]
    for (let row = way[0].row + 1; row < end.row; row++) way.push(cell(row, gap / 2))
    way.push(end)
    for (let i = 1; i < way.length; i++) link(way[i - 1], way[i], way.length > 2 ? 0.3 : 1)
    return { way, long: way.length > 2 && way.length === end.row - way[0].row + 1 && way.slice(1, -1).every(cell => cell.box < 0) }
  })
  // order in the rows by barycentres; lanes that start where a box does go to its right
  const index = () => rows.forEach(row => row.forEach((cell, i) => { cell.at = i - (row.length - 1) / 2 }))
  index()
  for (let sweep = 0; sweep < 4 && rows.some(row => row.length > 1); sweep++) {
    const towards = sweep % 2 ? "up" : "down"
    for (const row of sweep % 2 ? rows : [...rows].reverse()) {
      for (const cell of row) {
        const near = cell[towards]
        cell.want = near.length ? near.reduce((sum, [other]) => sum + other.at, 0) / near.length : cell.at
        if (cell.box < 0) cell.want += 0.01
      }
      row.sort((p, q) => p.want - q.want)
      row.forEach((cell, i) => { cell.at = i - (row.length - 1) / 2 })
    }
  }
  // places by least squares: what each cell wants, kept apart in order (isotonic regression)
  for (const row of rows) {
    let x = 0
    for (const cell of row) {
      cell.x = x + cell.w / 2
      x += cell.w + gap
    }
    for (const cell of row) cell.x -= (x - gap) / 2
  }
  for (let sweep = 0; sweep < 8; sweep++) for (const row of sweep % 2 ? [...rows].reverse() : rows) {
    const near = cell => (sweep % 2 ? cell.down : cell.up)
    const pools = []
    let offset = 0, last = null
    for (const cell of row) {
      if (last) offset += (last.w + cell.w) / 2 + gap
      last = cell
      cell.offset = offset
      let sum = 0, weights = 0
      for (const [other, weight] of near(cell)) {
        sum += weight * other.x
        weights += weight
      }
      const weight = cell.box < 0 && cell !== entry && cell !== exit ? 0.05 : 1
      let pool = { sum: weight * ((weights ? sum / weights : cell.x) - offset), weight, cells: [cell] }
      while (pools.length && pools.at(-1).sum / pools.at(-1).weight > pool.sum / pool.weight) {
        const before = pools.pop()
        pool = { sum: before.sum + pool.sum, weight: before.weight + pool.weight, cells: [...before.cells, ...pool.cells] }
      }
      pools.push(pool)
    }
    for (const { sum, weight, cells } of pools) for (const cell of cells) cell.x = cell.offset + sum / weight
  }
  // heights; then columns, where a single edge passes
  const heights = rows.map(row => Math.max(0, ...row.map(cell => (cell.box < 0 ? 0 : sizes[cell.box].h))))
  const total = heights.reduce((sum, h) => sum + h + rise, 0), passing = new Array(depth + 2).fill(0)
  for (const { way } of routes) for (let row = way[0].row; row < way.at(-1).row; row++) passing[row]++
  const width = Math.max(1, ...rows.map(row => (row.length ? row.at(-1).x + row.at(-1).w / 2 - row[0].x + row[0].w / 2 : 0)))
  const wanted = columns ?? (tall ? Math.ceil(total / tall) : Math.round(Math.sqrt(total / (width + 60) / 1.3))), limit = wanted > 1 ? total / wanted : Infinity
  const columnOf = new Array(depth + 2).fill(0), tops = new Array(depth + 2).fill(0)
  let column = 0, y = 0, h = 0
  for (let row = 0; row < rows.length; row++) {
    if (row === 0 || row === depth + 1) {
      columnOf[row] = column
      tops[row] = row ? y : 0
      continue
    }
    const over = y + heights[row] - limit
    if (row > 1 && passing[row - 1] === 1 && over > 0 && (over > heights[row] / 2 || column + 1 < wanted) && column + 1 < Math.max(wanted, 1) && depth > 1) {
      column++
      y = 0
    }
    if (y === 0 && row === 1) y = entry.down.length ? rise * 0.6 : 0
    columnOf[row] = column
    tops[row] = y
    y += heights[row] + rise
    h = Math.max(h, y)
  }
  h += exit.up.length ? -rise * 0.3 : -rise
  tops[depth + 1] = column ? y - rise * 0.3 : h
  if (column) { // room for the ways from column to column
    h += 40
    tops.forEach((_, row) => { tops[row] += 20 })
  }
  const low = [], high = []
  rows.forEach((row, i) => {
    for (const cell of row) {
      const c = columnOf[i]
      low[c] = Math.min(low[c] ?? Infinity, cell.x - cell.w / 2)
      high[c] = Math.max(high[c] ?? -Infinity, cell.x + cell.w / 2)
    }
  })
  const shift = []
  let x = 0
  for (let c = 0; c <= column; c++) {
    shift[c] = x - low[c]
    x += high[c] - low[c] + 2 * gap + 8 * (gap / GAP)
  }
  const w = x - 2 * gap - 8 * (gap / GAP)
  const at = cell => cell.x + shift[columnOf[cell.row]]
  const spots = boxes.map((cell, i) => ({ x: at(cell) - sizes[i].w / 2, y: tops[cell.row] + (heights[cell.row] - sizes[i].h) / 2, w: sizes[i].w, h: sizes[i].h }))
  return {
    w, h, boxes: spots,
    routes: routes.map(({ way, long }) => ({ long, points: way.flatMap((cell, i) => {
      const x = at(cell), top = cell.box < 0 ? tops[cell.row] : spots[cell.box].y, height = cell.box < 0 ? heights[cell.row] : spots[cell.box].h
      return i === 0 ? [[x, top + height]] : i === way.length - 1 ? [[x, top]] : [[x, top], [x, top + height]]
    }) })),
  }
}
