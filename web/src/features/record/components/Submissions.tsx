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
import { items, keys, submissionsQuery, type Submission } from '../queries'
import styles from './Submissions.module.css'
import { WordsDialog } from './WordsDialog'

export const submissionTones: Record<Submission['state'], Tone> = { submitted: 'accent', accepted: 'good', returned: 'care' }

interface SubmissionsProps {
  meeting: string
  kind: Submission['kind']
  /** Whether the asker may hand it in, as things stand. */
  may: boolean
  /** What has to be done before it is handed in: words being typed are saved. */
  flush?: () => Promise<unknown>
}

/** A plan or report on its way to the level above, and the button that sends it. */
export function Submissions({ meeting, kind, may, flush }: SubmissionsProps) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const list = useQuery({ ...submissionsQuery(meeting), retry: false })
  const [sending, setSending] = useState(false)
  const what = terms.word(kind)
  const said = items(list.data?.items).find((s) => s.kind === kind)
  if (list.error && [403, 404].includes(asProblem(list.error).status)) return null
  if (list.data && !said && !may) return null
  return (
    <Section title={t(`record.submit.title.${kind}`)}>
      <Show query={list}>
        {() => (
          <div className={styles.stack}>
            {!said && <Empty>{t(`record.submit.none.${kind}`, { what })}</Empty>}
            {said && (
              <div className={styles.line}>
                <p>
                  <Link to={submissionAddress(said.id)}>{terms.heading(kind)}</Link> <Tag tone={submissionTones[said.state]}>{t(`record.submit.state.${said.state}`)}</Tag>
                </p>
                <p className={styles.quiet}>
                  {t('record.submit.to', { unit: said.to_unit_name })} {said.at && <TimeText at={said.at} form="inside" />}
                </p>
                {said.reason && said.state === 'returned' && <Note tone="care">{t('record.submit.returnedWhy', { text: said.reason })}</Note>}
              </div>
            )}
            {may && (!said || said.state === 'returned') && (
              <Button type={kind === 'report' ? 'primary' : 'default'} className="no-print" onClick={() => void (flush?.() ?? Promise.resolve()).then(() => setSending(true))}>
                {t(said ? 'record.submit.again' : 'record.submit.send', { what })}
              </Button>
            )}
          </div>
        )}
      </Show>
      {sending && (
        <WordsDialog
          title={t('record.submit.send', { what })}
          lead={<p className={styles.lead}>{t(`record.submit.lead.${kind}`, { above: terms.word('level_above') })}</p>}
          field="note"
          label={t('record.submit.note')}
          optional
          verb={t('record.submit.verb')}
          close={() => setSending(false)}
          send={async (note, key) => {
            await got(api.POST('/meetings/{meeting}/submissions/{kind}', { params: { path: { meeting, kind } }, body: { note }, headers: { 'Idempotency-Key': key } }))
            await client.invalidateQueries({ queryKey: keys.all })
          }}
        />
      )}
    </Section>
  )
}
