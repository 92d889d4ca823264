// Non-maximum suppression, decision by decision: the surest box stays, and of those that overlap it too much each goes; then the
// surest of what is left. What is sent: where the thresholds come to rest, and the decision where it was stopped.

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), plate = createPlate(part("plate")), view = { send() {}, update }
  const thresholds = createThresholds(part("thresholds"), () => { stop(); decide(); draw() }, value => view.send("thresholds", value))
  let field, found = [], told = [], step = 0, linked = null, timer = 0
  plate.draw = draw

  function update(data) {
    field = fieldOf(data)
    language = data.language
    plate.set(field)
    thresholds.set(data.thresholds, data.texts)
    decide()
    if (linked !== data.step) { // a link, or the browser's Back; our own is where we are
      stop()
      linked = data.step
      step = Math.min(data.step, told.length)
    }
    for (const name of ["back", "next", "restart", "scrub"]) {
      part(name).title = data.texts[name]
      part(name).setAttribute("aria-label", data.texts[name])
    }
    draw()
  }
  function decide() {
    const [score, iou] = thresholds.values()
    found = candidates(field, score).slice(0, 300)
    told = fates(found, iou)
    step = Math.min(step, told.length)
  }

  function draw() {
    if (!field) return
    const done = told.slice(0, step), now = done.at(-1), fate = new Map(done.map(one => [one.box, one])), marks = []
    found.forEach((box, i) => {
      const one = fate.get(i), colour = field.colours[box.kind]
      if (one?.by === null) marks.push(plate.outline(box.box, colour, told.length > CROWD ? `${i + 1}` : `${i + 1}: ${field.labels[box.kind]}`))
      else if (now?.box !== i) marks.unshift(plate.outline(box.box, colour, "", one ? "gone" : "faint"))
    })
    if (now && now.by !== null) {
      const [victim, sure] = [found[now.box], found[now.by]]
      marks.push(plate.rectangle(shared(victim.box, sure.box), { class: "both" }), plate.outline(victim.box, field.colours[victim.kind], `${now.box + 1}`, "dashed"))
    }
    plate.svg.replaceChildren(...marks)
    plate.svg.dataset.stay = done.filter(one => one.by === null).length
    say(now)
    rank(fate, now)
    part("play").textContent = timer ? field.texts.pause : field.texts.play
    Object.assign(part("scrub"), { max: told.length, value: step })
    part("back").disabled = step === 0
    part("next").disabled = step === told.length
  }
  const called = i => `${i + 1} (${field.labels[found[i].kind]} ${write(found[i].score, 2)})`
  function say(now) {
    const { texts, answer } = field, [score, iou] = thresholds.values(), stay = told.filter(one => one.by === null).length
    part("told").textContent = !found.length ? texts.nobody : !now ? filled(texts.begin, { count: found.length })
      : now.by === null ? filled(texts.stays, { box: called(now.box) })
        : filled(texts.goes, { box: called(now.box), sure: called(now.by), overlap: write(now.overlap, 2), iou: write(iou, 2) })
    const same = answer.score.toFixed(2) === score.toFixed(2) && answer.iou.toFixed(2) === iou.toFixed(2)
    part("graph").textContent = same && found.length ? filled(stay === answer.kinds.length ? texts.agrees : texts.differs, { stay, count: answer.kinds.length }) : ""
  }
  function rank(fate, now) {
    const table = document.createElement("table")
    found.slice(0, 120).forEach((box, i) => {
      const one = fate.get(i), line = table.insertRow()
      line.className = `${now?.box === i ? "now" : ""} ${!one ? "" : one.by === null ? "stays" : "gone"}`
      const swatch = Object.assign(document.createElement("i"), { className: "swatch" })
      swatch.style.background = field.colours[box.kind]
      const fateTold = !one ? "" : one.by === null ? field.texts.stay : filled(field.texts.gone, { sure: one.by + 1, overlap: write(one.overlap, 2) })
      for (const text of [i + 1, field.labels[box.kind], write(box.score, 2), fateTold]) line.insertCell().append(text)
      line.cells[1].prepend(swatch)
    })
    part("ranks").replaceChildren(table)
    const row = now && table.rows[now.box]
    if (row) part("ranks").scrollTop = row.offsetTop - part("ranks").clientHeight / 2
  }

  // ---- playing
  const pace = () => Math.max(90, Math.min(900, 12000 / Math.max(told.length, 1)))
  function stop() {
    clearInterval(timer)
    timer = 0
  }
  function rest() {
    stop()
    draw()
    if (step !== linked) view.send("step", String(linked = step))
  }
  const go = next => {
    stop()
    step = within(next, 0, told.length)
    rest()
  }
  part("play").onclick = () => {
    if (timer) return rest()
    if (step >= told.length) step = 0
    timer = setInterval(() => {
      if (!plate.svg.isConnected) return stop()
      step++
      if (step >= told.length) rest()
      else draw()
    }, pace())
    draw()
  }
  part("next").onclick = () => go(step + 1)
  part("back").onclick = () => go(step - 1)
  part("restart").onclick = () => go(0)
  part("scrub").oninput = event => { stop(); step = Number(event.target.value); draw() }
  part("scrub").onchange = rest
  return view
}
