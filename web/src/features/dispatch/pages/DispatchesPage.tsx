import { SoundOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, More, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { DispatchLines } from '../components/DispatchLine'
import { openQuery, pastQuery } from '../queries'
import { placeOf, type Place } from '../state'

const order: Place[] = ['forMe', 'holding', 'mine', 'others']

/** What waits for me, what I have taken on, what I asked; and what is settled. */
export function DispatchesPage() {
  const { t } = useWords()
  const open = useQuery(openQuery)
  const past = useInfiniteQuery(pastQuery)
  return (
    <Page
      title={t('dispatch.title')}
      lead={t('dispatch.lead')}
      actions={
        <LinkButton to="/dispatches/new" type="primary" size="large" icon={<SoundOutlined aria-hidden />}>
          {t('dispatch.ask')}
        </LinkButton>
      }
    >
      <Show query={open}>
        {(data) => {
          const list = data.items ?? []
          if (list.length === 0)
            return (
              <Section>
                <Empty>{t('dispatch.none')}</Empty>
              </Section>
            )
          return order.map((place) => {
            const here = list.filter((d) => placeOf(d) === place)
            if (here.length === 0) return null
            return (
              <Section key={place} title={t(`dispatch.${place}`)}>
                <DispatchLines list={here} />
              </Section>
            )
          })
        }}
      </Show>
      <Section title={t('dispatch.past')}>
        <Show query={past}>
          {({ pages }) => {
            const list = pages.flatMap((p) => p.items ?? [])
            if (list.length === 0) return <Empty>{t('dispatch.pastNone')}</Empty>
            return (
              <>
                <DispatchLines list={list} />
                <More list={past} />
              </>
            )
          }}
        </Show>
      </Section>
    </Page>
  )
}
