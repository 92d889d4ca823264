// Logits as bars to drag, and the probabilities that softmax makes of them at a temperature. While a bar is dragged the sum is
// taken here; where it rests ONNX Runtime's is shown, for all temperatures, and the two are compared.

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function softmax(z, temperature) {
  const largest = Math.max(...z), powers = z.map(v => Math.exp((v - largest) / temperature)), sum = powers.reduce((a, b) => a + b, 0)
  return powers.map(power => power / sum)
}

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), scale = pane(part("scale"))
  const view = { send() {}, update }
  let data, z = [], table, place = 0, shift = 0, timer = 0, held = null

  function update(next) {
    data = next
    language = data.language
    root.querySelectorAll("[data-text]").forEach(label => { label.textContent = data.texts[label.dataset.text] })
    part("formula").textContent = data.texts.shares
    table = floats(data.table)
    if (held === null && !timer) { // what is being changed here is newer
      z = [...data.z]
      shift = data.shift
      place = data.place
    }
    part("temperature").max = data.temperatures.length - 1
    Object.assign(part("shift"), { min: -data.most_shift, max: data.most_shift })
    part("fewer").setAttribute("aria-label", data.texts.fewer)
    part("more").setAttribute("aria-label", data.texts.more)
    build()
    draw()
  }
  const current = () => data.shift === shift && data.z.length === z.length && data.z.every((v, i) => v === z[i])
  const units = () => data.z.length

  function build() {
    for (const [name, role] of [["logits", "slider"], ["shares", "img"]]) {
      const box = part(name)
      while (box.children.length > z.length) box.lastChild.remove()
      while (box.children.length < z.length) {
        const bar = document.createElement("div")
        bar.className = "bar"
        bar.setAttribute("role", role)
        bar.innerHTML = role === "slider" ? "<i></i><u></u><b></b>" : "<i></i><b></b>"
        if (role === "slider") hear(bar, box.children.length)
        box.append(bar)
      }
    }
    part("fewer").disabled = z.length <= 1
    part("more").disabled = z.length >= data.most
    part("count").textContent = z.length
  }
  function hear(bar, i) {
    bar.tabIndex = 0
    const at = event => {
      const { top, height } = bar.getBoundingClientRect()
      z[i] = Math.round(within(1 - (2 * (event.clientY - top)) / height, -1, 1) * data.reach * 10) / 10
      draw()
    }
    bar.onpointerdown = event => {
      if (event.button) return
      bar.setPointerCapture(event.pointerId)
      held = i
      at(event)
    }
    bar.onpointermove = event => held === i && at(event)
    bar.onpointerup = bar.onpointercancel = () => {
      held = null
      settle("z")
    }
    bar.onkeydown = event => {
      const step = { ArrowUp: 0.1, ArrowRight: 0.1, ArrowDown: -0.1, ArrowLeft: -0.1, PageUp: 1, PageDown: -1 }[event.key]
      const to = { Home: -data.reach, End: data.reach }[event.key] ?? (step && z[i] + step)
      if (to === undefined) return
      z[i] = Math.round(within(to, -data.reach, data.reach) * 10) / 10
      draw()
      settle("z", 300)
      event.preventDefault()
    }
  }

  // ---- drawing
  function draw() {
    const temperature = data.temperatures[place], mine = softmax(z.map(v => v + shift), temperature), exact = current()
    const theirs = exact ? table.subarray(place * units(), (place + 1) * units()) : null
    z.forEach((v, i) => {
      const colour = data.colours[i], bar = part("logits").children[i], share = part("shares").children[i], half = (50 * v) / data.reach
      Object.assign(bar.children[0].style, { background: colour, top: `${50 - Math.max(half, 0)}%`, height: `${Math.abs(half)}%` })
      bar.children[1].style.top = `${50 - half}%`
      bar.children[2].textContent = write(v, 1)
      const beyond = half < -38 || (half >= 0 && half < 38) // the number stands outside the bar, as long as there is room
      bar.children[2].style.top = beyond ? `calc(${50 - half}% - 22px)` : `calc(${50 - half}% + 6px)`
      bar.setAttribute("aria-label", `${data.texts.logit} ${i + 1}`)
      for (const [name, value] of [["min", -data.reach], ["max", data.reach], ["now", v]]) bar.setAttribute(`aria-value${name}`, value)
      const p = theirs ? theirs[i] : mine[i]
      Object.assign(share.children[0].style, { background: colour, bottom: 0, height: `${100 * p}%` })
      share.children[1].textContent = write(p, 3)
      share.children[1].style.bottom = p > 0.85 ? `calc(${100 * p}% - 20px)` : `calc(${100 * p}% + 4px)`
      share.setAttribute("aria-label", `p ${i + 1}: ${write(p, 3)}`)
    })
    part("temperature").value = place
    part("at").textContent = write(temperature, temperature < 10 ? 2 : 0)
    part("shift").value = shift
    part("by").textContent = write(shift, 0)
    tell(mine, theirs)
    curves(exact)
  }
  function tell(mine, theirs) {
    const same = theirs && mine.every((p, i) => Math.abs(p - theirs[i]) <= 1e-5), verdict = document.createElement("span")
    root.host?.setAttribute("data-same", Boolean(same))
    part("told").dataset.same = Boolean(same)
    verdict.className = same ? "ok" : ""
    verdict.textContent = theirs ? (same ? "✓ ONNX Runtime" : "≠ ONNX Runtime") : data.texts.pending
    part("told").replaceChildren(verdict, theirs && data.by_hand[place] ? ` · ${data.texts.overflow}` : "")
  }
  function curves(exact) {
    const x = data.temperatures.map(Math.log10)
    scale.frame({ x: [x[0], x.at(-1)], y: [0, 1], title: data.texts.scale, across: data.texts.temperature, powers: "x" })
    if (exact) for (let i = 0; i < units(); i++) {
      scale.line(x, x.map((_, t) => table[t * units() + i]), { stroke: data.colours[i], "stroke-width": 2.5 })
    }
    scale.add("line", { class: "cursor", x1: scale.X(x[place]), x2: scale.X(x[place]), y1: 0, y2: scale.high })
  }

  // ---- what is sent
  function settle(what, delay = 0) {
    clearTimeout(timer)
    timer = setTimeout(() => {
      timer = 0
      if (what === "T") view.send("T", data.temperatures[place].toPrecision(3))
      else view.send(what, what === "z" ? z.map(v => v.toFixed(1)).join(",") : String(shift))
    }, delay)
  }
  part("temperature").oninput = event => { place = Number(event.target.value); draw() }
  part("temperature").onchange = () => settle("T")
  part("shift").oninput = event => { shift = Number(event.target.value); draw() }
  part("shift").onchange = () => settle("c")
  part("fewer").onclick = () => { z.pop(); build(); draw(); settle("z") }
  part("more").onclick = () => { z.push(0); build(); draw(); settle("z") }
  new ResizeObserver(() => data && curves(current())).observe(part("scale"))
  return view
}
