import { useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { useMe } from '~/shared/me/me'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Section } from '~/shared/ui/Page'
import { Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { items, keys, type MeetingRecord, type Remark } from '../queries'
import styles from './Remarks.module.css'
import { WordsDialog } from './WordsDialog'

/** What those present say to the draft: that they took note, or what should be corrected. */
export function Remarks({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const me = useMe()
  const client = useQueryClient()
  const [proposing, setProposing] = useState(false)
  const can = (ability: string) => items(record.abilities).includes(ability)
  const noted = items(record.remarks).filter((r) => r.kind === 'noted')
  const proposals = items(record.remarks).filter((r) => r.kind === 'proposal')
  const path = { path: { meeting: record.meeting } }
  const again = () => client.invalidateQueries({ queryKey: keys.one(record.meeting) })
  if (noted.length === 0 && proposals.length === 0 && !can('comment')) return null
  return (
    <Section title={t('record.remark.title')}>
      {can('comment') && (
        <div className={`${styles.ask} no-print`}>
          <p>{t('record.remark.ask')}</p>
          <div className={styles.buttons}>
            {noted.some((r) => r.person === me.person.id) ? (
              <Tag tone="good">{t('record.remark.youNoted')}</Tag>
            ) : (
              <ActionButton
                type="primary"
                done={t('record.remark.thanks')}
                action={async () => {
                  await got(api.POST('/meetings/{meeting}/record/remarks', { params: path, body: { kind: 'noted' } }))
                  await again()
                }}
              >
                {t('record.remark.note')}
              </ActionButton>
            )}
            <Button onClick={() => setProposing(true)}>{t('record.remark.propose')}</Button>
          </div>
        </div>
      )}
      {proposals.length > 0 && (
        <ul className={styles.list}>
          {proposals.map((r) => (
            <li key={r.id}>
              <Proposal meeting={record.meeting} r={r} settle={record.state === 'draft' && (can('write') || can('sign'))} again={again} />
            </li>
          ))}
        </ul>
      )}
      {noted.length > 0 && <p className={styles.noted}>{t('record.remark.notedBy', { count: noted.length, names: noted.map((r) => r.name).join(t('record.list.names')) })}</p>}
      {proposing && (
        <WordsDialog
          title={t('record.remark.propose')}
          lead={<p className={styles.lead}>{t('record.remark.proposeLead')}</p>}
          field="text"
          label={t('record.remark.what')}
          verb={t('common.send')}
          close={() => setProposing(false)}
          send={async (text, key) => {
            await got(api.POST('/meetings/{meeting}/record/remarks', { params: path, body: { kind: 'proposal', text }, headers: { 'Idempotency-Key': key } }))
            await again()
          }}
        />
      )}
    </Section>
  )
}

function Proposal({ meeting, r, settle, again }: { meeting: string; r: Remark; settle: boolean; again: () => Promise<unknown> }) {
  const { t } = useWords()
  const [declining, setDeclining] = useState(false)
  const params = { path: { meeting, remark: r.id } }
  return (
    <div className={styles.proposal}>
      <p className={styles.who}>
        {r.name} {r.at && <TimeText at={r.at} within />} <Tag tone={r.settled === 'taken' ? 'good' : r.settled ? 'plain' : 'care'}>{t(`record.remark.${r.settled || 'open'}`)}</Tag>
      </p>
      <p className={styles.text}>{r.text}</p>
      {r.answer && <p className={styles.lead}>{t('record.remark.answer', { text: r.answer })}</p>}
      {settle && !r.settled && (
        <div className={`${styles.buttons} no-print`}>
          <ActionButton
            size="small"
            done={t('record.remark.taken')}
            action={async () => {
              await got(api.POST('/meetings/{meeting}/record/remarks/{remark}/settle', { params, body: { taken: true } }))
              await again()
            }}
          >
            {t('record.remark.take')}
          </ActionButton>
          <Button size="small" onClick={() => setDeclining(true)}>
            {t('record.remark.decline')}
          </Button>
        </div>
      )}
      {declining && (
        <WordsDialog
          title={t('record.remark.decline')}
          lead={<p className={styles.lead}>{r.text}</p>}
          field="answer"
          label={t('record.remark.why')}
          verb={t('record.remark.decline')}
          close={() => setDeclining(false)}
          send={async (answer, key) => {
            await got(api.POST('/meetings/{meeting}/record/remarks/{remark}/settle', { params, body: { taken: false, answer }, headers: { 'Idempotency-Key': key } }))
            await again()
          }}
        />
      )}
    </div>
  )
}
