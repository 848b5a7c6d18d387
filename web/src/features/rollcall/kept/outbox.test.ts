import { expect, test } from 'vitest'
import { Problem } from '~/shared/api/problem'
import { Outbox } from './outbox'
import { idOf, type Kept, type Shelf } from './shelf'

const kept = (over: Partial<Kept> = {}): Kept => ({
  person: 'me',
  period: 'p1',
  answerer: 'me',
  key: 'k1',
  title: { zh: '', en: '' },
  name: '',
  form: { fields: [] },
  body: { kind: 'nil', form_version: 1, version: 0, device_at: '2020-02-14T08:00:00Z' },
  ...over,
})

/** A drawer that outlives the page, as IndexedDB does. */
function drawer(): Shelf & { lines: Map<string, Kept> } {
  const lines = new Map<string, Kept>()
  return {
    lines,
    all: () => Promise.resolve([...lines.values()]),
    put: (k) => Promise.resolve(!!lines.set(idOf(k), k)),
    remove: (k) => Promise.resolve(void lines.delete(idOf(k))),
    wipe: () => Promise.resolve(lines.clear()),
  }
}

const receipt = { version: 1, at: '2020-02-14T09:00:00Z', on_time: true }
const away = () => Promise.reject(new Problem(0, 'offline'))

test('what is kept survives the page and is sent once, with the key of its first attempt', async () => {
  const shelf = drawer()
  const before = new Outbox(shelf, away)
  await before.start('me')
  expect(await before.keep(kept())).toBe(true)
  await before.flush(() => expect.unreachable())
  expect(before.waiting()).toHaveLength(1)

  const posted: Kept[] = []
  const after = new Outbox(shelf, (k) => Promise.resolve((posted.push(k), receipt)))
  await after.start('me')
  const told: string[] = []
  await Promise.all([after.flush((k) => told.push(k.key)), after.flush((k) => told.push(k.key))])
  await after.flush((k) => told.push(k.key))
  expect(posted.map((k) => [k.key, k.body.device_at])).toEqual([['k1', '2020-02-14T08:00:00Z']])
  expect(told).toEqual(['k1'])
  expect(shelf.lines.size).toBe(0)
})

test('what the server refuses is kept with the reason and not sent again by itself; the others go on', async () => {
  const shelf = drawer()
  let attempts = 0
  const box = new Outbox(shelf, (k) => (attempts++, k.period === 'p1' ? Promise.reject(new Problem(409, 'rollcall_locked')) : Promise.resolve(receipt)))
  await box.start('me')
  await box.keep(kept())
  await box.keep(kept({ period: 'p2' }))
  await box.flush(() => {})
  await box.flush(() => {})
  expect(attempts).toBe(2)
  expect(box.get()).toMatchObject([{ period: 'p1', refused: { code: 'rollcall_locked' } }])
  expect(shelf.lines.get('me:p1:me')?.refused?.code).toBe('rollcall_locked')
})

test('a server that cannot work just now, or an ended session, leaves it waiting', async () => {
  for (const status of [503, 401, 429]) {
    const box = new Outbox(drawer(), () => Promise.reject(new Problem(status, 'x')))
    await box.start('me')
    await box.keep(kept())
    await box.flush(() => expect.unreachable())
    expect(box.waiting()).toHaveLength(1)
  }
})

test('a later answer takes the place of the one that waits', async () => {
  const box = new Outbox(drawer(), away)
  await box.start('me')
  await box.keep(kept())
  await box.keep(kept({ key: 'k2' }))
  expect(box.get().map((k) => k.key)).toEqual(['k2'])
})

test('who signs in next on this device sees nothing of it, and it is gone', async () => {
  const shelf = drawer()
  await shelf.put(kept())
  const box = new Outbox(shelf, away)
  await box.start('other')
  expect(box.get()).toEqual([])
  expect(shelf.lines.size).toBe(0)
})

test('a browser that keeps nothing says so', async () => {
  const box = new Outbox({ ...drawer(), all: () => Promise.reject(new Error('private')), put: () => Promise.reject(new Error('private')) }, away)
  await box.start('me')
  expect(await box.keep(kept())).toBe(false)
  expect(box.get()).toEqual([])
})
