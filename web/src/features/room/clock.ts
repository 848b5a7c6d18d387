// Times of the room are the server's. A device's clock may be hours off, so how
// far it is off is measured with every beat; the quickest answer knows it best.
import type { Turn } from './types'

/** How much the server's clock is ahead of this device's, in milliseconds. */
export class Offset {
  #best = Infinity
  #ahead = 0
  get ahead() {
    return this.#ahead
  }
  /** serverNow came in answer to a question asked at sent, at received (both of this device, ms). */
  measure(serverNow: string, sent: number, received: number) {
    const trip = Math.max(0, received - sent)
    const ahead = Date.parse(serverNow) - (sent + trip / 2)
    // A jump of the device's clock makes everything known before worthless.
    if (trip <= this.#best || Math.abs(ahead - this.#ahead) > trip + this.#best) {
      this.#best = trip
      this.#ahead = ahead
    } else this.#best *= 1.1 // clocks drift: in a minute or two a fresher measure is preferred
  }
}

export interface TurnClock {
  /** Whole seconds left, negative in overtime; undefined without a limit. */
  left: number | undefined
  /** 1 at the beginning, 0 when the time is up. */
  part: number
  phase: 'free' | 'calm' | 'warn' | 'over' | 'paused'
}

/** Where a turn's time stands; now in ms of the server's clock. */
export function turnClock(turn: Turn, now: number): TurnClock {
  const at = turn.paused_at ? Date.parse(turn.paused_at) : now
  if (!turn.due_at) return { left: undefined, part: 1, phase: turn.paused_at ? 'paused' : 'free' }
  const due = Date.parse(turn.due_at)
  const ms = due - at
  const left = ms >= 0 ? Math.ceil(ms / 1000) : Math.floor(ms / 1000)
  const whole = Math.max(1, due - Date.parse(turn.started_at ?? turn.due_at))
  const part = Math.min(1, Math.max(0, ms / whole))
  const phase = turn.paused_at ? 'paused' : ms <= 0 ? 'over' : turn.warn_at && at >= Date.parse(turn.warn_at) ? 'warn' : 'calm'
  return { left, part, phase }
}

/** How many seconds of its recording a turn has played; negative before it begins. */
export function soundPlace(turn: Turn, now: number): number {
  const at = turn.paused_at ? Date.parse(turn.paused_at) : now
  return ((turn.sound_ms ?? 0) - (Date.parse(turn.due_at ?? '') - at)) / 1000
}

/** 3:05, and +0:12 for overtime. */
export function wordClock(seconds: number): string {
  const s = Math.abs(seconds)
  return `${seconds < 0 ? '+' : ''}${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`
}
