// Faces as moving pictures: one a seat, only those in view are asked from the server.
import { useEffect, useMemo, useRef } from 'react'
import { useWords } from '~/shared/words/words'
import { Video } from './ui/Video'
import { Face } from './Face'
import { useTheRoom } from './room'
import type { Person } from './types'
import styles from './Room.module.css'

/** People by seat, in the order they came; who has no seat (telephone) each alone. */
export function bySeat(people: Person[]): Person[][] {
  const seats = new Map<string, Person[]>()
  for (const p of people) {
    if (p.how === 'written') continue
    const key = p.seat ?? `-${p.id}`
    seats.set(key, [...(seats.get(key) ?? []), p])
  }
  return [...seats.values()]
}

export function Faces({ see }: { see: (seats: string[]) => void }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { media, roster } = room
  const wall = useRef<HTMLUListElement>(null)
  const groups = useMemo(() => bySeat(roster.people ?? []), [roster])
  const names = groups.map((g) => g[0]!.seat ?? '').join()
  useEffect(() => {
    const root = wall.current
    if (!root) return
    const seen = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const watch = new IntersectionObserver(
      (entries) => {
        for (const e of entries) {
          const seat = (e.target as HTMLElement).dataset.seat
          if (seat) seen[e.isIntersecting ? 'add' : 'delete'](seat)
        }
        // Scrolling past is not looking at.
        clearTimeout(timer)
        timer = setTimeout(() => see([...seen].sort()), 200)
      },
      { rootMargin: '40px' },
    )
    root.querySelectorAll('[data-seat]').forEach((x) => watch.observe(x))
    return () => {
      clearTimeout(timer)
      watch.disconnect()
    }
  }, [names, see])
  return (
    <ul ref={wall} className={styles.faces} aria-label={t('room.faces')}>
      {groups.map((group) => {
        const p = group[0]!
        const own = p.seat === room.seat && p.seat !== undefined
        const camera = own ? media.own.camera : media.pictures.get(p.seat ?? '')?.camera
        return (
          <Face key={p.seat ?? p.id} group={group} watched={own ? undefined : p.seat}>
            {camera && <Video track={camera} mirror={own} />}
          </Face>
        )
      })}
    </ul>
  )
}
