import { useWords } from '~/shared/words/words'
import { turnClock, wordClock } from './clock'
import type { Turn } from './types'
import { useServerNow } from './useServerNow'
import styles from './Room.module.css'

const around = 2 * Math.PI * 26

/** What is left of a turn, as a ring that empties. */
export function Ring({ turn }: { turn: Turn }) {
  const { t } = useWords()
  const clock = turnClock(turn, useServerNow(250, !turn.paused_at))
  if (clock.left === undefined) return clock.phase === 'paused' ? <span className={styles.paused}>{t('room.clock.paused')}</span> : null
  return (
    <span className={styles.ring} data-phase={clock.phase} role="timer" aria-label={t('room.clock.label')}>
      <svg viewBox="0 0 60 60" aria-hidden>
        <circle cx="30" cy="30" r="26" />
        <circle cx="30" cy="30" r="26" strokeDasharray={around} strokeDashoffset={around * (1 - clock.part)} />
      </svg>
      <span className="num">{wordClock(clock.left)}</span>
    </span>
  )
}
