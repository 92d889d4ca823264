// Pictures side by side, as many a row as there is room for. data.pictures are {src, title, note, alt}, perhaps with {under,
// underAlt}, a picture below the words; data.least is the least width of one in pixels; data.pixelated keeps their pixels sharp.
export default function ({ data: bytes, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(bytes)), pictures = parentElement.querySelector("[data-part=pictures]")
  pictures.style.gridTemplateColumns = `repeat(auto-fit, minmax(min(${data.least}px, 46%), 1fr))`
  pictures.classList.toggle("pixelated", Boolean(data.pixelated))
  while (pictures.children.length > data.pictures.length) pictures.lastChild.remove()
  data.pictures.forEach(({ src, title, note, alt, under, underAlt }, i) => {
    if (!pictures.children[i]) {
      const figure = document.createElement("figure")
      figure.innerHTML = "<img><figcaption><b></b><span></span></figcaption><img class=under hidden>"
      pictures.append(figure)
    }
    const figure = pictures.children[i], [image, below] = figure.querySelectorAll("img")
    if (image.src !== src) image.src = src
    image.alt = alt ?? title
    below.hidden = !under
    if (under && below.src !== under) Object.assign(below, { src: under, alt: underAlt })
    figure.querySelector("b").textContent = title
    figure.querySelector("span").textContent = note ?? ""
  })
}
