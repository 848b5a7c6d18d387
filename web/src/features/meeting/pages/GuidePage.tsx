import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { PrintButton } from '~/shared/ui/CopyButton'
import { Page, Section } from '~/shared/ui/Page'
import { Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { TimeText } from '~/shared/ui/TimeText'
import { guideQuery, items, meetingQuery } from '../queries'
import { meetingAddress } from '../state'
import styles from './GuidePage.module.css'

/** One page for the host: how to run this meeting. */
export function GuidePage() {
  const { meeting: id = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const guide = useQuery(guideQuery(id))
  const { data: m } = useQuery(meetingQuery(id))
  return (
    <Page
      title={t('meeting.guide')}
      lead={
        m && (
          <>
            {m.theme} · {m.starts_at && <TimeText at={m.starts_at} form="full" />}
          </>
        )
      }
      narrow
      back={{ to: meetingAddress(id), label: t('meeting.back') }}
      actions={<PrintButton />}
    >
      <Show query={guide}>
        {({ sections }) =>
          items(sections).map((s) => (
            <Section key={say(s.title)} title={say(s.title)}>
              <ul className={styles.points}>
                {items(s.points).map((p) => (
                  <li key={say(p)}>{say(p)}</li>
                ))}
              </ul>
            </Section>
          ))
        }
      </Show>
    </Page>
  )
}
