import { useQuery } from '@tanstack/react-query'
import { PlusOutlined } from '@ant-design/icons'
import { Navigate, useParams } from 'react-router'
import { useMe } from '~/shared/me/me'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { Composed, WaitingReturns } from '../blocks'
import { AskedLines } from '../components/AskedLines'
import { items, mineQuery } from '../queries'
import { answerAddress } from '../state'

/** The units where I have a role, each once. */
function useUnitsAs(...roles: string[]) {
  const { units } = useMe()
  return units.filter((u, i) => u.roles.some((r) => roles.includes(r)) && units.findIndex((v) => v.id === u.id) === i)
}

/** What is asked of me; below it, for those who ask and check, what their units ask. */
export function RollcallsPage() {
  const { t } = useWords()
  const mine = useQuery(mineQuery)
  const asking = useUnitsAs('officer')
  const checking = useUnitsAs('officer', 'overseer')
  return (
    <Page title={t('rollcall.nav')} lead={t('rollcall.lead')}>
      <Section title={t('rollcall.mine.title')}>
        <Show query={mine}>{(data) => (items(data.items).length === 0 ? <Empty>{t('rollcall.mine.none')}</Empty> : <AskedLines list={items(data.items)} />)}</Show>
      </Section>
      {checking.map((u) => (
        <WaitingReturns key={u.id} unit={u.id} />
      ))}
      {asking.map((u) => (
        <Section
          key={u.id}
          title={t('rollcall.composed.of', { unit: u.name })}
          aside={
            <LinkButton to={`/units/${u.id}/rollcalls/new`} icon={<PlusOutlined aria-hidden />}>
              {t('rollcall.composed.new')}
            </LinkButton>
          }
        >
          <Composed unit={u.id} />
        </Section>
      ))}
    </Page>
  )
}

/** Where a notice leads: to my sheet, if there is exactly one; else to the list. */
export function TakeMePage() {
  const { period = '' } = useParams()
  const mine = useQuery(mineQuery)
  return (
    <Show query={mine}>
      {(data) => {
        const [one, other] = items(data.items).filter((x) => x.period_id === period)
        return <Navigate replace to={one && !other ? answerAddress(period, one.answerer_id) : '/rollcalls'} />
      }}
    </Show>
  )
}
