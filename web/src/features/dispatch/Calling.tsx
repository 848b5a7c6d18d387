import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Input } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { api, got } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { useLive } from '~/shared/live/live'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { ring } from './bell'
import styles from './Calling.module.css'
import { keys, openQuery, type Dispatch } from './queries'
import { address, faceOf } from './state'

/** Over every page: somebody asks who is there, and the reader is free. */
export function Calling() {
  const { data } = useQuery(openQuery)
  const [left, leave] = useState<string[]>([]) // dealt with, or silenced, in this window
  const [shown, show] = useState<string>()
  const list = data?.items ?? []
  const next = list.find((d) => d.mine.ringing && !left.includes(d.id))
  const id = shown ?? next?.id
  useEffect(() => {
    if (!shown && next) show(next.id)
  }, [shown, next])
  if (!id) return null
  return (
    <Call
      key={id}
      id={id}
      now={list.find((d) => d.id === id)}
      close={() => {
        leave([...left, id])
        show(undefined)
      }}
    />
  )
}

function Call({ id, now, close }: { id: string; now: Dispatch | undefined; close: () => void }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [first] = useState(now) // what it was about, also when it is gone from the list
  const [answered, answer] = useState<'yours' | 'taken'>()
  const [busy, setBusy] = useState(false)
  const [words, setWords] = useState('')
  const [trouble, setTrouble] = useState('')
  const dialog = useRef<HTMLDialogElement>(null)
  const face = faceOf(now, answered)
  useLive(`dispatch:${id}`)
  useEffect(() => {
    const d = dialog.current
    if (!d || !face) return
    if (!d.open) d.showModal()
    // Not on a button: who is typing elsewhere at this moment must not answer by it.
    d.querySelector('h1')?.focus()
  }, [face])
  useEffect(() => (face === 'ringing' && !busy ? ring() : undefined), [face, busy])
  useEffect(() => {
    if (!face && !busy) close()
  }, [face, busy, close])
  const d = now ?? first
  if (!d || !face) return null
  const all = d.mode === 'all'

  async function send(what: () => Promise<'yours' | 'taken' | undefined>) {
    setBusy(true)
    setTrouble('')
    try {
      const outcome = await what()
      if (outcome) answer(outcome)
      else close()
    } catch (error) {
      setTrouble(wordProblem(t, error))
    } finally {
      setBusy(false)
      void cache.invalidateQueries({ queryKey: keys.all })
    }
  }
  const path = { params: { path: { dispatch: id } } }
  return (
    <dialog ref={dialog} className={styles.call} data-face={face} aria-labelledby="calling" onCancel={close}>
      <div className={styles.inside}>
        {face === 'ringing' ? (
          <>
            <div className={styles.about}>
              <p className={styles.from}>{t('dispatch.from', { name: d.asker_name, unit: d.unit_name })}</p>
              <h1 id="calling" tabIndex={-1}><Phrases text={d.text} /></h1>
              {d.need && <p className={styles.need}>{d.need}</p>}
              <p className={styles.by}>
                {t('dispatch.by')} {d.due_at && <TimeText at={d.due_at} />}
              </p>
            </div>
            {trouble && <p role="alert" className={styles.trouble}>{trouble}</p>}
            {all && <Input size="large" maxLength={200} value={words} onChange={(e) => setWords(e.target.value)} aria-label={t('dispatch.ring.words')} placeholder={t('dispatch.ring.words')} />}
            <button
              type="button"
              className={styles.here}
              disabled={busy}
              onClick={() => void send(async () => (await got(api.POST('/dispatches/{dispatch}/claim', { ...path, body: { text: words } }))).outcome)}
            >
              {t('dispatch.ring.here')}
            </button>
            <div className={styles.others}>
              <button
                type="button"
                className="w-button"
                disabled={busy}
                onClick={() =>
                  void send(async () => {
                    await got(api.POST('/dispatches/{dispatch}/pass', path))
                    return undefined
                  })
                }
              >
                {t('dispatch.ring.pass')}
              </button>
              <button type="button" className="w-button" onClick={close}>
                {t('dispatch.ring.later')}
              </button>
            </div>
          </>
        ) : (
          <>
            <div className={styles.about} role="status">
              <h1 id="calling" tabIndex={-1}><Phrases text={face === 'taken' ? t('dispatch.ring.taken') : all ? t('dispatch.ring.answered') : t('dispatch.ring.yours')} /></h1>
              <p className={styles.need}>{face === 'taken' ? t('dispatch.ring.takenMore') : d.text}</p>
            </div>
            {face === 'yours' && !all && (
              <button
                type="button"
                className={styles.here}
                  onClick={() => {
                  close()
                  void navigate(address(id))
                }}
              >
                {t('dispatch.ring.open')}
              </button>
            )}
            <button type="button" className="w-button" onClick={close}>
              {t('dispatch.ring.back')}
            </button>
          </>
        )}
      </div>
    </dialog>
  )
}

/** Large words break behind a sentence or comma before they break within one. */
function Phrases({ text }: { text: string }) {
  return text.split(/(?<=[？！。，?!.,]\s*)(?=\S)/u).map((phrase, i) => (
    // oxlint-disable-next-line react/no-array-index-key -- a fixed text
    <span key={i} className={styles.phrase}>
      {phrase}
    </span>
  ))
}
