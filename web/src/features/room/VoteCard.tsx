// A motion before the meeting: three large buttons while it is open, then the arithmetic.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useWords } from '~/shared/words/words'
import { rememberedResult, rememberResult } from './device'
import { keys, motionStep, vote } from './queries'
import { useTheRoom } from './room'
import { said, type Choice, type Motion, type Person } from './types'
import { Button } from './ui/Button'
import styles from './Room.module.css'

const choices = ['for', 'against', 'abstain'] as const

export function VoteCard() {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, plan, language, me, here } = room
  const motion = state.motion
  const [put, setPut] = useState(() => rememberedResult(room.meeting)) // the closed one that was put away
  // Whoever had scrolled away sees what is asked, and what came of it.
  const card = useRef<HTMLElement>(null)
  useEffect(() => void card.current?.scrollIntoView({ block: 'nearest' }), [motion?.id, motion?.state])
  if (!motion || (motion.state === 'closed' && put === motion.id)) return null
  const ballot = plan.ballots?.find((b) => b.key === motion.ballot)
  const voters = here.filter((p) => p.votes)
  return (
    <section ref={card} className={styles.vote} aria-labelledby="motion">
      <p className={styles.voteKind}>{said(ballot?.name, language) || t('room.vote.title')}</p>
      <h2 id="motion">{motion.title}</h2>
      {motion.state === 'open' ? (
        <>
          {voters.length > 0 ? voters.map((p) => <Ballot key={p.id} motion={motion} person={p} named={voters.length > 1 || p.id !== me.person} />) : <p>{t('room.vote.none')}</p>}
          <p className={styles.voteLine}>
            <span className="num">{t('room.vote.progress', { voted: motion.voted, eligible: motion.eligible })}</span> {said(ballot?.majority, language)}
          </p>
          <progress max={Math.max(1, motion.eligible)} value={motion.voted} aria-label={t('room.vote.progressLabel')} />
          {room.isHost && (
            <Button do={() => room.act(() => motionStep(room.meeting, motion.id, 'close'))} kind="primary">
              {t('room.vote.close')}
            </Button>
          )}
        </>
      ) : (
        <>
          <Result motion={motion} />
          <Button
            do={() => {
              rememberResult(room.meeting, motion.id)
              setPut(motion.id)
            }}
          >
            {t('room.vote.seen')}
          </Button>
        </>
      )}
    </section>
  )
}

function Ballot({ motion, person, named }: { motion: Motion; person: Person; named: boolean }) {
  const { t } = useWords()
  const room = useTheRoom()
  const mine = person.id === room.me.person
  const [chosen, set] = useState<Choice | undefined>(mine ? room.me.choice : undefined)
  const known = mine ? room.me.choice : undefined
  useEffect(() => {
    if (known) set(known)
  }, [known, motion.id])
  return (
    <fieldset className={styles.ballot}>
      <legend className={named ? undefined : 'visually-hidden'}>{named ? person.name : t('room.vote.yours')}</legend>
      {choices.map((c) => (
        <button
          key={c}
          type="button"
          data-choice={c}
          aria-pressed={chosen === c}
          onClick={() => {
            const before = chosen
            set(c)
            void room.act(() => vote(room.meeting, motion.id, c, mine ? undefined : person.id)).then((done) => {
              if (!done) set(before)
            })
          }}
        >
          {t(`room.vote.${c}`)}
        </button>
      ))}
      <p role="status">{chosen ? t('room.vote.given', { choice: t(`room.vote.${chosen}`) }) : t('room.vote.choose')}</p>
    </fieldset>
  )
}

export function Result({ motion }: { motion: Pick<Motion, 'for' | 'against' | 'abstained' | 'carried' | 'need'> }) {
  const { t } = useWords()
  const client = useQueryClient()
  const { meeting } = useTheRoom()
  useEffect(() => void client.invalidateQueries({ queryKey: keys.motions(meeting) }), [client, meeting])
  const yes = motion.for ?? 0
  const need = motion.need ?? 0
  return (
    <div className={styles.result} data-carried={motion.carried || undefined}>
      <p>
        <strong>{t(motion.carried ? 'room.vote.carried' : 'room.vote.lost')}</strong>
      </p>
      <p className="num">{t('room.vote.counts', { yes, no: motion.against ?? 0, abstain: motion.abstained ?? 0 })}</p>
      <p className="num">{t(motion.carried ? 'room.vote.enough' : 'room.vote.short', { need, yes, short: Math.max(0, need - yes) })}</p>
    </div>
  )
}
