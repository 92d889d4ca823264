// The lecture's model: its table, to be edited; descent step by step, digit by digit beside what the slide printed; the error over
// two of the four parameters, the other two as they are at that step. All numbers are ONNX Runtime's, in double precision.
const SUB = "₁₂₃₄₅₆₇₈₉"
const sub = number => (number < 9 ? SUB[number] : `₁${"₀₁₂"[number - 9]}`)

export default mount(create, (view, { setStateValue, setTriggerValue }) => {
  view.send = setStateValue
  view.preview = moved => setTriggerValue("moved", moved)
})

function create(host) {
  const part = name => host.querySelector(`[data-part=${name}]`), view = { send() {}, preview() {}, update }
  const surface = pane(part("surface")), curve = pane(part("curve"))
  const player = createPlayer(part, show, rest), pull = createPull(view), rate = createRate(part, pull, "rate")
  let data, table = [], linked = null, w, b, loss, fitted, pictures = [], shown = -1, drawn = ""

  function update(next) {
    const fresh = next.surfaces !== data?.surfaces
    data = next
    language = data.language
    ;[w, b, loss, fitted] = [data.w, data.b, data.loss, data.fitted].map(doubles)
    table = data.table.split(";").map(row => row.split(",").map(Number))
    if (fresh) pictures = data.snapshots.map(() => null)
    player.last = data.steps
    if (linked !== data.step) player.at = linked = data.step
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

  // ---- the table
  function label() {
    const { texts } = data, said = JSON.stringify([texts, data.table, data.pair])
    if (said === drawn) return
    drawn = said
    part("table-title").textContent = texts.table
    part("add").textContent = texts.add
    part("lecture").textContent = texts.lecture
    part("add").disabled = table.length >= data.most
    part("lecture").disabled = data.table === data.lecture
    part("over").textContent = texts.over
    part("pair").replaceChildren(...data.pairs.map(([code, title]) => new Option(title, code, false, code === data.code)))
    const head = ["x₁", "x₂", "x₃", "y", "ŷ"].map(name => `<th>${name}</th>`).join("")
    part("table").innerHTML = `<thead><tr>${head}<th></th></tr></thead><tbody></tbody>`
    part("table").lastChild.replaceChildren(...table.map((row, i) => {
      const made = document.createElement("tr")
      row.forEach((value, j) => {
        const input = Object.assign(document.createElement("input"), { value: String(value).replace(".", language === "ru" ? "," : ".").replace("-", "−"), inputMode: "decimal" })
        input.setAttribute("aria-label", `${["x₁", "x₂", "x₃", "y"][j]}, ${texts.row} ${i + 1}`)
        input.onchange = () => commit(input, i, j)
        made.appendChild(document.createElement("td")).append(input)
      })
      made.appendChild(Object.assign(document.createElement("td"), { className: "fitted" }))
      const away = Object.assign(document.createElement("button"), { type: "button", textContent: "×", disabled: table.length < 2, title: texts.remove })
      away.setAttribute("aria-label", `${texts.remove} ${i + 1}`)
      away.onclick = () => send(table.filter((_, k) => k !== i))
      made.appendChild(document.createElement("td")).append(away)
      return made
    }))
  }
  function commit(input, i, j) {
    const text = input.value.trim().replace("−", "-").replace(",", "."), value = Number(text), fine = text !== "" && Math.abs(value) <= data.largest
    input.setAttribute("aria-invalid", !fine)
    part("now").textContent = fine ? "" : data.texts.number
    if (fine) send(table.map((row, k) => (k === i ? row.map((old, n) => (n === j ? value : old)) : row)))
  }
  const send = rows => pull.settle("table", rows.map(row => row.join(",")).join(";"))
  part("add").onclick = () => send([...table, [0, 0, 0, 0]])
  part("lecture").onclick = () => pull.settle("table", data.lecture)
  part("pair").onchange = event => view.send("pair", event.target.value)

  // ---- the panes
  const parameter = (t, which) => (which < 3 ? w[3 * t + which] : b[t])
  function draw() {
    const [i, j] = data.pair, { texts } = data, heights = logs(loss), steps = Array.from(loss, (_, t) => t)
    surface.frame({ x: data.spans[0], y: data.spans[1], title: texts.surface.replace("{pair}", `${data.names[i]}, ${data.names[j]}`), across: data.names[i] })
    upward(surface, data.names[j])
    surface.image = surface.add("image", { x: 0, y: 0, width: surface.wide, height: surface.high, preserveAspectRatio: "none" })
    surface.across = steps.map(t => parameter(t, i))
    surface.up = steps.map(t => parameter(t, j))
    surface.under = surface.add("path", { class: "way under" })
    surface.way = surface.add("path", { class: "way" })
    surface.here = surface.add("circle", { class: "here", r: 6 })
    curve.frame({ x: [0, data.steps], y: logRange(heights), title: texts.error, across: texts.steps, powers: "y" })
    curve.line(steps, heights, { class: "all" })
    curve.done = curve.add("path", { fill: "none", class: "done" })
    Object.assign(curve, { steps, heights })
    shown = -1
    show()
  }
  function show() {
    const t = player.at, at = data.snapshots.reduce((last, step, n) => (step <= t ? n : last), 0)
    if (at !== shown) { // the surface as it was a few steps ago; where one rests, it is of that very step
      const size = data.side ** 2
      pictures[at] ??= picture(floats(data.surfaces).subarray(at * size, (at + 1) * size), data.side, bytes(data.palette))
      surface.image.setAttribute("href", pictures[at])
      shown = at
    }
    const way = path(surface, surface.across.slice(0, t + 1), surface.up.slice(0, t + 1)), seen = [surface.across[t], surface.up[t]].every(v => Math.abs(v) < 1e4)
    surface.way.setAttribute("d", way)
    surface.under.setAttribute("d", way)
    surface.here.setAttribute("visibility", seen ? "visible" : "hidden")
    if (seen) surface.here.setAttribute("cx", surface.X(surface.across[t]))
    if (seen) surface.here.setAttribute("cy", surface.Y(surface.up[t]))
    curve.done.setAttribute("d", path(curve, curve.steps.slice(0, t + 1), curve.heights))
    ;[...part("table").querySelectorAll(".fitted")].forEach((cell, i) => { cell.textContent = number(fitted[t * data.rows + i]) })
    const { texts } = data, away = data.rate >= data.limit && !(loss[t] <= loss[0])
    part("now").textContent = (away ? texts.away : texts.now).replace("{step}", t).replace("{error}", number(loss[t], 6))
    part("now").classList.toggle("away", away)
    part("now").dataset.step = t
    digits(t)
    player.label(texts)
  }
  const number = (value, places = 3) => (Number.isFinite(value) ? write(value, places) : data.texts.beyond)

  // ---- digit by digit: what the slide printed, and the graph's numbers at this step
  function digits(t) {
    const { texts, printed } = data, point = text => text.replace("-", "−").replace(".", language === "ru" ? "," : ".")
    let all = 0, same = 0
    const line = (name, value, slide) => {
      if (!Number.isFinite(value)) return `<tr><td>${name}</td><td>${slide ? point(slide) : ""}</td><td>${texts.beyond}</td></tr>`
      if (!slide) return `<tr><td>${name}</td><td></td><td>${point(Math.abs(value) < 1e12 ? value.toFixed(12).slice(0, 18) : value.toExponential(9))}</td></tr>`
      const places = slide.split(".")[1].length, ours = value.toFixed(places)
      let equal = 0
      while (equal < ours.length && ours[equal] === slide[equal]) equal++
      const count = text => text.replace(/^-?0?\.?0*/, "").replace(/\D/g, "").length // significant ones
      all += count(slide)
      same += count(ours.slice(0, equal))
      return `<tr><td>${name}</td><td class="slide">${point(slide)}</td><td><b>${point(ours.slice(0, equal))}</b><span class="off">${point(ours.slice(equal))}</span></td></tr>`
    }
    const title = words => `<tr class="part"><td colspan="3">${words}</td></tr>`
    const called = t ? Array.from({ length: data.rows }, (_, i) => line(`ŷ${sub(i)}`, fitted[(t - 1) * data.rows + i], printed?.fitted[i])).join("") +
      line(texts.error, loss[t - 1], printed?.error) : ""
    const after = [0, 1, 2, 3].map(i => line(data.names[i], parameter(t, i), i < 3 ? printed?.w[i] : printed?.b)).join("")
    part("digits").innerHTML = `<thead><tr><th></th><th>${printed ? texts.slide : ""}</th><th>${texts.graph}</th></tr></thead><tbody>` +
      (t ? title(texts.returned.replace("{step}", t)) + called : title(texts.uncalled)) + title(texts.after) + after + "</tbody>"
    const out = part("verdict"), done = printed && t === data.steps
    out.textContent = !printed ? texts.other : done ? texts.equal.replace("{same}", same).replace("{all}", all) : texts.until.replace("{steps}", data.steps)
    out.dataset.same = Boolean(done && same >= all - 6)
    out.dataset.digits = same
  }
  new ResizeObserver(() => data && draw()).observe(part("surface"))
  return view
}
