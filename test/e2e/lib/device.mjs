// What a page keeps in this browser (web/src/shared/device/drawer.ts), as somebody sees it who copies the file.
import assert from 'node:assert/strict'

/** The lines of a drawer: their ids, and everything that is legible in them. */
export const drawer = (page, name, store = 'answers') =>
  page.evaluate(async ({ name, store }) => {
    if (!(await indexedDB.databases()).some((d) => d.name === name)) return []
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const db = opening.result
        const all = db.transaction(store).objectStore(store).getAll()
        db.close() // once that is read
        all.onerror = () => reject(all.error)
        all.onsuccess = () => resolve(all.result.map((line) => ({ id: line.id, text: JSON.stringify(line) + new TextDecoder().decode(line.sealed) })))
      }
    })
  }, { name, store })

/** Waits until the lines of a drawer are as they should be; returns them. */
export async function drawerUntil(page, name, right) {
  const end = Date.now() + 30_000
  for (;;) {
    const lines = await drawer(page, name)
    if (right(lines)) return lines
    assert.ok(Date.now() < end, `in the drawer ${name}: ${lines.map((l) => l.id)}`)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  }
}
