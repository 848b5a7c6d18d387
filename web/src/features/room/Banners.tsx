// What is not as it should be: what happens, what is kept, how to go on.
import { useEffect, useState } from 'react'
import { useWords } from '~/shared/words/words'
import { useNow } from '~/shared/ui/useNow'
import { Asked } from './Asked'
import { useTheRoom } from './room'
import type { Seat } from './useSeat'
import { useServerNow } from './useServerNow'
import styles from './Room.module.css'

export function Banners({ seat }: { seat: Seat }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { media, ladder, state, me } = room
  const lost = seat.lostSince !== undefined
  const seconds = useLostSeconds(seat.lostSince)
  const mediaDown = useSettled(media.status === 'reconnecting', 1500)
  const [anewSeen, seeAnew] = useState(false)
  const now = useServerNow(1000, state.take_over !== null)
  const chairGone = state.chair_gone !== null && state.chair !== me.person && state.phase === 'open' && !room.plan.practice
  const mayTakeOver = (me.abilities ?? []).includes('take_over') && state.take_over !== null && now >= Date.parse(state.take_over)
  return (
    <div className={styles.banners}>
      {(!media.audible || room.recording.blocked) && (
        <button
          type="button"
          className={styles.listen}
          onClick={() => {
            void media.link?.listen()
            room.recording.listen()
          }}
        >
          {t('room.listen')}
        </button>
      )}
      {lost ? (
        <p className={styles.banner} data-kind="care" role="status">
          <strong>{t('room.lost.title', { seconds })}</strong> {t(seconds < 120 ? 'room.lost.text' : 'room.lost.long')}
        </p>
      ) : (
        mediaDown && (
          <p className={styles.banner} data-kind="care" role="status">
            <strong>{t('room.lost.media')}</strong> {t('room.lost.mediaText')}
          </p>
        )
      )}
      {seat.seatedAnew && !anewSeen && (
        <p className={styles.banner} role="status">
          {t('room.lost.anew')}{' '}
          <button type="button" className={styles.link} onClick={() => seeAnew(true)}>
            {t('common.ok')}
          </button>
        </p>
      )}
      {media.screen === 'live' && (
        <p className={styles.banner} role="status">
          <strong>{t('room.screen.mine')}</strong>{' '}
          <button type="button" className={styles.link} onClick={() => room.setSharing(false)}>
            {t('room.screen.stop')}
          </button>
        </p>
      )}
      {ladder.rung !== '' && (
        <p className={styles.banner} role="status">
          <strong>{t(`room.rung.${ladder.rung}.now`)}</strong> {ladder.why !== 'start' && t(`room.rung.why.${ladder.why}`)}{' '}
          <button type="button" className={styles.link} onClick={() => room.open('network')}>
            {t('room.rung.change')}
          </button>
        </p>
      )}
      {chairGone && (
        <p className={styles.banner} data-kind="care" role="status">
          {t('room.chairGone', { name: room.name(state.chair) })}{' '}
          {mayTakeOver && (
            <button type="button" className="w-button primary" onClick={() => void room.send({ kind: 'take_over' })}>
              {t('room.takeOver')}
            </button>
          )}
        </p>
      )}
      <Asked />
    </div>
  )
}

function useLostSeconds(since: number | undefined): number {
  const now = useNow(1)
  return since === undefined ? 0 : Math.max(0, Math.round((now.getTime() - since) / 1000))
}

/** True once it has been so for a while: what mends itself at once is not worth a word. */
function useSettled(on: boolean, ms: number): boolean {
  const [settled, set] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => set(on), on ? ms : 0)
    return () => clearTimeout(timer)
  }, [on, ms])
  return settled && on
}
