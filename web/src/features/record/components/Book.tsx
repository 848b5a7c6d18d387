import { useWords } from '~/shared/words/words'
import type { MeetingRecord, Section } from '../queries'
import { items } from '../queries'
import styles from './Book.module.css'
import { ProseField } from './ProseField'

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
          {write && s.key !== 'signature' && s.key !== 'heading' ? (
            <ProseField meeting={record.meeting} text={s.text} label={t('record.page.under', { heading: s.name })} />
          ) : (
            s.text.text && <p className={styles.prose}>{s.text.text}</p>
          )}
        </section>
      ))}
    </div>
  )
}
