// The training playground: the server trains, in ONNX Runtime, and sends what the nets answer; here it is played, touched and
// changed. Every message says at which epoch it was meant, since the picture is a little behind the computation.
const SPEEDS = [1, 2, 5, 10, 25, 100], PATIENCE = 4000 // epochs a frame; ms until a message without an answer is forgotten

export default mount(create, (view, { setTriggerValue }) => {
  view.send = message => setTriggerValue("act", message)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), still = matchMedia("(prefers-reduced-motion: reduce)")
  const view = { send() {}, update }
  let data, panels = [], speed = 1, curves = [[], []], outbox = [], waiting = null, serial = Math.floor(Math.random() * 1e9), drawing = false, pen = { label: 1 }
  const thumbnails = {}
  const player = createPlayer({
    show, changed: label, alive: () => part("panels")?.isConnected,
    ask: question => say("more", { ...question, speed }),
    stopped: question => say("stand", question),
  })

  // ---- one message at a time; of a kind only the last is kept while another is on its way
  function say(kind, what = {}) {
    const key = JSON.stringify([kind, what.run_index, what.layer, what.i, what.j])
    outbox = outbox.filter(message => message.key !== key && (kind !== "stand" || message.kind !== "more"))
    outbox.push({ kind, key, what })
    post()
  }
  function post() {
    if (!outbox.length || (waiting && performance.now() - waiting.since < PATIENCE)) return
    const { kind, what } = outbox.shift()
    waiting = { id: ++serial, since: performance.now() }
    view.send({ kind, id: serial, round: data.round, at: player.frame?.step ?? 0, ...what })
    setTimeout(post, PATIENCE + 50)
  }
  const act = (kind, what) => { // a change of data or nets: from the beginning
    say(kind, what)
    if (kind === "edit") player.refresh()
  }

  // ---- what the server says
  function update(next) {
    const fresh = next.round !== data?.round
    data = next
    language = data.language
    if (data.curves) curves = data.curves.map(rows)
    if (waiting?.id === data.id) waiting = null
    arrange(fresh)
    label()
    player.give({ run: data.round, frames: data.frames, end: data.ended, turn: data.turn })
    if (!fresh && !player.playing && data.turn === undefined && player.frame !== data.frames.at(-1)) show(data.frames.at(-1))
    post()
  }
  const rows = text => { const numbers = floatsOf(text); return Array.from({ length: numbers.length / 3 }, (_, i) => [...numbers.subarray(3 * i, 3 * i + 3)]) }

  function arrange() {
    const { nets, texts } = data
    while (panels.length > nets.length) panels.pop().box.remove()
    while (panels.length < nets.length) panels.push(panel(panels.length))
    part("panels").classList.toggle("two", nets.length > 1)
    const maps = bytesOf(data.feature_maps)
    panels.forEach((one, r) => {
      one.plane.update(data)
      one.net.update({ ...nets[r], offered: data.offered, bends: data.bends, outputs: data.outputs, colours: data.colours, maps,
        most_layers: data.most_layers, most_neurons: data.most_neurons, largest: data.largest }, texts)
      one.title.textContent = nets.length > 1 ? `${"AB"[r]}${r ? `: ${data.differs || texts.same}` : ""}` : ""
      one.title.hidden = nets.length < 2
      one.scale.hidden = data.task === "classes"
      one.words.replaceChildren(...(data.task === "classes" ? data.colours.slice(0, data.outputs).map((colour, i) => make("span", {}, make("i", { style: `background:${colour}` }), String(i + 1))) : ["−1", "0", "1"].map(text => make("span", { textContent: text }))))
    })
    menu()
  }
  function panel(r) {
    const box = make("section", { className: "panel" }), side = make("div", { className: "side" }), beside = make("div", { className: "beside" })
    const host = make("div", { className: "plane" }), net = make("div", { className: "net" }), title = make("p", { className: "title" })
    const scale = make("div", { className: "scale" }), words = make("div", { className: "words" }), told = make("p", { className: "told" })
    const line = make("canvas", { className: "curve" }), legend = make("div", { className: "legend" }, scale, words)
    beside.append(told, line)
    side.append(make("div", {}, host, legend), beside)
    box.append(title, side, net)
    part("panels").append(box)
    const plane = createPlane(host, { drawn: points => act("points", { points: points.map(point => point.map(value => Math.round(1e4 * value) / 1e4)), task: task(points) }) })
    const one = { box, plane, title, scale, words, told, curve: createCurve(line) }
    one.net = createNet(net, { still, output: plane.map, act: (kind, what) => act(kind, kind === "edit" ? { run_index: r, ...what } : { run_index: r, value: what }),
      look: tile => plane.look(tile && one.net.map(tile) ? { map: one.net.map(tile), side: one.net.side(tile) } : null) })
    return one
  }
  const task = points => (data.task === "regression" ? "regression" : Math.max(...points.map(([, , label]) => label), 0) > 1 ? "classes" : "binary")

  // ---- each frame
  function show(frame) {
    frame.runs.forEach((run, r) => {
      const one = panels[r], own = curves[r]
      if (!one) return
      while (own.length && own.at(-1)[0] >= frame.step) own.pop()
      own.push([frame.step, ...run.loss])
      one.plane.draw(run)
      one.net.draw(run, player.playing)
      const { texts } = data, percent = run.right.map(value => (value === null ? "" : ` · ${fixed(100 * value, 1)} %`))
      one.told.replaceChildren(...["train", "test"].map((name, k) => make("span", { className: name, innerHTML: `${texts[name]}<i><b>${short(run.loss[k])}</b>${percent[k]}</i>` })))
    })
    frame.runs.forEach((_, r) => panels[r]?.curve.draw(curves[r], frame.runs.length > 1 ? curves[1 - r] : null, data.texts))
    part("epoch").textContent = String(frame.step).replace(/\B(?=(\d{3})+$)/g, language === "ru" ? "\u00a0" : ",")
    part("epoch").dataset.step = frame.step
    const last = frame.runs[0], blown = frame.lost || frame.runs.some(run => run.loss[0] === null)
    part("said").textContent = blown ? data.texts.blown : data.full ? data.texts.full : ""
    part("panels").dataset.right = last.right[1] ?? ""
    part("panels").dataset.loss = last.loss[1] ?? ""
    part("panels").dataset.weights = frame.runs.map(run => run.weights).join(" ")
  }

  // ---- words, data, pens
  function label() {
    if (!data) return
    const { texts } = data
    part("play").textContent = player.playing ? `❚❚ ${texts.pause}` : `▶ ${texts.play}`
    part("play").setAttribute("aria-pressed", player.playing)
    part("step").textContent = texts.step
    part("step").title = texts.step_help
    part("restart").textContent = texts.restart
    part("epoch-name").textContent = texts.epoch
    part("speed-name").textContent = texts.speed
    for (const [name, says, title] of [["tests-name", texts.show_test, texts.test_help], ["flat-name", texts.flat, texts.flat_help], ["two", texts.two, texts.two_help]]) {
      part(name).textContent = says
      part(name).title = title
    }
    part("two").setAttribute("aria-pressed", data.nets.length > 1)
    if (!part("speed").options.length) part("speed").append(...SPEEDS.map(value => make("option", { value, textContent: `${value}×`, title: texts.speed_help })))
  }
  part("play").onclick = () => player.toggle()
  part("step").onclick = () => player.step()
  part("restart").onclick = () => act("restart")
  part("speed").onchange = event => { speed = Number(event.target.value); player.refresh() }
  part("two").onclick = () => act("two", { on: data.nets.length < 2 })
  part("tests").onchange = part("flat").onchange = () => panels.forEach(one => one.plane.choose({ tests: part("tests").checked, flat: part("flat").checked }))
  document.addEventListener("visibilitychange", () => document.hidden && player.pause())

  function menu() {
    const { texts, sets, colours } = data, box = part("data"), key = JSON.stringify([texts, data.data, drawing, pen, data.task, data.outputs])
    if (box.dataset.key === key) return
    box.dataset.key = key
    const had = box.contains(box.getRootNode().activeElement) && box.getRootNode().activeElement.dataset.name
    box.replaceChildren(make("b", { textContent: texts.data }))
    for (const { title, names } of sets) {
      const group = make("div", { className: "sets", role: "group" })
      group.setAttribute("aria-label", title)
      group.title = title
      for (const [name, says, thumbnail] of names) {
        const button = make("button", { type: "button", title: says, onclick: () => { drawing = false; pens(); act("data", { value: name }) } }, small(thumbnail, name))
        button.setAttribute("aria-label", says)
        button.setAttribute("aria-pressed", data.data === name)
        button.dataset.name = name
        group.append(button)
      }
      box.append(group)
    }
    const draw = make("button", { type: "button", className: "wide", textContent: texts.draw, onclick: () => { drawing = !drawing; pens(); menu() } })
    draw.dataset.name = "draw"
    draw.setAttribute("aria-pressed", drawing)
    box.append(draw)
    if (had) box.querySelector(`[data-name="${had}"]`)?.focus()
    if (!drawing) return
    const tools = make("div", { className: "pens", role: "group" })
    tools.setAttribute("aria-label", texts.pens)
    const tool = (says, next, colour) => {
      const button = make("button", { type: "button", title: says, onclick: () => { pen = next; pens(); menu() } }, colour ? make("i", { style: `background:${colour}` }) : says)
      button.setAttribute("aria-label", says)
      button.setAttribute("aria-pressed", JSON.stringify(pen) === JSON.stringify(next))
      tools.append(button)
    }
    if (data.task === "regression") for (const value of [-1, -0.5, 0, 0.5, 1]) tool(fixed(value, 1), { label: value }, `rgb(${signed(value)})`)
    else for (let i = 0; i < Math.min(Math.max(data.outputs, 2) + 1, data.most_classes); i++) tool(texts.pen.replace("{label}", i + 1), { label: i }, data.colours_of_pens[i])
    tool(texts.wipe, { wipe: true })
    tools.append(make("button", { type: "button", textContent: texts.clear, onclick: () => panels[0].plane.clear() }))
    box.append(tools)
  }
  const pens = () => panels.forEach(one => one.plane.take(drawing ? pen : null))
  function small(thumbnail, name) {
    if (thumbnails[name]) return make("img", { src: thumbnails[name], alt: "" })
    const canvas = make("canvas", { width: 88, height: 88 }), ink = canvas.getContext("2d"), dots = bytesOf(thumbnail)
    for (let i = 0; i < dots.length; i += 3) {
      ink.fillStyle = data.palette[dots[i + 2]]
      ink.beginPath()
      ink.arc((dots[i] / 255) * 88, 88 - (dots[i + 1] / 255) * 88, 3, 0, 7)
      ink.fill()
    }
    thumbnails[name] = canvas.toDataURL() // as a picture: a browser makes each canvas a layer of its own
    return small(thumbnail, name)
  }
  return view
}
