// The sound and the shaking of a ring. No file: two tones are enough to be noticed.

let audio: AudioContext | undefined

/** Browsers let a page sound only after somebody has touched it. */
function wake() {
  audio ??= typeof AudioContext === 'undefined' ? undefined : new AudioContext()
  void audio?.resume().catch(() => undefined)
}
addEventListener('pointerdown', wake, { passive: true })
addEventListener('keydown', wake, { passive: true })

const pause = 2400 // milliseconds between two rings
const longest = 60_000 // nobody's telephone rings for ever

function once() {
  navigator.vibrate?.([300, 150, 300])
  if (audio?.state !== 'running') return
  for (const [i, frequency] of [660, 880, 660, 880].entries()) {
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    const from = audio.currentTime + i * 0.22
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0, from)
    volume.gain.linearRampToValueAtTime(0.18, from + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.2)
    tone.connect(volume).connect(audio.destination)
    tone.start(from)
    tone.stop(from + 0.22)
  }
}

/** Rings until what it returns is called. */
export function ring(): () => void {
  once()
  const again = setInterval(once, pause)
  const end = setTimeout(() => clearInterval(again), longest)
  return () => {
    clearInterval(again)
    clearTimeout(end)
    navigator.vibrate?.(0)
  }
}
