// The wall: where too many are seated for moving pictures, everybody who agrees is seen as a still
// that changes every few seconds; a page at a time.
import { useEffect, useMemo, useRef, useState } from 'react'
import { useDesk } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { Face } from './Face'
import { bySeat } from './Faces'
import { useTheRoom } from './room'
import { Icon } from './ui/Icon'
import { Video } from './ui/Video'
import { useWall } from './useWall'
import styles from './Room.module.css'

const large = 49
const small = 12
const swipe = 50 // points

export function Wall() {
  const { t } = useWords()
  const room = useTheRoom()
  const size = useDesk() ? large : small
  const groups = useMemo(() => bySeat(room.roster.people ?? []), [room.roster])
  const pages = Math.max(1, Math.ceil(groups.length / size))
  const [chosen, choose] = useState(1)
  const page = Math.min(chosen, pages)
  const wall = useRef<HTMLElement>(null)
  const [looking, look] = useState(true)
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => look(entries.some((e) => e.isIntersecting)))
    if (wall.current) watch.observe(wall.current)
    return () => watch.disconnect()
  }, [])
  const face = useWall(room.meeting, room.seat, page, size, looking)
  const from = useRef<number>(undefined)
  const turn = (by: number) => choose(Math.min(pages, Math.max(1, page + by)))
  const shown = room.camera && room.shown
  return (
    <section ref={wall} className={styles.wall} aria-label={t('room.wall.title')}>
      <div className={styles.wallBar}>
        <label className={styles.switch}>
          <input
            type="checkbox"
            role="switch"
            checked={shown}
            aria-describedby="wall-hint"
            onChange={(e) => {
              room.setShown(e.target.checked)
              if (e.target.checked) room.setCamera(true)
            }}
          />
          {t('room.wall.show')}
        </label>
        {pages > 1 && (
          <div className={styles.wallPages}>
            <button type="button" className={styles.step} data-page="prev" disabled={page === 1} onClick={() => turn(-1)} aria-label={t('room.wall.prev')}>
              <Icon name="prev" />
            </button>
            <span className="num" role="status" aria-label={t('room.wall.at', { page, pages })}>
              {page} / {pages}
            </span>
            <button type="button" className={styles.step} data-page="next" disabled={page === pages} onClick={() => turn(1)} aria-label={t('room.wall.next')}>
              <Icon name="next" />
            </button>
          </div>
        )}
      </div>
      <ul
        className={styles.faces}
        aria-label={t('room.wall.at', { page, pages })}
        onTouchStart={(e) => {
          from.current = e.touches.length === 1 ? e.touches[0]!.clientX : undefined
        }}
        onTouchEnd={(e) => {
          const by = from.current === undefined ? 0 : (e.changedTouches[0]?.clientX ?? 0) - from.current
          if (Math.abs(by) > swipe) turn(by < 0 ? 1 : -1)
        }}
      >
        {groups.slice((page - 1) * size, page * size).map((group) => {
          const p = group[0]!
          const own = p.seat === room.seat && p.seat !== undefined
          const style = own ? undefined : face(p.seat)
          return (
            <Face key={p.seat ?? p.id} group={group}>
              {own && shown && room.media.own.camera && <Video track={room.media.own.camera} mirror />}
              {style && <span className={styles.still} style={style} role="img" aria-label={t('room.wall.face', { name: p.name })} />}
            </Face>
          )
        })}
      </ul>
      <p className={styles.quiet} id="wall-hint">
        {t('room.wall.hint')}
      </p>
    </section>
  )
}
