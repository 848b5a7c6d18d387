import i18next, { type TFunction } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import en from '~/shared/words/en'
import { join } from '~/shared/words/catalogue'
import zh from '~/shared/words/zh-CN'
import { addressOf, reasonOf, wordNotice } from './wording'

let say: Record<string, TFunction>
beforeAll(async () => {
  const one = i18next.createInstance()
  await one.init({ ns: ['words'], defaultNS: 'words', nsSeparator: false, fallbackLng: false, resources: { en: { words: join(en) }, 'zh-CN': { words: join(zh) } }, interpolation: { escapeValue: false } })
  say = { en: one.getFixedT('en'), 'zh-CN': one.getFixedT('zh-CN') }
})
const word = (language: string, kind: string, params: Record<string, unknown>) => wordNotice(say[language]!, language, { kind, params })

// A local time on purpose: what is shown is the reader's own clock.
const starts_at = new Date(2020, 1, 14, 9, 30).toISOString()

test('a time is said in words of the reader, never as it travels', () => {
  const params = { theme: '众志成城', unit: '第一厅党支部', starts_at }
  expect(word('zh-CN', 'meeting.invited', params)).toBe('请您参加第一厅党支部“众志成城”，2020年2月14日 周五 09:30开始。')
  expect(word('en', 'meeting.invited', params)).toBe('You are invited: 众志成城 (第一厅党支部), Fri 14 Feb 2020 09:30.')
  for (const language of ['zh-CN', 'en'])
    for (const kind of ['invited', 'uninvited', 'moved', 'cancelled', 'reminder']) expect(word(language, `meeting.${kind}`, params)).not.toMatch(/T\d\d:|\{\{/)
})

test('a reminder brings its own words, in the language of the reader', () => {
  const params = { theme: 'X', unit: 'Y', starts_at, zh: '请准备发言提纲。', en: 'Please prepare what you want to say.' }
  expect(word('zh-CN', 'meeting.reminder', params)).toMatch(/开始。请准备发言提纲。$/)
  expect(word('en', 'meeting.reminder', params)).toMatch(/Please prepare what you want to say\.$/)
})

test('a day stays the same day', () => {
  expect(word('zh-CN', 'action.soon', { theme: 'X', due_on: '2020-03-01' })).toContain('2020年3月1日')
})

test('an unknown kind says something all the same; hostile text stays text', () => {
  expect(word('en', 'meeting.of_tomorrow', {})).toBe('There is a new message for you. Please sign in to read it.')
  expect(word('en', 'meeting.leave_excused', { theme: '<b>$t(common.ok){{unit}}' })).toBe('You are excused from <b>$t(common.ok){{unit}}.')
  expect(reasonOf({ params: { reason: 7 } })).toBe('')
})

test('the link leads to the subject', () => {
  expect(addressOf({ subject: 'meeting_leave', subject_id: '5', params: {} })).toBe('/meetings/5')
  expect(addressOf({ subject: 'record', subject_id: '5', params: {} })).toBe('/meetings/5/record')
  expect(addressOf({ subject: 'submission', subject_id: '5', params: {} })).toBe('/submissions/5')
  expect(addressOf({ subject: 'action', subject_id: '5', params: {} })).toBe('/actions')
  expect(addressOf({ subject: 'action', subject_id: '5', params: { unit_id: '7' } })).toBe('/actions?unit=7')
  expect(addressOf({ subject: 'rollcall', subject_id: '5', params: {} })).toBe('/rollcalls/periods/5/for-me')
  expect(addressOf({ subject: 'of_tomorrow', subject_id: '5', params: {} })).toBeUndefined()
})
