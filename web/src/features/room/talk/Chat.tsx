import { useEffect, useMemo, useRef, useState } from 'react'
import { intention } from '~/shared/api/client'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { hide, olderChat, say } from '../queries'
import { useTheRoom } from '../room'
import type { ChatMessage } from '../types'
import { Button } from '../ui/Button'
import styles from '../Room.module.css'

/** Joins what was read with the newest of the state; a hidden one replaces its text. */
export function joinChat(known: ChatMessage[], tail: ChatMessage[]): ChatMessage[] {
  const byId = new Map(known.map((m) => [m.id, m]))
  for (const m of tail) byId.set(m.id, m)
  return [...byId.values()].sort((a, b) => (a.id.length === b.id.length ? (a.id < b.id ? -1 : 1) : a.id.length - b.id.length))
}

export function Chat() {
  const { t } = useWords()
  const room = useTheRoom()
  const { meeting, state } = room
  const [known, setKnown] = useState<ChatMessage[]>([])
  const [more, setMore] = useState(true)
  const [text, setText] = useState('')
  const attempt = useRef(intention())
  const tail = useMemo(() => state.chat.tail ?? [], [state.chat.tail])
  const all = useMemo(() => joinChat(known, tail), [known, tail])
  useEffect(() => setKnown((k) => joinChat(k, tail)), [tail])
  useEffect(() => {
    let over = false
    void olderChat(meeting).then(
      (items) => {
        if (over) return
        setKnown((k) => joinChat(items, k))
        setMore(items.length === 50)
      },
      () => {}, // the tail is here all the same
    )
    return () => {
      over = true
    }
  }, [meeting])
  const end = useRef<HTMLLIElement>(null)
  const newest = all.at(-1)?.id
  useEffect(() => {
    // Newer browsers answer a promise, which is no way to clean up.
    void end.current?.scrollIntoView({ block: 'nearest' })
  }, [newest])
  const off = state.chat.off && !room.isHost
  async function send() {
    if (!text.trim()) return
    // The same message under the same id, however often it is tried.
    if (await room.act(() => say(meeting, text, attempt.current))) {
      setText('')
      attempt.current = intention()
    }
  }
  return (
    <div className={styles.chat}>
      {more && all.length >= 50 && (
        <Button
          do={async () => {
            const items = await olderChat(meeting, all[0]?.id)
            setKnown((k) => joinChat(items, k))
            setMore(items.length === 50)
          }}
        >
          {t('room.chat.older')}
        </Button>
      )}
      {all.length === 0 && <p className={styles.quiet}>{t('room.chat.empty')}</p>}
      <ol className={styles.messages} aria-live="polite" aria-label={t('room.chat.title')}>
        {all.map((m) => (
          <li key={m.id} ref={m.id === newest ? end : undefined} data-mine={m.person === room.me.person || undefined}>
            <small>
              {room.name(m.person)} · <TimeText at={m.at ?? ''} form="time" />
              {room.isHost && !m.hidden && <Hide id={m.id} />}
            </small>
            <p>{m.hidden ? <em>{t('room.chat.hidden', { reason: m.reason })}</em> : m.text}</p>
          </li>
        ))}
      </ol>
      {off ? (
        <p className={styles.quiet}>{t('room.chat.off')}</p>
      ) : (
        <form
          className={styles.compose}
          onSubmit={(e) => {
            e.preventDefault()
            void send()
          }}
        >
          <label>
            <span className="visually-hidden">{t('room.chat.write')}</span>
            <input value={text} maxLength={1000} placeholder={t('room.chat.write')} onChange={(e) => setText(e.target.value)} autoComplete="off" enterKeyHint="send" />
          </label>
          <button type="submit" className="w-button primary" disabled={!text.trim()}>
            {t('common.send')}
          </button>
        </form>
      )}
    </div>
  )
}

function Hide({ id }: { id: string }) {
  const { t } = useWords()
  const room = useTheRoom()
  const [asking, ask] = useState(false)
  const [reason, setReason] = useState('')
  if (!asking)
    return (
      <button type="button" className={styles.link} onClick={() => ask(true)}>
        {t('room.chat.hide')}
      </button>
    )
  return (
    <span className={styles.inlineForm}>
      <input aria-label={t('room.chat.hideReason')} placeholder={t('room.chat.hideReason')} value={reason} maxLength={200} onChange={(e) => setReason(e.target.value)} />
      <Button do={() => room.act(() => hide(room.meeting, id, reason)).then((done) => done && ask(false))} disabled={!reason.trim()}>
        {t('room.chat.hide')}
      </Button>
    </span>
  )
}
