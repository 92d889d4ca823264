// While a person leaves for another page, a view that trains asks for nothing more; put before its own code (see __init__.py).
// In Streamlit 1.67 a view's question that comes after the new page's can leave that page blank.
const STAYED = 5000 // ms after which the person has stayed after all
let leavingSince = -Infinity
const leave = () => { leavingSince = performance.now() }
addEventListener("popstate", leave)
addEventListener("click", event => {
  const link = event.composedPath().find(part => part.href && part.target !== "_blank")
  if (link && new URL(link.href, location.href).pathname !== location.pathname) leave()
}, { capture: true })

// For a view that begins now: tells whether it is being left.
function watchLeaving() {
  const begun = performance.now()
  return () => leavingSince > begun && performance.now() - leavingSince < STAYED
}
