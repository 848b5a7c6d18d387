// The stages: open, close; closing one before everybody was heard asks why.
import { useState } from 'react'
import { asProblem, wordProblem } from '~/shared/api/problem'
import { useWords } from '~/shared/words/words'
import { command } from '../queries'
import { useTheRoom } from '../room'
import { said, type Command } from '../types'
import { Button } from '../ui/Button'
import { Reason } from './Reason'
import styles from '../Room.module.css'

export function Stages() {
  const { t } = useWords()
  const room = useTheRoom()
  const { plan, state, language, meeting } = room
  const [owed, setOwed] = useState<{ c: Command; words: string }>()
  const states = new Map((state.stages ?? []).map((s) => [s.key, s]))
  const pending = plan.stages?.find((s) => states.get(s.key)?.state === 'pending')
  const current = plan.stages?.find((s) => s.key === state.stage)
  async function go(c: Command): Promise<boolean> {
    try {
      await command(meeting, { version: state.version, ...c })
      setOwed(undefined)
      return true
    } catch (error) {
      if (asProblem(error).code !== 'floor_not_all_heard') return room.act(() => Promise.reject(error))
      setOwed({ c, words: wordProblem(t, error) })
      return false
    }
  }
  if (state.phase !== 'open') return null
  return (
    <section className={styles.group}>
      <h3>{t('room.host.stages')}</h3>
      <ol className={styles.stages}>
        {plan.stages?.map((s) => {
          const now = states.get(s.key)
          return (
            <li key={s.key} data-state={now?.state}>
              <span>
                <strong>{said(s.name, language)}</strong>
                <small>
                  {t(`room.stage.mode.${s.mode}`)} · {t('room.stage.minutes', { count: s.minutes })}
                  {now && now.done > 0 && ` · ${t('room.stage.done', { count: now.done })}`}
                </small>
                {s.key === state.stage && s.hint && <em>{said(s.hint, language)}</em>}
              </span>
              {now?.state === 'closed' && <small>{t(now.override ? 'room.stage.overridden' : 'room.stage.closed')}</small>}
              {now?.state === 'pending' && (
                <Button do={() => go({ kind: 'open', stage: s.key })} label={t('room.host.beginStage', { name: said(s.name, language) })}>
                  {t('room.host.begin')}
                </Button>
              )}
            </li>
          )
        })}
      </ol>
      {owed ? (
        <Reason title={owed.words} go={t('room.host.closeAnyway')} cancel={() => setOwed(undefined)} done={(reason) => go({ ...owed.c, reason })} />
      ) : (
        <div className={styles.actions}>
          {pending && (
            <Button kind="primary" do={() => go({ kind: 'open', stage: pending.key })}>
              {t(current ? 'room.host.nextStage' : 'room.host.beginStage', { name: said(pending.name, language) })}
            </Button>
          )}
          {current && <Button do={() => go({ kind: 'close' })}>{t('room.host.closeStage', { name: said(current.name, language) })}</Button>}
        </div>
      )}
    </section>
  )
}
