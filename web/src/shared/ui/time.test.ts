import { expect, test } from 'vitest'
import { initials } from './People'
import { wordDuration, wordTime } from './time'

const t = ((key: string) => key) as never
const now = new Date(2020, 1, 14, 12, 0)

test.each([
  ['zh-CN', new Date(2020, 1, 14, 9, 5), 'relativeDay', 'common.today 09:05'],
  ['zh-CN', new Date(2020, 1, 15, 0, 0), 'relativeDay', 'common.tomorrow 00:00'],
  ['en', new Date(2020, 1, 13, 23, 59), 'relativeDay', 'common.yesterday 23:59'],
  ['en', new Date(2020, 1, 13, 23, 59), 'inside', 'common.yesterday_inside 23:59'],
  ['zh-CN', new Date(2020, 1, 20, 14, 30), 'full', '2月20日 周四 14:30'],
  ['en', new Date(2020, 1, 20, 14, 30), 'full', 'Thu 20 Feb 14:30'],
  ['zh-CN', new Date(2019, 11, 31, 8, 0), 'day', '2019年12月31日 周二'],
  ['en', new Date(2020, 1, 20, 0, 5), 'time', '00:05'],
] as const)('%s %s %s', (language, at, form, want) => expect(wordTime(t, language, at, form, now)).toBe(want))

test.each([
  ['zh-CN', 40, '40秒'], ['zh-CN', 2700, '45分钟'], ['zh-CN', 4800, '1小时20分'], ['en', 3600, '1 h'], ['en', 4800, '1 h 20 min'],
])('%s %i s', (language, seconds, want) => expect(wordDuration(language, seconds)).toBe(want))

test.each([['林知远', '知远'], ['欧阳若兰', '若兰'], ['Ada Lovelace King', 'AL'], ['王芳', '王芳']])('%s', (name, want) => expect(initials(name)).toBe(want))
