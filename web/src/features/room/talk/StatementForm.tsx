// What somebody has to say, in writing: before the meeting, in it, or instead
// of being there. It counts as spoken, never as present.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { intention } from '~/shared/api/client'
import { wordFields, wordProblem } from '~/shared/api/problem'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { handIn, keys, playableSound, statementsQuery } from '../queries'
import { said, type Plan } from '../types'
import { Button } from '../ui/Button'
import { Recorder } from './Recorder'
import styles from '../Room.module.css'

const draftName = (meeting: string) => `wozai-statement-${meeting}`

export function StatementForm({ meeting, plan, me, language, stage: current }: { meeting: string; plan: Plan; me: string; language: string; stage?: string }) {
  const { t } = useWords()
  const client = useQueryClient()
  const { data: all = [] } = useQuery(statementsQuery(meeting))
  const [text, setText] = useState(() => draft(meeting))
  const [stage, setStage] = useState(current ?? '')
  const [problem, setProblem] = useState<unknown>()
  const [done, setDone] = useState(false)
  const [spoken, speak] = useState(false)
  const attempt = useRef(intention())
  useEffect(() => {
    // What is being written survives a closed page.
    try {
      localStorage.setItem(draftName(meeting), text)
    } catch {
      // not kept then
    }
  }, [meeting, text])
  const sent = () => {
    setDone(true)
    setProblem(undefined)
    void client.invalidateQueries({ queryKey: keys.statements(meeting) })
  }
  const mine = all.filter((s) => s.person === me)
  const stages = (plan.stages ?? []).filter((s) => s.mode !== 'vote')
  return (
    <>
      <p className={styles.quiet}>{t('room.statement.hint')}</p>
      <label className={styles.field}>
        <span>{t('room.statement.stage')}</span>
        <select value={stage} onChange={(e) => setStage(e.target.value)}>
          <option value="">{t(current ? 'room.statement.now' : 'room.statement.whole')}</option>
          {stages.map((s) => (
            <option key={s.key} value={s.key}>
              {said(s.name, language)}
            </option>
          ))}
        </select>
      </label>
      {!spoken && (
        <label className={styles.field}>
          <span>{t('room.statement.text')}</span>
          <textarea
            rows={8}
            maxLength={8000}
            value={text}
            onChange={(e) => {
              setText(e.target.value)
              setDone(false)
            }}
          />
        </label>
      )}
      {problem !== undefined && (
        <p className={styles.bad} role="alert">
          {wordFields(t, problem).flatMap((f) => f.errors).join(' ') || wordProblem(t, problem)}
        </p>
      )}
      {done && (
        <p className={styles.good} role="status">
          {t('room.statement.done')}
        </p>
      )}
      {!spoken && (
        <Button
          kind="primary"
          disabled={!text.trim()}
          do={() =>
            handIn(meeting, text, attempt.current, stage || undefined).then(
              () => {
                attempt.current = intention()
                setText('')
                sent()
              },
              (error: unknown) => setProblem(error),
            )
          }
        >
          {t('room.statement.send')}
        </Button>
      )}
      <Recorder meeting={meeting} stage={stage} sent={sent} failed={setProblem} spoken={speak} />
      {mine.length > 0 && (
        <>
          <h3>{t('room.statement.mine')}</h3>
          <ul className={styles.statements}>
            {mine.map((s) => (
              <li key={s.id}>
                <small>
                  <TimeText at={s.at ?? ''} /> {said(plan.stages?.find((x) => x.key === s.stage)?.name, language)}
                </small>
                {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- a recording of speech has none */}
                {s.kind === 'audio' && <audio controls preload="none" src={playableSound(meeting, s.id)} />}
                {s.text && <p>{s.text}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function draft(meeting: string): string {
  try {
    return localStorage.getItem(draftName(meeting)) ?? ''
  } catch {
    return ''
  }
}
