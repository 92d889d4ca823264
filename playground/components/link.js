// Copies the address of the page, which holds the scene. Where the browser denies the clipboard, the address is shown instead.
export default function ({ data: bytes, parentElement }) {
  const data = JSON.parse(new TextDecoder().decode(bytes))
  const button = parentElement.querySelector("[data-part=copy]")
  button.textContent = data.copy
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(location.href)
      button.textContent = data.copied
      setTimeout(() => { button.textContent = data.copy }, 2000)
    } catch {
      prompt(data.copy, location.href)
    }
  }
}
