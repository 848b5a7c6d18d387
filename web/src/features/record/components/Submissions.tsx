import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, got } from '~/shared/api/client'
import { asProblem } from '~/shared/api/problem'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { Empty, Note, Show, Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { submissionAddress } from '../address'
import { items, keys, submissionsQuery, type MeetingRecord, type Submission } from '../queries'
import styles from './Submissions.module.css'
import { WordsDialog } from './WordsDialog'

export const submissionTones: Record<Submission['state'], Tone> = { submitted: 'accent', accepted: 'good', returned: 'care' }

/** What went up to the level above, and the button that sends it. */
export function Submissions({ record, flush }: { record: MeetingRecord; flush: () => Promise<unknown> }) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const list = useQuery({ ...submissionsQuery(record.meeting), retry: false })
  const [sending, setSending] = useState(false)
  const officer = items(record.abilities).includes('archive') // officers of the unit arrange, archive and report
  const due = items(record.report).length > 0
  if (list.error && [403, 404].includes(asProblem(list.error).status)) return null
  if (list.data && items(list.data.items).length === 0 && !(officer && due)) return null
  return (
    <Section title={t('record.submit.title')}>
      <Show query={list}>
        {(data) => {
          const all = items(data.items)
          const report = all.find((s) => s.kind === 'report')
          const open = officer && due && (!report || report.state === 'returned')
          return (
            <div className={styles.stack}>
              {all.length === 0 && <Empty>{t('record.submit.none', { report: terms.word('report') })}</Empty>}
              {all.map((s) => (
                <div key={s.id} className={styles.line}>
                  <p>
                    <Link to={submissionAddress(s.id)}>{terms.word(s.kind)}</Link> <Tag tone={submissionTones[s.state]}>{t(`record.submit.state.${s.state}`)}</Tag>
                  </p>
                  <p className={styles.quiet}>
                    {t('record.submit.to', { unit: s.to_unit_name })} {s.at && <TimeText at={s.at} />}
                  </p>
                  {s.reason && s.state === 'returned' && <Note tone="care">{t('record.submit.returnedWhy', { text: s.reason })}</Note>}
                </div>
              ))}
              {open && (
                <Button type="primary" className={`${styles.send} no-print`} onClick={() => void flush().then(() => setSending(true))}>
                  {t(report ? 'record.submit.again' : 'record.submit.send', { report: terms.word('report') })}
                </Button>
              )}
            </div>
          )
        }}
      </Show>
      {sending && (
        <WordsDialog
          title={t('record.submit.send', { report: terms.word('report') })}
          lead={<p className={styles.lead}>{t('record.submit.lead', { above: terms.word('level_above') })}</p>}
          field="note"
          label={t('record.submit.note')}
          optional
          verb={t('record.submit.verb')}
          close={() => setSending(false)}
          send={async (note, key) => {
            await got(api.POST('/meetings/{meeting}/submissions/{kind}', { params: { path: { meeting: record.meeting, kind: 'report' } }, body: { note }, headers: { 'Idempotency-Key': key } }))
            await client.invalidateQueries({ queryKey: keys.all })
          }}
        />
      )}
    </Section>
  )
}
