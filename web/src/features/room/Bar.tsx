// The bar at the bottom. Its button is the one that everybody has to find.
import { useState } from 'react'
import { useWords } from '~/shared/words/words'
import { turnClock, wordClock } from './clock'
import { open as openMeeting } from './queries'
import { useTheRoom, type Panel } from './room'
import { hostStep, standing, type HostStep, type Standing } from './turn'
import { said, type Person, type Turn } from './types'
import { Button } from './ui/Button'
import { Icon, type IconName } from './ui/Icon'
import { Sheet } from './ui/Sheet'
import { useServerNow } from './useServerNow'
import styles from './Room.module.css'

export function Bar() {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, plan, here, media } = room
  const [choosing, choose] = useState(false)
  const all = here.map((p) => ({ p, s: standing(state, plan, p.id) }))
  // Of several at one screen the bar shows who is furthest: speaking, then next, then in line.
  const order = ['speaking', 'reading', 'interrupted', 'next', 'queued']
  const first = [...all].sort((a, b) => rank(a.s) - rank(b.s))[0]
  function rank(s: Standing) {
    const i = order.indexOf(s.kind)
    return i < 0 ? order.length : i
  }
  const s = first?.s ?? standing(state, plan, room.me.person)
  const speaks = s.kind === 'speaking' || s.kind === 'reading'
  const several = here.length > 1
  const step = room.isHost ? hostStep(state, plan) : undefined
  return (
    <footer className={styles.bar} data-speaks={speaks || undefined}>
      {speaks ? <MyTurn turn={s.turn} who={several ? first?.p : undefined} reading={s.kind === 'reading'} /> : step ? <Lead step={step} s={s} choose={several ? () => choose(true) : undefined} /> : several ? <Several choose={() => choose(true)} s={s} who={first?.p} /> : <Hand s={s} />}
      <nav className={styles.tools} aria-label={t('room.tools')}>
        <Tool icon={room.camera ? 'camera' : 'cameraOff'} label={t(room.camera ? 'room.camera.off' : 'room.camera.on')} words={t('room.camera.title')} pressed={room.camera} press={() => room.setCamera(!room.camera)} />
        {speaks && <Tool icon={room.muted ? 'micOff' : 'mic'} label={t(room.muted ? 'room.mic.on' : 'room.mic.off')} words={t(room.muted ? 'room.mic.muted' : 'room.mic.title')} pressed={!room.muted} press={() => room.setMuted(!room.muted)} />}
        <Open panel="people" icon="people" words={t('room.people.short')} />
        {!plan.practice && <Open panel="papers" icon="paper" words={t('room.papers.short')} />}
        {!plan.practice && <Open panel="chat" icon="chat" words={t('room.chat.short')} badge={state.chat.tail?.at(-1)?.id} />}
        {room.isHost && !plan.practice && <Open panel="host" icon="host" words={t('room.host.title')} waiting={state.knocking} />}
        <Open panel="more" icon="more" words={t('room.more.short')} />
      </nav>
      {choosing && (
        <Sheet title={t('room.hand.whose')} close={() => choose(false)}>
          {all.map(({ p, s }) => (
            <div key={p.id} className={styles.oneOf}>
              <strong>{p.name}</strong>
              <Hand s={s} person={p} />
            </div>
          ))}
        </Sheet>
      )}
      {media.microphone !== 'live' && media.microphone !== 'ready' && media.microphone !== 'off' && speaks && (
        <p className={styles.barNote} role="alert">
          {t(`room.trouble.${media.microphone}.title`)} {t('room.mic.help')}{' '}
          <button type="button" className={styles.link} onClick={() => media.link?.retry()}>
            {t('common.retry')}
          </button>
        </p>
      )}
    </footer>
  )
}

/** Raise, withdraw, pass: for myself, or for one of those at this screen. */
function Hand({ s, person }: { s: Standing; person?: Person }) {
  const { t } = useWords()
  const room = useTheRoom()
  const id = person && person.id !== room.me.person ? person.id : undefined
  const raise = () => room.send({ kind: 'raise', person: id })
  const withdraw = () => room.send({ kind: 'withdraw', person: id })
  if (s.kind === 'speaking' || s.kind === 'reading') return <p>{t('room.turn.speaking')}</p>
  if (s.kind === 'interrupted')
    return (
      <div className={styles.hand} data-in>
        <p className={styles.place}>{t('room.turn.interrupted')}</p>
        <Ready />
      </div>
    )
  if (s.kind === 'next' || s.kind === 'queued')
    return (
      <div className={styles.hand} data-in>
        <p className={styles.place} role="status">
          <Icon name="hand" />
          {s.kind === 'next' ? t('room.turn.next') : t('room.turn.place', { place: s.place })}
        </p>
        {s.kind === 'next' && !(room.state.hands ?? []).includes(id ?? room.me.person) && room.media.microphone === 'off' ? (
          <Button do={() => room.prepare(true)}>{t('room.turn.prepare')}</Button>
        ) : (
          <Button do={withdraw}>{t('room.hand.withdraw')}</Button>
        )}
        <Ready />
      </div>
    )
  const vote = s.kind === 'vote'
  return (
    <div className={styles.hand}>
      <Button kind="primary" do={raise} disabled={vote}>
        <Icon name="hand" size={26} />
        {t(room.plan.practice ? 'room.hand.practice' : 'room.hand.raise')}
      </Button>
      {s.kind === 'idle' && s.mayPass && (
        <Button kind="quiet" do={() => room.send({ kind: 'pass', person: id })}>
          {t('room.hand.pass')}
        </Button>
      )}
      {vote && <p className={styles.handHint}>{t('room.hand.vote')}</p>}
      {s.kind === 'early' && <p className={styles.handHint}>{t('room.hand.early')}</p>}
    </div>
  )
}

/** What everybody waits for the host to do is the host's large button; their own hand stands beside it. */
function Lead({ step, s, choose }: { step: HostStep; s: Standing; choose?: () => void }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { me, plan, state, language } = room
  const waits = s.kind === 'next' || s.kind === 'queued'
  const words = () => {
    switch (step.kind) {
      case 'open':
        return t('room.host.openMeeting')
      case 'begin':
        return t('room.host.beginStage', { name: said(plan.stages?.find((x) => x.key === step.stage)?.name, language) })
      case 'return':
        return t('room.host.return', { name: room.name(step.person) })
      case 'grant':
        return step.person === me.person ? t('room.host.start') : t('room.host.grant', { name: room.name(step.person) })
    }
  }
  const go = () => {
    if (step.kind === 'open') return room.act(() => openMeeting(room.meeting))
    return room.send(step.kind === 'begin' ? { kind: 'open', stage: step.stage } : { kind: step.kind })
  }
  return (
    <div className={styles.hand}>
      <Button kind="primary" do={go}>
        {words()}
      </Button>
      {step.kind !== 'open' && step.kind !== 'return' && (
        <Button do={choose ?? (() => room.send({ kind: waits ? 'withdraw' : 'raise' }))}>
          <Icon name="hand" size={20} />
          {t(choose ? 'room.hand.several' : waits ? 'room.hand.withdraw' : 'room.hand.raise')}
        </Button>
      )}
      {step.kind === 'open' && <p className={styles.handHint}>{t('room.hereCount', { count: state.counts.here })}</p>}
    </div>
  )
}

/** The microphone waits for the turn: said, because it is open to the device and to nobody else. */
function Ready() {
  const { t } = useWords()
  const { media } = useTheRoom()
  return media.microphone === 'ready' ? <p className={styles.handHint}>{t('room.turn.ready')}</p> : null
}

function Several({ s, who, choose }: { s: Standing; who?: Person; choose: () => void }) {
  const { t } = useWords()
  const queued = s.kind === 'next' || s.kind === 'queued'
  return (
    <div className={styles.hand} data-in={queued || undefined}>
      {queued && (
        <p className={styles.place} role="status">
          <Icon name="hand" />
          {who?.name} {s.kind === 'next' ? t('room.turn.next') : t('room.turn.place', { place: s.place })}
        </p>
      )}
      <Button kind={queued ? '' : 'primary'} do={choose}>
        <Icon name="hand" />
        {t('room.hand.several')}
      </Button>
      {queued && <Ready />}
    </div>
  )
}

/** The whole bar says that it is my turn. */
function MyTurn({ turn, who, reading }: { turn: Turn; who?: Person; reading: boolean }) {
  const { t } = useWords()
  const room = useTheRoom()
  const clock = turnClock(turn, useServerNow(250))
  const { microphone } = room.media
  return (
    <div className={styles.mine} data-phase={clock.phase}>
      <p>
        <strong>{who ? t('room.turn.theirs', { name: who.name }) : t(reading ? 'room.turn.reading' : 'room.turn.mine')}</strong>
        <span>
          {t(room.muted ? 'room.turn.muted' : microphone === 'live' ? 'room.turn.live' : microphone === 'off' || microphone === 'ready' ? 'room.turn.opening' : 'room.turn.noMic')}
          {clock.left !== undefined && <b className="num"> {wordClock(clock.left)}</b>}
        </span>
      </p>
      <Button kind="primary" do={() => room.send({ kind: 'yield', turn: turn.id, person: who && who.id !== room.me.person ? who.id : undefined })}>
        {t('room.turn.done')}
      </Button>
    </div>
  )
}

/** badge: of the newest there is to see; waiting: how many wait there. */
function Open({ panel, icon, words, badge, waiting = 0 }: { panel: Panel; icon: IconName; words: string; badge?: string; waiting?: number }) {
  const { t } = useWords()
  const room = useTheRoom()
  const [seen, see] = useState(badge)
  const on = room.panel === panel
  return (
    <Tool
      icon={icon}
      words={words}
      label={waiting > 0 ? `${words} · ${t('room.host.knocking', { count: waiting })}` : words}
      expanded={on}
      waiting={waiting}
      fresh={badge !== undefined && badge !== seen && !on}
      press={() => {
        see(badge)
        room.open(on ? undefined : panel)
      }}
    />
  )
}

function Tool({ icon, label, words, pressed, expanded, fresh, waiting = 0, press }: { icon: IconName; label: string; words: string; pressed?: boolean; expanded?: boolean; fresh?: boolean; waiting?: number; press: () => void }) {
  return (
    <button type="button" className={styles.tool} aria-label={label.includes(words) ? label : `${words} · ${label}`} aria-pressed={pressed} aria-expanded={expanded} data-fresh={fresh || undefined} data-off={pressed === false || undefined} onClick={press} title={label}>
      <Icon name={icon} />
      <span aria-hidden>{words}</span>
      {waiting > 0 && (
        <b className="num" aria-hidden>
          {waiting}
        </b>
      )}
    </button>
  )
}
