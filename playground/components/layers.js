// The layers of a net at work: a picture of every map, and under the pointer the sum that made one number. The sums are taken
// here from the inputs and weights, and set beside what ONNX Runtime computed. Pointing travels to nobody; a click is sent.

export default mount(create, (view, { setStateValue }) => {
  view.send = look => setStateValue("look", look)
})

const floats = text => new Float32Array(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)
let point = "." // the language's decimal point
const write = (value, digits = 4) => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−").replace(".", point)
const relu = value => Math.max(0, value)

function create(root) {
  const flow = root.querySelector("[data-part=flow]"), sum = root.querySelector("[data-part=sum]")
  const view = { send() {}, update }
  let layers = [], data, pinned = null, held = null // held: under the pointer, or under the keys

  function update(next) {
    data = next
    point = data.language === "ru" ? "," : "."
    root.querySelectorAll("[data-text]").forEach(part => { part.textContent = data.texts[part.dataset.text] })
    const fresh = layers.length !== data.layers.length
    layers = data.layers.map((layer, i) => ({ ...layers[i], ...layer, index: i, values: floats(layer.values),
      weights: layer.weights && floats(layer.weights), bias: layer.bias && floats(layer.bias) }))
    if (fresh) flow.replaceChildren(...layers.map(build))
    for (const layer of layers) fill(layer)
    pinned = parse(data.look) ?? strongest(layers.find(layer => layer.kind === "conv") ?? layers.at(-1))
    announce()
  }
  function announce() {
    const { left, top, step, moved } = data.window, [, height, width] = layers[0].shape
    const detail = moved ? [left, top, left + width * step, top + height * step] : null
    window.dispatchEvent(new CustomEvent("playground:frame", { detail }))
    rest()
  }
  window.addEventListener("playground:sheet", function listen() { // a sheet that came later than we did
    if (data && !flow.isConnected) return window.removeEventListener("playground:sheet", listen)
    if (data) announce()
  })
  function rest() { // back to what is pointed at, else to what was clicked
    const at = held && within(layers[held.layer.index], held.at)
    if (at) show(at, true)
    else show(pinned, Boolean(parse(data.look)))
  }
  function hold(look) {
    held = look
    rest()
  }

  // ---- the maps
  const size = layer => (layer.shape.length === 3 ? layer.shape.slice(1) : [Math.ceil(layer.shape[0] / layer.across), layer.across])

  function build(layer) {
    const part = document.createElement("div"), [height, width] = size(layer)
    part.className = "layer"
    part.tabIndex = 0
    part.dataset.layer = layer.name
    part.innerHTML = `<h4></h4><p class="shape"></p><div class="maps"></div>`
    const maps = part.querySelector(".maps"), count = layer.shape.length === 3 ? layer.shape[0] : 1
    maps.style.gridTemplateColumns = `repeat(${layer.columns}, ${layer.side}px)`
    layer.maps = Array.from({ length: count }, (_, channel) => {
      const cell = document.createElement("div"), map = document.createElement("div"), canvas = document.createElement("canvas")
      map.className = "map"
      Object.assign(canvas, { width, height })
      map.append(canvas)
      cell.append(map)
      maps.append(cell)
      const at = event => {
        const box = canvas.getBoundingClientRect(), x = Math.floor(((event.clientX - box.left) / box.width) * width)
        const y = Math.floor(((event.clientY - box.top) / box.height) * height)
        return within(layers[layer.index], [channel, y, x])
      }
      map.onpointermove = event => event.pointerType === "mouse" && hold(at(event))
      map.onpointerdown = event => pin(at(event))
      map.onpointerleave = () => hold(null)
      if (layer.weight_shape) cell.append(kernelPicture(layer, channel))
      return { map, canvas }
    })
    layers[layer.index].maps = layer.maps
    if (layer.labels) {
      const labels = document.createElement("div")
      labels.className = "labels"
      labels.append(...layer.labels.map(label => Object.assign(document.createElement("span"), { textContent: label })))
      layer.maps[0].map.append(labels)
    }
    part.onkeydown = event => move(layers[layer.index], event)
    part.onfocus = () => hold(pinned?.layer.index === layer.index ? pinned : strongest(layers[layer.index]))
    part.onblur = () => hold(null)
    return part
  }

  function fill(layer) {
    const part = flow.children[layer.index], [height, width] = size(layer), largest = Math.max(...layer.values.map(Math.abs)) || 1
    part.querySelector("h4").textContent = layer.title
    part.querySelector(".shape").textContent = layer.facts
    part.setAttribute("aria-label", `${layer.title}, ${layer.facts}`)
    layer.maps.forEach(({ canvas }, channel) => paint(canvas, i => colour(layer.values[channel * height * width + i], largest, layer.signed),
      Math.min(height * width, layer.values.length - channel * height * width)))
  }

  function kernelPicture(layer, channel) {
    const [, inputs, height, width] = layer.weight_shape, across = Math.min(inputs, 3), canvas = document.createElement("canvas")
    const weights = floats(data.layers[layer.index].weights), largest = Math.max(...weights.map(Math.abs))
    canvas.className = "kernel"
    canvas.width = across * (width + 1) - 1
    canvas.height = Math.ceil(inputs / across) * (height + 1) - 1
    if (inputs === 1) canvas.classList.add("beside")
    const context = canvas.getContext("2d")
    for (let n = 0; n < inputs; n++) for (let i = 0; i < height * width; i++) {
      context.fillStyle = `rgb(${colour(weights[(channel * inputs + n) * height * width + i], largest, true)})`
      context.fillRect((n % across) * (width + 1) + (i % width), Math.floor(n / across) * (height + 1) + Math.floor(i / width), 1, 1)
    }
    return canvas
  }

  // ---- which number is looked at: layer, channel, row, column
  const code = look => [look.layer.name, ...look.at].join(".")
  function parse(text) {
    const [name, ...at] = (text ?? "").split("."), layer = layers.find(layer => layer.name === name)
    return layer && at.length === 3 ? within(layer, at.map(Number)) : null
  }
  function within(layer, [channel, y, x]) {
    const [height, width] = size(layer), ok = y >= 0 && x >= 0 && y < height && x < width && channel >= 0 && channel < layer.maps.length
    return ok && offset(layer, [channel, y, x]) < layer.values.length ? { layer, at: [channel, y, x] } : null
  }
  function offset(layer, [channel, y, x]) {
    const [height, width] = size(layer)
    return (channel * height + y) * width + x
  }
  function strongest(layer) {
    const [height, width] = size(layer), i = layer.values.indexOf(Math.max(...layer.values))
    return { layer, at: [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width] }
  }
  function pin(look) { // a second click lets go
    if (!look) return
    const again = data.look === code(look)
    data.look = again ? "" : code(look)
    pinned = look
    show(look, !again)
    view.send(data.look)
  }
  function move(layer, event) {
    const step = { ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], PageUp: [-1, 0, 0], PageDown: [1, 0, 0] }[event.key]
    if (step) {
      const from = shown?.layer.index === layer.index ? shown : strongest(layer)
      const look = within(layer, from.at.map((value, axis) => value + step[axis]))
      if (look) hold(look)
    } else if (event.key === "Enter" && shown) pin(shown)
    else if (event.key === "Escape" && data.look) pin(parse(data.look))
    else return
    event.preventDefault()
  }

  // ---- what is shown of it: its receptive field, its patch, its sum
  let shown = null
  function show(look, outlined) {
    if (!look) return
    shown = { layer: layers[look.layer.index], at: look.at }
    const { layer, at: [channel, y, x] } = shown
    for (const box of flow.querySelectorAll(".box")) box.remove()
    mark(layer, channel, [y, y], [x, x], "point")
    const spatial = layer.shape.length === 3, field = layers[0]
    const rows = spatial ? layer.rows_seen[y] : [0, field.shape[1] - 1], columns = spatial ? layer.columns_seen[x] : [0, field.shape[2] - 1]
    if (layer.index > 0) mark(field, 0, rows, columns)
    if (layer.index > 1 && spatial) {
      const before = layers[layer.index - 1], [top, left] = [y, x].map(i => i * layer.stride - layer.padding)
      const channels = layer.kind === "max" ? [channel] : before.maps.keys()
      for (const n of channels) mark(before, n, [Math.max(top, 0), Math.min(top + layer.kernel, before.shape[1]) - 1],
        [Math.max(left, 0), Math.min(left + layer.kernel, before.shape[2]) - 1])
    }
    const { left, top, step } = data.window
    const detail = outlined ? [left + columns[0] * step, top + rows[0] * step, left + (columns[1] + 1) * step, top + (rows[1] + 1) * step] : null
    window.dispatchEvent(new CustomEvent("playground:outline", { detail }))
    explain(shown)
  }

  function mark(layer, channel, rows, columns, kind = "") {
    const box = document.createElement("i"), [height, width] = size(layer)
    box.className = `box ${kind}`
    Object.assign(box.style, { left: `${(100 * columns[0]) / width}%`, top: `${(100 * rows[0]) / height}%`,
      width: `${(100 * (columns[1] - columns[0] + 1)) / width}%`, height: `${(100 * (rows[1] - rows[0] + 1)) / height}%` })
    layer.maps[channel].map.append(box)
  }

  function explain({ layer, at }) {
    const value = layer.values[offset(layer, at)], before = layers[layer.index - 1]
    const name = `<strong>${layer.title} [${layer.shape.length === 3 ? at.join(", ") : offset(layer, at)}] = ${write(value)}</strong>`
    if (layer.kind === "conv") sum.innerHTML = convolution(layer, before, at, value, name)
    else if (layer.kind === "max") sum.innerHTML = maximum(layer, before, at, value, name)
    else if (layer.kind === "dense") sum.innerHTML = dense(layer, before, offset(layer, at), value, name)
    else sum.innerHTML = `<p>${name}</p><p class="fine">${texts().input}</p>`
    sum.dataset.look = code({ layer, at })
  }

  function convolution(layer, before, [channel, y, x], value, name) {
    const [, inputs, height, width] = layer.weight_shape, terms = []
    let total = 0
    for (let n = 0; n < inputs; n++) {
      const patch = [], kernel = [], products = []
      for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) {
        const r = y * layer.stride - layer.padding + i, c = x * layer.stride - layer.padding + j
        const inside = r >= 0 && c >= 0 && r < before.shape[1] && c < before.shape[2]
        patch.push(inside ? output(before, (n * before.shape[1] + r) * before.shape[2] + c) : null)
        kernel.push(layer.weights[((channel * inputs + n) * height + i) * width + j])
        products.push((patch.at(-1) ?? 0) * kernel.at(-1))
      }
      total += products.reduce((a, b) => a + b, 0)
      terms.push([patch, kernel, products])
    }
    const largest = [0, 1, 2].map(k => Math.max(...terms.flatMap(term => term[k].map(v => Math.abs(v ?? 0)))) || 1)
    const tables = terms.map((term, n) => {
      const [patch, kernel, products] = term.map((values, k) => grid(values, width, largest[k], k > 0))
      return `<div><span class="fine">${before.title}${inputs > 1 ? ` [${n}]` : ""}</span><div class="term">${patch}<span class="sign">×</span>${kernel}
        <span class="sign">=</span>${products}<span class="fine">Σ ${write(term[2].reduce((a, b) => a + b, 0))}</span></div></div>`
    })
    return `<p>${name} = Σ ${texts().product} + ${texts().bias} = ${result(total, layer.bias[channel], value)}${after(layer, value)}</p>
      <div class="terms">${tables.join("")}</div>`
  }

  function maximum(layer, before, [channel, y, x], value, name) {
    const patch = []
    for (let i = 0; i < layer.kernel; i++) for (let j = 0; j < layer.kernel; j++)
      patch.push(output(before, (channel * before.shape[1] + y * layer.stride + i) * before.shape[2] + x * layer.stride + j))
    const largest = Math.max(...patch)
    return `<p>${name} = max ${texts().patch} = ${write(largest)} ${verdict(largest, value)}</p>
      <div class="term">${grid(patch, layer.kernel, Math.max(...before.values), false)}</div>`
  }

  function dense(layer, before, unit, value, name) {
    const inputs = before.values.length
    if (data.unit?.look !== `${layer.name}.${unit}`) return `<p>${name}</p><p class="fine">${texts().click.replace("{inputs}", inputs)}</p>`
    const weights = floats(data.unit.weights), products = Float64Array.from(weights, (weight, i) => weight * output(before, i))
    const total = products.reduce((a, b) => a + b, 0), order = [...products.keys()].sort((a, b) => Math.abs(products[b]) - Math.abs(products[a])).slice(0, 10)
    const place = i => (before.shape.length === 3 ? [Math.floor(i / size(before)[0] / size(before)[1]), Math.floor(i / size(before)[1]) % size(before)[0], i % size(before)[1]].join(", ") : i)
    const rows = order.map(i => `<tr><td class="place">${before.title} [${place(i)}]</td>${[output(before, i), weights[i], products[i]].map((v, k) =>
      cell(v, Math.max(...[before.values, weights, products][k].map(Math.abs)), true)).join("")}</tr>`)
    return `<p>${name} = Σ ${texts().weights} + ${texts().bias} = ${result(total, data.unit.bias, value)}${after(layer, value)}</p>
      <p class="fine">${texts().largest.replace("{inputs}", inputs)}</p>
      <table><tr><td></td><td class="fine">x</td><td class="fine">w</td><td class="fine">x·w</td></tr>${rows.join("")}</table>`
  }

  const texts = () => data.texts
  const output = (layer, i) => (layer.relu ? relu(layer.values[i]) : layer.values[i]) // what the next layer sees
  const after = (layer, value) => (layer.relu ? ` &nbsp;→ ReLU: ${write(relu(value))}` : "")
  const result = (total, bias, value) =>
    `<span data-part="total">${write(total)}</span> ${bias < 0 ? "−" : "+"} ${write(Math.abs(bias))} = <b data-part="value">${write(total + bias)}</b> ${verdict(total + bias, value)}`
  function verdict(mine, theirs) {
    const same = Math.abs(mine - theirs) <= 1e-5 * Math.max(1, Math.abs(theirs))
    return `<span class="${same ? "ok" : ""}" data-part="runtime" data-same="${same}">${same ? "✓" : "≠"} ONNX Runtime: ${write(theirs)}</span>`
  }
  const cell = (value, largest, signed) => {
    if (value === null) return `<td class="outside">0</td>`
    const rgb = colour(value, largest, signed), dark = 0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2] < 140
    return `<td style="background:rgb(${rgb});color:${dark ? "#fff" : "#111"}">${write(value, 2)}</td>`
  }
  function grid(values, width, largest, signed) {
    const rows = []
    for (let i = 0; i < values.length; i += width) rows.push(`<tr>${values.slice(i, i + width).map(v => cell(v, largest, signed)).join("")}</tr>`)
    return `<table>${rows.join("")}</table>`
  }
  return view
}

// ---- colours: signed values blue – white – orange, magnitudes in cividis
const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]]
function colour(value, largest, signed) {
  const share = Math.max(-1, Math.min(1, value / largest))
  if (signed) {
    const end = share < 0 ? [33, 102, 172] : [217, 95, 14]
    return end.map(part => Math.round(255 + (part - 255) * Math.abs(share)))
  }
  const place = Math.max(share, 0) * (CIVIDIS.length - 1), i = Math.min(Math.floor(place), CIVIDIS.length - 2)
  return CIVIDIS[i].map((part, axis) => Math.round(part + (CIVIDIS[i + 1][axis] - part) * (place - i)))
}
function paint(canvas, colourAt, count) {
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height)
  for (let i = 0; i < count; i++) image.data.set([...colourAt(i), 255], 4 * i)
  context.putImageData(image, 0, 0)
}
