import { expect, test } from 'vitest'
import { addable, addField, both, conditionsFor, copyField, faultsWithin, faultyAt, inBoth, moveField, putBack, removeField, tidy, toBuild, tooEarly } from './build'
import type { Form } from './queries'

const say = (zh: string) => ({ zh, en: '' })
const form: Form = {
  fields: [
    { key: 'q1', kind: 'number', label: say('在岗') },
    { key: 'q2', kind: 'number', label: say('居家'), when: { field: 'q1', above: 0 } },
    { key: 'q3', kind: 'total', label: say('合计'), of: ['q1', 'q2'] },
  ],
  checks: [{ key: 'k1', kind: 'at_most', left: 'q3', right: ['q1'], message: say('') }],
}
const keys = (f: Form) => f.fields?.map((x) => x.key)
const proposed = () => say('不能多于')

test('a new field gets a key of its own, also after one was taken away', () => {
  expect(keys(addField(form, 'one'))).toEqual(['q1', 'q2', 'q3', 'q4'])
  expect(keys(addField(removeField(form, 'q2'), 'many'))).toEqual(['q1', 'q3', 'q2'])
  expect(addField(form, 'many').fields?.[3]).toMatchObject({ kind: 'choice', multiple: true })
})

test('a copy stands behind, and shares nothing', () => {
  const copied = copyField(form, 'q3')
  expect(keys(copied)).toEqual(['q1', 'q2', 'q3', 'q4'])
  expect(copied.fields?.[3]?.of).not.toBe(form.fields?.[2]?.of)
})

test('what looks back is told when it stands before what it looks at', () => {
  expect(form.fields?.map((f) => tooEarly(form, f))).toEqual([undefined, undefined, undefined])
  const moved = moveField(form, 'q2', -1)
  expect(keys(moved)).toEqual(['q2', 'q1', 'q3'])
  expect(tooEarly(moved, moved.fields![0]!)?.key).toBe('q1')
  expect(moveField(form, 'q1', -1)).toBe(form)
  expect(conditionsFor(form, 'q3').map((f) => f.key)).toEqual(['q1', 'q2'])
  expect(addable(form, 'q2').map((a) => a.key)).toEqual(['q1'])
})

test('a field goes with what points at it, and comes back with it', () => {
  const after = removeField(form, 'q1')
  expect(after.fields?.[0]?.when).toBeUndefined()
  expect(after.fields?.[1]?.of).toEqual(['q2'])
  expect(after.checks).toEqual([])
  expect(putBack(after, form, removeField(structuredClone(form), 'q1'))).toEqual(form)
})

test('what was changed since a field was taken away stays changed', () => {
  const after = removeField(form, 'q1')
  const now: Form = { ...after, fields: after.fields!.map((f) => (f.key === 'q2' ? { ...f, required: true } : f)) }
  const back = putBack(now, form, after)
  expect(keys(back)).toEqual(['q1', 'q2', 'q3'])
  expect(back.fields?.[1]).toMatchObject({ required: true })
  expect(back.fields?.[2]?.of).toEqual(['q1', 'q2'])
})

test('words in one language stand for both, and are shown once', () => {
  expect(both({ zh: ' 在岗 ', en: '' })).toEqual({ zh: '在岗', en: '在岗' })
  const sent = tidy(form, proposed)
  expect(sent.fields?.[0]?.label).toEqual({ zh: '在岗', en: '在岗' })
  expect(sent.checks?.[0]?.message.en).toBe('不能多于')
  expect(toBuild(sent, 'zh').fields?.[0]?.label).toEqual(say('在岗'))
  expect(toBuild(sent, 'en').fields?.[0]?.label).toEqual({ zh: '', en: '在岗' })
  expect(inBoth(sent)).toBe(false)
  expect(inBoth({ a: [{ label: { zh: '在岗', en: 'At work' } }] })).toBe(true)
})

test('nothing is sent that does not belong to its kind', () => {
  const odd: Form = { fields: [{ key: 'q1', kind: 'total', label: say('合计'), required: true, hint: say(' '), limit: 3, of: [] }], readers: ['officer'] }
  const sent = JSON.parse(JSON.stringify(tidy(odd, proposed))) as Form
  expect(sent).toEqual({ fields: [{ key: 'q1', kind: 'total', label: { zh: '合计', en: '合计' }, of: [] }] })
})

test('an option that was left empty is not sent; without any the server says so', () => {
  const of = (...labels: string[]): Form => ({ fields: [{ key: 'q1', kind: 'choice', label: say('在哪'), options: labels.map((l, i) => ({ key: `o${i}`, label: say(l) })) }] })
  expect(tidy(of('家里', ''), proposed).fields?.[0]?.options).toHaveLength(1)
  expect(tidy(of('', ''), proposed).fields?.[0]?.options).toHaveLength(2)
})

test('faults of the server find their place in the form, both languages at once', () => {
  const faults = faultsWithin([
    { name: 'form.fields[1].label.zh', errors: ['x'] },
    { name: 'form.fields[1].label.en', errors: ['x'] },
    { name: 'minutes', errors: ['y'] },
  ])
  expect(faults).toEqual({ 'fields[1].label': ['x'] })
  expect(faultyAt(faults, 'fields[1]')).toBe(true)
  expect(faultyAt({ 'fields[10].label': ['x'] }, 'fields[1]')).toBe(false)
})
