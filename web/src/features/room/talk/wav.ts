// Where a browser records in a way that others cannot play, its recording is
// unpacked here and handed in as the plainest sound there is: one channel of
// 16 kHz in µ-law (G.711).

const rate = 16_000

export async function plainWav(recorded: Blob): Promise<Blob> {
  const context = new AudioContext()
  try {
    const sound = await context.decodeAudioData(await recorded.arrayBuffer())
    const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(sound.duration * rate)), rate)
    const source = offline.createBufferSource()
    source.buffer = sound
    source.connect(offline.destination)
    source.start()
    return wav((await offline.startRendering()).getChannelData(0))
  } finally {
    void context.close()
  }
}

export function wav(samples: Float32Array): Blob {
  const head = new DataView(new ArrayBuffer(58))
  const text = (at: number, s: string) => [...s].forEach((c, i) => head.setUint8(at + i, c.charCodeAt(0)))
  const padded = samples.length + (samples.length % 2)
  text(0, 'RIFF')
  head.setUint32(4, 50 + padded, true)
  text(8, 'WAVEfmt ')
  head.setUint32(16, 18, true)
  head.setUint16(20, 7, true) // µ-law
  head.setUint16(22, 1, true)
  head.setUint32(24, rate, true)
  head.setUint32(28, rate, true)
  head.setUint16(32, 1, true)
  head.setUint16(34, 8, true)
  text(38, 'fact')
  head.setUint32(42, 4, true)
  head.setUint32(46, samples.length, true)
  text(50, 'data')
  head.setUint32(54, samples.length, true)
  const data = new Uint8Array(padded)
  samples.forEach((s, i) => (data[i] = mulaw(s)))
  return new Blob([head, data], { type: 'audio/wav' })
}

/** One sample, −1 to 1, as G.711 writes it. */
export function mulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const v = Math.min(32_635, Math.round(Math.abs(sample) * 32_767)) + 0x84
  const exponent = 31 - Math.clz32(v) - 7
  return ~(sign | (exponent << 4) | ((v >> (exponent + 3)) & 0x0f)) & 0xff
}
