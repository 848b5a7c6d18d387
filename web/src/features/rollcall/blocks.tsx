import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Section } from '~/shared/ui/Page'
import { Empty, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import type { UnitBlockProps } from '~/shared/unitBlocks'
import { useWords } from '~/shared/words/words'
import { AskedLines } from './components/AskedLines'
import { Week } from './components/Burden'
import { UnitHelpers } from './components/Helpers'
import styles from './components/parts.module.css'
import { composedQuery, items, mineQuery, owed, waitingQuery } from './queries'
import { returnAddress, rollcallAddress } from './state'

/** On the start page: what I am asked and have not answered. */
export function HomeAsked() {
  const { data } = useQuery(mineQuery)
  const open = owed(data)
  return open.length === 0 ? null : <AskedLines list={open} />
}

/** Without a network: what can be filled in all the same, or waits to be sent. */
export function AwayAsked() {
  const { t } = useWords()
  const open = owed(useQuery(mineQuery).data)
  return (
    <Section title={t('rollcall.here.away')}>
      <p className={styles.quiet}>{t(open.length === 0 ? 'rollcall.here.awayNone' : 'rollcall.here.awayHelp')}</p>
      <AskedLines list={open} />
    </Section>
  )
}

/** On the page of a unit: the roll calls that it composed, and the returns that wait there. */
export function UnitRollcalls({ unit, abilities }: UnitBlockProps) {
  const { t } = useWords()
  const asks = abilities.includes('rollcall.ask')
  return (
    <>
      {abilities.includes('rollcall.check') && <WaitingReturns unit={unit.id} />}
      {abilities.includes('rollcall.count') && <Week unit={unit.id} />}
      {asks && (
        <Section
          title={t('rollcall.composed.title')}
          aside={
            <LinkButton to={`/units/${unit.id}/rollcalls/new`} icon={<PlusOutlined aria-hidden />}>
              {t('rollcall.composed.new')}
            </LinkButton>
          }
        >
          <Composed unit={unit.id} />
        </Section>
      )}
      {abilities.includes('rollcall.answer') && <UnitHelpers unit={unit.id} />}
    </>
  )
}

/** Returns that wait to be checked at a unit; nothing if there are none. */
export function WaitingReturns({ unit }: { unit: string }) {
  const { t } = useWords()
  const { say } = useTerms()
  const list = items(useQuery(waitingQuery(unit)).data?.items)
  if (list.length === 0) return null
  return (
    <Section title={t('rollcall.waiting.title')} aside={t('rollcall.waiting.count', { count: list.length })}>
      <ul className={styles.lines}>
        {list.map((w) => (
          <li key={`${w.period_id}${w.answerer_id}`}>
            <div>
              <Link to={returnAddress(w.period_id, w.answerer_id)}>{t('rollcall.waiting.line', { name: w.name, title: say(w.title) })}</Link>
              {w.at && (
                <span className={styles.quiet}>
                  {t('rollcall.waiting.came')} <TimeText at={w.at} />
                </span>
              )}
            </div>
            {w.nil_run > 0 && <Tag tone="care">{t('rollcall.return.nilRun', { count: w.nil_run })}</Tag>}
          </li>
        ))}
      </ul>
    </Section>
  )
}

const tones = { draft: 'plain', running: 'accent', ended: 'good' } as const

/** The roll calls that a unit composed, newest first. */
export function Composed({ unit }: { unit: string }) {
  const { t } = useWords()
  const { say } = useTerms()
  const { data } = useQuery(composedQuery(unit))
  if (!data) return null
  const list = items(data.items)
  if (list.length === 0) return <Empty>{t('rollcall.composed.none')}</Empty>
  return (
    <ul className={styles.lines}>
      {list.map((r) => (
        <li key={r.id}>
          <div>
            <Link to={rollcallAddress(r.id)}>{say(r.title)}</Link>
            <span className={styles.quiet}>
              {t(`rollcall.every.${r.schedule.every}`)} · {t(r.by_units ? 'rollcall.whoUnits' : 'rollcall.whoPeople')}
              {r.voluntary && ` · ${t('rollcall.voluntary')}`}
            </span>
          </div>
          <Tag tone={tones[r.state]}>{t(`rollcall.state.${r.state}`)}</Tag>
        </li>
      ))}
    </ul>
  )
}
