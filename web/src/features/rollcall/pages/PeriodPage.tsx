import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link, useParams, useSearchParams } from 'react-router'
import { api, got, prefix } from '~/shared/api/client'
import { useLive } from '~/shared/live/live'
import { useTerms } from '~/shared/profile/profile'
import { ConfirmButton } from '~/shared/ui/ConfirmButton'
import { PrintButton } from '~/shared/ui/CopyButton'
import { Page, Section } from '~/shared/ui/Page'
import { Note, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import styles from '../components/parts.module.css'
import { Ballots, Figures } from '../components/Figures'
import { FilesZip } from '../components/FilesZip'
import { PeriodTag } from '../components/PeriodTag'
import { Exceptions, Who } from '../components/Who'
import { items, keys, rollupQuery, type Counts, type List, type Rollup } from '../queries'
import { periodAddress, rollcallAddress } from '../state'

/** How a period stands, live: the whole, unit by unit, and who, for those who may know. */
export function PeriodPage() {
  const { period = '' } = useParams()
  const [search] = useSearchParams()
  const unit = search.get('unit') ?? undefined
  const { t } = useWords()
  const { say } = useTerms()
  const cache = useQueryClient()
  const query = useQuery(rollupQuery(period, unit))
  useLive(`rollcall:${period}`)
  const r = query.data
  const may = (a: string) => r?.abilities?.includes(a) ?? false
  const after = () => cache.invalidateQueries({ queryKey: keys.all })
  return (
    <Page
      title={r ? say(r.title) : t('rollcall.watch.title')}
      back={unit ? { to: periodAddress(period), label: t('rollcall.watch.whole') } : r ? { to: may('export') ? rollcallAddress(r.rollcall_id) : '/rollcalls', label: t('rollcall.back') } : { to: '/rollcalls', label: t('rollcall.nav') }}
      lead={
        r && (
          <p className={styles.facts}>
            <PeriodTag state={r.state} opens={r.opens_at} />
            {r.due_at && (
              <span>
                {t('rollcall.by')} <TimeText at={r.due_at} />
              </span>
            )}
            {r.voluntary && <span>{t('rollcall.voluntary')}</span>}
            {r.anonymous && <span>{t('rollcall.anonymous.title')}</span>}
          </p>
        )
      }
      actions={
        r && (
          <>
            {may('remind') && (
              <ConfirmButton
                question={t('rollcall.remind.question', { count: r.total.missing ?? 0 })}
                explanation={t('rollcall.remind.explain')}
                verb={t('rollcall.remind.verb')}
                done={t('rollcall.remind.done')}
                disabled={(r.total.missing ?? 0) === 0}
                action={() => got(api.POST('/rollcall-periods/{period}/remind', { params: { path: { period } } })).finally(after)}
              >
                {t('rollcall.remind.verb')}
              </ConfirmButton>
            )}
            {may('export') && (
              <>
                <Button href={`${prefix}/rollcall-periods/${period}/export?format=xlsx`} download>
                  {t('rollcall.watch.xlsx')}
                </Button>
                <Button href={`${prefix}/rollcall-periods/${period}/export?format=csv`} download>
                  {t('rollcall.watch.csv')}
                </Button>
              </>
            )}
            {may('files') && <FilesZip r={r} whole={!unit} />}
            <PrintButton />
            {may('lock') && (
              <ConfirmButton
                question={t('rollcall.lock.question')}
                explanation={t('rollcall.lock.explain')}
                verb={t('rollcall.lock.verb')}
                action={() => got(api.POST('/rollcall-periods/{period}/lock', { params: { path: { period } } })).finally(after)}
              >
                {t('rollcall.lock.verb')}
              </ConfirmButton>
            )}
          </>
        )
      }
    >
      <Show query={query}>{(r) => <Body key={r.unit_id} r={r} whole={!unit} />}</Show>
    </Page>
  )
}

const figures: { of: keyof Counts; list: List }[] = [
  { of: 'received', list: 'received' },
  { of: 'on_time', list: 'on_time' },
  { of: 'late', list: 'late' },
  { of: 'nils', list: 'nil' },
  { of: 'inapplicable', list: 'na' },
  { of: 'excused', list: 'excused' },
  { of: 'missing', list: 'missing' },
]

function Body({ r, whole }: { r: Rollup; whole: boolean }) {
  const { t } = useWords()
  const [list, setList] = useState<List>()
  const who = r.abilities?.includes('who') ?? false
  const { expected, received } = r.total
  const units = items(r.units)
  // Lists without a figure: what is not counted, and what is worth a look.
  const others: List[] = [...(r.total.nils ? (['nil_run'] as const) : []), ...(r.by_units ? (['returned'] as const) : (['joined', 'left'] as const))]
  return (
    <>
      <Section title={r.name}>
        {r.state === 'opening' && <p>{t('rollcall.watch.opening')}</p>}
        <p>{expected === null ? t('rollcall.watch.came', { count: received }) : t('rollcall.watch.of', { received, expected })}</p>
        {!!expected && (
          <div className={styles.bar} aria-hidden>
            <span style={{ width: `${Math.min(100, (100 * received) / expected)}%` }} />
          </div>
        )}
        <div className={`${styles.counts} ${styles.tail}`}>
          {expected !== null && (
            <div className={styles.count}>
              <span>{t('rollcall.count.expected')}</span>
              <strong>{expected}</strong>
            </div>
          )}
          {figures
            .filter((f) => r.total[f.of] !== null)
            .map((f) =>
              who ? (
                <button key={f.of} type="button" className={styles.count} aria-pressed={list === f.list} onClick={() => setList(list === f.list ? undefined : f.list)}>
                  <span>{t(`rollcall.count.${f.of}`)}</span>
                  <strong>{r.total[f.of]}</strong>
                </button>
              ) : (
                <div key={f.of} className={styles.count}>
                  <span>{t(`rollcall.count.${f.of}`)}</span>
                  <strong>{r.total[f.of]}</strong>
                </div>
              ),
            )}
        </div>
        {who && <p className={`${styles.quiet} ${styles.tail} no-print`}>{t('rollcall.watch.tap')}</p>}
        {who && !r.voluntary && (
          <div className={`${styles.row} no-print`}>
            {others.map((o) => (
              <Button key={o} type="text" aria-pressed={list === o} onClick={() => setList(list === o ? undefined : o)}>
                {t(`rollcall.who.${o}`)}
              </Button>
            ))}
          </div>
        )}
      </Section>
      {list && <Who r={r} list={list} />}
      {r.anonymous && r.state === 'open' && <Note tone="plain">{t('rollcall.anonymous.later')}</Note>}
      {(!r.anonymous || (r.state === 'locked' && whole)) && <Figures r={r} />}
      {r.anonymous && r.state === 'locked' && whole && r.abilities?.includes('export') && <Ballots r={r} />}
      {r.abilities?.includes('except') && <Exceptions r={r} />}
      {units.length > 0 && (
        <Section title={t('rollcall.watch.units')}>
          <ul className={styles.lines}>
            {units.map((u) => (
              <li key={u.unit_id}>
                <div>
                  <Link to={periodAddress(r.id, u.unit_id)}>{u.name}</Link>
                </div>
                <span className={styles.facts}>
                  <span className="num">{u.total.expected === null ? u.total.received : `${u.total.received} / ${u.total.expected}`}</span>
                  {u.total.missing !== null && (u.total.missing > 0 ? <Tag tone="care">{t('rollcall.watch.missing', { count: u.total.missing })}</Tag> : <Tag tone="good">{t('rollcall.watch.complete')}</Tag>)}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}
