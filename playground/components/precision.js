// Precision against recall of one class on the validation pictures, as the graph computed it from the detections' scores and
// whether each found an object: the threshold walks along the stairs. What is sent: where it rests, and the class.

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), plot = pane(part("curve")), view = { send() {}, update }
  let data, scores, precision, recall, best, recalls, dot, cross
  const told = (text, values) => Object.entries(values).reduce((done, [name, value]) => done.replaceAll(`{${name}}`, value), text)
  const percent = value => `${write(100 * value, 1)} %`

  function update(next) {
    data = next
    language = data.language;
    [scores, precision, recall, best, recalls] = ["scores", "precision", "recall", "best", "recalls"].map(name => floats(data[name]))
    part("title").textContent = data.texts.threshold
    part("classes").setAttribute("aria-label", data.texts.classes)
    const slider = part("threshold")
    if (slider.getRootNode().activeElement !== slider) slider.value = data.at
    classes()
    draw()
  }
  function draw() {
    if (!data) return
    plot.frame({ x: [0, 1.02], y: [0, 1.02], title: data.texts.title, across: data.texts.recall, colour: data.colour })
    const area = path(plot, [0, ...recalls, 1], [0, ...best, 0])
    plot.add("path", { d: area, fill: data.colour, "fill-opacity": 0.18 })
    plot.line(Array.from(recalls), Array.from(best), { stroke: data.colour, "stroke-width": 1.5, "stroke-dasharray": "5 4" })
    plot.line([0, ...recall], [precision[0] ?? 1, ...precision], { stroke: data.colour, "stroke-width": 2, "stroke-linejoin": "round" })
    cross = plot.add("path", { fill: "none", stroke: "currentColor", "stroke-opacity": 0.5, "stroke-dasharray": "3 3" })
    dot = plot.add("circle", { r: 7, fill: data.colour, stroke: "#fff", "stroke-width": 2 })
    walk()
  }
  function walk() { // to the threshold
    const at = Number(part("threshold").value)
    let count = 0
    while (count < scores.length && scores[count] > at) count++
    const p = count ? precision[count - 1] : 1, r = count ? recall[count - 1] : 0, hits = Math.round(p * count) * (count > 0)
    part("at").textContent = write(at, 2)
    dot.setAttribute("cx", plot.X(r))
    dot.setAttribute("cy", plot.Y(p))
    cross.setAttribute("d", `M${plot.X(r)} ${plot.Y(0)}V${plot.Y(p)}H${plot.X(0)}`)
    part("counts").textContent = told(data.texts.counts, { count, hits, wrong: count - hits, missed: data.objects - hits, objects: data.objects })
    const fraction = (name, above, below, value) => {
      const line = document.createElement("div")
      line.append(Object.assign(document.createElement("b"), { textContent: name }), ` = ${above} / ${below} = ${below ? percent(value) : "—"}`)
      return line
    }
    part("fractions").replaceChildren(fraction(data.texts.precision, hits, count, p), fraction(data.texts.recall, hits, data.objects, r))
    dot.dataset.count = count
  }
  function classes() {
    const box = part("classes"), rows = data.classes.length
    data.classes.forEach(({ label, colour, value }, kind) => {
      const button = box.children[kind] ?? box.appendChild(row("button"))
      fill(button, label, colour, value)
      button.setAttribute("aria-pressed", kind === data.kind)
      button.onclick = () => view.send("class", String(kind))
    })
    const mean = box.children[rows] ?? box.appendChild(row("div"))
    mean.className = "mean"
    fill(mean, data.texts.mean, "currentColor", data.map)
  }
  function row(tag) {
    const made = document.createElement(tag), track = Object.assign(document.createElement("span"), { className: "track" })
    if (tag === "button") made.type = "button"
    track.append(document.createElement("i"))
    made.append(document.createElement("span"), track, document.createElement("span"))
    return made
  }
  function fill(made, label, colour, value) {
    const [name, track, number] = made.children
    name.textContent = label
    number.textContent = value === null ? "—" : write(value, 3)
    Object.assign(track.firstChild.style, { width: `${100 * (value ?? 0)}%`, background: colour })
  }
  part("threshold").oninput = walk
  part("threshold").onchange = () => view.send("at", Number(part("threshold").value).toFixed(2))
  new ResizeObserver(draw).observe(part("curve"))
  return view
}
