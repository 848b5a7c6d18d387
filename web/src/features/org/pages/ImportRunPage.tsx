import { DownloadOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Progress, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { api, got, intention } from '~/shared/api/client'
import { wordCode } from '~/shared/api/problem'
import { ActionButton, ConfirmButton } from '~/shared/ui/ConfirmButton'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Note, Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { csv, saveFile } from '../csv'
import { importFaultsQuery, importQuery, items, keys, type Import, type RowFault } from '../queries'
import styles from './ImportPage.module.css'
import { StateTag } from './ImportPage'

/** One import: being checked, what was found, the decision, being written, done. */
export function ImportRunPage() {
  const { import: id = '' } = useParams()
  const { t } = useWords()
  const run = useQuery(importQuery(id))
  return (
    <Show query={run}>
      {(data) => (
        <Page
          title={data.file}
          lead={
            <>
              <StateTag state={data.state} /> {data.created_at && <TimeText at={data.created_at} />}
            </>
          }
          back={{ to: '/org/import', label: t('org.import.title') }}
        >
          <Run run={data} />
        </Page>
      )}
    </Show>
  )
}

function Run({ run }: { run: Import }) {
  const { t } = useWords()
  const { counts } = run
  const fresh = counts.units.new + counts.people.new + counts.memberships.new
  const client = useQueryClient()
  // What the tree and the lists showed before it was written is old.
  const done = run.state === 'done'
  useEffect(() => {
    if (done) void client.invalidateQueries({ queryKey: keys.all, predicate: ({ queryKey }) => queryKey[1] !== 'import' })
  }, [done, client])

  switch (run.state) {
    case 'checking':
      return (
        <Section title={t('org.import.checking')}>
          <div role="status">{counts.rows > 0 ? t('org.import.readRows', { count: counts.rows }) : t('common.working')}</div>
          <Progress percent={100} status="active" showInfo={false} aria-label={t('org.import.checking')} />
          <p className={styles.hint}>{t('org.import.mayLeave')}</p>
        </Section>
      )
    case 'applying': {
      const percent = fresh > 0 ? Math.min(99, Math.round((run.applied / fresh) * 100)) : 0
      return (
        <Section title={t('org.import.applying')}>
          <div role="status">{t('org.import.appliedOf', { done: run.applied, total: fresh })}</div>
          <Progress percent={percent} status="active" aria-label={t('org.import.applying')} />
          <p className={styles.hint}>{t('org.import.mayLeaveApplying')}</p>
        </Section>
      )
    }
    case 'failed':
      return (
        <>
          <Note tone="bad" title={wordCode(t, run.code ?? 'internal', run.params)} />
          <div className={styles.buttons}>
            <LinkButton to="/org/import" type="primary">
              {t('org.import.again')}
            </LinkButton>
          </div>
        </>
      )
    case 'discarded':
      return <Empty action={<LinkButton to="/org/import">{t('org.import.again')}</LinkButton>}>{t('org.import.discarded')}</Empty>
    case 'done':
      return (
        <>
          <Note tone="good" title={t('org.import.done')}>
            {t('org.import.doneCounts', { units: counts.units.new, people: counts.people.new, memberships: counts.memberships.new })}
            {run.partial && <div>{t('org.import.donePartial', { count: counts.faults })}</div>}
          </Note>
          <Section title={t('org.import.found')}>
            <Counts run={run} />
          </Section>
          <div className={styles.buttons}>
            <LinkButton to="/org" type="primary">
              {t('org.import.see')}
            </LinkButton>
          </div>
          <p className={styles.hint}>{t('org.import.next')}</p>
        </>
      )
    case 'checked':
      return <Checked run={run} fresh={fresh} />
  }
}

function Checked({ run, fresh }: { run: Import; fresh: number }) {
  const { t } = useWords()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { counts } = run
  const can = (ability: string) => items(run.abilities).includes(ability)
  const params = { path: { import: run.id } }

  async function apply(partial: boolean) {
    const next = await got(api.POST('/org/imports/{import}/apply', { params, body: { partial, version: run.version }, headers: { 'Idempotency-Key': intention() } }))
    client.setQueryData(keys.import(run.id), next)
  }
  return (
    <>
      {counts.faults > 0 ? (
        <Note tone="care" title={t('org.import.faulty', { count: counts.faults })}>
          {t('org.import.faultyLead')}
        </Note>
      ) : fresh > 0 ? (
        <Note tone="good" title={t('org.import.allRight')}>
          {t('org.import.allRightLead')}
        </Note>
      ) : (
        <Note title={t('org.import.nothingNew')} />
      )}
      <Section title={t('org.import.found')}>
        <Counts run={run} />
      </Section>
      <div className={styles.buttons}>
        {can('import.apply') && fresh > 0 && (
          <ActionButton type="primary" size="large" action={() => apply(false)}>
            {t('org.import.apply', { count: fresh })}
          </ActionButton>
        )}
        {counts.faults > 0 && (
          <LinkButton type="primary" to="/org/import">
            {t('org.import.mended')}
          </LinkButton>
        )}
        {can('import.apply_partial') && (
          <ConfirmButton
            question={t('org.import.partialAsk', { count: fresh })}
            explanation={t('org.import.partialLead', { count: counts.faults })}
            verb={t('org.import.partialVerb')}
            action={() => apply(true)}
          >
            {t('org.import.partial', { count: fresh })}
          </ConfirmButton>
        )}
        {can('import.discard') && (
          <ActionButton
            type="text"
            done={t('org.import.discardDone')}
            action={async () => {
              await got(api.DELETE('/org/imports/{import}', { params }))
              void client.invalidateQueries({ queryKey: keys.imports })
              void client.invalidateQueries({ queryKey: keys.import(run.id) })
              void navigate('/org/import')
            }}
          >
            {t('org.import.discard')}
          </ActionButton>
        )}
      </div>
      {counts.faults > 0 && <Faults run={run} />}
    </>
  )
}

function Counts({ run: { counts } }: { run: Import }) {
  const { t } = useWords()
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th>
            <span className="visually-hidden">{t('org.import.what')}</span>
          </th>
          <th scope="col">{t('org.import.new')}</th>
          <th scope="col">{t('org.import.unchanged')}</th>
          <th scope="col">{t('org.import.faultyRows')}</th>
        </tr>
      </thead>
      <tbody>
        {(['units', 'people', 'memberships'] as const).map((what) => (
          <tr key={what}>
            <th scope="row">{t(`org.import.${what}`)}</th>
            <td>{counts[what].new}</td>
            <td>{counts[what].unchanged}</td>
            <td className={counts[what].faulty > 0 ? styles.bad : undefined}>{counts[what].faulty}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const shownAtOnce = 200

function Faults({ run }: { run: Import }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const faults = useInfiniteQuery(importFaultsQuery(run.id))
  const [code, setCode] = useState<string>()
  const [shown, setShown] = useState(shownAtOnce)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = faults
  const place = (f: RowFault) => (f.sheet ? t('import.cli.place_in', { line: f.line, sheet: f.sheet }) : t('import.cli.place', { line: f.line }))
  const column = (f: RowFault) => (f.column ? t(`import.column.${f.column}`, { defaultValue: f.column }) : t('org.import.wholeRow'))
  const reason = (f: RowFault) => t(`import.row.${f.code}`, { ...f.params, defaultValue: t('fault.format') })
  // Who picks one reason wants all of it.
  useEffect(() => {
    if (code && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [code, hasNextPage, isFetchingNextPage, fetchNextPage])

  async function exportAll() {
    const all: RowFault[] = []
    for (let after = 0, more = true; more; ) {
      // oxlint-disable-next-line no-await-in-loop -- each piece begins where the one before ended
      const piece = items((await got(api.GET('/org/imports/{import}/faults', { params: { path: { import: run.id }, query: { after, limit: 500 } } }))).items)
      all.push(...piece)
      more = piece.length === 500
      after = piece.at(-1)?.n ?? 0
    }
    const head = [t('org.import.sheet'), t('org.import.line'), t('org.import.column'), t('org.import.reason')]
    saveFile(`${run.file.replace(/\.\w+$/, '')}-${t('org.import.faultsFile')}.csv`, csv([head, ...all.map((f) => [f.sheet, f.line, column(f), reason(f)])]))
    void message.success(t('org.import.exported', { count: all.length }))
  }

  return (
    <Section title={t('org.import.faults')} aside={t('org.import.faultsCount', { count: run.counts.faults })}>
      <Show query={faults}>
        {({ pages }) => {
          const all = pages.flatMap((p) => items(p.items))
          const codes = new Map<string, RowFault>()
          for (const f of all) if (!codes.has(f.code)) codes.set(f.code, f)
          const matching = code ? all.filter((f) => f.code === code) : all
          const list = matching.slice(0, shown)
          if (all.length === 0) return <Empty>{t('org.import.faultsGone')}</Empty>
          return (
            <div className={styles.stack}>
              <div className={styles.tools}>
                <Select
                  aria-label={t('org.import.filter')}
                  placeholder={t('org.import.filter')}
                  allowClear
                  value={code}
                  onChange={(c) => {
                    setCode(c)
                    setShown(shownAtOnce)
                  }}
                  options={[...codes.keys()].map((c) => ({ value: c, label: t(`org.import.kind.${c}`, { defaultValue: c }) }))}
                />
                <ActionButton icon={<DownloadOutlined aria-hidden />} action={exportAll}>
                  {t('org.import.export')}
                </ActionButton>
              </div>
              <table className={styles.faults}>
                <thead>
                  <tr>
                    <th scope="col">{t('org.import.line')}</th>
                    <th scope="col">{t('org.import.column')}</th>
                    <th scope="col">{t('org.import.reason')}</th>
                  </tr>
                </thead>
                <tbody>
                  {list.map((f) => (
                    <tr key={f.n}>
                      <td className={styles.line}>{place(f)}</td>
                      <td>{column(f)}</td>
                      <td>{reason(f)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {(matching.length > shown || hasNextPage) && (
                <div>
                  <Button
                    loading={isFetchingNextPage}
                    onClick={() => {
                      setShown((n) => n + shownAtOnce)
                      if (matching.length <= shown + shownAtOnce && hasNextPage) void fetchNextPage()
                    }}
                  >
                    {t('common.showMore')}
                  </Button>
                </div>
              )}
            </div>
          )
        }}
      </Show>
    </Section>
  )
}
