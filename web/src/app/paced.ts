const atLeast = 300 // ms

/**
 * Does work for a key at once, and what is asked of the same key meanwhile once more afterwards: no sooner than after a
 * rest of three times as long as it took. While a whole authority answers, changes come faster than a page can read, and
 * what is dear to count is counted less often.
 */
export function paced<K extends object>(work: (key: K) => Promise<unknown>): (key: K) => void {
  const busy = new Map<K, boolean>() // true: asked again meanwhile
  const again = (key: K) => {
    if (busy.has(key)) {
      busy.set(key, true)
      return
    }
    busy.set(key, false)
    const began = performance.now()
    const rested = () => {
      const asked = busy.get(key)
      busy.delete(key)
      if (asked) again(key)
    }
    const rest = () => setTimeout(rested, Math.max(atLeast, 3 * (performance.now() - began)))
    work(key).then(rest, rest)
  }
  return again
}
