// Axes for views that draw curves; put before their own code (see __init__.py).
const SVG = "http://www.w3.org/2000/svg"
function shape(tag, attributes = {}, text) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  if (text !== undefined) made.textContent = text
  return made
}
const floats = text => new Float32Array(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)
const within = (value, least, most) => Math.max(least, Math.min(most, value))
let language = "en"
const raised = exponent => [...String(exponent)].map(sign => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? (sign === "-" ? "⁻" : "")).join("")
function write(value, digits = 2) {
  if (Number.isNaN(value)) return "NaN"
  const size = Math.abs(value), [mantissa, exponent] = value.toExponential(1).split("e")
  const text = size && (size < 10 ** -digits / 2 || size >= 1e6) ? `${mantissa}·10${raised(exponent)}` : value.toFixed(digits).replace(/^-(?=[0.]*$)/, "")
  return text.replace("-", "−").replace(".", language === "ru" ? "," : ".")
}
function steps([low, high], most) { // round numbers between two, at most so many
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw)), size = power * [1, 2, 5, 10].find(times => times * power >= raw)
  return Array.from({ length: Math.floor(high / size + 1e-9) - Math.ceil(low / size - 1e-9) + 1 }, (_, i) => (Math.ceil(low / size - 1e-9) + i) * size)
}

// A plot in `box`: frame() draws axes from x[0] to x[1] and y[0] to y[1] and empties it; X and Y turn numbers into pixels.
function pane(box) {
  const svg = shape("svg", { width: "100%", height: "100%", "aria-hidden": "true" }), LEFT = 40, BOTTOM = 34, TOP = 24, RIGHT = 8
  box.replaceChildren(svg)
  const plot = { svg, frame, line, add, value }
  let width, height, range
  function frame({ x, y, title, across, powers = "", colour = "" }) { // powers: of which axes ("x", "y") the numbers are exponents of ten
    range = { x, y };
    ({ width, height } = svg.getBoundingClientRect())
    const wide = Math.max(width - LEFT - RIGHT, 10), high = Math.max(height - TOP - BOTTOM, 10)
    plot.X = v => ((v - x[0]) / (x[1] - x[0])) * wide
    plot.Y = v => (1 - (v - y[0]) / (y[1] - y[0])) * high
    Object.assign(plot, { wide, high })
    plot.area = shape("svg", { x: LEFT, y: TOP, width: wide, height: high, overflow: "hidden" })
    const axes = shape("g", { transform: `translate(${LEFT} ${TOP})` })
    const round = (span, most, which) => steps(span, most).filter(v => !powers.includes(which) || Math.abs(v - Math.round(v)) < 1e-9)
    for (const v of round(x, wide / 40, "x")) {
      axes.append(shape("line", { class: v === 0 ? "axis" : "tick", x1: plot.X(v), x2: plot.X(v), y1: 0, y2: high }))
      axes.append(shape("text", { x: plot.X(v), y: high + 14, "text-anchor": "middle" }, powers.includes("x") ? power(v) : plain(v)))
    }
    for (const v of round(y, high / 34, "y")) {
      axes.append(shape("line", { class: v === 0 ? "axis" : "tick", x1: 0, x2: wide, y1: plot.Y(v), y2: plot.Y(v) }))
      axes.append(shape("text", { x: -6, y: plot.Y(v) + 4, "text-anchor": "end" }, powers.includes("y") ? power(v) : plain(v)))
    }
    if (colour) axes.append(shape("rect", { x: 0, y: -15, width: 14, height: 5, rx: 2, fill: colour }))
    axes.append(shape("text", { class: "title", x: colour ? 20 : 0, y: -9 }, title), shape("text", { x: wide, y: high + 29, "text-anchor": "end" }, across))
    svg.replaceChildren(axes, plot.area)
  }
  const plain = v => write(v, Math.abs(v - Math.round(v)) < 1e-9 ? 0 : Math.abs(10 * v - Math.round(10 * v)) < 1e-9 ? 1 : 2)
  const power = v => (Math.abs(v) < 3 ? write(10 ** v, Math.max(-v, 0)) : `10${raised(Math.round(v))}`)
  function add(tag, attributes, into = plot.area) {
    const made = shape(tag, attributes)
    into.append(made)
    return made
  }
  function line(xs, ys, attributes) {
    return add("path", { d: path(plot, xs, ys), fill: "none", ...attributes })
  }
  function value(event) { // where a pointer is
    const { left, top } = svg.getBoundingClientRect(), { x, y } = range
    return [x[0] + ((event.clientX - left - LEFT) / plot.wide) * (x[1] - x[0]), y[1] - ((event.clientY - top - TOP) / plot.high) * (y[1] - y[0])]
  }
  return plot
}
function path(plot, xs, ys) { // what is no finite number is a gap
  let d = "", pen = "M"
  for (let i = 0; i < xs.length; i++) {
    if (ys[i] === null || !Number.isFinite(ys[i])) { pen = "M"; continue }
    d += `${pen}${within(plot.X(xs[i]), -1e4, 1e4).toFixed(1)} ${within(plot.Y(ys[i]), -1e4, 1e4).toFixed(1)}`
    pen = "L"
  }
  return d
}
