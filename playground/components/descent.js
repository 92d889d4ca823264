// What line.js and plane.js share, put before them after axes.js: the error's surface in colour, the player, the rate.
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const doubles = text => new Float64Array(bytes(text).buffer)
const TICKS = 50, DECADES = 4, BANDS = 16 // of the rate's slider: ticks a power of ten, from 10⁻⁴ to 1
const rateAt = tick => Number((10 ** (tick / TICKS - DECADES)).toPrecision(4))
const tickOf = rate => (Math.log10(rate) + DECADES) * TICKS

// the error over two parameters as a picture: its logarithm in bands, whose borders are the lines of equal error
const sheet = document.createElement("canvas")
function picture(values, side, palette) {
  const fine = 6 * side, logs = Float64Array.from(values, value => Math.log(Math.max(value, 1e-12)))
  const high = logs.reduce((a, b) => Math.max(a, b)), low = Math.max(logs.reduce((a, b) => Math.min(a, b)), high - 9)
  sheet.width = sheet.height = fine
  const context = sheet.getContext("2d"), image = context.createImageData(fine, fine)
  for (let i = 0, k = 0; i < fine; i++) for (let j = 0; j < fine; j++, k += 4) {
    const y = (i / (fine - 1)) * (side - 1), x = (j / (fine - 1)) * (side - 1), r = Math.min(Math.floor(y), side - 2), c = Math.min(Math.floor(x), side - 2)
    const [u, v, at] = [x - c, y - r, r * side + c]
    const log = (1 - v) * ((1 - u) * logs[at] + u * logs[at + 1]) + v * ((1 - u) * logs[at + side] + u * logs[at + side + 1])
    const band = within(Math.floor(((log - low) / (high - low || 1)) * BANDS), 0, BANDS - 1), colour = 3 * Math.round((band / (BANDS - 1)) * 255)
    image.data[k] = palette[colour]
    image.data[k + 1] = palette[colour + 1]
    image.data[k + 2] = palette[colour + 2]
    image.data[k + 3] = 255
  }
  context.putImageData(image, 0, 0)
  return sheet.toDataURL()
}
function upward(plot, name) { // what the upright axis is called
  plot.add("text", { x: 34, y: 15, "text-anchor": "end" }, plot.svg).textContent = name
}
function spread(plot, href) { // a picture over all of a pane
  plot.add("image", { x: 0, y: 0, width: plot.wide, height: plot.high, preserveAspectRatio: "none", href })
}

// play, step, restart and scrub through `player.last` steps; draw() shows player.at, rest() is told when it stands; pace(seconds)
// is how many steps are played by then: the first ones one by one, then faster and faster
function createPlayer(part, draw, rest, pace = s => 8 * s + 10 * s * s + 4 * s * s * s) {
  const still = matchMedia("(prefers-reduced-motion: reduce)"), player = { at: 0, last: 0, playing: 0, go, pause, label }
  function play() {
    if (player.playing) return pause()
    if (player.at >= player.last) player.at = 0
    const begin = performance.now(), from = player.at
    const frame = now => {
      if (!part("play").isConnected) return void (player.playing = 0)
      const s = Math.max(0, now - begin) / 1000, steps = still.matches ? Math.floor(2 * s) * (player.last / 6) : pace(s)
      player.at = Math.min(player.last, Math.floor(from + steps))
      draw()
      if (player.at >= player.last) return pause()
      player.playing = requestAnimationFrame(frame)
    }
    player.playing = requestAnimationFrame(frame)
    draw()
  }
  function pause() {
    cancelAnimationFrame(player.playing)
    player.playing = 0
    draw()
    rest()
  }
  function go(step) {
    cancelAnimationFrame(player.playing)
    player.playing = 0
    player.at = within(step, 0, player.last)
    draw()
  }
  function label(texts) {
    part("play").textContent = player.playing ? texts.pause : player.at >= player.last ? texts.again : texts.play
    part("step").textContent = texts.step
    part("restart").textContent = texts.restart
    part("scrub").setAttribute("aria-label", texts.scrub)
    part("scrub").max = player.last
    part("scrub").value = player.at
  }
  part("play").onclick = play
  part("step").onclick = () => { if (player.playing) return pause(); go(player.at + 1); rest() }
  part("restart").onclick = () => { go(0); rest() }
  part("scrub").oninput = event => go(Number(event.target.value))
  part("scrub").onchange = () => rest()
  document.addEventListener("visibilitychange", () => document.hidden && player.playing && pause())
  return player
}

// what moves under the hand is sent again as soon as the last answer is there, and for good when it is let go
function createPull(view) {
  let flight = null, waiting = null
  function move(name, value) {
    if (flight) waiting = [name, value]
    else view.preview((flight = `${name}=${value}`))
  }
  function settle(name, value) {
    flight = waiting = null
    view.send(name, value)
  }
  function came() {
    flight = null
    if (waiting) move(...waiting)
    waiting = null
  }
  return { move, settle, came }
}

// the rate, from 10⁻⁴ to 1 as powers of ten, with the place from which descent runs away
function createRate(part, pull, name) {
  const input = part("rate")
  let texts, awaited = null // what was set here and has not come back
  input.min = 0
  input.max = TICKS * DECADES
  const tell = () => { part("rate-now").textContent = texts.rate.replace("{rate}", write(rateAt(input.value), 4)) }
  input.oninput = () => { tell(); pull.move(name, (awaited = rateAt(input.value))) }
  input.onchange = () => pull.settle(name, String((awaited = rateAt(input.value))))
  return (rate, limit, said) => {
    texts = said
    if (rate === awaited) awaited = null
    if (awaited === null) input.value = tickOf(rate)
    tell()
    const share = within(tickOf(limit) / (TICKS * DECADES), 0, 1), mark = part("limit")
    mark.style.left = `calc(${100 * share}% + ${8 - 16 * share}px)`
    mark.style.setProperty("--beyond", `${(1 - share) * Math.max(input.clientWidth - 16, 0)}px`)
    part("limit-now").textContent = texts.limit.replace("{limit}", write(limit, 4))
    input.setAttribute("aria-valuetext", `${rate}; ${part("limit-now").textContent}`)
  }
}
function scenes(box, title, entries, act, pressed) { // buttons, made once so that the keyboard keeps its place
  box.setAttribute("aria-label", title)
  entries.forEach(([label, code], i) => {
    const button = box.children[i] ?? box.appendChild(Object.assign(document.createElement("button"), { type: "button" }))
    Object.assign(button, { textContent: label, onclick: () => act(code) })
    button.setAttribute("aria-pressed", code === pressed)
  })
}
// log₁₀ of positive numbers; what is none is a gap
const logs = values => Array.from(values, value => (value > 0 && Number.isFinite(value) ? Math.log10(value) : null))
function logRange(...curves) {
  const seen = curves.flat().filter(v => v !== null), low = Math.min(...seen, 0), high = Math.min(Math.max(...seen, 0.5), 6)
  return [Math.max(low, -12) - 0.15, high + 0.15]
}
