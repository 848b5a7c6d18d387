import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { ConfirmButton } from '~/shared/ui/ConfirmButton'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import styles from '../components/parts.module.css'
import { Burden } from '../components/Burden'
import { Trend } from '../components/Figures'
import { Preview } from '../components/Preview'
import { PeriodTag } from '../components/PeriodTag'
import { items, keys, previewQuery, rollcallQuery, type Rollcall } from '../queries'
import { periodAddress, rollcallAddress } from '../state'

/** A roll call for those who composed it: a draft to be looked at and opened, then its periods. */
export function RollcallPage() {
  const { rollcall = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const query = useQuery(rollcallQuery(rollcall))
  const cache = useQueryClient()
  const r = query.data
  return (
    <Page title={r ? say(r.title) : t('rollcall.back')} narrow back={{ to: '/rollcalls', label: t('rollcall.nav') }} lead={r && <Tag tone={r.state === 'draft' ? 'plain' : r.state === 'running' ? 'accent' : 'good'}>{t(`rollcall.state.${r.state}`)}</Tag>}>
      <Show query={query}>
        {(r) => (
          <>
            {r.state === 'draft' ? (
              <Draft r={r} />
            ) : (
              <Section title={t('rollcall.periods')}>
                {items(r.periods).length === 0 && <Empty>{t('rollcall.noPeriods')}</Empty>}
                <ul className={styles.lines}>
                  {items(r.periods).map((p) => (
                    <li key={p.id}>
                      <div>
                        <Link to={periodAddress(p.id)}>{p.name || say(r.title)}</Link>
                        <span className={styles.quiet}>
                          {t('rollcall.by')} {p.due_at && <TimeText at={p.due_at} />}
                        </span>
                      </div>
                      <PeriodTag state={p.state} opens={p.opens_at} />
                    </li>
                  ))}
                </ul>
                <div className={`${styles.row} ${styles.tail}`}>
                  {r.abilities?.includes('change') && <LinkButton to={`${rollcallAddress(r.id)}/edit`}>{t('rollcall.compose.editRunning')}</LinkButton>}
                  {r.abilities?.includes('end') && r.schedule.every !== 'once' && (
                    <ConfirmButton
                      question={t('rollcall.end.question')}
                      explanation={t('rollcall.end.explain')}
                      verb={t('rollcall.end.verb')}
                      action={() => got(api.POST('/rollcalls/{rollcall}/end', { params: { path: { rollcall } } })).finally(() => cache.invalidateQueries({ queryKey: keys.composed }))}
                    >
                      {t('rollcall.end.verb')}
                    </ConfirmButton>
                  )}
                </div>
              </Section>
            )}
            {r.state !== 'draft' && <Trend r={r} />}
          </>
        )}
      </Show>
    </Page>
  )
}

function Draft({ r }: { r: Rollcall }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const preview = useQuery(previewQuery(r.id))
  const due = new Date(Date.now() + r.schedule.due_after * 60_000).toISOString()
  return (
    <Show query={preview}>
      {(p) => {
        const count = p.people + p.units
        const asks = t(r.by_units ? 'rollcall.open.units' : 'rollcall.open.people', { count })
        return (
          <>
            <Section title={t('rollcall.open.title')}>
              <p>
                {asks} {t('rollcall.open.effort', { count: r.minutes, together: p.minutes })}
              </p>
              <p className={styles.quiet}>
                {t(`rollcall.every.${r.schedule.every}`)} · {t('rollcall.by')} <TimeText at={due} />
                {r.voluntary && ` · ${t('rollcall.voluntary')}`}
                {r.anonymous && ` · ${t('rollcall.anonymous.title')}`}
              </p>
              <div className={`${styles.row} ${styles.tail}`}>
                <ConfirmButton
                  type="primary"
                  size="large"
                  disabled={count === 0}
                  question={t(r.by_units ? 'rollcall.open.questionUnits' : 'rollcall.open.question', { count })}
                  explanation={t('rollcall.open.explain')}
                  verb={t('rollcall.open.verb')}
                  action={async () => {
                    const { id } = await got(api.POST('/rollcalls/{rollcall}/open', { params: { path: { rollcall: r.id } }, body: { version: r.version } }))
                    await cache.invalidateQueries({ queryKey: keys.all })
                    await navigate(periodAddress(id))
                  }}
                >
                  {t('rollcall.open.verb')}
                </ConfirmButton>
                <LinkButton to={`${rollcallAddress(r.id)}/edit`}>{t('common.edit')}</LinkButton>
              </div>
            </Section>
            <Burden p={p} />
            <Section title={t('rollcall.open.preview')}>
              <Preview title={r.title} about={r.about} form={p.form} byUnits={r.by_units} voluntary={r.voluntary} anonymous={r.anonymous} minutes={r.minutes} asker={r.unit_name} />
            </Section>
          </>
        )
      }}
    </Show>
  )
}
