import { PlusOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useState } from 'react'
import { useWords } from '~/shared/words/words'
import type { MeetingRecord, Section } from '../queries'
import { items } from '../queries'
import styles from './Book.module.css'
import { useUnsaved } from '../saving'
import { ProseField } from './ProseField'

// Headings that say all there is to say.
const signed = new Set(['signature', 'heading'])

interface BookProps {
  record: MeetingRecord
  sections: Section[]
  /** Whether the reader may write here now. */
  write: boolean
}

/** One document by its headings: locked lines as they were worked out, below them what people wrote. */
export function Book({ record, sections, write }: BookProps) {
  const { t } = useWords()
  return (
    <div className={styles.book} lang={record.facts.lang}>
      {sections.map((s) => (
        <section key={s.key} className={styles.part}>
          <h3>{s.name}</h3>
          {items(s.lines).map((line, i) => (
            // Lines may repeat; their place does not.
            // oxlint-disable-next-line react/no-array-index-key
            <p key={i} className={styles.line}>
              {line}
            </p>
          ))}
          {items(s.parts).map((p) => (
            <div key={p.text.key} className={styles.speech}>
              <p className={styles.line}>{p.line}</p>
              {write ? (
                <ProseField meeting={record.meeting} text={p.text} label={t('record.page.said', { line: p.line })} placeholder={t('record.page.saidHere')} />
              ) : (
                p.text.text && <p className={styles.prose}>{p.text.text}</p>
              )}
            </div>
          ))}
          {write && !signed.has(s.key) ? <Addition meeting={record.meeting} s={s} /> : s.text.text && <p className={styles.prose}>{s.text.text}</p>}
        </section>
      ))}
    </div>
  )
}

/** Where the lines already say it, an empty field would only be in the way: it opens on demand. */
function Addition({ meeting, s }: { meeting: string; s: Section }) {
  const { t } = useWords()
  const [open, setOpen] = useState(items(s.lines).length === 0 && items(s.parts).length === 0)
  const unsaved = useUnsaved(meeting, s.text.key)
  const label = t('record.page.under', { heading: s.name })
  // Also unsaved text of an earlier visit opens it: see Draft.
  if (open || s.text.version > 0 || unsaved) return <ProseField meeting={meeting} text={s.text} label={label} focus={open && items(s.lines).length > 0} />
  return (
    <Button type="text" className={`${styles.add} no-print`} icon={<PlusOutlined aria-hidden />} aria-label={label} onClick={() => setOpen(true)}>
      {t('record.page.more')}
    </Button>
  )
}
