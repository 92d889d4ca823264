// A neuron that learns, step by step, with two activations side by side: its answer over x, and where its pre-activations stand
// on the activation's curve. All steps were computed by ONNX Runtime beforehand; playing shows them one after another.

export default mount(create, (view, { setStateValue }) => {
  view.send = step => setStateValue("step", step)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), play = part("play"), scrub = part("scrub")
  const view = { send() {}, update }, still = matchMedia("(prefers-reduced-motion: reduce)")
  let data, nets = [], step = 0, shown = "", animation = 0, sent = null

  function update(next) {
    const scene = JSON.stringify([next.scene, next.step])
    data = next
    language = data.language
    if (scene !== shown && data.step !== sent) {
      pause()
      step = data.step
    }
    shown = scene
    scrub.max = data.steps
    scrub.setAttribute("aria-label", data.texts.step)
    while (part("nets").children.length > data.nets.length) part("nets").lastChild.remove()
    while (part("nets").children.length < data.nets.length) part("nets").append(build())
    nets = data.nets.map((net, i) => ({ ...nets[i], ...net, ...part("nets").children[i].panes, box: part("nets").children[i],
      z: floats(net.z), y: floats(net.y), curve: floats(net.curve) }))
    draw()
    say()
  }
  function build() {
    const box = document.createElement("section")
    box.className = "net"
    box.innerHTML = `<h4></h4><div class="panes"><div class="pane"></div><div class="pane"></div></div><ul class="facts"></ul><p class="verdict" aria-live="polite"></p>`
    const [answer, gate] = [...box.querySelectorAll(".pane")].map(pane)
    box.panes = { answer, gate }
    return box
  }

  function draw() {
    for (const net of nets) {
      net.box.querySelector("h4").textContent = net.title
      net.answer.frame({ x: [data.grid[0], data.grid.at(-1)], y: [-0.8, 2], title: data.texts.answer, across: "x" })
      net.gate.frame({ x: [-3, 3], y: [-0.8, 2], title: data.texts.gate, across: "z = w·x + b" })
      net.gate.line(Array.from(net.curve, (_, i) => i / data.per_unit - data.reach), net.curve, { stroke: net.colour, "stroke-width": 2, class: "quiet" })
      net.line = net.answer.add("path", { fill: "none", stroke: net.colour, "stroke-width": 2.5 })
      net.misses = data.points.map(() => net.answer.add("line", { class: "miss" }))
      data.points.forEach((x, i) => net.answer.add("circle", { class: "target", r: 5, cx: net.answer.X(x), cy: net.answer.Y(data.targets[i]) }))
      net.dots = data.points.map(() => net.gate.add("circle", { class: "dot", r: 6, fill: net.colour }))
    }
    show()
  }
  function show() {
    const count = data.points.length, wide = count + data.grid.length
    scrub.value = step
    part("step").textContent = `${data.texts.step} ${step}`
    for (const net of nets) {
      const z = net.z.subarray(step * wide, (step + 1) * wide), y = net.y.subarray(step * wide, (step + 1) * wide)
      net.line.setAttribute("d", path(net.answer, data.grid, y.subarray(count)))
      data.points.forEach((x, i) => {
        const ends = { x1: net.answer.X(x), x2: net.answer.X(x), y1: net.answer.Y(data.targets[i]), y2: net.answer.Y(y[i]) }
        for (const [name, v] of Object.entries(ends)) net.misses[i].setAttribute(name, v)
        net.dots[i].setAttribute("cx", within(net.gate.X(z[i]), 0, net.gate.wide))
        net.dots[i].setAttribute("cy", within(net.gate.Y(y[i]), 0, net.gate.high))
      })
      const facts = { w: net.w[step], b: net.b[step], L: net.loss[step], "∂L/∂w": net.w_gradient[step], "∂L/∂b": net.b_gradient[step] }
      net.box.querySelector(".facts").replaceChildren(...Object.entries(facts).map(([name, v]) =>
        Object.assign(document.createElement("li"), { textContent: `${name} = ${write(v, 4)}` })))
      const dead = !net.w_gradient[step] && !net.b_gradient[step]
      net.box.dataset.dead = dead
      net.box.dataset.loss = net.loss[step]
      const verdict = net.box.querySelector(".verdict"), text = dead ? data.texts.dead : ""
      if (verdict.textContent !== text) verdict.textContent = text
    }
  }

  // ---- playing
  function pause(tell) {
    cancelAnimationFrame(animation)
    animation = 0
    if (data) say()
    if (tell) settle()
  }
  function settle() {
    sent = step
    view.send(String(step))
  }
  const say = () => { play.textContent = animation ? `❚❚ ${data.texts.pause}` : `▶ ${data.texts.play}` }
  play.onclick = () => {
    if (animation) return pause(true)
    if (still.matches) {
      step = step < data.steps ? data.steps : 0
      show()
      return settle()
    }
    if (step >= data.steps) step = 0
    const from = step, begin = performance.now(), frame = now => {
      step = within(from + Math.floor((now - begin) / 40), from, data.steps) // a frame may be older than the click
      show()
      if (step === data.steps) pause(true)
      else animation = requestAnimationFrame(frame)
    }
    animation = requestAnimationFrame(frame)
    say()
  }
  scrub.oninput = () => {
    pause()
    step = Number(scrub.value)
    show()
  }
  scrub.onchange = settle
  new ResizeObserver(() => data && draw()).observe(part("nets"))
  return view
}
