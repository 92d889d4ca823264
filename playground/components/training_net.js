// The net of the training playground: a tile with its map for each neuron, links as thick as their weights, what each layer is
// (its width, its bend) above it and how it fares below. Put before training.js.
const HEAD = 80, FOOT = 58, LABELS = 46, GAP = 6, NEAR = 7 // pixels
const BLUE = [33, 102, 172], ORANGE = [217, 95, 14], INK = [20, 32, 31]
function bytesOf(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i)
  return bytes
}
const floatsOf = text => new Float32Array(bytesOf(text).buffer)
const within = (value, least, most) => Math.max(least, Math.min(most, value))
let language = "en"
const local = text => text.replace("-", "−").replace(".", language === "ru" ? "," : ".")
const fixed = (value, digits = 2) => local(value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1"))
function short(value) { // any size in a few letters
  if (value === null || value === undefined) return "–"
  const size = Math.abs(value)
  if (!size || (size >= 0.0995 && size < 1000)) return fixed(value, size < 10 ? 2 : size < 100 ? 1 : 0)
  if (size >= 0.001 && size < 1) return fixed(value, size < 0.00995 ? 4 : 3)
  const [mantissa, power] = value.toExponential(0).split("e")
  return `${local(mantissa)}·10${[...String(+power)].map(sign => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("")}`
}
function make(tag, options = {}, ...children) {
  const made = Object.assign(document.createElement(tag), options)
  made.append(...children)
  return made
}
const mixed = (end, share, strength = 0.8) => end.map(part => Math.round(255 + (part - 255) * share * strength))
const word = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r // a pixel of a canvas
const signed = share => mixed(share < 0 ? BLUE : ORANGE, Math.abs(share))
const SIGNED = Int32Array.from({ length: 256 }, (_, i) => word(signed(within(i / 127 - 1, -1, 1))))
const SIDES = Int32Array.from({ length: 256 }, (_, i) => word(mixed(i < 127 ? BLUE : ORANGE, 1)))
function paint(canvas, values, side, palette) {
  if (canvas.width !== side) canvas.width = canvas.height = side
  const context = canvas.getContext("2d"), image = context.createImageData(side, side), pixels = new Int32Array(image.data.buffer)
  for (let i = 0; i < pixels.length; i++) pixels[i] = palette[values[i]]
  context.putImageData(image, 0, 0)
}
const subscript = number => [...String(number)].map(sign => "₀₁₂₃₄₅₆₇₈₉"[sign]).join("")

// act(kind, what) tells the server; look(tile or null) shows a neuron's map on the plane; output is the canvas with the answer
function createNet(host, { act, look, output, still }) {
  const links = make("canvas", { className: "links" }), tiles = make("div"), heads = make("div"), feet = make("div"), inner = make("div", { className: "inner" })
  const tip = make("span", { className: "tip", hidden: true }), menu = createMenu(), counted = make("div", { className: "count" })
  inner.append(links, tiles, heads, feet, tip)
  host.append(counted, inner, menu.box)
  let spec, texts, key, columns = [], weights = null, frame = null, hot = null, dash = 0, moving = false, width = 0, height = 0

  // ---- what it is made of
  function update(next, words) {
    const { maps, ...told } = next, now = JSON.stringify([told, words])
    spec = next
    texts = words
    if (now === key) return
    key = now
    weights = null // until a frame of this net comes: tiles that are taken away still say goodbye to the pointer
    menu.close()
    build()
    place()
  }
  const label = (layer, i) => (layer ? `h${subscript(i + 1)}` : spec.offered.find(([name]) => name === spec.features[i])[1])
  function build() {
    const { features, layers, activations, offered, outputs } = spec, last = layers.length + 1
    columns = [offered.map(([name, sign], i) => ({ column: 0, i: features.indexOf(name), name, sign, still: i })),
      ...layers.map((count, l) => Array.from({ length: count }, (_, i) => ({ column: l + 1, i }))), Array.from({ length: outputs }, (_, i) => ({ column: last, i }))]
    tiles.replaceChildren()
    for (const tile of columns.flat()) {
      tile.canvas = make("canvas", { width: 25, height: 25 })
      tile.box = make("button", { type: "button", className: "tile" })
      tile.box.dataset.at = `${tile.column}.${tile.column ? tile.i : tile.name}`
      if (!tile.column) {
        tile.box.setAttribute("aria-pressed", tile.i >= 0)
        tile.box.setAttribute("aria-label", texts.feature.replace("{name}", tile.sign))
        tile.box.append(make("span", { className: "sign", textContent: tile.sign }))
        paint(tile.canvas, spec.maps.subarray(625 * tile.still, 625 * (tile.still + 1)), 25, SIGNED)
        tile.box.onclick = () => {
          const chosen = offered.map(([name]) => name).filter(name => (name === tile.name) !== features.includes(name))
          if (chosen.length) act("features", chosen)
        }
      } else {
        const name = tile.column === last ? texts.output : `${label(1, tile.i)}, ${texts.layer.replace("{layer}", tile.column)}`
        tile.box.setAttribute("aria-label", texts.neuron.replace("{name}", name))
        if (tile.column === last && outputs > 1) tile.box.style.borderColor = spec.colours[tile.i]
        tile.box.onclick = () => menu.open(tile.column - 1, null, tile.i, [tile.x + tile.size / 2, tile.y + tile.size])
      }
      tile.box.onpointerenter = tile.box.onfocus = () => { hot = { tile }; look(tile); wire() }
      tile.box.onpointerleave = tile.box.onblur = () => { hot = null; look(null); wire() }
      tiles.append(tile.box)
    }
    heads.replaceChildren(...columns.map((_, k) => head(k, last)))
    feet.replaceChildren(...columns.map((_, k) => foot(k)))
    const change = by => act("layers", by > 0 ? [...layers, Math.min(layers.at(-1) ?? 4, 4)] : layers.slice(0, -1))
    counted.replaceChildren(...stepper(texts.layers.replace("{count}", layers.length), layers.length, 0, spec.most_layers, change, [texts.fewer_layers, texts.more_layers]))
  }
  function stepper(says, value, least, most, change, [fewer, more]) {
    const button = (sign, by, name, off) => {
      const made = make("button", { type: "button", className: "by", textContent: sign, disabled: off, title: name, onclick: () => change(by) })
      made.setAttribute("aria-label", name)
      return made
    }
    return [button("−", -1, fewer, value <= least), make("span", { textContent: says }), button("+", 1, more, value >= most)]
  }
  function head(k, last) {
    const box = make("div", { className: "head" })
    if (!k || k === last) {
      box.append(make("b", { textContent: k ? texts.output : texts.features, title: k ? texts.output_help : texts.features_help }))
      return box
    }
    const { layers, activations } = spec, l = k - 1
    const change = by => act("layers", layers.map((count, i) => (i === l ? count + by : count)))
    const names = [texts.fewer_neurons, texts.more_neurons].map(name => name.replace("{layer}", k))
    const bend = make("select", { onchange: () => act("activations", activations.map((name, i) => (i === l ? bend.value : name))) })
    bend.setAttribute("aria-label", texts.activation.replace("{layer}", k))
    bend.title = texts.activation_help
    bend.append(...spec.bends.map(([name, says]) => make("option", { value: name, textContent: says, selected: name === activations[l] })))
    box.append(make("div", { className: "width" }, ...stepper(String(layers[l]), layers[l], 1, spec.most_neurons, change, names)), bend)
    return box
  }
  function foot(k) {
    if (!k) return make("div", { className: "foot names" }, ...[["∂L/∂W", texts.gradient], [texts.spread, texts.spread_help], [texts.dead, texts.dead_help]].map(([says, title]) => make("span", { textContent: says, title })))
    return make("div", { className: "foot" }, make("span", { className: "gradient" }), make("span"), make("span"))
  }

  // ---- where it is
  function place() {
    if (!spec || !host.clientWidth) return
    const many = columns.length, least = LABELS + 70 * many
    width = Math.max(host.clientWidth, Math.min(least, 720))
    height = inner.clientHeight
    inner.style.width = `${width}px`
    const middle = height - HEAD - FOOT
    columns.forEach((column, k) => {
      const size = Math.floor(within(middle / column.length - GAP, 12, 42)), step = Math.min(size + 16, (middle - size) / Math.max(column.length - 1, 1))
      const top = HEAD + (middle - size - step * (column.length - 1)) / 2, x = LABELS + (k * (width - LABELS - 58)) / (many - 1) + (k ? 8 : 0)
      column.forEach((tile, i) => {
        Object.assign(tile, { x, y: top + i * step, size })
        Object.assign(tile.box.style, { left: `${x}px`, top: `${tile.y}px`, width: `${size}px`, height: `${size}px` })
      })
      const wide = (width - LABELS - 58) / (many - 1), centre = x + size / 2
      for (const box of [heads.children[k], feet.children[k]]) Object.assign(box.style, { left: `${centre}px`, width: `${within(wide - 4, 40, 110)}px` })
    })
    feet.firstChild.style.left = `${LABELS / 2 + 14}px`
    const ratio = window.devicePixelRatio || 1
    links.width = width * ratio
    links.height = height * ratio
    Object.assign(links.style, { width: `${width}px`, height: `${height}px` })
    links.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0)
    wire()
  }
  new ResizeObserver(place).observe(host)

  // ---- links: [layer, from, to] with their weight
  function* every() {
    let at = 0
    for (let l = 0; l + 1 < columns.length; l++) {
      const from = columns[l].filter(tile => tile.i >= 0).sort((a, b) => a.i - b.i), to = columns[l + 1]
      for (const [i, source] of from.entries()) for (const [j, target] of to.entries()) yield { layer: l, i, j, at: at + i * to.length + j, source, target }
      at += from.length * to.length + to.length
    }
  }
  function place_of(layer, i, j) { // of a parameter among the weights
    const counts = columns.map(column => column.filter(tile => tile.i >= 0).length)
    let at = 0
    for (let l = 0; l < layer; l++) at += (counts[l] + 1) * counts[l + 1]
    return at + (i === null ? counts[layer] : i) * counts[layer + 1] + j
  }
  const ends = ({ source, target }) => [source.x + source.size, source.y + source.size / 2, target.x, target.y + target.size / 2]
  function wire() {
    if (!weights || !width) return
    const pen = links.getContext("2d")
    pen.clearRect(0, 0, width, height)
    pen.lineCap = "butt"
    for (const link of every()) {
      const [x0, y0, x1, y1] = ends(link), third = (x1 - x0) / 3, weight = weights[link.at], size = Math.abs(weight)
      const chosen = hot?.link?.at === link.at || hot?.tile === link.source || hot?.tile === link.target
      pen.globalAlpha = within(0.15 + 0.6 * size, 0, 0.95) * (hot && !chosen ? 0.35 : 1)
      pen.strokeStyle = `rgb(${mixed(weight < 0 ? BLUE : ORANGE, 1, 0.9)})`
      pen.lineWidth = Math.min(0.6 + 2.2 * size, 9) + (hot?.link && chosen ? 2 : 0)
      pen.setLineDash(moving && !still.matches ? [9, 3] : [])
      pen.lineDashOffset = -dash
      pen.beginPath()
      pen.moveTo(x0, y0)
      pen.bezierCurveTo(x0 + third, y0, x1 - third, y1, x1, y1)
      pen.stroke()
    }
    pen.globalAlpha = 1
    pen.setLineDash([])
    pen.save() // maps, all on one canvas: a browser makes each a layer of its own
    pen.beginPath()
    for (const { x, y, size } of columns.flat()) pen.roundRect(x, y, size, size, 4)
    pen.clip()
    for (const tile of columns.flat()) {
      pen.globalAlpha = tile.i < 0 ? 0.4 : 1
      pen.drawImage(tile.canvas, tile.x, tile.y, tile.size, tile.size)
    }
    pen.restore()
    for (const tile of columns.slice(1).flat()) { // biases
      const bias = weights[place_of(tile.column - 1, null, tile.i)]
      pen.fillStyle = `rgb(${signed(within(bias, -1, 1))})`
      pen.strokeStyle = `rgb(${INK})`
      pen.lineWidth = 1
      pen.beginPath()
      pen.arc(tile.x - 1, tile.y + tile.size - 1, 4, 0, 7)
      pen.fill()
      pen.stroke()
    }
  }
  function nearest({ clientX, clientY }) { // to the pointer: x runs evenly along a link, y is a smooth step of it
    const { left, top } = inner.getBoundingClientRect(), x = clientX - left, y = clientY - top
    let best = null, far = NEAR
    for (const tile of columns.slice(1).flat()) if (Math.hypot(tile.x - 1 - x, tile.y + tile.size - 1 - y) < 8) return { layer: tile.column - 1, i: null, j: tile.i, at: place_of(tile.column - 1, null, tile.i), x, y }
    for (const link of every()) {
      const [x0, y0, x1, y1] = ends(link), t = (x - x0) / (x1 - x0)
      if (t < 0 || t > 1) continue
      const off = Math.abs(y0 + (y1 - y0) * t * t * (3 - 2 * t) - y)
      if (off < far) [best, far] = [{ ...link, x, y }, off]
    }
    return best
  }
  links.onpointermove = event => {
    const link = weights && nearest(event), was = hot?.link?.at
    hot = link ? { link } : null
    links.style.cursor = link ? "pointer" : ""
    tip.hidden = !link
    if (link) {
      tip.textContent = `${called(link)} = ${short(weights[link.at])}`
      Object.assign(tip.style, { left: `${within(link.x + 12, 0, width - 90)}px`, top: `${link.y - 28}px` })
    }
    if (was !== link?.at) wire()
  }
  links.onpointerleave = () => { hot = null; tip.hidden = true; wire() }
  links.onclick = event => {
    const link = weights && nearest(event)
    if (link) menu.open(link.layer, link.i, link.j, [link.x, link.y])
    else menu.close()
  }
  const called = ({ layer, i, j }) => {
    const to = layer + 2 === columns.length ? (spec.outputs > 1 ? `y${subscript(j + 1)}` : "y") : label(1, j)
    return i === null ? `b(${to})` : `${label(layer, i)} → ${to}`
  }

  // ---- a parameter by hand
  function createMenu() {
    const box = make("div", { className: "menu", hidden: true }), which = make("select"), number = make("input", { type: "number", step: "any" }), slide = make("input", { type: "range", step: 0.01 })
    const shut = make("button", { type: "button", className: "by", textContent: "×", onclick: close })
    box.append(make("div", { className: "row" }, which, shut), make("div", { className: "row" }, number, slide))
    let at = null
    function open(layer, i, j, [x, y]) {
      at = { layer, j }
      const count = columns[layer].filter(tile => tile.i >= 0).length
      which.replaceChildren(...[null, ...Array(count).keys()].map(i => make("option", { value: i ?? "b", textContent: called({ layer, i, j }) })))
      which.value = i ?? "b"
      which.setAttribute("aria-label", texts.which)
      number.setAttribute("aria-label", texts.value)
      slide.setAttribute("aria-label", texts.value)
      shut.setAttribute("aria-label", texts.close)
      box.hidden = false
      Object.assign(box.style, { left: `${within(x - inner.parentElement.scrollLeft, 0, Math.max(0, host.clientWidth - 215))}px`, top: `${Math.min(y + 34, height - 80)}px` })
      fill(true)
      number.focus({ preventScroll: true })
      number.select()
    }
    function close() {
      if (at && box.contains(box.getRootNode().activeElement)) columns[at.layer + 1]?.[at.j]?.box.focus()
      box.hidden = true
      at = null
    }
    const index = () => (which.value === "b" ? null : Number(which.value))
    function fill(all = false) { // with what the weight is now, unless someone is writing there
      if (!at || !weights) return
      const value = weights[place_of(at.layer, index(), at.j)]
      if (all) [slide.min, slide.max] = [-1, 1].map(sign => sign * Math.max(3, Math.ceil(1.5 * Math.abs(value))))
      const typing = box.getRootNode().activeElement
      if (all || typing !== number) number.value = +value.toFixed(4)
      if (all || typing !== slide) slide.value = value
    }
    function set(value) {
      if (!Number.isFinite(value) || Math.abs(value) > spec.largest) return
      weights[place_of(at.layer, index(), at.j)] = value
      wire()
      act("edit", { layer: at.layer, i: index(), j: at.j, value })
    }
    which.onchange = () => fill(true)
    number.onchange = () => { if (number.value !== "") { set(Number(number.value)); slide.value = number.value } }
    slide.oninput = () => { number.value = slide.value; set(Number(slide.value)) }
    box.onkeydown = event => { if (event.key === "Escape") close(); event.stopPropagation() }
    return { box, open, close, fill }
  }

  // ---- each frame
  function draw(next, playing) {
    frame = next
    if (playing) dash += 3
    moving = playing
    weights = floatsOf(next.weights)
    const maps = bytesOf(next.maps), size = next.side ** 2
    let at = spec.features.length * size
    for (const tile of columns.slice(1, spec.outputs > 1 ? undefined : -1).flat()) {
      tile.map = maps.subarray(at, (at += size))
      paint(tile.canvas, tile.map, next.side, SIGNED)
    }
    if (spec.outputs === 1) columns.at(-1)[0].canvas.getContext("2d").drawImage(output, 0, 0, 25, 25)
    next.gradients.forEach((value, l) => {
      const [gradient, spread, dead] = feet.children[l + 1].children, hidden = l < next.dead.length
      gradient.textContent = short(value)
      gradient.style.setProperty("--share", value ? within(1 + Math.log10(value) / 6, 0, 1) : 0)
      spread.textContent = hidden ? short(next.spreads[l]) : ""
      dead.textContent = hidden ? `${Math.round(100 * next.dead[l])} %` : ""
      dead.classList.toggle("alarm", hidden && next.dead[l] >= 0.5)
    })
    wire()
    menu.fill()
  }
  const map = tile => (tile.column ? tile.map : spec.maps.subarray(625 * tile.still, 625 * (tile.still + 1)))
  const side = tile => (tile.column ? frame.side : 25)
  return { update, draw, map, side, place }
}
