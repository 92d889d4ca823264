// A photo before and after, parted by a line to drag; two sliders; a click on a pixel tells which. The sliders are live: while
// the server works on one value, only the latest of those that follow is kept for it.

export default mount(create, (view, { setStateValue }) => {
  view.send = setStateValue
})

function create(root) {
  const part = name => root.querySelector(`[data-part=${name}]`), stage = part("stage"), handle = part("handle")
  const view = { send() {}, update }, knobs = ["gain", "offset"], asked = {}, waiting = {}
  let data = null, split = 0.33, dragging = false

  function update(next) {
    data = next
    for (const name of ["before", "after"]) if (part(name).src !== data[name]) Object.assign(part(name), { src: data[name], alt: data.texts[name] })
    for (const [name, text] of [["original", "before"], ["result", "after"], ["gain-title", "gain"], ["offset-title", "offset"]]) part(name).textContent = data.texts[text]
    handle.setAttribute("aria-label", data.texts.split)
    stage.title = data.texts.click
    for (const name of knobs) {
      if (asked[name] === data[name]) delete asked[name] // the server is done with what it was asked
      else if (!(name in asked)) part(name).value = data[name]
      if (!(name in asked) && name in waiting) ask(name, waiting[name])
      tell(name)
    }
    const { width, height } = data, [top, left, bottom, right] = data.box, share = (value, whole) => `${(100 * value) / whole}%`
    Object.assign(part("box").style, { left: share(left, width), top: share(top, height), width: share(right - left, width), height: share(bottom - top, height) })
    stage.dataset.answers = +(stage.dataset.answers ?? 0) + 1
    part_at(split)
  }
  function ask(name, value) {
    delete waiting[name]
    asked[name] = value
    view.send(name, value)
  }
  function tell(name) {
    part(`${name}-value`).textContent = part(name).value.replace("-", "−").replace(".", data.language === "ru" ? "," : ".")
  }
  for (const name of knobs) part(name).oninput = () => {
    const value = +part(name).value
    tell(name)
    if (name in asked) waiting[name] = value
    else ask(name, value)
  }
  function part_at(share) {
    split = Math.max(0, Math.min(1, share))
    stage.style.setProperty("--split", `${100 * split}%`)
    handle.setAttribute("aria-valuenow", Math.round(100 * split))
    part("original").hidden = split < 0.2
    part("result").hidden = split > 0.8
  }
  const across = event => { const box = stage.getBoundingClientRect(); return (event.clientX - box.left) / box.width }
  handle.onpointerdown = event => {
    dragging = true
    handle.setPointerCapture(event.pointerId)
  }
  handle.onpointermove = event => dragging && part_at(across(event))
  handle.onpointerup = handle.onpointercancel = () => { dragging = false }
  handle.onclick = event => event.stopPropagation()
  handle.onkeydown = event => {
    const by = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 }[event.key]
    if (!by) return
    event.preventDefault()
    part_at(split + by)
  }
  stage.onclick = event => {
    const box = stage.getBoundingClientRect(), pixel = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)))
    view.send("pixel", [pixel((event.clientY - box.top) / box.height, data.height), pixel(across(event), data.width)].join("."))
  }
  return view
}
