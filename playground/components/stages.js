// What several nets make of a photo, a row for each resolution of their maps: stages, cost and the strongest maps.
export default function ({ data: bytes, parentElement: root }) {
  const data = JSON.parse(new TextDecoder().decode(bytes))
  const element = (tag, text = "", className = "") => Object.assign(document.createElement(tag), { textContent: text, className })
  const heading = (text, scope) => Object.assign(element("th", text), { scope })
  const line = parts => {
    const row = document.createElement("tr")
    row.append(...parts)
    return row
  }
  root.querySelector("[data-part=head]").replaceChildren(line(["", ...data.titles].map(title => heading(title, "col"))))
  root.querySelector("[data-part=body]").replaceChildren(...data.rows.map(({ resolution, cells }) => line([heading(resolution, "row"), ...cells.map(cell)])))

  function cell(level) {
    const part = element("td")
    if (!level) {
      part.append(element("p", data.texts.none, "none"))
      return part
    }
    const track = element("div", "", "track"), bar = element("div", "", "bar")
    bar.style.width = `${100 * level.share}%`
    track.append(bar)
    const maps = Object.assign(new Image(), { src: level.image, alt: level.alt })
    part.append(element("p", level.name, "name"), element("p", level.fine, "fine"), track, maps)
    return part
  }
}
