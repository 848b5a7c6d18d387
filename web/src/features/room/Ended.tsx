import { useWords } from '~/shared/words/words'
import { wordDuration } from '~/shared/ui/time'
import { Full } from './Full'
import styles from './Full.module.css'
import { useEffect } from 'react'
import { rememberEntry } from './device'
import type { Me, Plan, State } from './types'

/** Thanks, and what happens next. */
export function Ended({ meeting, plan, state, me, language }: { meeting: string; plan: Plan; state: State; me: Me; language: string }) {
  const { t } = useWords()
  useEffect(() => rememberEntry(meeting, undefined), [meeting])
  const seconds = state.opened_at && state.ended_at ? (Date.parse(state.ended_at) - Date.parse(state.opened_at)) / 1000 : 0
  return (
    <Full title={t('room.ended.title')} text={t('room.ended.text', { theme: plan.theme })} meeting={me.link ? undefined : meeting} home={!me.link}>
      <dl className={styles.facts}>
        <dt>{t('room.ended.lasted')}</dt>
        <dd>{wordDuration(language, seconds)}</dd>
        <dt>{t('room.ended.here')}</dt>
        <dd>{t('room.peopleCount', { count: state.counts.here })}</dd>
      </dl>
      <ol className={styles.steps}>
        <li>{t('room.ended.next1')}</li>
        <li>{t('room.ended.next2')}</li>
        <li>{t('room.ended.next3')}</li>
      </ol>
      {me.link && <p>{t('room.ended.link')}</p>}
    </Full>
  )
}
