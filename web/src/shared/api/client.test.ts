import { expect, test, vi } from 'vitest'
import i18next from 'i18next'
import { intention, patientFetch } from './client'
import { problemOf, wordFields, wordProblem, Problem } from './problem'
import { fieldPath } from '../ui/ServerForm'

const t = i18next.createInstance({
  lng: 'en', nsSeparator: false, resources: { en: { translation: { fault: { internal: 'oops', format: 'form', required: 'fill in', too_long: 'at most {{limit}}', gone: 'ended' } } } },
  interpolation: { escapeValue: false },
})
await t.init()

test('a request that got no answer is sent again, the same; an answer never', async () => {
  const keys: (string | null)[] = []
  const fetcher = vi.fn(async (input: unknown) => {
    keys.push((input as Request).headers.get('Idempotency-Key'))
    if (keys.length < 3) throw new TypeError('network')
    return new Response('', { status: 503 })
  })
  const request = new Request('http://x/api', { method: 'POST', body: '{}', headers: { 'Idempotency-Key': intention() } })
  const response = await patientFetch(request, fetcher as never, async () => {})
  expect(response.status).toBe(503)
  expect(keys).toHaveLength(3)
  expect(new Set(keys).size).toBe(1)
})

test('a network that stays away is said to be that', async () => {
  const request = new Request('http://x/api')
  await expect(patientFetch(request, () => Promise.reject(new TypeError()), async () => {})).rejects.toMatchObject({ status: 0, code: 'network' })
})

test('problems are worded, unknown ones say no more than that', () => {
  expect(wordProblem(t.t, problemOf(410, { code: 'gone' }))).toBe('ended')
  expect(wordProblem(t.t, problemOf(500, { code: 'something_secret' }))).toBe('oops')
  expect(wordProblem(t.t, new TypeError('x is not a function'))).toBe('oops')
  expect(problemOf(502, '<html>').code).toBe('internal')
})

test('all fields are worded at once', () => {
  const p = new Problem(422, 'invalid', {}, [
    { field: 'title', code: 'required' },
    { field: 'stages[0].title', code: 'too_long', params: { limit: 5 } },
    { field: 'title', code: 'unheard_of' },
  ])
  expect(wordFields(t.t, p)).toEqual([
    { name: 'title', errors: ['fill in', 'form'] },
    { name: 'stages[0].title', errors: ['at most 5'] },
  ])
  expect(fieldPath('stages[0].title')).toEqual(['stages', 0, 'title'])
  expect(fieldPath('stages.12.title')).toEqual(['stages', 12, 'title'])
})
