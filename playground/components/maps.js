// The maps of a tensor, all in one picture; a click on a pixel tells which (map, row, column), and what it sees is framed.
// Arrow keys walk over the pixels, page up and down over the maps, Enter tells.

export default mount(create, (view, { setStateValue }) => {
  view.send = at => setStateValue("at", at)
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), grid = part("maps")
  const view = { send() {}, update }
  let data, sheet = null, cursor = null, shown = ""

  function update(next) {
    data = next
    grid.setAttribute("aria-label", data.texts.maps)
    grid.style.gridTemplateColumns = `repeat(${data.columns}, minmax(0, ${data.side}px))`
    while (grid.children.length > data.count) grid.lastChild.remove()
    while (grid.children.length < data.count) grid.append(cell(grid.children.length))
    if (data.atlas !== shown) {
      shown = data.atlas
      sheet = Object.assign(new Image(), { src: data.atlas })
      sheet.onload = paint
    }
    const { pin } = data
    cursor = pin ? [...pin] : null
    for (const map of grid.children) map.style.aspectRatio = `${data.width} / ${data.height}`
    mark()
    tell(cursor)
    part("focus").hidden = !pin
    if (!pin) return
    part("map").style.aspectRatio = `${data.width} / ${data.height}`
    part("map-title").textContent = data.texts.map
    const seen = part("input"), { input } = data
    seen.parentElement.hidden = !input
    if (!input) return
    part("input-title").textContent = data.texts.input
    const picture = Object.assign(new Image(), { src: input.picture, alt: data.texts.input })
    picture.style.width = "100%"
    const [top, left, bottom, right] = input.box ?? []
    seen.replaceChildren(picture, ...(input.box ? [box(top, left, bottom, right)] : []))
  }
  function cell(i) {
    const map = document.createElement("div")
    map.className = "map"
    map.append(document.createElement("canvas"))
    hear(map, () => i + data.first)
    return map
  }
  hear(part("map"), () => data.pin[0])
  function hear(element, number) {
    const at = event => {
      const { left, top, width, height } = element.getBoundingClientRect()
      const within = (share, size) => Math.min(size - 1, Math.max(0, Math.floor(share * size)))
      return [number(), within((event.clientY - top) / height, data.height), within((event.clientX - left) / width, data.width)]
    }
    element.addEventListener("pointermove", event => tell(at(event)))
    element.addEventListener("pointerleave", () => tell(cursor))
    element.addEventListener("click", event => choose(at(event)))
  }
  function paint() {
    const width = sheet.width / data.columns, height = sheet.height / Math.ceil(data.count / data.columns)
    ;[...grid.children].forEach((map, i) => draw(map.firstChild, i, width, height))
    mark()
  }
  function draw(canvas, i, width, height) {
    Object.assign(canvas, { width, height })
    canvas.getContext("2d").drawImage(sheet, (i % data.columns) * width, Math.floor(i / data.columns) * height, width, height, 0, 0, width, height)
  }
  function mark() { // where the cursor is, in the mosaic and in the large map
    root.querySelectorAll(".map .box, [data-part=map] .box").forEach(box => box.remove())
    for (const map of grid.children) map.classList.remove("chosen")
    if (!cursor) return
    const [map, row, column] = cursor, place = grid.children[map - data.first], large = part("map")
    const spot = () => box(row / data.height, column / data.width, (row + 1) / data.height, (column + 1) / data.width)
    if (!place) return
    place.classList.add("chosen")
    place.append(spot())
    if (!data.pin || !sheet?.complete) return
    const canvas = large.querySelector("canvas") ?? document.createElement("canvas")
    draw(canvas, data.pin[0] - data.first, sheet.width / data.columns, sheet.height / Math.ceil(data.count / data.columns))
    large.replaceChildren(canvas, ...(map === data.pin[0] ? [spot()] : []))
  }
  function box(top, left, bottom, right) {
    const made = document.createElement("i")
    made.className = "box"
    const share = value => `${100 * value}%`
    Object.assign(made.style, { top: share(top), left: share(left), width: share(right - left), height: share(bottom - top) })
    return made
  }
  function tell(at) {
    part("at").textContent = at ? data.texts.at.replace("{map}", at[0]).replace("{row}", at[1]).replace("{column}", at[2]) : data.texts.hint
  }
  function choose(at) {
    const again = data.pin && at.every((value, i) => value === data.pin[i])
    cursor = again ? null : at
    mark()
    view.send(again ? "" : at.join("."))
  }
  grid.onkeydown = event => {
    const step = { ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], PageUp: [-1, 0, 0], PageDown: [1, 0, 0] }[event.key]
    if (step) {
      const from = cursor ?? [data.first, 0, 0], most = [data.first + data.count - 1, data.height - 1, data.width - 1]
      cursor = from.map((value, i) => Math.min(most[i], Math.max(i ? 0 : data.first, value + (cursor ? step[i] : 0))))
      mark()
      tell(cursor)
    } else if (event.key === "Enter" && cursor) choose(cursor)
    else if (event.key === "Escape" && data.pin) choose(data.pin)
    else return
    event.preventDefault()
  }
  return view
}
