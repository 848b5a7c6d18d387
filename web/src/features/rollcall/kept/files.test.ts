import { expect, test } from 'vitest'
import { Problem } from '~/shared/api/problem'
import type { AnswerFile, Field, Sending } from '../queries'
import { Files, isHere, keptMB, type Drawer, type Here } from './files'

/** A drawer that outlives the page, as IndexedDB does. */
function drawer(): Drawer & { lines: Map<string, { file: Here; content: Blob }> } {
  const lines = new Map<string, { file: Here; content: Blob }>()
  return {
    lines,
    all: () => Promise.resolve([...lines.values()].map((l) => l.file)),
    put: (file, content) => Promise.resolve(!!lines.set(file.id, { file, content })),
    content: (f) => Promise.resolve(lines.get(f.id)?.content),
    remove: (id) => Promise.resolve(void lines.delete(id)),
    wipe: () => Promise.resolve(lines.clear()),
  }
}

const purpose = { person: 'me', period: 'p1', answerer: 'me', form_version: 1 }
const field: Field = { key: 'photo', kind: 'file', label: { zh: '', en: '' } }
const photo = new File(['photo'], 'a.jpg')
const answer = (id: string): Sending => ({ kind: 'value', form_version: 1, version: 0, device_at: null, values: { photo: ['7', id], n: 1 } })
const away = () => Promise.reject(new Problem(0, 'offline'))
const server = (id: string): AnswerFile => ({ id, field: 'photo', name: 'a.jpg', media_type: 'image/jpeg', bytes: 5, answered: false })

test('without a network it is kept, survives the page, and is sent once with the key of its first attempt', async () => {
  const shelf = drawer()
  const keys: string[] = []
  const before = new Files(shelf, (_f, _c, key) => (keys.push(key), away()))
  const { id } = before.choose(purpose, field, photo)
  expect(isHere(id)).toBe(true)
  await expect(before.attach(answer(id))).rejects.toMatchObject({ status: 0 })
  expect(before.safe(answer(id))).toBe(true)
  expect(before.elsewhere(answer(id)).values).toEqual({ photo: ['7'], n: 1 })

  const sent: string[] = []
  const after = new Files(shelf, async (f, content, key) => (sent.push(f.name, await content.text(), key), server('8')))
  await after.start('me')
  await Promise.all([after.retry(), after.attach(answer(id))])
  expect((await after.attach(answer(id))).values).toEqual({ photo: ['7', '8'], n: 1 })
  expect(sent).toEqual(['a.jpg', 'photo', keys[0]])
  expect(new Set(keys).size).toBe(1)
  await after.clear(purpose)
  expect(shelf.lines.size).toBe(0)
  expect(after.get()).toEqual([])
})

test('what the server refuses is a fault of its field and is not sent again by itself', async () => {
  let attempts = 0
  const box = new Files(drawer(), () => (attempts++, Promise.reject(new Problem(415, 'rollcall_file_type'))))
  const { id } = box.choose(purpose, field, photo)
  await expect(box.attach(answer(id))).rejects.toMatchObject({ code: 'rollcall_file_type', errors: [{ field: 'values.photo', code: 'rollcall_file_type' }] })
  expect(box.get().filter(box.coming)).toEqual([])
  await box.retry()
  expect(attempts).toBe(1)
})

test('too large and empty ones are told before anything is sent', async () => {
  const box = new Files(drawer(), () => expect.unreachable())
  const large = box.choose(purpose, field, new File([new Uint8Array((20 << 20) + 1)], 'a.pdf'))
  await expect(box.send(large.id)).rejects.toMatchObject({ code: 'rollcall_file_large', params: { limit_mb: 20 } })
  await expect(box.send(box.choose(purpose, field, new File([], 'b.pdf')).id)).rejects.toMatchObject({ code: 'rollcall_file_empty' })
})

test('a device keeps so much and no more; what it cannot keep is not safe', async () => {
  const shelf = drawer()
  const box = new Files(shelf, away)
  const ids: string[] = []
  for (let n = 0; n < keptMB / 20 + 1; n++) {
    const { id } = box.choose(purpose, field, new File([new Uint8Array(20 << 20)], `${n}.pdf`))
    ids.push(id)
    await box.send(id).catch(() => {})
  }
  expect(shelf.lines.size).toBe(keptMB / 20)
  expect(box.safe(answer(ids[0]!))).toBe(true)
  expect(box.safe(answer(ids.at(-1)!))).toBe(false)
})

test('one that was taken away since it arrived long ago is sent as another one', async () => {
  const keys: string[] = []
  const box = new Files(drawer(), (_f, _c, key) => (keys.push(key), keys.length === 1 ? Promise.reject(new Problem(410, 'rollcall_file_gone')) : Promise.resolve(server('9'))))
  expect(await box.send(box.choose(purpose, field, photo).id)).toMatchObject({ id: '9' })
  expect(new Set(keys).size).toBe(2)
})

test('who signs in next on this device sees nothing of it, and it is gone', async () => {
  const shelf = drawer()
  const before = new Files(shelf, away)
  await before.send(before.choose(purpose, field, photo).id).catch(() => {})
  expect(shelf.lines.size).toBe(1)
  const box = new Files(shelf, () => expect.unreachable())
  await box.start('other')
  expect(box.get()).toEqual([])
  expect(shelf.lines.size).toBe(0)
})
