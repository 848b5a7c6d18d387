// A meeting's room: outside, at the door, inside, afterwards.
import { useEffect } from 'react'
import { asProblem } from '~/shared/api/problem'
import { signInAddress } from '~/shared/api/session'
import { usePrefs } from '~/shared/prefs/prefs'
import { useWords } from '~/shared/words/words'
import { Ended } from './Ended'
import { Full } from './Full'
import { Inside } from './Inside'
import { JoinPage } from './join/JoinPage'
import { useLadder } from './useLadder'
import { useRoom } from './useRoom'
import { useSeat } from './useSeat'
import { useLink } from './media/useMedia'
import { useSampler } from './media/useSampler'
import { useWake } from './useWake'

export function RoomPage({ meeting }: { meeting: string }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const room = useRoom(meeting)
  const { view, state, roster, query, refresh } = room
  const sampler = useSampler()
  const where = view?.me.where
  const over = state?.phase === 'over'
  const { ladder, choose } = useLadder(where === 'inside' ? sampler.sample : undefined)
  const seat = useSeat(meeting, ladder.rung, !over && (where === 'inside' || where === 'lobby'), refresh)
  const { trip } = seat
  useEffect(() => sampler.setTrip(trip), [sampler, trip])
  useEffect(() => {
    document.title = view ? `${view.plan.theme} · ${t('common.app')}` : t('common.app')
  }, [view, t])
  // A seat remembered from before, which another device has meanwhile taken, is not mine any more.
  const mine = seat.entry !== undefined && (view?.me.seat === undefined || view.me.seat === seat.entry.seat)
  const seated = where === 'inside' && mine && !seat.elsewhere && !over
  useWake(seated)
  const link = useLink(meeting, seated || seat.arriving)

  const problem = query.error ? asProblem(query.error) : undefined
  useEffect(() => {
    // A link's session ends with its meeting: who came by one stays at the farewell.
    if (problem?.status === 401 && !over) location.replace(signInAddress())
    // The page of the meeting asks for the new password first, and leads in afterwards.
    if (problem?.code === 'password_first') location.replace(`/meetings/${meeting}`)
  }, [problem, over, meeting])
  if (!view) {
    if (!problem || problem.status === 401 || problem.code === 'password_first') return <Full waiting title={t('common.loading')} />
    if (problem.status === 404) return <Full title={t('room.foreign.title')} text={t('room.foreign.text')} home />
    return <Full title={t('room.unreachable.title')} text={t('room.unreachable.text')} again={() => void query.refetch()} home />
  }
  const { plan, me } = view
  const host = plan.host
  if (me.where === 'removed') return <Full title={t('room.removed.title')} text={t('room.removed.text', { host })} home meeting={meeting} />
  if (over) return <Ended meeting={meeting} plan={plan} state={state} me={me} language={language} />
  if (seat.elsewhere || (seat.entry && where === 'inside' && !mine))
    return <Full title={t('room.elsewhere.title')} text={t('room.elsewhere.text')} act={{ label: t('room.elsewhere.here'), do: () => (seat.entry ? seat.comeIn(seat.entry.how, seat.entry.camera) : Promise.resolve()) }} home />
  if (me.where === 'lobby' && mine)
    return <Full waiting title={t('room.lobby.title')} text={t('room.lobby.text', { host })} act={{ label: t('room.lobby.leave'), do: seat.goOut, quiet: true }} />
  if (seated && state && roster)
    return <Inside meeting={meeting} plan={plan} me={me} state={state} roster={roster} seat={seat} ladder={ladder} chooseRung={choose} refresh={refresh} sampler={sampler} link={link} />
  return <JoinPage meeting={meeting} plan={plan} me={me} state={state} rung={ladder.rung} comeIn={seat.comeIn} />
}
