import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { useLive } from '~/shared/live/live'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Page, Section } from '~/shared/ui/Page'
import { Note, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { meetingAddress, oversightAddress, recordAddress, versionAddress } from '../address'
import { submissionTones } from '../components/Submissions'
import { WordsDialog } from '../components/WordsDialog'
import { items, keys, submissionQuery } from '../queries'
import styles from './lists.module.css'

/** A plan or report as it was handed in; who decides accepts it or sends it back with a reason. */
export function SubmissionPage() {
  const { submission: id = '' } = useParams()
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const query = useQuery(submissionQuery(id))
  // The meeting's changes are told to its own unit; who decides above is told by a notice.
  const me = useMe()
  const own = me.units.some((u) => u.id === query.data?.unit_id)
  useLive(query.data && own ? `meeting:${query.data.meeting_id}` : undefined)
  const [returning, setReturning] = useState(false)
  const again = () => client.invalidateQueries({ queryKey: keys.all })
  return (
    <Show query={query}>
      {(s) => {
        const latest = items(s.versions)[0]
        const can = (ability: string) => items(s.abilities).includes(ability)
        const params = { path: { submission: s.id } }
        return (
          <Page
            title={latest?.content.title ?? s.theme}
            lead={
              <>
                {s.unit_name} → {s.to_unit_name} <Tag tone={submissionTones[s.state]}>{t(`record.submit.state.${s.state}`)}</Tag>
              </>
            }
            back={
              !own
                ? { to: oversightAddress(s.to_unit_id), label: t('record.oversight.title') }
                : s.kind === 'plan'
                  ? { to: meetingAddress(s.meeting_id), label: t('record.page.back') }
                  : { to: recordAddress(s.meeting_id), label: terms.heading('record') }
            }
          >
            {s.state === 'returned' && s.reason && <Note tone="care">{t('record.submit.returnedWhy', { text: s.reason })}</Note>}
            {latest && (
              <Section
                title={terms.heading(s.kind)}
                aside={
                  latest.file_name && (
                    <a href={versionAddress(s.id, latest.version)} download>
                      {t('record.submit.file')}
                    </a>
                  )
                }
              >
                <div className={styles.lines}>
                  {latest.note && <Note>{latest.note}</Note>}
                  {items(latest.content.sections).map((x) => (
                    <section key={x.key}>
                      <h3>{x.name}</h3>
                      {[...items(x.lines), x.text.text].filter(Boolean).map((line) => (
                        <p key={line}>{line}</p>
                      ))}
                    </section>
                  ))}
                  <p className={styles.quiet}>
                    {latest.by_name} {latest.at && <TimeText at={latest.at} form="full" />}
                  </p>
                  {s.kind === 'report' && <Link to={recordAddress(s.meeting_id)}>{t('record.submit.seeRecord')}</Link>}
                </div>
              </Section>
            )}
            {can('accept') && latest && (
              <Section title={t('record.submit.decide')}>
                <p className={styles.lead}>{t('record.submit.decideLead')}</p>
                <div className={styles.decide}>
                  <ActionButton
                    type="primary"
                    size="large"
                    done={t('record.submit.accepted')}
                    action={async () => {
                      await got(api.POST('/submissions/{submission}/accept', { params, body: { version: s.version } }))
                      await again()
                    }}
                  >
                    {t('record.submit.accept')}
                  </ActionButton>
                  <Button size="large" onClick={() => setReturning(true)}>
                    {t('record.submit.return')}
                  </Button>
                </div>
              </Section>
            )}
            {items(s.versions).length > 1 && (
              <Section title={t('record.submit.history')}>
                <ul className={styles.lines}>
                  {items(s.versions)
                    .slice(1)
                    .map((v) => (
                      <li key={v.version}>
                        {t('record.submit.version', { n: v.version, name: v.by_name })} {v.at && <TimeText at={v.at} form="full" />}
                        {v.reason && <p className={styles.quiet}>{t('record.submit.returnedWhy', { text: v.reason })}</p>}
                      </li>
                    ))}
                </ul>
              </Section>
            )}
            {returning && (
              <WordsDialog
                title={t('record.submit.return')}
                lead={<p className={styles.lead}>{t('record.submit.returnLead')}</p>}
                field="reason"
                label={t('record.submit.reason')}
                verb={t('record.submit.return')}
                close={() => setReturning(false)}
                send={async (reason, key) => {
                  await got(api.POST('/submissions/{submission}/return', { params, body: { version: s.version, reason }, headers: { 'Idempotency-Key': key } }))
                  await again()
                }}
              />
            )}
          </Page>
        )
      }}
    </Show>
  )
}
