// A recorded statement is played by every browser itself, in step with its turn: who comes late
// begins in the middle, and while the turn stands still so does the sound.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { soundPlace, type Offset } from './clock'
import { playableSound } from './queries'
import type { State } from './types'

const every = 250
const far = 3 // seconds beside the turn: jump; less is made up by playing a little faster

export interface Recording {
  /** The browser wants to be touched before it lets sound through. */
  blocked: boolean
  /** To be called from a touch. */
  listen: () => void
}

export function useRecording(meeting: string, state: State, offset: Offset): Recording {
  const [blocked, setBlocked] = useState(false)
  const turn = (state.turns ?? []).find((x) => x.sound_ms) ?? (state.interrupted?.sound_ms ? state.interrupted : undefined)
  const element = useRef<HTMLAudioElement>(undefined)
  const latest = useRef(turn)
  useEffect(() => {
    latest.current = turn
  }, [turn])

  // Refused once, it is not tried again until somebody touches the page.
  const refused = useRef(false)
  const start = useCallback(() => {
    const audio = element.current
    if (!audio) return
    audio.play().then(
      () => {
        refused.current = false
        setBlocked(false)
      },
      (error: unknown) => {
        if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return
        refused.current = true
        setBlocked(true)
      },
    )
  }, [])

  const statement = turn?.statement
  const id = turn?.id
  useEffect(() => {
    if (!statement) return
    const audio = document.createElement('audio')
    audio.hidden = true
    audio.preload = 'auto'
    audio.dataset.recording = statement
    audio.src = playableSound(meeting, statement)
    // Some say they play it and do not.
    audio.onerror = () => {
      const plain = playableSound(meeting, statement, true)
      if (!audio.src.endsWith(plain)) audio.src = plain
    }
    document.body.append(audio)
    element.current = audio
    const step = () => {
      const now = latest.current
      if (!now) return
      const at = soundPlace(now, Date.now() + offset.ahead)
      if (now.paused_at || at < 0 || at * 1000 >= (now.sound_ms ?? 0)) {
        if (!audio.paused) audio.pause()
        return
      }
      if (audio.paused) {
        if (refused.current) return
        audio.currentTime = at
        start()
        return
      }
      const behind = at - audio.currentTime
      if (Math.abs(behind) > far && !audio.seeking) audio.currentTime = at
      audio.playbackRate = behind > 0.3 ? 1.1 : behind < -0.3 ? 0.9 : 1
    }
    step()
    const timer = setInterval(step, every)
    return () => {
      clearInterval(timer)
      audio.pause()
      audio.removeAttribute('src')
      audio.load()
      audio.remove()
      element.current = undefined
      setBlocked(false)
    }
  }, [meeting, statement, id, offset, start])
  return useMemo(() => ({ blocked, listen: start }), [blocked, start])
}
