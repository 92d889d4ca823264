// A network's graph as nested boxes: blocks open and close, the picture zooms and pans. Only what is open is in the document.
// Layout is ours: layers by longest path, lanes for edges that pass layers by, order by barycentres, chains stand straight.
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
  let zoom = { x: 0, y: 0, k: 1 }, focused = null, hits = [], hit = -1, found = new Set(), selected = "", chosen = null, before = ""

  function update(bytes) {
    const text = new TextDecoder().decode(bytes)
    if (text === before) return
    before = text
    const next = JSON.parse(text), graph = JSON.stringify([next.nodes, next.tree.edges, next.tree.parameters, next.tree.macs])
    const fresh = graph !== known, other = fresh || next.selected !== data?.selected
    const shownBefore = [...elements].map(([item, element]) => [item.id, element]), at = focused?.id
    data = next
    known = graph
    prepare(fresh)
    label()
    if (!fresh) { // other words or measures of the same graph: the boxes are filled anew where they stand
      elements.clear()
      for (const [id, element] of shownBefore) {
        element.dataset.state = "old"
        elements.set(items[id], element)
      }
      focused = items[at] ?? null
      hits = hits.map(({ name }) => nodes.find(node => node.name === name))
    } else {
      focused = null
      shownBefore.forEach(([, element]) => element.remove())
      elements.clear()
      hits = []
      found = new Set()
      search.value = ""
    }
    picture.style.height = `${data.height}px`
    if (other) {
      selected = data.selected || ""
      const item = itemOf(selected)
      if (item && fresh) reveal(item)
    }
    draw()
    if (fresh) begin()
  }
  function begin() {
    fit(false)
    if (itemOf(selected)) show(itemOf(selected), false)
  }
  function prepare(fresh) { // a flat list of items that know their parents; what was open stays open
    const kept = fresh ? new Map() : new Map(items.filter(item => item.open).map(item => [item.id, item.breaks]))
    items = []
    nodes = data.nodes.map(([name, op, tensors]) => ({ name, op, words: `${name}\n${op}\n${tensors}`.toLowerCase(), item: null }))
    const walk = (item, parent) => {
      Object.assign(item, { parent, id: items.length, children: item.children ?? [], edges: item.edges ?? [], title: item.title ?? "",
        deep: parent ? parent.deep + 1 : 0 })
      item.open = !parent || kept.has(item.id)
      item.breaks = kept.get(item.id)
      items.push(item)
      if (item.kind === "node") nodes[item.node].item = item
      for (const child of item.children) walk(child, item)
    }
    tree = data.tree
    walk(tree, null)
  }
  const itemOf = name => (name && nodes.find(node => node.name === name)?.item) || null
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
    const plan = (item.plan = arrange(item, item.children.map(size), item.breaks))
    if (item !== tree) item.breaks = plan.breaks // what stands in which column stays so
    return item === tree ? plan : { w: Math.max(plan.w + 2 * PAD, WIDTH), h: plan.h + HEAD + 6 }
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
    for (const [item, element] of elements) if (!shown.has(item)) {
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
    }
    markAll()
    if (!focused || !shown.has(focused)) focused = order.find(item => !QUIET.has(item.kind)) ?? order[0] ?? null
    for (const [item, element] of elements) element.tabIndex = item === focused ? 0 : -1
  }
  function markAll() {
    chosen = itemOf(selected)
    for (const [item, element] of elements) mark(item, element)
  }
  function mark(item, element) {
    const has = !item.open && found.has(item)
    element.classList.toggle("selected", Boolean(chosen) && (item === chosen || (!item.open && within(chosen, item))))
    element.classList.toggle("hit", has)
    element.classList.toggle("now", has && hit >= 0 && within(hits[hit].item, item))
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
    const facts = ["parameters", "macs", "microseconds"].sort((a, b) => (b === kindOf()) - (a === kindOf())).filter(kind => item[kind])
      .map(kind => say(texts[`short_${kind}`], { number: compact(item[kind]) }))
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
        const { drawn, width } = miniature(item.times ? firstOf(item) : item, item.sub ? 28 : 18)
        element.append(drawn)
        for (const line of element.querySelectorAll("b, .sub")) line.style.marginRight = `${width + 4}px`
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
    const sketch = (item, depth) => { // blocks inside are drawn too, two deep
      if (!item.children.length || item.family || depth > 1 || item.children.length > 16) return { w: 9, h: 4, inner: [], item }
      const inner = item.children.map(child => sketch(child, depth + 1))
      return { ...arrange(item, inner, null, { gap: 3, rise: 2.5, tall: 60 }), inner, item }
    }
    const rects = (part, x, y) => (part.inner.length ? part.inner.map((child, i) => rects(child, x + part.boxes[i].x, y + part.boxes[i].y)).join("")
      : `<rect class="${part.item.family || "other"}" x="${x}" y="${y}" width="9" height="4" rx="1"/>`)
    const whole = sketch(item, 0), scale = Math.min(1, height / whole.h, 74 / whole.w), [w, h] = [whole.w * scale, whole.h * scale].map(Math.ceil)
    const drawn = document.createElement("template")
    drawn.innerHTML = `<svg class="mini" viewBox="0 0 ${whole.w} ${whole.h}" style="width:${w}px;height:${h}px">${rects(whole, 0, 0)}</svg>`
    return { drawn: drawn.content.firstChild, width: w }
  }

  // ---- edges
  function edgesOf(item) {
    const { plan } = item, frame = shown.get(item), middle = frame.x + frame.w / 2
    return plan.routes.map(route => {
      const at = route.points.map(([x, y, turn]) => [x + plan.left, y + plan.top, turn === null ? null : turn + plan.left])
      if (item !== tree && route.in) at[0] = [plan.breaks.length ? at[0][0] : middle, frame.y + HEAD - 2, null]
      if (item !== tree && route.out) at[at.length - 1] = [plan.breaks.length ? at.at(-1)[0] : middle, frame.y + frame.h, at.at(-1)[2]]
      const [tx, ty] = at.at(-1), kind = route.skip && item.kind !== "layer" ? "skip" : "", r = 10
      let path = `M${at[0].slice(0, 2)}`
      for (let i = 1; i < at.length; i++) {
        const [x0, y0] = at[i - 1], [x1, y1, turn] = at[i], bend = Math.abs(y1 - y0) / 2
        if (turn !== null) path += `V${y0 + 6}q0,${r} ${r},${r}H${turn - r}q${r},0 ${r},${-r}V${y1 - 8}q0,${-r} ${r},${-r}H${x1 - r}q${r},0 ${r},${r}V${y1}`
        else path += Math.abs(x1 - x0) < 0.5 ? `L${x1},${y1}` : `C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}`
      }
      const tip = item !== tree && route.out ? "" : `<path class="tip ${kind}" d="M${tx},${ty}l-4,-7h8z"/>`
      return `<path class="${kind}" d="${path}"/>${tip}`
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
    markAll()
    view.send(selected)
  }
  function toggle(item) { // the box stays where the eye is
    const was = shown.get(item)
    item.open = !item.open
    item.breaks = undefined
    focused = item
    draw()
    const is = shown.get(item)
    glide({ ...zoom, x: zoom.x + (was.x + (item.open ? was.w / 2 - is.w / 2 : was.w / 2 - is.w / 2) - is.x) * zoom.k, y: zoom.y + (was.y - is.y) * zoom.k })
    if (item.open) into(item)
    elements.get(item)?.focus({ preventScroll: true })
  }
  function into(item) { // bring an opened frame into sight as far as it fits
    const box = shown.get(item), w = picture.clientWidth, h = picture.clientHeight
    const k = Math.min(zoom.k, Math.max(0.3, (w - 24) / box.w))
    const shift = (low, high, room) => (high - low > room - 24 ? 12 - low : low < 12 ? 12 - low : high > room - 12 ? room - 12 - high : 0)
    const left = box.x * zoom.k + zoom.x, top = box.y * zoom.k + zoom.y
    let dx = shift(left, left + box.w * k, w)
    if (box.w * k > w - 24) dx = w / 2 - (left + (box.w * k) / 2)
    const dy = k < zoom.k ? (h - box.h * k) / 2 - top : shift(top, top + box.h * k, h)
    glide({ k, x: left + dx - box.x * k, y: top + dy - box.y * k })
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
    found = new Set()
    for (const { item } of hits) for (let outer = item; outer && !found.has(outer); outer = outer.parent) found.add(outer)
    markAll()
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
  measure.onchange = () => { // the boxes say first what the bars show
    for (const element of elements.values()) element.dataset.state = "old"
    draw()
  }

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
  function fit(smoothly = true) { // as many columns as make the picture largest; rather begin at the top than be too small to read
    const w = picture.clientWidth - 32, h = picture.clientHeight - 32
    if (w <= 0) return
    let best = null
    for (let columns = 1; columns <= 8; columns++) {
      tree.breaks = columns
      const plan = size(tree), k = Math.max(Math.min(w / plan.w, h / plan.h, 1.25), Math.min(w < 600 ? 0.85 : 0.55, w / plan.w))
      if (!best || k > best.k * 1.02) best = { k, plan }
    }
    tree.breaks = best.plan.breaks
    draw()
    const { k, plan } = best
    glide({ k, x: 16 + (w - plan.w * k) / 2, y: 16 + Math.max(0, h - plan.h * k) / 2 }, smoothly)
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
  new ResizeObserver(() => { if (tree && shown.size && !wide) begin(); wide = picture.clientWidth }).observe(picture)
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
    const skip = a < 0 && way.length > 2 // past everything: a shortcut, or a skip connection
    for (let i = 1; i < way.length; i++) link(way[i - 1], way[i], skip ? 0 : 1)
    return { way, skip }
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
  // columns of cells that follow one another alone stand straight: packed from the left, and from the right, and the mean of both
  const straight = (a, b) => a.down.length === 1 && b.up.length === 1
  const strands = []
  for (const row of rows) for (const cell of row) {
    const above = cell.up.length === 1 && straight(cell.up[0][0], cell) ? cell.up[0][0] : null
    cell.strand = above && !crosses(above, cell) ? above.strand : strands[strands.push({ cells: [] }) - 1]
    cell.strand.cells.push(cell)
  }
  function crosses(above, cell) { // a strand to the left above and to the right below would pass through this one
    const index = row => new Map(row.map((cell, i) => [cell.strand, i]))
    const upper = index(rows[above.row])
    return rows[cell.row].some(other => other !== cell && other.strand && upper.has(other.strand) && other.strand !== above.strand &&
      (upper.get(other.strand) < upper.get(above.strand)) !== (rows[cell.row].indexOf(other) < rows[cell.row].indexOf(cell)))
  }
  const apart = (a, b) => (a.w + b.w) / 2 + gap
  rows.forEach(row => row.forEach((cell, i) => {
    cell.left = row[i - 1]
    cell.right = row[i + 1]
  }))
  const pack = (side, sign) => {
    const done = new Map(), put = strand => {
      if (done.has(strand)) return done.get(strand)
      done.set(strand, 0)
      const x = Math.max(0, ...strand.cells.map(cell => (cell[side] ? put(cell[side].strand) + apart(cell[side], cell) : cell.w / 2)))
      done.set(strand, x)
      return x
    }
    strands.forEach(put)
    const whole = Math.max(...strands.map(strand => done.get(strand) + Math.max(...strand.cells.map(cell => cell.w)) / 2))
    return strand => (sign > 0 ? done.get(strand) : whole - done.get(strand))
  }
  const fromLeft = pack("left", 1), fromRight = pack("right", -1)
  for (const strand of strands) strand.x = (fromLeft(strand) + fromRight(strand)) / 2
  for (let sweep = 0; sweep < 12; sweep++) for (const strand of sweep % 2 ? [...strands].reverse() : strands) { // then each to the middle of its neighbours
    const near = [strand.cells[0].up, strand.cells.at(-1).down].filter(list => list.some(([, weight]) => weight))
    if (!near.length) continue
    const middles = near.map(list => list.reduce((sum, [other, weight]) => sum + weight * other.strand.x, 0) / list.reduce((sum, [, weight]) => sum + weight, 0))
    const low = Math.max(...strand.cells.map(cell => (cell.left ? cell.left.strand.x + apart(cell.left, cell) : -Infinity)))
    const high = Math.min(...strand.cells.map(cell => (cell.right ? cell.right.strand.x - apart(cell, cell.right) : Infinity)))
    strand.x = Math.max(low, Math.min(high, middles.reduce((sum, x) => sum + x, 0) / middles.length))
  }
  for (const cell of cells) cell.x = cell.strand.x
  // heights; then columns, where a single edge passes
  const heights = rows.map(row => Math.max(0, ...row.map(cell => (cell.box < 0 ? 0 : sizes[cell.box].h))))
  const total = heights.reduce((sum, h) => sum + h + rise, 0), passing = new Array(depth + 2).fill(0)
  for (const { way } of routes) for (let row = way[0].row; row < way.at(-1).row; row++) passing[row]++
  const width = Math.max(1, ...rows.map(row => (row.length ? row.at(-1).x + row.at(-1).w / 2 - row[0].x + row[0].w / 2 : 0)))
  const wanted = typeof columns === "number" ? columns : tall ? Math.ceil(total / tall) : Math.round(Math.sqrt(total / (width + 60) / 1.3))
  const limit = wanted > 1 ? total / wanted : Infinity, breaks = Array.isArray(columns) ? columns : []
  const columnOf = new Array(depth + 2).fill(0), tops = new Array(depth + 2).fill(0)
  let column = 0, y = entry.down.length ? rise * 0.6 : 0, h = 0
  for (let row = 1; row <= depth; row++) {
    const over = y + heights[row] / 2 > limit && column + 1 < wanted && passing[row - 1] === 1
    if (row > 1 && (Array.isArray(columns) ? breaks.includes(row) : over && breaks.push(row))) {
      column++
      y = 0
    }
    columnOf[row] = column
    tops[row] = y
    y += heights[row] + rise
    h = Math.max(h, y)
  }
  columnOf[depth + 1] = column
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
  const at = cell => cell.x + shift[columnOf[cell.row]], gutter = c => low[c] + shift[c] - gap - 4 * (gap / GAP)
  const spots = boxes.map((cell, i) => ({ x: at(cell) - sizes[i].w / 2, y: tops[cell.row] + (heights[cell.row] - sizes[i].h) / 2, w: sizes[i].w, h: sizes[i].h }))
  return {
    w, h, boxes: spots, breaks,
    routes: routes.map(({ way, skip }) => ({ skip, in: way[0] === entry, out: way.at(-1) === exit, points: way.flatMap((cell, i) => {
      const x = at(cell), top = cell.box < 0 ? tops[cell.row] : spots[cell.box].y, height = cell.box < 0 ? heights[cell.row] : spots[cell.box].h
      const turn = i && columnOf[cell.row] > columnOf[way[i - 1].row] ? gutter(columnOf[cell.row]) : null // where to rise to the next column
      return i === 0 ? [[x, top + height, null]] : i === way.length - 1 ? [[x, top, turn]] : [[x, top, turn], [x, top + height, null]]
    }) })),
  }
}
