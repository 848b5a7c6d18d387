import { useEffect, useRef, useState } from 'react'
import { useWords } from '~/shared/words/words'
import { Button } from '../ui/Button'
import styles from '../Room.module.css'

/** Asks for a reason, which stands in the record, before something is done. */
export function Reason({ title, go, optional, cancel, done }: { title: string; go: string; optional?: boolean; cancel: () => void; done: (reason: string) => Promise<boolean> }) {
  const { t } = useWords()
  const [reason, set] = useState('')
  // It may open below what is seen.
  const group = useRef<HTMLDivElement>(null)
  useEffect(() => {
    void group.current?.scrollIntoView({ block: 'nearest' })
    group.current?.focus({ preventScroll: true })
  }, [])
  return (
    <div ref={group} className={styles.reason} role="group" aria-label={title} tabIndex={-1}>
      <p>
        <strong>{title}</strong>
      </p>
      <label className={styles.field}>
        <span>{t(optional ? 'room.host.reasonOptional' : 'room.host.reason')}</span>
        <input value={reason} maxLength={500} onChange={(e) => set(e.target.value)} />
      </label>
      <div className={styles.actions}>
        <Button kind="danger" disabled={!optional && !reason.trim()} do={() => done(reason.trim()).then((ok) => ok && cancel())}>
          {go}
        </Button>
        <Button do={cancel}>{t('common.cancel')}</Button>
      </div>
    </div>
  )
}
