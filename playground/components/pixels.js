// A magnifier over a photo: the colour triples of the pixels under the pointer, as numbers on their colours. A click, or Enter,
// keeps a pixel and sends it as row.column; arrow keys walk, ten pixels at a time with Shift.
const SIDE = 7 // pixels of the patch

export default mount(create, (view, { setStateValue }) => {
  view.send = at => setStateValue("at", at)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`)
  const photo = part("photo"), sheet = part("sheet"), frame = part("frame")
  const context = sheet.getContext("2d", { willReadFrequently: true })
  const view = { send() {}, update }
  let data, pixels = null, held = null, waiting = 0, shown = ""
  const cells = Array.from({ length: SIDE * SIDE }, (_, i) => {
    const cell = document.createElement("div")
    cell.className = i === (SIDE * SIDE - 1) / 2 ? "cell centre" : "cell"
    cell.append(...[0, 1, 2].map(() => document.createElement("span")))
    part("patch").append(cell)
    return cell
  })

  function update(next) {
    data = next
    photo.setAttribute("aria-label", data.texts.photo)
    part("hint").textContent = data.texts.hint
    if (data.picture === shown) return look()
    shown = data.picture
    const image = Object.assign(new Image(), { src: data.picture })
    image.onload = () => {
      Object.assign(sheet, { width: image.width, height: image.height })
      context.drawImage(image, 0, 0)
      pixels = context.getImageData(0, 0, sheet.width, sheet.height).data
      look()
    }
  }
  function look() { // at what is pointed at, else at what was kept; once a frame
    waiting ||= requestAnimationFrame(() => {
      waiting = 0
      if (pixels) show(held ?? data.pin)
    })
  }
  const within = (row, column) => row >= 0 && column >= 0 && row < sheet.height && column < sheet.width
  const triple = (row, column) => pixels.subarray(4 * (row * sheet.width + column), 4 * (row * sheet.width + column) + 3)

  function show([row, column]) {
    const half = (SIDE - 1) / 2, share = (value, size) => `${(100 * value) / size}%`
    Object.assign(frame.style, { left: share(column - half, sheet.width), top: share(row - half, sheet.height),
      width: share(SIDE, sheet.width), height: share(SIDE, sheet.height) })
    cells.forEach((cell, i) => {
      const r = row - half + Math.floor(i / SIDE), c = column - half + (i % SIDE), inside = within(r, c)
      cell.style.visibility = inside ? "visible" : "hidden"
      if (!inside) return
      const colour = triple(r, c)
      cell.style.background = `rgb(${colour.join()})`
      cell.style.color = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] < 140 ? "#fff" : "#111"
      colour.forEach((value, channel) => { cell.children[channel].textContent = value })
    })
    const colour = [...triple(row, column)]
    part("swatch").style.background = `rgb(${colour})`
    part("at").textContent = data.texts.at.replace("{row}", row).replace("{column}", column).replace("{colour}", colour.join(", "))
    photo.dataset.at = `${row}.${column}`
  }
  function at(event) {
    const { left, top, width, height } = photo.getBoundingClientRect()
    const place = (share, size) => Math.min(size - 1, Math.max(0, Math.floor(share * size)))
    return [place((event.clientY - top) / height, sheet.height), place((event.clientX - left) / width, sheet.width)]
  }
  function hold(place) {
    held = place
    look()
  }
  function keep(place) {
    data.pin = place
    hold(place)
    view.send(place.join("."))
  }
  photo.onpointermove = event => hold(at(event))
  photo.onpointerleave = () => hold(null)
  photo.onblur = () => hold(null)
  photo.onclick = event => keep(at(event))
  photo.onkeydown = event => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
    if (step) {
      const to = (held ?? data.pin).map((value, axis) => value + step[axis] * (event.shiftKey ? 10 : 1))
      if (within(...to)) hold(to)
    } else if (event.key === "Enter") keep(held ?? data.pin)
    else return
    event.preventDefault()
  }
  return view
}
