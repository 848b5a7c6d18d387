import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, More, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { MeetingLine } from '../components/MeetingLine'
import { comingQuery, items, pastQuery } from '../queries'

/** My meetings in all my units: those to come, and those gone by. */
export function MineMeetingsPage() {
  const { t } = useWords()
  const coming = useQuery(comingQuery)
  const past = useInfiniteQuery(pastQuery)
  return (
    <Page title={t('meeting.nav')} lead={t('meeting.lead')}>
      <Section title={t('meeting.coming')}>
        <Show query={coming}>
          {(data) =>
            items(data.items).length === 0 ? (
              <Empty>{t('meeting.noneComing')}</Empty>
            ) : (
              <ul>
                {items(data.items).map((m) => (
                  <li key={m.id}>
                    <MeetingLine item={m} unit enter />
                  </li>
                ))}
              </ul>
            )
          }
        </Show>
      </Section>
      <Section title={t('meeting.past')}>
        <Show query={past}>
          {({ pages }) => {
            const list = pages.flatMap((p) => items(p.items))
            return list.length === 0 ? (
              <Empty>{t('meeting.nonePast')}</Empty>
            ) : (
              <>
                <ul>
                  {list.map((m) => (
                    <li key={m.id}>
                      <MeetingLine item={m} unit />
                    </li>
                  ))}
                </ul>
                <More list={past} />
              </>
            )
          }}
        </Show>
      </Section>
    </Page>
  )
}
