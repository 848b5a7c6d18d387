import { useQuery } from '@tanstack/react-query'
import { useParams, useSearchParams } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { PrintButton } from '~/shared/ui/CopyButton'
import { Page } from '~/shared/ui/Page'
import { Note, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { recordAddress } from '../address'
import { items, previewQuery, recordQuery } from '../queries'
import styles from './PrintPage.module.css'

/** The record, or a document made from it, as a plain sheet to read and to print: A4, nothing else on it. */
export function PrintPage() {
  const { meeting: id = '' } = useParams()
  const [search] = useSearchParams()
  const { t } = useWords()
  const terms = useTerms()
  const of = search.get('of')
  return (
    <Page title={t('record.page.preview')} back={{ to: recordAddress(id), label: terms.heading('record') }} actions={<PrintButton type="primary" />}>
      {of === 'minutes' || of === 'report' ? <DocumentSheet meeting={id} of={of} /> : <BookSheet meeting={id} />}
    </Page>
  )
}

function BookSheet({ meeting }: { meeting: string }) {
  const { t } = useWords()
  const record = useQuery(recordQuery(meeting))
  return (
    <Show query={record}>
      {(r) => (
        <>
          {r.state === 'draft' && (
            <div className="no-print">
              <Note tone="care">{t('record.print.draft')}</Note>
            </div>
          )}
          <article className={styles.sheet} lang={r.facts.lang}>
            <h2>{r.title}</h2>
            {r.state === 'draft' && <p className={styles.mark}>{t('record.page.draft')}</p>}
            {items(r.sections).map((s) => (
              <section key={s.key}>
                <h3>{s.name}</h3>
                {items(s.lines).map((line, i) => (
                  // Lines may repeat; their place does not.
                  // oxlint-disable-next-line react/no-array-index-key
                  <p key={i}>{line}</p>
                ))}
                {items(s.parts).map((p) => (
                  <div key={p.text.key}>
                    <p>{p.line}</p>
                    {p.text.text && <p className={styles.said}>{p.text.text}</p>}
                  </div>
                ))}
                {s.text.text && <p>{s.text.text}</p>}
              </section>
            ))}
            {items(r.corrections).length > 0 && (
              <section>
                <h3>{t('record.corrections')}</h3>
                {items(r.corrections).map((c) => (
                  <p key={c.number}>
                    {c.number}. {c.text} {t('record.correct.by', { name: c.by.name, reason: c.reason })}
                  </p>
                ))}
              </section>
            )}
            {r.hash && <p className={styles.hash}>{t('record.fingerprint', { hash: r.hash })}</p>}
          </article>
        </>
      )}
    </Show>
  )
}

function DocumentSheet({ meeting, of }: { meeting: string; of: 'minutes' | 'report' }) {
  const { t } = useWords()
  const preview = useQuery(previewQuery(meeting, of))
  return (
    <Show query={preview}>
      {(d) => (
        <>
          <div className="no-print">
            <Note>{t('record.print.document')}</Note>
          </div>
          <article className={`${styles.sheet} ${styles.official}`}>
            <h2>{d.title}</h2>
            {d.to && <p className={styles.to}>{t('record.salutation', { unit: d.to })}</p>}
            {items(d.body).map((p, i) => (
              // Paragraphs may repeat; their place does not.
              // oxlint-disable-next-line react/no-array-index-key
              <p key={i} className={styles.indent}>
                {p}
              </p>
            ))}
          </article>
        </>
      )}
    </Show>
  )
}
