// Motions: put one, open it, look at those before.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useWords } from '~/shared/words/words'
import { keys, motionsQuery, motionStep, move, vote } from '../queries'
import { useTheRoom } from '../room'
import { said, type MotionView } from '../types'
import { Button } from '../ui/Button'
import styles from '../Room.module.css'

export function Motions() {
  const { t } = useWords()
  const room = useTheRoom()
  const { plan, meeting, language, state } = room
  const client = useQueryClient()
  const { data: all = [] } = useQuery({ ...motionsQuery(meeting, `${state.motion?.state} ${state.motion?.voted}`), placeholderData: keepPreviousData })
  const ballots = (plan.ballots ?? []).filter((b) => !b.secret)
  const [title, setTitle] = useState('')
  const [ballot, setBallot] = useState(ballots[0]?.key ?? '')
  if (state.phase !== 'open' || ballots.length === 0) return null
  const fresh = () => client.invalidateQueries({ queryKey: keys.motions(meeting) })
  const busy = state.motion?.state === 'open'
  const put = (open: boolean) =>
    room
      .act(() => move(meeting, title, ballot, open))
      .then((done) => {
        if (done) setTitle('')
        return fresh()
      })
  const step = (m: MotionView, what: 'open' | 'close' | 'withdraw') => room.act(() => motionStep(meeting, m.id, what)).then(fresh)
  const phones = (room.roster.people ?? []).filter((p) => p.votes && p.how === 'phone')
  return (
    <details className={styles.group} open={busy || undefined}>
      <summary>{t('room.host.motions')}</summary>
      <ul className={styles.list}>
        {all.map((m) => (
          <li key={m.id} className={styles.line}>
            <span>
              <strong>{m.title}</strong>
              <small>
                {t(`room.vote.state.${m.state}`)}
                {m.result && ` · ${t('room.vote.counts', { yes: m.result.for, no: m.result.against, abstain: m.result.abstain })}`}
              </small>
            </span>
            {m.state === 'draft' && !busy && (
              <Button kind="primary" do={() => step(m, 'open')}>
                {t('room.vote.open')}
              </Button>
            )}
            {m.state === 'open' && (
              <Button kind="primary" do={() => step(m, 'close')}>
                {t('room.vote.close')}
              </Button>
            )}
            {(m.state === 'draft' || m.state === 'open') && <Button do={() => step(m, 'withdraw')}>{t('room.vote.withdraw')}</Button>}
          </li>
        ))}
      </ul>
      {busy &&
        phones.map((p) => (
          <div key={p.id} className={styles.line}>
            <span>{t('room.vote.phone', { name: p.name })}</span>
            {(['for', 'against', 'abstain'] as const).map((c) => (
              <Button key={c} do={() => room.act(() => vote(meeting, state.motion!.id, c, p.id))}>
                {t(`room.vote.${c}`)}
              </Button>
            ))}
          </div>
        ))}
      {!busy && (
        <>
          <label className={styles.field}>
            <span>{t('room.vote.what')}</span>
            <input value={title} maxLength={200} onChange={(e) => setTitle(e.target.value)} />
          </label>
          {ballots.length > 1 && (
            <label className={styles.field}>
              <span>{t('room.vote.ballot')}</span>
              <select value={ballot} onChange={(e) => setBallot(e.target.value)}>
                {ballots.map((b) => (
                  <option key={b.key} value={b.key}>
                    {said(b.name, language)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <p className={styles.quiet}>{said(ballots.find((b) => b.key === ballot)?.majority, language)}</p>
          <div className={styles.actions}>
            <Button kind="primary" disabled={!title.trim()} do={() => put(true)}>
              {t('room.vote.openNow')}
            </Button>
            <Button disabled={!title.trim()} do={() => put(false)}>
              {t('room.vote.later')}
            </Button>
          </div>
        </>
      )}
    </details>
  )
}
