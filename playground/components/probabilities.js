// Several classifiers' answers to one picture, side by side: the answer, its probability, and a bar for each class.
export default function ({ data: bytes, parentElement: root }) {
  const data = JSON.parse(new TextDecoder().decode(bytes))
  const percent = p => new Intl.NumberFormat(data.language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(p)
  const readers = root.querySelector("[data-part=readers]")
  if (readers.children.length !== data.readers.length) {
    readers.replaceChildren(...data.readers.map(() => section(data.labels)))
  }
  data.readers.forEach(({ title, note, probabilities }, i) => {
    const part = readers.children[i], best = probabilities && probabilities.indexOf(Math.max(...probabilities))
    part.dataset.reader = data.readers[i].name
    part.dataset.answer = probabilities ? data.labels[best] : ""
    part.querySelector("h3").textContent = title
    part.querySelector(".note").textContent = note
    part.querySelector("b").textContent = probabilities ? data.labels[best] : "–"
    part.querySelector(".answer span").textContent = probabilities ? percent(probabilities[best]) : ""
    part.querySelectorAll(".row").forEach((row, k) => {
      const p = probabilities ? probabilities[k] : 0
      row.classList.toggle("best", probabilities !== null && k === best)
      row.querySelector(".bar").style.width = `${100 * p}%`
      row.lastElementChild.textContent = probabilities ? percent(p) : ""
    })
  })
  root.querySelector("[data-part=spoken]").textContent = data.spoken
}

function section(labels) {
  const part = document.createElement("section")
  part.innerHTML = `<h3></h3><p class="note"></p><div class="answer"><b></b><span></span></div>`
  for (const label of labels) {
    const row = document.createElement("div")
    row.className = "row"
    row.innerHTML = `<span></span><div class="track"><div class="bar"></div></div><span></span>`
    row.firstElementChild.textContent = label
    part.append(row)
  }
  return part
}
