// What changes is told to who does not see it.
import { useEffect, useRef, useState } from 'react'
import { useWords } from '~/shared/words/words'
import { turnClock } from './clock'
import { useTheRoom } from './room'
import { said } from './types'
import { useServerNow } from './useServerNow'

export function Announcer() {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, me, here, language, plan } = room
  const turn = state.turns?.[0]
  const mine = state.turns?.find((x) => here.some((p) => p.id === x.person))
  const now = useServerNow(1000)
  const phase = mine ? turnClock(mine, now).phase : undefined
  const [polite, say] = useState('')
  const [urgent, cry] = useState('')
  const last = useRef({ turn: turn?.id, stage: state.stage, motion: state.motion?.id, motionState: state.motion?.state, phase, paper: state.paper?.page })

  useEffect(() => {
    const before = last.current
    if (turn?.id !== before.turn) {
      if (mine) cry(t('room.say.mine'))
      else if (turn) say(t('room.say.speaks', { name: room.name(turn.person) }))
      else say(t('room.say.nobody'))
    }
    if (state.stage !== before.stage && state.stage) say(t('room.say.stage', { name: said(plan.stages?.find((s) => s.key === state.stage)?.name, language) }))
    if (state.motion && (state.motion.id !== before.motion || state.motion.state !== before.motionState)) {
      if (state.motion.state === 'open' && me.votes) cry(t('room.say.vote', { title: state.motion.title }))
      else say(t(state.motion.state === 'open' ? 'room.say.vote' : state.motion.carried ? 'room.say.carried' : 'room.say.lost', { title: state.motion.title }))
    }
    if (phase !== before.phase && phase === 'warn') cry(t('room.say.warn'))
    if (phase !== before.phase && phase === 'over') cry(t('room.say.over'))
    last.current = { turn: turn?.id, stage: state.stage, motion: state.motion?.id, motionState: state.motion?.state, phase, paper: state.paper?.page }
  }, [turn, mine, phase, state, me.votes, plan, language, room, t])
  // A phone in the hand or pocket says it too.
  const held = mine !== undefined
  useEffect(() => {
    // A browser that nobody has touched yet refuses, and complains.
    if (held && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.([200, 100, 200])
  }, [held])
  return (
    <>
      <p className="visually-hidden" role="status" aria-live="polite">
        {polite}
      </p>
      <p className="visually-hidden" role="alert" aria-live="assertive">
        {urgent}
      </p>
    </>
  )
}
