// A key for everything that is done often. Not while somebody writes.
import { useEffect, useLayoutEffect, useRef } from 'react'
import type { Panel, Room } from './room'
import { standing } from './turn'

export const keyList = ['Space', 'D', 'P', 'M', 'V', '1', '2', '3', 'L', 'F', 'C', 'W', 'N', 'H', '←', '→', '?', 'Esc'] as const

const panels: Record<string, Panel> = { l: 'people', f: 'papers', c: 'chat', w: 'statement', n: 'network', h: 'host', '?': 'keys' }

export function useKeys(room: Room) {
  const now = useRef(room)
  // Before the next key, which would otherwise close what has just been closed.
  useLayoutEffect(() => {
    now.current = room
  }, [room])
  useEffect(() => {
    function press(e: KeyboardEvent) {
      const r = now.current
      const at = e.target as HTMLElement
      if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.repeat) return
      if (at.closest('input, textarea, select, [contenteditable], audio')) return
      // A focused control keeps its own keys.
      if ((e.key === ' ' || e.key === 'Enter') && at.closest('button, a, label, summary')) return
      const s = standing(r.state, r.plan, r.me.person)
      const key = e.key.toLowerCase()
      const panel = panels[key]
      if (panel && (panel !== 'host' || r.isHost)) return done(() => r.open(r.panel === panel ? undefined : panel))
      if (document.querySelector('dialog[open]')) return
      if (key === ' ') return done(() => (s.kind === 'idle' || s.kind === 'early' ? void r.send({ kind: 'raise' }) : s.kind === 'queued' || s.kind === 'next' ? void r.send({ kind: 'withdraw' }) : undefined))
      if (key === 'd' && (s.kind === 'speaking' || s.kind === 'reading')) return done(() => void r.send({ kind: 'yield', turn: s.turn.id }))
      if (key === 'p' && s.kind === 'idle' && s.mayPass) return done(() => void r.send({ kind: 'pass' }))
      if (key === 'm' && (s.kind === 'speaking' || s.kind === 'reading')) return done(() => r.setMuted(!r.muted))
      if (key === 'v') return done(() => r.setCamera(!r.camera))
      if (['1', '2', '3'].includes(key)) return done(() => document.querySelectorAll<HTMLButtonElement>('[data-choice]')[Number(key) - 1]?.click())
      if (key === 'arrowleft') return done(() => document.querySelector<HTMLButtonElement>('[data-page="prev"]')?.click())
      if (key === 'arrowright') return done(() => document.querySelector<HTMLButtonElement>('[data-page="next"]')?.click())
      function done(what: () => void) {
        e.preventDefault()
        what()
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}
