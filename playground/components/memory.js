// An array of rows × columns × channels as planes in space, to be turned, and as the one line that memory is. What is pointed at
// in one is marked in the other, with the sum of strides that leads there. Nothing travels to the server.

export default mount(create)

const HUES = [[1, 0.25, 0.2], [0.2, 0.8, 0.3], [0.3, 0.45, 1]] // how a channel's numbers are tinted
const NAMES = ["R", "G", "B"]
const tint = (value, channel) => HUES[channel].map(share => Math.round(30 + share * value * 0.88))
const GAP = 118 // pixels between two planes

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), space = part("space"), cube = part("cube"), line = part("line")
  const view = { update }
  const turn = { x: -16, y: -42 }
  let data, at = [0, 0, 0], order = "", waiting = 0, inSpace = new Map(), inMemory = new Map()
  const calm = matchMedia("(prefers-reduced-motion: reduce)")

  function update(next) {
    data = next
    const [rows, columns] = data.size
    at = [Math.floor(rows / 2), Math.floor(columns / 2), 0]
    space.setAttribute("aria-label", data.texts.space)
    line.setAttribute("aria-label", data.texts.line)
    part("hint").textContent = data.texts.hint
    part("title").textContent = data.texts.title
    build()
    rest()
    spin()
    mark()
  }
  const offset = place => place.reduce((sum, value, axis) => sum + value * data.strides[axis], 0)

  function build() {
    const [rows, columns, channels] = data.size, before = new Map([...inMemory].map(([name, cell]) => [name, cell.getBoundingClientRect()]))
    const moved = order !== data.order && order !== ""
    order = data.order
    inSpace = new Map()
    inMemory = new Map()
    const places = [], planes = []
    for (let c = 0; c < channels; c++) {
      const plane = document.createElement("div"), label = Object.assign(document.createElement("span"), { className: "label", textContent: NAMES[c] })
      plane.className = "plane"
      plane.style.gridTemplateColumns = `repeat(${columns}, 1fr)`
      plane.style.transform = `translateZ(${GAP * ((channels - 1) / 2 - c)}px)`
      label.style.color = `rgb(${tint(220, c)})`
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
        places.push([y, x, c])
        plane.append(cell([y, x, c], inSpace))
      }
      plane.append(label)
      planes.push(plane)
    }
    cube.replaceChildren(...planes)
    places.sort((a, b) => offset(a) - offset(b))
    line.style.gridTemplateColumns = `repeat(${columns * channels}, minmax(0, 1fr))`
    line.replaceChildren(...places.map(place => cell(place, inMemory)))
    if (moved && !calm.matches) for (const [name, cell] of inMemory) { // each number walks to its new place
      const from = before.get(name), to = cell.getBoundingClientRect()
      if (from) cell.animate([{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }, { transform: "none" }], { duration: 300, easing: "ease" })
    }
  }
  function cell(place, cells) {
    const made = document.createElement("div"), value = data.memory[offset(place)], colour = tint(value, place[2])
    made.className = "cell"
    made.textContent = value
    made.style.background = `rgb(${colour})`
    made.style.color = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] < 120 ? "#fff" : "#111"
    made.onpointerenter = () => hold(place)
    made.onclick = () => hold(place)
    cells.set(place.join(), made)
    return made
  }
  function hold(place) {
    at = place
    mark()
  }
  function mark() {
    root.querySelectorAll(".on").forEach(cell => cell.classList.remove("on"))
    for (const cells of [inSpace, inMemory]) cells.get(at.join())?.classList.add("on")
    const names = ["y", "x", "c"], where = offset(at), own = data.values[at[0]][at[1]][at[2]]
    const terms = at.map((value, axis) => `${value}·${data.strides[axis]}`).join(" + ")
    const same = data.memory[where] === own
    part("sum").innerHTML = `(y, x, c) = (${at.join(", ")}), ${NAMES[at[2]]} = <b>${own}</b><br>
      ${names.map((name, axis) => `${name}·${data.strides[axis]}`).join(" + ")} = ${terms} = <b data-part="offset">${where}</b><br>
      <span class="${same ? "ok" : ""}" data-part="runtime" data-same="${same}">${same ? "✓" : "≠"} ONNX Runtime: ${data.texts.memory}[${where}] = ${data.memory[where]}</span>`
  }

  function spin() {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0
      const room = Math.min(1, space.clientWidth / 430)
      cube.style.transform = `scale3d(${room}, ${room}, ${room}) rotateX(${turn.x}deg) rotateY(${turn.y}deg)`
    })
  }
  function rest() {
    turn.x = Math.max(-89, Math.min(89, turn.x))
  }
  new ResizeObserver(spin).observe(space)
  let grip = null
  space.onpointerdown = event => { grip = [event.clientX, event.clientY] }
  space.onpointermove = event => {
    if (!grip || !event.buttons) return
    turn.y += (event.clientX - grip[0]) / 2
    turn.x -= (event.clientY - grip[1]) / 2
    grip = [event.clientX, event.clientY]
    rest()
    spin()
  }
  space.onpointerup = () => { grip = null }
  space.onkeydown = event => {
    const step = { ArrowUp: [6, 0], ArrowDown: [-6, 0], ArrowLeft: [0, -6], ArrowRight: [0, 6] }[event.key]
    if (!step) return
    turn.x += step[0]
    turn.y += step[1]
    rest()
    spin()
    event.preventDefault()
  }
  line.onkeydown = event => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -data.size[1] * data.size[2], ArrowDown: data.size[1] * data.size[2] }[event.key]
    if (!step) return
    const places = [...inMemory.keys()], to = places[places.indexOf(at.join()) + step]
    if (to) hold(to.split(",").map(Number))
    event.preventDefault()
  }
  return view
}
