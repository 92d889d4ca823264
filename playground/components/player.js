// Plays frames that the server computes in portions; put before a view's own code (see __init__.py). The view pulls: it asks for the
// next portion when what it has lasts just until that is here. A view that is closed or hidden stops the computation by itself, and
// a slow server makes the picture slower, never a queue. A frame is an object with its `step`; what else it has is the view's affair.
//
//   const player = createPlayer({ show, ask, changed, stopped, alive })
//     show(frame)  draws one frame
//     ask({ run, after, count, turn })  asks the server for at most `count` frames after step `after`; answered by player.give
//     changed()    playing began or ended: time for the words on buttons
//     stopped({ run, at, turn })  it stands at a step, by the person's will or at the end: time for the link; the server may have
//                  gone further and is to go back there, and may answer with that frame again, with more in it
//     alive()      whether the view is still on the page
//   player.give({ run, frames, end, turn })
//     run    what the frames belong to (settings, seed); at another run the player goes to the last of its frames
//     end    there are no frames after these
//     turn   of the question; an answer to an older one is passed over. Without a turn: where the run stands.
//   player.play(), pause(), toggle(), step(); player.to(step): asks for another place, by `stopped`
//   player.refresh()  forgets the frames not yet shown and asks anew: what they show has changed
//   player.rate       frames a second; player.playing, player.frame, player.ended
const FIRST = 1, MOST = 8 // frames a portion: few at first, so that the picture moves at once; then many, as each question makes
// the whole page be looked through
const LOST = 5000 // ms after which a question is asked again

function createPlayer({ show, ask, changed = () => {}, stopped = () => {}, alive = () => true }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)")
  const player = { play, pause, step, to, refresh, give, rate: 25, playing: false, frame: null, ended: false }
  player.toggle = () => (player.playing ? pause() : play())
  let queue = [], run = null, due = 0, animation = 0, stepping = false
  let turn = Math.floor(Math.random() * 1e9), asked = 0, trip = 0, size = FIRST, pace = 0 // ms, ms, frames, ms a frame

  function give(portion) {
    const { frames } = portion
    if (portion.run !== run || !player.frame) { // another run, or the first
      run = portion.run
      player.ended = Boolean(portion.end)
      forget()
      put(frames.at(-1))
      if (player.playing) more()
    } else if (!player.playing && !stepping) {
      if (portion.turn !== undefined && portion.turn !== turn) return
      player.ended = Boolean(portion.end)
      put(frames.at(-1))
    } else if (asked && portion.turn === turn) {
      trip = performance.now() - asked
      asked = 0
      player.ended = Boolean(portion.end)
      const last = (queue.at(-1) ?? player.frame).step, fresh = frames.filter(frame => frame.step > last)
      queue.push(...(still.matches ? fresh.slice(-1) : fresh))
      pace = trip / Math.max(1, fresh.length)
      size = Math.min(MOST, 2 * size)
      if (stepping) {
        if (queue.length) put(queue.shift())
        rest()
      }
    }
  }
  function put(frame) {
    player.frame = frame
    show(frame)
  }
  function forget() {
    queue = []
    asked = 0
    size = FIRST
    turn++
  }
  function more() {
    if (player.ended || (asked && performance.now() - asked < LOST)) return
    asked = performance.now()
    ask({ run, after: (queue.at(-1) ?? player.frame).step, count: stepping ? 1 : size, turn: ++turn })
  }
  function refresh() {
    if (queue.length) player.ended = false
    forget()
    if (player.playing) more()
  }

  // ---- a frame a beat; where the server is slower, the beat is the server's
  const beat = () => (still.matches ? 500 : 1000 / player.rate)
  function tick(now) {
    if (!player.playing) return
    if (!alive()) return void (player.playing = false)
    animation = requestAnimationFrame(tick)
    if ((queue.length - 2) * beat() <= 1.5 * trip) more()
    if (now < due) return
    if (queue.length) {
      due = Math.max(due, now - 50) + Math.max(beat(), Math.min(pace, 500))
      put(queue.shift())
    } else if (player.ended) pause()
  }
  function play() {
    if (player.playing || !player.frame || player.ended) return
    player.playing = true
    stepping = false
    due = 0
    forget()
    more()
    animation = requestAnimationFrame(tick)
    changed()
  }
  function pause() {
    if (player.playing) rest()
  }
  function rest() { // what was computed beyond is dropped
    if (queue.length) player.ended = false
    to(player.frame.step)
  }
  function to(at) {
    cancelAnimationFrame(animation)
    player.playing = stepping = false
    forget()
    changed()
    stopped({ run, at, turn })
  }
  function step() {
    if (player.playing) return pause()
    if (stepping || !player.frame || player.ended) return
    stepping = true
    more()
  }
  return player
}
