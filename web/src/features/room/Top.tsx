// The clock line: which stage, how long already, who has not yet spoken.
import { useWords } from '~/shared/words/words'
import { useTheRoom } from './room'
import { said } from './types'
import { useServerNow } from './useServerNow'
import styles from './Room.module.css'

export function Top() {
  const { t } = useWords()
  const room = useTheRoom()
  const { plan, state, language } = room
  const stage = plan.stages?.find((s) => s.key === state.stage)
  const index = plan.stages?.findIndex((s) => s.key === state.stage) ?? -1
  const open = state.stages?.find((s) => s.key === state.stage)
  const now = useServerNow(5000)
  const minutes = open?.opened_at ? Math.max(0, Math.floor((now - Date.parse(open.opened_at)) / 60_000)) : 0
  const late = stage !== undefined && stage.minutes > 0 && minutes >= stage.minutes
  return (
    <header className={styles.top}>
      <div className={styles.topWords}>
        <p className={styles.theme}>{plan.theme}</p>
        <p className={styles.stage}>
          <strong>{state.phase === 'early' ? t('room.stage.early') : stage ? said(stage.name, language) : t('room.stage.between')}</strong>
          {stage && !plan.practice && (
            <span className="num" data-late={late || undefined}>
              {t('room.stage.clock', { minutes, of: stage.minutes, n: index + 1, all: plan.stages?.length ?? 0 })}
            </span>
          )}
        </p>
      </div>
      {!plan.practice && (
        <button type="button" className={styles.unheard} data-early={state.phase === 'early' || undefined} data-none={state.unheard.count === 0 || undefined} onClick={() => room.open('people')}>
          {state.phase === 'early' ? t('room.hereCount', { count: state.counts.here }) : state.unheard.count > 0 ? t('room.unheard', { count: state.unheard.count }) : t('room.allHeard')}
        </button>
      )}
    </header>
  )
}
