import { expect, test } from 'vitest'
import { hear, serverNow } from './clock'

const answer = (date: string, control = 'no-store') => new Response(null, { headers: { date, 'cache-control': control } })
const off = () => Math.round((serverNow().getTime() - Date.now()) / 1000)

test('a device three hours behind knows what time it is', () => {
  hear(answer('Fri, 14 Feb 2020 09:30:00 GMT'), Date.parse('2020-02-14T06:30:00Z'))
  expect(off()).toBe(3 * 3600 + 1) // half a second, rounded
  hear(answer('Fri, 14 Feb 2020 09:30:00 GMT', 'private, max-age=300'), Date.parse('2020-02-14T09:35:00Z'))
  expect(off()).toBe(3 * 3600 + 1) // a stored answer says nothing
  hear(answer('nonsense'))
  expect(off()).toBe(3 * 3600 + 1)
  hear(answer('Fri, 14 Feb 2020 09:30:00 GMT'), Date.parse('2020-02-14T09:30:02Z'))
  expect(off()).toBe(0) // as right as can be told
})
