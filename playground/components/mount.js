// Put before each view's own code (see __init__.py). A view with a memory is one object for its place on the page: `create(root)`
// makes it when it is first shown, `wire(view, { setStateValue, setTriggerValue })` gives it a way to speak, its `update` shows data.
const mounted = new WeakMap()
function mount(create, wire = () => {}) {
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    let place = mounted.get(parentElement)
    if (!place) mounted.set(parentElement, (place = { view: create(parentElement), left: watchLeaving() }))
    wire(place.view, { setStateValue, setTriggerValue: (...said) => place.left() || setTriggerValue(...said) })
    place.view.update(JSON.parse(new TextDecoder().decode(data)))
  }
}

// While a person leaves for another page, a view asks for nothing more: in Streamlit 1.67 a question that comes after the new page's
// can leave that page blank.
const STAYED = 5000 // ms after which the person has stayed after all
let leavingSince = -Infinity
const leave = () => { leavingSince = performance.now() }
addEventListener("popstate", leave)
addEventListener("click", event => {
  const link = event.composedPath().find(part => part.href && part.target !== "_blank")
  if (link && new URL(link.href, location.href).pathname !== location.pathname) leave()
}, { capture: true })
function watchLeaving() {
  const begun = performance.now()
  return () => leavingSince > begun && performance.now() - leavingSince < STAYED
}
