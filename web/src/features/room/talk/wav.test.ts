import { expect, test } from 'vitest'
import { mulaw, wav } from './wav'

test('µ-law is that of G.711', () => {
  expect([0, 1, -1, 0.5, -0.5, 0.001].map(mulaw)).toEqual([0xff, 0x80, 0x00, 0x8f, 0x0f, 0xfb])
})

test('a WAV says how long it is', async () => {
  const blob = wav(new Float32Array(5))
  const bytes = new DataView(await blob.arrayBuffer())
  expect(blob.size).toBe(58 + 6)
  expect(bytes.getUint32(4, true)).toBe(blob.size - 8)
  expect(bytes.getUint32(54, true)).toBe(5)
})
