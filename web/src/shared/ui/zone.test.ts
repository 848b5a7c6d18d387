import { afterEach, beforeAll, expect, test } from 'vitest'
import { wordSpan, wordTime } from './time'
import { abroad, dayOf, momentOf, setZone, today, wall } from './zone'

const t = ((key: string, params?: { said: string; time: string }) => (params ? `${params.said} | ${params.time}` : key)) as never

// The reader sits in New York; so does the test, whatever machine it runs on.
beforeAll(() => {
  process.env.TZ = 'America/New_York'
  expect(new Date('2020-02-14T12:00:00Z').getHours()).toBe(7)
})
afterEach(() => setZone(undefined))

test('a time is said by the clock of the organisation, and by the reader’s own where it differs', () => {
  const at = new Date('2020-02-29T15:30:00Z')
  const now = new Date('2020-02-29T01:00:00Z')
  setZone('Asia/Shanghai')
  expect(wordTime(t, 'zh-CN', at, 'relativeDay', now)).toBe('common.today 23:30 | 10:30')
  expect(wordTime(t, 'en', new Date('2020-02-29T16:30:00Z'), 'full', now)).toBe('Sun 1 Mar 00:30 | Sat 29 Feb 11:30')
  expect(wordTime(t, 'zh-CN', at, 'forOthers', now)).toBe('2月29日 周六 23:30')
  expect(wordTime(t, 'zh-CN', at, 'time', now)).toBe('23:30')
  expect(wordSpan(t, 'zh-CN', at, new Date('2020-02-29T16:30:00Z'), 'full', now)).toBe('2月29日 周六 23:30 – 3月1日 周日 00:30 | 10:30 – 11:30')
  expect(wordSpan(t, 'zh-CN', new Date('2020-02-28T01:00:00Z'), new Date('2020-02-28T02:00:00Z'), 'full', now)).toBe('2月28日 周五 09:00 – 10:00 | 2月27日 周四 20:00 – 21:00')
  setZone('America/New_York')
  expect(wordTime(t, 'zh-CN', at, 'relativeDay', now)).toBe('common.tomorrow 10:30')
  expect(abroad(at)).toBe(false)
})

test('a day stays the same day, here and there', () => {
  for (const zone of [undefined, 'Asia/Shanghai', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    setZone(zone)
    expect(wordTime(t, 'en', new Date(dayOf('2020-03-01')), 'day', new Date('2020-06-01T00:00:00Z'))).toBe('Sun 1 Mar')
    expect(today(new Date(dayOf('2020-12-31')))).toBe('2020-12-31')
  }
  setZone('Asia/Shanghai')
  expect(today(new Date('2020-02-29T16:30:00Z'))).toBe('2020-03-01')
})

test('clocks that are changed lead to the same moment and back', () => {
  setZone('Europe/Lisbon')
  for (let hour = 0; hour < 24 * 7; hour++) {
    const at = new Date(Date.UTC(2020, 2, 26, hour))
    expect(momentOf(wall(at).getTime()).toISOString()).toBe(at.toISOString())
  }
})

test('a zone that the browser does not know leaves the reader’s own', () => {
  setZone('__TIMEZONE__')
  expect(today(new Date('2020-02-29T04:30:00Z'))).toBe('2020-02-28')
})
