// LeNet-5 while it learns: kernels, maps, the answer to a drawing, curves, digits it is checked with. All numbers come from ONNX
// Runtime, frame by frame (player.js); here they are painted. Sent: questions for frames, and the step at which it stands.
const SPEEDS = [["slow", 5, 1], ["steady", 25, 1], ["fast", 25, 4]] // frames a second, steps a frame
const AGAIN = [60, 20] // the same while a link's steps are gone through again
const STRIP = 24, WRONG = 24 // digits shown

export default mount(create, (view, { setTriggerValue }) => {
  view.send = setTriggerValue
})

const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const floats = text => new Float32Array(bytes(text).buffer)
const shares = text => Float32Array.from(new Int8Array(bytes(text).buffer), value => value / 127)

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), view = { send() {}, update }
  let data, whole = null, wanted = null, run = null, target = 0, speed = 1
  let losses = [], checks = [], said = null, pair = null, labelled = ""
  const player = createPlayer({
    show,
    ask: question => view.send("more", { ...question, every: target ? AGAIN[1] : player.playing ? SPEEDS[speed][2] : 1, until: target, whole: lacks() }),
    changed: words,
    stopped: place => { target = 0; words(); view.send("stopped", place) },
    alive: () => part("play").isConnected,
  })

  function update(next) {
    const drawn = data && next.drawing !== data.drawing
    data = next
    if (data.whole) take(data.whole)
    if (data.run !== run) {
      run = data.run
      said = pair = null
      if (!data.whole) [losses, checks] = [[], []]
    }
    if (JSON.stringify(data.texts) !== labelled) label()
    const begins = !player.frame || player.frame.run !== data.portion.run
    for (const frame of data.portion.frames) frame.run = data.portion.run
    if (drawn && player.playing) player.refresh()
    player.give(data.portion)
    if (begins && !data.portion.end && data.target > player.frame.step) target = data.target
    if (lacks() && wanted !== data.data && !player.playing) { // one question at a time: the other waits for its answer
      wanted = data.data
      view.send("opened", Date.now())
    } else if (target && !player.playing) player.play()
    pace()
    words()
  }
  const lacks = () => whole?.data !== data.data
  function take(given) { // pictures and curves up to here
    whole = given
    losses = Array.from(floats(whole.losses))
    checks = whole.checks
    const held = data.portion.frames.at(-1)
    if (held?.said) said = bytes(held.said)
    part("held").style.setProperty("--pictures", `url(${whole.pictures})`)
    curves(losses.length)
    digits()
  }
  const pace = () => { player.rate = target ? AGAIN[0] : SPEEDS[speed][1] }

  // ---- a frame
  function show(frame) {
    paint(frame)
    answer(frame.probabilities)
    const fresh = Array.from(floats(frame.losses)), from = frame.step - fresh.length
    losses = losses.slice(0, from).concat(fresh)
    const known = frame.checks?.[0]?.[0] ?? Infinity
    checks = checks.filter(([step]) => step <= frame.step && step < known).concat(frame.checks ?? [])
    if (frame.said) {
      said = bytes(frame.said)
      part("right").textContent = percent(frame.right)
      digits()
    }
    curves(frame.step)
    words()
    if (target && frame.step >= target) player.pause()
  }
  function paint(frame) { // two canvases in all: each one more is a layer of its own to the browser
    const bank = part("bank"), GAP = 6, side = (bank.clientWidth - 5 * GAP) / 6, small = 0.34 * side
    const context = sheet(bank, 2 * side + small + 2 * GAP)
    squares(context, 6, 5, floats(frame.kernels), n => [n * (side + GAP), 0, side])
    squares(context, 6, 5, floats(data.untrained), n => [n * (side + GAP) + (side - small) / 2, side + GAP, small])
    squares(context, 6, 28, shares(frame.conv1), n => [n * (side + GAP), side + small + 2 * GAP, side])
    const second = part("conv2"), columns = second.clientWidth > 250 ? 8 : 4, room = (second.clientWidth - (columns - 1) * 4) / columns
    squares(sheet(second, (16 / columns) * (room + 4) - 4), 16, 10, shares(frame.conv2),
      n => [(n % columns) * (room + 4), Math.floor(n / columns) * (room + 4), room])
  }
  function sheet(canvas, height) { // empty, in CSS pixels
    const scale = devicePixelRatio || 1, width = canvas.clientWidth, context = canvas.getContext("2d")
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale)
      canvas.height = Math.round(height * scale)
      canvas.style.aspectRatio = `${width} / ${height}`
    }
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    context.imageSmoothingEnabled = false
    return context
  }
  const tiny = {} // a canvas for each size of square
  function squares(context, count, side, values, place) { // blue – white – orange, the largest of all in full colour
    const { canvas, image } = (tiny[side] ??= (canvas => ({ canvas, image: canvas.getContext("2d").createImageData(side, side) }))(
      Object.assign(document.createElement("canvas"), { width: side, height: side })))
    let most = 1e-9
    for (const value of values) most = Math.max(most, Math.abs(value) || 0)
    context.strokeStyle = getComputedStyle(context.canvas).getPropertyValue("--st-border-color")
    for (let n = 0; n < count; n++) {
      const { data: pixels } = image, [x, y, size] = place(n)
      for (let i = 0, at = 0; i < side * side; i++, at += 4) {
        const part = values[n * side * side + i] / most, share = part < 0 ? -part : part
        pixels[at] = 255 - (part < 0 ? 222 : 38) * share
        pixels[at + 1] = 255 - (part < 0 ? 153 : 160) * share
        pixels[at + 2] = 255 - (part < 0 ? 83 : 241) * share
        pixels[at + 3] = 255
      }
      canvas.getContext("2d").putImageData(image, 0, 0)
      context.drawImage(canvas, x, y, size, size)
      context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1)
    }
  }
  new ResizeObserver(() => player.frame && paint(player.frame)).observe(part("bank"))
  function answer(probabilities) {
    const box = part("answer")
    if (!box.children.length) {
      box.innerHTML = Array.from({ length: 10 }, (_, k) => `<div class="row"><span>${k}</span><div class="track"><div class="value"></div></div><span></span></div>`).join("")
    }
    const best = probabilities && probabilities.indexOf(Math.max(...probabilities))
    box.dataset.answer = part("best").textContent = best ?? ""
    box.setAttribute("aria-label", best === null ? data.texts.empty : `${best}: ${percent(probabilities[best])}`)
    for (let k = 0; k < 10; k++) {
      const row = box.children[k], p = probabilities?.[k] ?? 0
      row.classList.toggle("best", k === best)
      row.querySelector(".value").style.width = `${100 * p}%`
      row.lastElementChild.textContent = probabilities ? percent(p) : ""
    }
  }

  // ---- curves: drawn in steps and shares, stretched by the viewBox
  const NICE = [100, 200, 500, 1000, 2000], SVG = "http://www.w3.org/2000/svg"
  function chart(box, span, height, lines, label) {
    const svg = box.querySelector("svg")
    svg.setAttribute("viewBox", `0 ${-height} ${span} ${height}`)
    svg.setAttribute("aria-label", label)
    lines.forEach((points, i) => {
      const path = svg.children[i] ?? svg.appendChild(document.createElementNS(SVG, "path"))
      path.setAttribute("d", points.length ? `M${points.map(([x, y]) => `${x} ${-Math.min(y, height).toFixed(4)}`).join("L")}` : "")
    })
    box.querySelector("span:last-child").textContent = `${count(span)} ${data.texts.steps}`
  }
  function curves(step) {
    const { texts } = data, span = NICE.find(nice => nice >= step) ?? NICE.at(-1)
    const points = losses.map((loss, i) => [i + 1, loss]).filter(([, loss]) => Number.isFinite(loss))
    const most = Math.min(10, Math.max(3, ...points.slice(0, 20).map(([, loss]) => Math.ceil(loss))))
    let mean = losses[0]
    const smooth = points.map(([i, loss]) => [i, (mean = 0.9 * mean + 0.1 * loss)])
    chart(part("accuracy"), span, 1, [[[0, 0.9], [span, 0.9]], checks], `${texts.accuracy}: ${part("right").textContent}`)
    chart(part("loss"), span, most, [points, smooth], texts.loss)
    part("loss").firstElementChild.textContent = write(most, 1)
    part("accuracy").firstElementChild.textContent = percent(1)
  }

  // ---- the digits held back
  function digits() {
    if (!whole || !said || said.length !== whole.labels.length) return
    const { labels } = whole, wrong = [...labels.keys()].filter(i => said[i] !== labels[i])
    const chosen = pair ? [...labels.keys()].filter(i => labels[i] === pair[0] && said[i] === pair[1]) : wrong
    tiles(part("strip"), [...labels.keys()].slice(0, STRIP))
    tiles(part("wrong"), chosen.slice(0, WRONG))
    const right = percent(1 - wrong.length / labels.length)
    part("strip").dataset.right = 1 - wrong.length / labels.length
    const title = pair ? data.texts.pair.replace("{truth}", pair[0]).replace("{said}", pair[1]).replace("{count}", chosen.length) : wrong.length ? data.texts.wrong.replace("{count}", wrong.length) : data.texts.all_right
    part("wrong-title").textContent = title
    part("everything").hidden = !pair
    confusion(labels, right)
  }
  function tiles(box, chosen) {
    while (box.children.length > chosen.length) box.lastChild.remove()
    while (box.children.length < chosen.length) box.append(Object.assign(document.createElement("div"), { innerHTML: `<i role="img"></i><b></b>` }))
    chosen.forEach((i, n) => {
      const { children: [picture, answer], classList } = box.children[n], right = said[i] === whole.labels[i]
      picture.style.backgroundPositionY = `${(100 * i) / (whole.labels.length - 1)}%`
      picture.setAttribute("aria-label", data.texts.picture.replace("{truth}", whole.labels[i]).replace("{said}", said[i]))
      classList.value = `tile ${right ? "right" : "wrong"}`
      answer.textContent = right ? "" : said[i]
    })
  }
  const CELL = 17, EDGE = 14
  function confusion(labels, right) {
    const canvas = part("confusion"), style = getComputedStyle(canvas), counts = new Uint16Array(100)
    labels.forEach((truth, i) => counts[10 * truth + said[i]]++)
    const context = sheet(canvas, canvas.clientWidth), wrongs = Math.max(1, ...counts.filter((_, i) => i % 11)), rights = Math.max(1, ...counts)
    context.scale(canvas.clientWidth / (EDGE + 10 * CELL), canvas.clientWidth / (EDGE + 10 * CELL))
    context.font = `10px ${style.fontFamily}`
    context.textAlign = "center"
    context.textBaseline = "middle"
    context.fillStyle = style.color
    for (let k = 0; k < 10; k++) {
      context.fillText(k, EDGE / 2, EDGE + (k + 0.5) * CELL)
      context.fillText(k, EDGE + (k + 0.5) * CELL, EDGE / 2)
    }
    for (let i = 0; i < 100; i++) {
      if (!counts[i]) continue
      const [row, column] = [Math.floor(i / 10), i % 10], good = row === column
      context.globalAlpha = 0.15 + 0.85 * (good ? counts[i] / rights : counts[i] / wrongs)
      context.fillStyle = good ? style.getPropertyValue("--st-primary-color") : "#d95f0e"
      context.fillRect(EDGE + column * CELL + 0.5, EDGE + row * CELL + 0.5, CELL - 1, CELL - 1)
      context.globalAlpha = 1
      context.fillStyle = style.color
      context.fillText(counts[i], EDGE + (column + 0.5) * CELL, EDGE + (row + 0.5) * CELL + 0.5)
    }
    canvas.setAttribute("aria-label", `${data.texts.confusion}; ${right}`)
  }
  part("confusion").onclick = ({ offsetX, offsetY, target: canvas }) => {
    const at = [offsetY, offsetX].map(offset => Math.floor(((offset / canvas.clientWidth) * (EDGE + 10 * CELL) - EDGE) / CELL))
    pair = at.every(place => place >= 0 && place < 10) && at.join() !== pair?.join() ? at : null
    digits()
  }
  part("everything").onclick = () => { pair = null; digits() }

  // ---- words
  const formats = {} // made once: making one takes longer than drawing a map
  function format(value, style, least, most) {
    const key = `${data.language} ${style} ${least} ${most}`
    formats[key] ??= new Intl.NumberFormat(data.language, { style, minimumFractionDigits: least, maximumFractionDigits: most })
    return formats[key].format(value)
  }
  const percent = value => format(value, "percent", 0, 1), write = (value, digits) => format(value, "decimal", digits, digits), count = value => format(value, "decimal", 0, 0)
  function label() {
    const { texts } = data
    labelled = JSON.stringify(texts)
    for (const box of root.querySelectorAll("[data-text]")) box.textContent = texts[box.dataset.text]
    part("bank").setAttribute("aria-label", `${texts.kernels}; ${texts.maps}`)
    part("conv2").setAttribute("aria-label", texts.conv2)
    part("step").textContent = texts.step
    part("restart").textContent = texts.restart
    part("everything").textContent = texts.everything
    const box = part("speeds")
    box.setAttribute("aria-label", texts.speed)
    SPEEDS.forEach(([name], i) => {
      const button = box.children[i] ?? box.appendChild(Object.assign(document.createElement("button"), { type: "button" }))
      button.textContent = texts[name]
      button.onclick = () => { speed = i; pace(); if (player.playing && !target) player.refresh(); words() }
    })
  }
  function words() {
    if (!player.frame) return
    const { texts } = data, { step, epoch, blown } = player.frame, now = part("now"), loss = losses.at(-1)
    part("play").textContent = player.playing ? texts.pause : texts.play
    part("play").disabled = part("step").disabled = player.ended && !player.playing
    const replay = texts.replay.replace("{step}", count(step)).replace("{target}", count(target))
    now.textContent = target ? replay : blown ? texts.blown : player.ended && !player.playing ? texts.end : texts.now.replace("{step}", count(step)).replace("{epoch}", write(epoch, 1)).replace("{loss}", loss === undefined ? "–" : write(loss, 3))
    now.classList.toggle("warning", Boolean(blown))
    if (now.dataset.step !== String(step)) now.dataset.step = step
    now.dataset.playing = player.playing
    ;[...part("speeds").children].forEach((button, i) => button.setAttribute("aria-pressed", i === speed))
    Object.assign(part("progress"), { hidden: !target, max: target || 1, value: step })
    part("progress").setAttribute("aria-label", replay)
  }
  part("play").onclick = () => player.toggle()
  part("step").onclick = () => player.step()
  part("restart").onclick = () => player.to(0)
  return view
}
