import { DownloadOutlined, FileExcelOutlined, FileWordOutlined, FileZipOutlined, FileTextOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { CopyButton } from '~/shared/ui/CopyButton'
import { Section } from '~/shared/ui/Page'
import { Empty } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { archiveAddress, fileAddress } from '../address'
import { items, keys, type MeetingRecord } from '../queries'
import styles from './Signed.module.css'
import { WordsDialog } from './WordsDialog'

const icons = { minutes: <FileWordOutlined aria-hidden />, report: <FileWordOutlined aria-hidden />, attendance: <FileExcelOutlined aria-hidden />, page: <FileTextOutlined aria-hidden /> }

/** A signed record: by whom and when, its fingerprint, and everything to take away. */
export function Signed({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const terms = useTerms()
  const archive = items(record.abilities).includes('archive')
  const names = { minutes: terms.heading('minutes'), report: terms.heading('report'), attendance: t('record.files.attendance'), page: terms.heading('record') }
  return (
    <>
      <section className={styles.seal}>
        <h2>{t('record.signed.title')}</h2>
        <p>
          {record.signed_by?.name} {record.signed_at && <TimeText at={record.signed_at} form="full" />}
        </p>
        <p className={styles.quiet}>{t('record.signed.text')}</p>
        <details className={styles.hash}>
          <summary>{t('record.signed.hash')}</summary>
          <code>{record.hash}</code>
          <p className={styles.quiet}>{t('record.signed.hashText')}</p>
          <CopyButton text={record.hash} size="small" className="no-print" />
        </details>
      </section>
      <div className="no-print">
        <Section title={t('record.files.title')}>
          <ul className={styles.files}>
            {items(record.files).map((f) => (
              <li key={f.kind}>
                <a href={fileAddress(record.meeting, f.kind)} download>
                  {icons[f.kind]}
                  <span>
                    {names[f.kind]}
                    <span className={styles.quiet}>{[ending(f.name), wordBytes(f.bytes)].join(' · ')}</span>
                  </span>
                  <DownloadOutlined aria-hidden />
                </a>
              </li>
            ))}
            {archive && (
              <li>
                <a href={archiveAddress(record.meeting)} download>
                  <FileZipOutlined aria-hidden />
                  <span>
                    {t('record.files.archive')}
                    <span className={styles.quiet}>{t('record.files.archiveText')}</span>
                  </span>
                  <DownloadOutlined aria-hidden />
                </a>
              </li>
            )}
          </ul>
        </Section>
      </div>
    </>
  )
}

const ending = (name: string) => name.slice(name.lastIndexOf('.'))

function wordBytes(n: number): string {
  return n < 1_000_000 ? `${Math.max(1, Math.round(n / 1000))} KB` : `${(n / 1_000_000).toFixed(1)} MB`
}

/** Nothing in a signed record changes; what was wrong is put right below it, with who, when and why. */
export function Corrections({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const list = items(record.corrections)
  const may = items(record.abilities).includes('correct')
  if (list.length === 0 && !may) return null
  return (
    <Section title={t('record.corrections')}>
      {list.length === 0 ? (
        <Empty>{t('record.correct.none')}</Empty>
      ) : (
        <ol className={styles.corrections}>
          {list.map((c) => (
            <li key={c.number}>
              <p>{c.text}</p>
              <p className={styles.quiet}>
                {t('record.correct.by', { name: c.by.name, reason: c.reason })} {c.at && <TimeText at={c.at} form="full" />}
              </p>
            </li>
          ))}
        </ol>
      )}
      {may && (
        <Button className={`${styles.add} no-print`} onClick={() => setAdding(true)}>
          {t('record.correct.add')}
        </Button>
      )}
      {adding && <CorrectionForm meeting={record.meeting} close={() => setAdding(false)} done={() => client.invalidateQueries({ queryKey: keys.one(record.meeting) })} />}
    </Section>
  )
}

function CorrectionForm({ meeting, close, done }: { meeting: string; close: () => void; done: () => Promise<unknown> }) {
  const { t } = useWords()
  return (
    <WordsDialog
      title={t('record.correct.add')}
      lead={<p className={styles.lead}>{t('record.correct.lead')}</p>}
      field="text"
      label={t('record.correct.text')}
      also={{ field: 'reason', label: t('record.correct.reason') }}
      verb={t('record.correct.verb')}
      close={close}
      send={async (text, key, reason) => {
        await got(api.POST('/meetings/{meeting}/record/corrections', { params: { path: { meeting } }, body: { text, reason }, headers: { 'Idempotency-Key': key } }))
        await done()
      }}
    />
  )
}
