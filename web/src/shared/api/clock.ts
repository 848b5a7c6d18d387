// The present moment as the server knows it: a device's own clock may be hours off, and a door
// that opens at two must not stay shut for whoever's phone says noon.

let ahead = 0

/** An answer of the server's says when it was given. It tells whole seconds and was under way. */
export function hear(answer: Response, received = Date.now()) {
  // A stored answer is an old one.
  if (!answer.headers.get('cache-control')?.includes('no-store')) return
  const off = Date.parse(answer.headers.get('date') ?? '') + 500 - received
  if (!Number.isNaN(off)) ahead = Math.abs(off) > 5000 ? off : 0
}

export const serverNow = () => new Date(Date.now() + ahead)
