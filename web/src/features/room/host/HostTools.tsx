// The host's tools, in one sheet: what is needed now comes first.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { exempt, hostQuery, open as openMeeting, reopenLink, switchChat } from '../queries'
import { useTheRoom } from '../room'
import { Quorum } from '../talk/People'
import { said, type HostView } from '../types'
import { Button } from '../ui/Button'
import { Icon } from '../ui/Icon'
import { FloorTools } from './FloorTools'
import { Motions } from './Motions'
import { Reason } from './Reason'
import { Speaking } from './Speaking'
import { Stages } from './Stages'
import styles from '../Room.module.css'

export function HostTools() {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, meeting, isHost } = room
  const host = useQuery({ ...hostQuery(meeting, state.version), placeholderData: keepPreviousData, enabled: isHost })
  const [ending, setEnding] = useState(false)
  const data = host.data
  const lobby = data?.lobby ?? []
  return (
    <>
      {state.phase === 'early' && (
        <section className={styles.group}>
          <Quorum />
          <Button kind="primary" do={() => room.act(() => openMeeting(meeting))}>
            {t('room.host.openMeeting')}
          </Button>
        </section>
      )}
      {lobby.length > 0 && (
        <section className={styles.group}>
          <h3>{t('room.host.lobby', { count: lobby.length })}</h3>
          <ul className={styles.list}>
            {lobby.map((p) => (
              <li key={p.id} className={styles.line}>
                <span>
                  {p.name} <small>{p.since && <TimeText at={p.since} form="time" />}</small>
                </span>
                <Button kind="primary" do={() => room.send({ kind: 'admit', person: p.id })}>
                  {t('room.host.admit')}
                </Button>
                <RemoveOne id={p.id} name={p.name} />
              </li>
            ))}
          </ul>
          {lobby.length > 1 && <Button do={() => room.send({ kind: 'admit' })}>{t('room.host.admitAll')}</Button>}
        </section>
      )}
      <FloorTools />
      <Stages />
      <Motions />
      <section className={styles.group}>
        <h3>{t('room.host.door')}</h3>
        <Switch on={state.lobby} words={t('room.host.lobbyOn')} set={(on) => room.send({ kind: 'lobby', on })} />
        <Switch on={state.locked} words={t('room.host.lock')} set={(on) => room.send({ kind: on ? 'lock' : 'unlock' })} />
        <Switch on={!state.chat.off} words={t('room.host.chat')} set={(on) => room.act(() => switchChat(meeting, on))} />
      </section>
      {data && (data.missing ?? []).length > 0 && (
        <details className={styles.group}>
          <summary>{t('room.host.missing', { count: data.missing!.length })}</summary>
          <ul className={styles.list}>
            {data.missing!.map((p) => (
              <Missing key={p.id} p={p} />
            ))}
          </ul>
        </details>
      )}
      {data && (data.removed ?? []).length > 0 && (
        <details className={styles.group}>
          <summary>{t('room.host.removed', { count: data.removed!.length })}</summary>
          <ul className={styles.list}>
            {data.removed!.map((p) => (
              <li key={p.id} className={styles.line}>
                <span>{p.name}</span>
                <Button do={() => room.send({ kind: 'readmit', person: p.id })}>{t('room.host.readmit')}</Button>
              </li>
            ))}
          </ul>
        </details>
      )}
      <Speaking data={data} />
      <section className={styles.group}>
        {ending ? (
          <Reason
            title={t('room.host.endAsk', { count: state.unheard.count })}
            optional
            go={t('room.host.endYes')}
            cancel={() => setEnding(false)}
            done={(reason) => room.send({ kind: 'finish', reason: reason || undefined })}
          />
        ) : (
          <Button kind="danger" do={() => setEnding(true)}>
            {t('room.host.end')}
          </Button>
        )}
      </section>
    </>
  )
}

function Switch({ on, words, set }: { on: boolean; words: string; set: (on: boolean) => Promise<unknown> }) {
  return (
    <label className={styles.switch}>
      <input type="checkbox" role="switch" checked={on} onChange={(e) => void set(e.target.checked)} />
      <span>{words}</span>
    </label>
  )
}

function RemoveOne({ id, name }: { id: string; name: string }) {
  const { t } = useWords()
  const room = useTheRoom()
  const [asking, ask] = useState(false)
  if (!asking) return <Button do={() => ask(true)}>{t('room.host.refuse')}</Button>
  return <Reason title={t('room.host.removeAsk', { name })} go={t('room.host.remove')} cancel={() => ask(false)} done={(reason) => room.send({ kind: 'remove', person: id, reason })} />
}

type MissingOne = NonNullable<HostView['missing']>[number]

/** Somebody who is not here: by telephone, in writing, on another device, not due. */
function Missing({ p }: { p: MissingOne }) {
  const { t } = useWords()
  const room = useTheRoom()
  const [open, set] = useState(false)
  const [note, setNote] = useState('')
  const { plan, language, meeting } = room
  const facts = [p.observer && t('room.people.observer'), p.granted && t('room.host.excused'), p.exempt && said(plan.exemptions?.find((x) => x.key === p.exempt)?.name, language), p.left && t('room.host.left')].filter(Boolean)
  return (
    <li>
      <button type="button" className={styles.row} aria-expanded={open} onClick={() => set(!open)}>
        <span className={styles.rowName}>
          <strong>{p.name}</strong>
          <small>{facts.join(' · ')}</small>
        </span>
        <Icon name="more" size={20} />
      </button>
      {open && (
        <div className={styles.opened}>
          <Button do={() => room.send({ kind: 'join', person: p.id, how: 'phone' })}>{t('room.host.byPhone')}</Button>
          <Button do={() => room.send({ kind: 'join', person: p.id, how: 'written' })}>{t('room.host.byWriting')}</Button>
          <Button do={() => room.act(() => reopenLink(meeting, p.id))}>{t('room.host.reopen')}</Button>
          {!p.observer && (
            <label className={styles.field}>
              <span>{t('room.host.exempt')}</span>
              <select value={p.exempt ?? ''} onChange={(e) => void room.act(() => exempt(meeting, p.id, e.target.value, note))}>
                <option value="">{t('room.host.due')}</option>
                {plan.exemptions?.map((x) => (
                  <option key={x.key} value={x.key}>
                    {said(x.name, language)}
                  </option>
                ))}
              </select>
              <input value={note} maxLength={200} aria-label={t('room.host.exemptNote')} placeholder={t('room.host.exemptNote')} onChange={(e) => setNote(e.target.value)} />
            </label>
          )}
        </div>
      )}
    </li>
  )
}
