// Pictures side by side, as many a row as there is room for: data.pictures are {src, title, note, alt}, data.least is the least
// width of one in pixels; data.pixelated shows their pixels as they are.
export default function ({ data: bytes, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(bytes)), pictures = parentElement.querySelector("[data-part=pictures]")
  pictures.style.gridTemplateColumns = `repeat(auto-fit, minmax(min(${data.least}px, 46%), 1fr))`
  pictures.classList.toggle("pixelated", Boolean(data.pixelated))
  while (pictures.children.length > data.pictures.length) pictures.lastChild.remove()
  data.pictures.forEach(({ src, title, note, alt }, i) => {
    if (!pictures.children[i]) {
      const figure = document.createElement("figure")
      figure.innerHTML = "<img><figcaption><b></b><span></span></figcaption>"
      pictures.append(figure)
    }
    const figure = pictures.children[i], image = figure.querySelector("img")
    if (image.src !== src) image.src = src
    image.alt = alt ?? title
    figure.querySelector("b").textContent = title
    figure.querySelector("span").textContent = note ?? ""
  })
}
