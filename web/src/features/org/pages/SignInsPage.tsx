import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox, Progress } from 'antd'
import { useEffect, useState } from 'react'
import { useParams } from 'react-router'
import { api, got, intention } from '~/shared/api/client'
import { wordCode, wordProblem } from '~/shared/api/problem'
import { PrintButton } from '~/shared/ui/CopyButton'
import { Page, Section } from '~/shared/ui/Page'
import { Note, Show, Tag } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { unitAddress } from '../address'
import { SlipSheet } from '../components/SlipSheet'
import { items, keys, rollQuery, unitQuery, type Slip } from '../queries'
import { gathered, type Line } from '../roll'
import styles from './SignInsPage.module.css'

const atOnce = 20 // the server's bound for one call

/** Gives the people of a unit their sign-ins and prints them on slips. */
export function SignInsPage() {
  const { unit: id = '' } = useParams()
  const { t } = useWords()
  const unit = useQuery(unitQuery(id))
  const roll = useInfiniteQuery(rollQuery(id))
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = roll
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return (
    <Show query={unit}>
      {({ unit: u }) => (
        <Page title={t('org.signIns.title')} lead={u.name} back={{ to: unitAddress(id), label: u.name }}>
          <Show query={roll}>{({ pages }) => <Issue unit={id} lines={gathered(pages.flatMap((p) => items(p.items)))} whole={!hasNextPage} />}</Show>
        </Page>
      )}
    </Show>
  )
}

function Issue({ unit, lines, whole }: { unit: string; lines: Line[]; whole: boolean }) {
  const { t } = useWords()
  const client = useQueryClient()
  const without = lines.filter((l) => !l.signIn)
  const [chosen, setChosen] = useState<ReadonlySet<string>>()
  const [slips, setSlips] = useState<Slip[]>([])
  const [progress, setProgress] = useState<number>()
  const [trouble, setTrouble] = useState<string>()
  const selected = chosen ?? new Set(without.map((l) => l.personId))
  const renewing = lines.filter((l) => l.signIn && selected.has(l.personId)).length

  // The passwords are kept nowhere: who leaves by mistake is asked.
  const unsaved = slips.length > 0
  useEffect(() => {
    if (!unsaved) return undefined
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [unsaved])

  async function issue() {
    const people = lines.filter((l) => selected.has(l.personId)).map((l) => l.personId)
    setTrouble(undefined)
    setProgress(0)
    try {
      for (let i = 0; i < people.length; i += atOnce) {
        const { items: got20 } = await got(
          api.POST('/units/{unit}/sign-ins', {
            params: { path: { unit } },
            body: { people: people.slice(i, i + atOnce), renew: true },
            headers: { 'Idempotency-Key': intention() },
          }),
        )
        setSlips((before) => [...before, ...items(got20)])
        setProgress(Math.round((Math.min(i + atOnce, people.length) / people.length) * 100))
      }
    } catch (error) {
      setTrouble(wordProblem(t, error))
    } finally {
      setProgress(undefined)
      setChosen(new Set())
      void client.invalidateQueries({ queryKey: keys.roll(unit) })
    }
  }

  const good = slips.filter((s) => s.password)
  const bad = slips.filter((s) => !s.password)
  return (
    <>
      {trouble && <Note tone="bad" title={trouble}>{good.length > 0 && t('org.signIns.partly')}</Note>}
      {bad.length > 0 && (
        <Note tone="care" title={t('org.signIns.failed', { count: bad.length })}>
          {bad.map((s) => (
            <div key={s.person_id}>
              {s.name}: {wordCode(t, s.code ?? 'internal')}
            </div>
          ))}
        </Note>
      )}
      {good.length > 0 && (
        <Section title={t('org.signIns.ready', { count: good.length })} aside={<PrintButton type="primary" />}>
          <div className={styles.stack}>
            <div className="no-print">
              <Note tone="care">{t('org.signIns.once')}</Note>
            </div>
            <SlipSheet slips={good} />
          </div>
        </Section>
      )}
      <div className="no-print">
        <Section title={t('org.signIns.who')} aside={t('org.signIns.without', { count: without.length })}>
          <div className={styles.stack}>
            <p className={styles.hint}>{t('org.signIns.lead')}</p>
            <div className={styles.quick}>
              <Button size="small" onClick={() => setChosen(new Set(without.map((l) => l.personId)))}>
                {t('org.signIns.chooseWithout')}
              </Button>
              <Button size="small" onClick={() => setChosen(new Set())}>
                {t('org.signIns.chooseNone')}
              </Button>
            </div>
            <ul className={styles.people}>
              {lines.map((l) => (
                <li key={l.personId}>
                  <Checkbox
                    checked={selected.has(l.personId)}
                    onChange={(e) => {
                      const next = new Set(selected)
                      if (e.target.checked) next.add(l.personId)
                      else next.delete(l.personId)
                      setChosen(next)
                    }}
                  >
                    {l.name} {l.signIn && <Tag>{t('org.signIns.has')}</Tag>}
                  </Checkbox>
                </li>
              ))}
            </ul>
            {renewing > 0 && <Note tone="care">{t('org.signIns.renews', { count: renewing })}</Note>}
            {progress !== undefined && <Progress percent={progress} aria-label={t('common.working')} />}
            <div>
              <Button type="primary" size="large" disabled={selected.size === 0 || !whole} loading={progress !== undefined} onClick={() => void issue()}>
                {t('org.signIns.issue', { count: selected.size })}
              </Button>
            </div>
          </div>
        </Section>
      </div>
    </>
  )
}
