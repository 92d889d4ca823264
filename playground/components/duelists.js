// Nets side by side before one photo: where each sees the class that is shown, its answer, its five likeliest classes and its cost.
// A click on a class shows that class's activation map in every net; a second click, each net's own answer again.
export default function ({ data: bytes, parentElement: root, setStateValue }) {
  const data = JSON.parse(new TextDecoder().decode(bytes))
  const percent = p => new Intl.NumberFormat(data.language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(p)
  const nets = root.querySelector("[data-part=nets]"), shown = root.querySelector("[data-part=shown]")
  const send = code => setStateValue("shown", code)

  root.querySelectorAll("[data-text]").forEach(part => { part.textContent = data.texts[part.dataset.text] })
  shown.replaceChildren(...[["", data.texts.own], ...data.classes].map(([code, label]) => new Option(label, code)))
  shown.value = data.shown
  shown.onchange = () => send(shown.value)

  nets.style.setProperty("--nets", data.nets.length)
  while (nets.children.length > data.nets.length) nets.lastElementChild.remove()
  while (nets.children.length < data.nets.length) nets.append(section())
  data.nets.forEach((net, i) => {
    const part = nets.children[i], image = part.querySelector("img")
    part.dataset.net = net.name
    part.dataset.answer = net.answer
    part.querySelector("h3").textContent = part.querySelector("h3").title = net.title
    part.querySelector(".note").textContent = net.note
    image.src = net.image
    image.alt = net.alt
    part.querySelector("figcaption").textContent = net.seen
    part.querySelector(".answer b").textContent = net.rows[0].label
    part.querySelector(".answer span").textContent = percent(net.rows[0].p)
    part.querySelectorAll(".row").forEach((row, k) => {
      const { code, label, p } = net.rows[k]
      row.title = row.firstElementChild.textContent = label
      row.querySelector(".bar").style.width = `${100 * p}%`
      row.lastElementChild.textContent = percent(p)
      row.setAttribute("aria-pressed", code === data.shown)
      row.onclick = () => send(code === data.shown ? "" : code)
    })
  })
  root.querySelector("[data-part=spoken]").textContent = data.spoken
}

function section() {
  const part = document.createElement("section")
  const row = best => `<button class="row ${best}"><span></span><div class="track"><div class="bar"></div></div><span></span></button>`
  part.innerHTML = `<h3></h3><p class="note"></p><figure><img><figcaption></figcaption></figure>
    <div class="answer"><b></b><span></span></div>${row("best")}${row("").repeat(4)}`
  return part
}
