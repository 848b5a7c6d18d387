// Who is here, who has not spoken yet, and whether it is enough for a vote.
import { useWords } from '~/shared/words/words'
import { useTheRoom } from '../room'
import { said, type Person } from '../types'
import { Icon } from '../ui/Icon'
import { PersonTools } from '../host/PersonTools'
import { useState } from 'react'
import styles from '../Room.module.css'

export function People() {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, roster, plan, language } = room
  const [of, open] = useState<Person>()
  const people = roster.people ?? []
  const unheard = state.unheard.people ?? []
  const waiting = people.filter((p) => unheard.includes(p.id))
  const rest = people.filter((p) => !unheard.includes(p.id))
  const row = (p: Person) => <Row key={p.id} p={p} open={room.isHost && !plan.practice ? () => open(p) : undefined} />
  return (
    <div className={styles.panel}>
      <Quorum />
      {waiting.length > 0 && state.phase === 'open' ? (
        <>
          <h3>{t('room.people.unheard', { count: state.unheard.count })}</h3>
          <ul className={styles.list}>{waiting.map(row)}</ul>
          {rest.length > 0 && <h3>{t('room.people.heard', { count: rest.length })}</h3>}
          <ul className={styles.list}>{rest.map(row)}</ul>
        </>
      ) : (
        <>
          <h3>{t('room.people.here', { count: people.length })}</h3>
          <ul className={styles.list}>{people.map(row)}</ul>
        </>
      )}
      {plan.quorum && <p className={styles.quiet}>{said(plan.quorum, language)}</p>}
      {of && <PersonTools person={of} close={() => open(undefined)} />}
    </div>
  )
}

export function Quorum() {
  const { t } = useWords()
  const { state } = useTheRoom()
  const { counts, quorum } = state
  return (
    <div className={styles.quorum} data-met={quorum?.met || undefined}>
      <p className="num">
        {t('room.people.line', { here: counts.here, due: counts.due })}
        {counts.excused > 0 && ` · ${t('room.people.excused', { count: counts.excused })}`}
        {counts.observers > 0 && ` · ${t('room.people.observers', { count: counts.observers })}`}
        {counts.written > 0 && ` · ${t('room.people.written', { count: counts.written })}`}
      </p>
      {quorum && <p className="num">{t(`room.quorum.${quorum.of === 0 ? 'empty' : quorum.met ? 'met' : 'short'}`, { have: quorum.have, need: quorum.need, of: quorum.of, short: quorum.short })}</p>}
    </div>
  )
}

function Row({ p, open }: { p: Person; open?: () => void }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, plan, language } = room
  const hand = (state.hands ?? []).indexOf(p.id)
  const speaks = (state.turns ?? []).some((x) => x.person === p.id)
  const place = plan.places?.find((w) => w.key === p.place)
  const facts = [
    state.chair === p.id ? t('room.people.chair') : '',
    p.observer ? t('room.people.observer') : '',
    t(`room.people.how.${p.how ?? 'video'}`),
    p.rung ? t(`room.rung.${p.rung}.short`) : '',
    place ? said(place.name, language) : '',
    p.helper ? t('room.people.helper') : '',
    p.away ? t('room.people.away') : '',
  ].filter(Boolean)
  const inside = (
    <>
      <span className={styles.rowName}>
        <strong>{p.id === room.me.person ? t('room.me', { name: p.name }) : p.name}</strong>
        <small>{facts.join(' · ')}</small>
      </span>
      {speaks && <b className={styles.tag}>{t('room.people.speaks')}</b>}
      {hand >= 0 && (
        <b className={styles.tag}>
          <Icon name="hand" size={16} />
          {t('room.people.hand', { place: hand + 1 })}
        </b>
      )}
    </>
  )
  return (
    <li data-away={p.away || undefined}>
      {open ? (
        <button type="button" className={styles.row} onClick={open}>
          {inside}
          <Icon name="more" size={20} />
        </button>
      ) : (
        <div className={styles.row}>{inside}</div>
      )}
    </li>
  )
}
