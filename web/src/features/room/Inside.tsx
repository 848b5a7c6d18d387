// Inside: puts the parts together and gives them what they share.
import { useCallback, useEffect, useMemo, useState } from 'react'
import { createPortal } from 'react-dom'
import { asProblem, wordFields, wordProblem } from '~/shared/api/problem'
import { usePrefs } from '~/shared/prefs/prefs'
import { useDesk } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { Announcer } from './Announcer'
import { Banners } from './Banners'
import { Bar } from './Bar'
import { rememberCamera, rememberedSeen, rememberSeen } from './device'
import { bySeat, Faces } from './Faces'
import type { Ladder } from './ladder'
import { Papers, Wait } from './later'
import type { Sampler } from './media/useSampler'
import { useMedia, type Link } from './media/useMedia'
import { Panels } from './Panels'
import { command, shareScreen } from './queries'
import { RoomProvider, type Panel, type Room } from './room'
import { Speaker } from './Speaker'
import { Top } from './Top'
import { atMySeat, speakers } from './turn'
import type { Command, Me, Plan, Roster, Rung, State } from './types'
import { useFace } from './useFace'
import { useKeys } from './useKeys'
import { useRecording } from './useRecording'
import type { Seat } from './useSeat'
import { VoteCard } from './VoteCard'
import { Wall } from './Wall'
import styles from './Room.module.css'

const nobody: string[] = []

interface InsideProps {
  meeting: string
  plan: Plan
  me: Me
  state: State
  roster: Roster
  seat: Seat
  ladder: Ladder
  chooseRung: (rung: Rung | 'auto') => void
  refresh: () => Promise<unknown>
  sampler: Sampler
  link: Link
}

export function Inside({ meeting, plan, me, state, roster, seat, ladder, chooseRung, refresh, sampler, link }: InsideProps) {
  const { t } = useWords()
  const { language } = usePrefs()
  const desk = useDesk()
  const [panel, open] = useState<Panel>()
  const [camera, setCamera] = useState(seat.entry?.camera ?? false)
  const [shown, setShown] = useState(() => rememberedSeen(meeting))
  const [muted, setMuted] = useState(false)
  const [sharing, setSharing] = useState(false)
  const [inView, setInView] = useState<string[]>([])
  const [toast, setToast] = useState('')

  const mySeat = seat.entry?.seat
  const people = useMemo(() => roster.people ?? [], [roster])
  const here = useMemo(() => atMySeat(people, mySeat, me.person), [people, mySeat, me.person])
  const holding = (state.turns ?? []).some((x) => x.seat === mySeat && !x.paused_at)
  // Whoever raised a hand, was interrupted, or said so being next by the stage's order, agreed to have the microphone opened.
  const [prepared, prepare] = useState(false)
  const waiting = here.some((p) => (state.hands ?? []).slice(0, 3).includes(p.id) || state.interrupted?.person === p.id || (prepared && state.next === p.id))
  const wall = useMemo(() => bySeat(people).length > plan.faces, [people, plan.faces])
  const large = useMemo(() => speakers(state, people), [state, people])
  // The face of who comes next is there before it becomes large, though nobody sees it where faces are a wall: who asks for it
  // with the turn may miss the picture that the others begin with, and waits for the SFU to ask for another one.
  const next = people.find((p) => p.id === state.next)?.seat
  const soon = useMemo(() => [...new Set([...(wall ? nobody : inView), ...(next ? [next] : nobody)])], [inView, next, wall])
  const media = useMedia(link, {
    rung: ladder.rung,
    microphone: holding && !muted,
    ready: waiting && !holding,
    warm: holding,
    camera,
    screen: sharing && holding,
    speaking: holding,
    large,
    inView: soon,
  })
  useFace(meeting, mySeat, media.own.camera, wall && shown && camera && ladder.rung === '')
  useEffect(() => rememberSeen(meeting, shown), [meeting, shown])
  useEffect(() => rememberCamera(meeting, camera), [meeting, camera])
  const recording = useRecording(meeting, state, seat.offset)
  useEffect(() => {
    sampler.link = media.link
    return () => {
      sampler.link = undefined
    }
  }, [sampler, media.link])
  // A new turn begins with an open microphone.
  useEffect(() => {
    if (holding) setMuted(false)
    else setSharing(false)
    prepare(false)
  }, [holding])
  // Everybody is told who shares, and that nobody does any more when the browser's own bar stopped it.
  const screenLive = media.screen === 'live'
  // Whoever thought better of it, when the browser asked what to show, is asked again next time.
  useEffect(() => {
    if (media.screen === 'refused') setSharing(false)
  }, [media.screen])
  useEffect(() => {
    if (!screenLive) return
    void shareScreen(meeting, true).catch(() => {})
    return () => {
      setSharing(false)
      void shareScreen(meeting, false).catch(() => {})
    }
  }, [screenLive, meeting])

  const act = useCallback(
    async (what: () => Promise<unknown>) => {
      try {
        await what()
        return true
      } catch (error) {
        const fields = wordFields(t, error).flatMap((f) => f.errors)
        setToast(fields.length ? fields.join(' ') : wordProblem(t, error))
        if (asProblem(error).status === 404 || asProblem(error).code === 'floor_changed') void refresh()
        return false
      }
    },
    [t, refresh],
  )
  useEffect(() => {
    if (!toast) return
    const timer = setTimeout(() => setToast(''), 8000)
    return () => clearTimeout(timer)
  }, [toast])
  const send = useCallback((c: Command) => act(() => command(meeting, { version: state.version, ...c })), [act, meeting, state.version])

  const room = useMemo<Room>(() => {
    const invited = new Map((plan.invited ?? []).map((p) => [p.id, p.name]))
    const byId = new Map(people.map((p) => [p.id, p]))
    return {
      meeting, plan, me, state, roster, language, offset: seat.offset, media, seat: mySeat, here,
      isHost: (me.abilities ?? []).includes('host') || state.chair === me.person || (state.hosts ?? []).includes(me.person),
      ladder, chooseRung,
      name: (id) => (id ? (byId.get(id)?.name ?? invited.get(id) ?? '') : ''),
      person: (id) => (id ? byId.get(id) : undefined),
      act, send, open, panel, camera, setCamera, wall, shown, setShown, recording, muted, setMuted, prepare, sharing, setSharing, goOut: seat.goOut, refresh,
    }
  }, [meeting, plan, me, state, roster, language, seat.offset, seat.goOut, media, mySeat, here, people, ladder, chooseRung, act, send, panel, camera, wall, shown, recording, muted, sharing, refresh])
  useKeys(room)

  const papers = ladder.rung === 'papers' || state.paper !== undefined
  // What is asked of everybody has the room.
  const voting = state.motion?.state === 'open'
  return (
    <RoomProvider value={room}>
      <div className={styles.room} data-desk={desk || undefined} data-wall={(wall && ladder.rung === '') || undefined}>
        <Top />
        <Banners seat={seat} />
        {/* Faces are scrolled by keyboard too. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <main className={styles.main} tabIndex={0} id="room-main" aria-labelledby="room-theme">
          <h1 className="visually-hidden" id="room-theme">{plan.theme}</h1>
          {voting && <VoteCard />}
          <Speaker small={papers || voting} />
          {!voting && <VoteCard />}
          <Wait>{papers && <Papers inline />}</Wait>
          {ladder.rung === '' ? wall ? <Wall /> : <Faces see={setInView} /> : !papers && <NamesHere />}
        </main>
        <Panels desk={desk} />
        <Bar />
        {toast &&
          // Behind an open sheet it could neither be seen nor heard.
          createPortal(
            <div className={styles.toast} role="alert">
              {toast}
            </div>,
            document.querySelector('dialog[open]') ?? document.body,
          )}
        <Announcer />
      </div>
    </RoomProvider>
  )

  function NamesHere() {
    return (
      <ul className={styles.names} aria-label={t('room.people.title')}>
        {people.map((p) => (
          <li key={p.id} data-away={p.away || undefined}>
            {p.name}
          </li>
        ))}
      </ul>
    )
  }
}
