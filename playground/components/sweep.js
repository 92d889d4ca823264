// A window runs over a sheet of ink, and a map for each class fills in, place by place; or all of them at once. The numbers came
// from ONNX Runtime before; here they are only shown in the order in which a window would have asked for them. A place is looked
// at by pointing, by arrow keys, by the slider; a click keeps it and sends it as row.column.
const SECONDS = 4 // that a run over the whole sheet takes
const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]]

export default mount(create, (view, { setStateValue }) => {
  view.send = look => setStateValue("look", look)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), sheet = part("sheet"), view = { send() {}, update }
  const still = matchMedia("(prefers-reduced-motion: reduce)")
  let data, said, maps = [], bars = [], t = 0, playing = 0, pinned = null, pointed = null, begun = false, painted = -1

  function update(next) {
    const other = data?.ink !== next.ink || data?.rows !== next.rows
    data = next
    language = data.language
    said = floats(data.said)
    pinned = data.look
    sheet.setAttribute("aria-label", data.texts.sheet)
    part("scrub").max = count()
    part("scrub").setAttribute("aria-label", data.texts.scrub)
    frame()
    if (other) {
      pause()
      ink()
      t = count()
      painted = -1
    }
    if (!begun) {
      begun = true
      if (!still.matches) return play()
    }
    draw()
  }
  const count = () => data.rows * data.columns
  const place = index => [Math.floor(index / data.columns), index % data.columns]
  const p = (index, kind) => said[index * data.labels.length + kind]

  // ---- what does not move: the sheet, the maps' frames, the costs' names
  function frame() {
    if (maps.length !== data.labels.length) {
      maps = data.labels.map(() => {
        const figure = document.createElement("figure")
        figure.innerHTML = `<div class="map"><canvas></canvas><i class="cell"></i></div><figcaption><b></b><span></span></figcaption>`
        return { figure, canvas: figure.querySelector("canvas"), cell: figure.querySelector("i"), name: figure.querySelector("b"), now: figure.querySelector("span") }
      })
      part("maps").replaceChildren(...maps.map(map => map.figure))
      bars = ["windows", "once"].map(name => {
        const [label, bar, value] = ["span", "div", "span"].map(tag => document.createElement(tag))
        Object.assign(bar, { className: `bar ${name}`, innerHTML: "<i></i>" })
        value.className = "value"
        value.dataset.cost = name
        const cost = Object.assign(document.createElement("div"), { className: "cost" })
        cost.append(label, bar, value)
        part("costs").append(cost)
        return { label, fill: bar.firstChild, value }
      })
    }
    maps.forEach((map, kind) => {
      map.name.textContent = data.labels[kind]
      if (map.canvas.width !== data.columns || map.canvas.height !== data.rows) {
        Object.assign(map.canvas, { width: data.columns, height: data.rows })
        painted = -1
      }
    })
    bars[0].label.textContent = data.texts.windows
    bars[1].label.textContent = data.texts.convolution
    part("once").textContent = data.texts.once
  }
  function ink() {
    const canvas = part("ink"), side = data.side, values = Uint8Array.from(atob(data.ink), letter => letter.charCodeAt(0))
    Object.assign(canvas, { width: side, height: side })
    const context = canvas.getContext("2d"), image = context.createImageData(side, side), style = getComputedStyle(sheet)
    const rgb = style.color.match(/\d+/g).slice(0, 3).map(Number)
    values.forEach((value, i) => image.data.set([...rgb, value], 4 * i))
    context.putImageData(image, 0, 0)
  }

  // ---- what moves
  function draw() {
    const here = pointed ?? (t < count() ? place(Math.max(0, t - 1)) : pinned ?? data.first), index = here[0] * data.columns + here[1]
    const share = value => `${(100 * value) / data.side}%`
    Object.assign(part("window").style, { left: share(here[1] * data.stride), top: share(here[0] * data.stride), width: share(data.window), height: share(data.window) })
    paint()
    const known = index < t, best = known ? data.labels.map((_, kind) => p(index, kind)).reduce((at, value, kind, all) => (value > all[at] ? kind : at), 0) : -1
    maps.forEach((map, kind) => {
      Object.assign(map.cell.style, { left: `${(100 * here[1]) / data.columns}%`, top: `${(100 * here[0]) / data.rows}%`, width: `${100 / data.columns}%`, height: `${100 / data.rows}%` })
      map.now.textContent = known ? p(index, kind).toFixed(2).replace(".", language === "ru" ? "," : ".") : "–"
      map.figure.className = kind === best ? "best" : ""
    })
    const all = t >= count()
    part("found").replaceChildren(...(all ? data.found : []).map(({ at: [row, column], digit }) => {
      const box = document.createElement("i")
      box.className = "found"
      Object.assign(box.style, { left: share(column * data.stride), top: share(row * data.stride), width: share(data.window), height: share(data.window) })
      box.innerHTML = `<span>${data.labels[digit]}</span>`
      return box
    }))
    const [one, total, once] = data.macs, whole = value => new Intl.NumberFormat(language).format(Math.round(value))
    bars[0].fill.style.width = `${(100 * t) / count()}%`
    bars[1].fill.style.width = `${(100 * once) / Math.max(total, once)}%`
    bars[0].value.textContent = `${whole(t)} × ${whole(one)} = ${whole(t * one)}`
    bars[1].value.textContent = whole(once)
    part("scrub").value = t
    part("play").textContent = playing ? data.texts.pause : data.texts.play
    part("play").setAttribute("aria-pressed", Boolean(playing))
    sheet.dataset.look = here.join(".")
    sheet.dataset.done = t
    part("verdict").textContent = all ? data.texts.verdict : data.texts.running
  }
  function paint() { // the windows between what is painted and t; later ones stay empty
    if (painted === t) return
    const from = painted < 0 || painted > t ? 0 : painted
    maps.forEach((map, kind) => {
      const context = map.canvas.getContext("2d")
      if (!from) context.clearRect(0, 0, data.columns, data.rows)
      for (let index = from; index < t; index++) {
        const [row, column] = place(index)
        context.fillStyle = cividis(p(index, kind))
        context.fillRect(column, row, 1, 1)
      }
    })
    painted = t
  }
  function cividis(value) {
    const at = within(value, 0, 1) * (CIVIDIS.length - 1), i = Math.min(Math.floor(at), CIVIDIS.length - 2)
    return `rgb(${CIVIDIS[i].map((channel, axis) => Math.round(channel + (CIVIDIS[i + 1][axis] - channel) * (at - i)))})`
  }

  // ---- running
  function play() {
    if (playing) return pause()
    if (t >= count()) t = 0
    pointed = null
    const begin = performance.now(), from = t
    const step = now => {
      if (!sheet.isConnected) return void (playing = 0)
      t = Math.min(count(), from + Math.floor((Math.max(0, now - begin) / 1000 / SECONDS) * count()))
      if (t >= count()) playing = 0
      else playing = requestAnimationFrame(step)
      draw()
    }
    playing = requestAnimationFrame(step)
  }
  function pause() {
    cancelAnimationFrame(playing)
    playing = 0
    if (data) draw()
  }
  part("play").onclick = play
  part("once").onclick = () => { t = count(); pause() }
  part("scrub").oninput = event => { pointed = null; t = Number(event.target.value); pause() }
  document.addEventListener("visibilitychange", () => document.hidden && playing && pause())

  // ---- looking at a place
  function under(event) {
    const { left, top, width, height } = sheet.getBoundingClientRect()
    const cell = (share, cells) => within(Math.round((share * data.side - data.window / 2) / data.stride), 0, cells - 1)
    return [cell((event.clientY - top) / height, data.rows), cell((event.clientX - left) / width, data.columns)]
  }
  function keep(at) {
    pinned = at
    data.look = at
    view.send(at.join("."))
  }
  sheet.onpointermove = event => { if (!playing) { pointed = under(event); draw() } }
  sheet.onpointerleave = sheet.onblur = () => { pointed = null; if (!playing) draw() }
  sheet.onclick = event => { if (playing) pause(); keep(under(event)); draw() }
  sheet.onkeydown = event => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
    const from = pointed ?? pinned ?? data.first
    if (step) pointed = [within(from[0] + step[0], 0, data.rows - 1), within(from[1] + step[1], 0, data.columns - 1)]
    else if (event.key === "Enter") keep(from)
    else if (event.key === " ") play()
    else return
    event.preventDefault()
    if (!playing) draw()
  }
  return view
}
