import type { ReactNode } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { useWords } from '~/shared/words/words'
import type { Field, Form, Sending } from '../queries'
import type { Filled, Row } from '../state'
import styles from './paper.module.css'

interface PaperProps {
  form: Form
  filled: Filled
  kind: Sending['kind']
  reason: string
  anonymous: boolean
}

const leastRows = 6

/** A sheet that is not handed in, on paper: what is filled in stands there, the rest is left to a pen. */
export function Paper({ form, filled, kind, reason, anonymous }: PaperProps) {
  const { t } = useWords()
  return (
    <div className={styles.paper}>
      {!anonymous && (
        <p className={styles.kinds}>
          <Box ticked={kind === 'nil'}>{t('rollcall.paper.nil')}</Box>
          <Box ticked={kind === 'na'}>
            {t('rollcall.paper.na')} <Blank>{reason}</Blank>
          </Box>
        </p>
      )}
      <ol className={styles.questions}>
        {(form.fields ?? []).map((f) => (
          <li key={f.key}>
            <Question f={f} form={form} value={kind === 'value' ? filled[f.key] : undefined} />
          </li>
        ))}
      </ol>
      {!anonymous && (
        <p className={styles.signed}>
          <span>
            {t('rollcall.paper.signed')} <Blank />
          </span>
          <span>
            {t('rollcall.paper.date')} <Blank />
          </span>
        </p>
      )}
    </div>
  )
}

const written = (v: unknown) => (typeof v === 'string' || typeof v === 'number' ? String(v) : '')

function Question({ f, form, value }: { f: Field; form: Form; value: unknown }) {
  const { t } = useWords()
  const { say } = useTerms()
  const before = form.fields?.find((x) => x.key === f.when?.field)
  return (
    <>
      <p>
        <strong>{say(f.label)}</strong> {f.multiple && t('rollcall.paper.many')}
      </p>
      {before && (
        <p className={styles.small}>
          {f.when?.is
            ? t('rollcall.paper.when', { field: say(before.label), options: (before.options ?? []).filter((o) => f.when?.is?.includes(o.key)).map((o) => say(o.label)).join(' · ') })
            : t('rollcall.paper.whenAbove', { field: say(before.label), number: f.when?.above })}
        </p>
      )}
      {say(f.hint) && <p className={styles.small}>{say(f.hint)}</p>}
      {f.kind === 'choice' ? (
        <p className={styles.options}>
          {(f.options ?? []).map((o) => (
            <Box key={o.key} ticked={Array.isArray(value) ? value.includes(o.key) : value === o.key}>
              {say(o.label)}
            </Box>
          ))}
        </p>
      ) : f.kind === 'table' ? (
        <Rows f={f} rows={(value as Row[] | undefined) ?? []} />
      ) : f.kind === 'file' ? (
        <p className={styles.small}>{t('rollcall.paper.file')}</p>
      ) : f.kind === 'text' ? (
        <p className={styles.lines}>{written(value)}</p>
      ) : (
        <p>
          <Blank>{written(value)}</Blank> {say(f.measure)}
        </p>
      )}
    </>
  )
}

function Rows({ f, rows }: { f: Field; rows: Row[] }) {
  const { say } = useTerms()
  const columns = f.columns ?? []
  const cell = (c: Field, v: unknown) => (c.kind === 'choice' ? say(c.options?.find((o) => o.key === v)?.label) : written(v))
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {columns.map((c) => (
            <th key={c.key}>
              {say(c.label)}
              {c.kind === 'choice' && <span className={styles.small}> {(c.options ?? []).map((o) => say(o.label)).join(' / ')}</span>}
              {say(c.measure) && <span className={styles.small}> {say(c.measure)}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: Math.max(leastRows, rows.length + 2) }, (_, i) => (
          <tr key={i}>
            {columns.map((c) => (
              <td key={c.key}>{cell(c, rows[i]?.[c.key])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Box({ ticked, children }: { ticked: boolean; children: ReactNode }) {
  return (
    <span className={styles.box} data-ticked={ticked || undefined}>
      {children}
    </span>
  )
}

function Blank({ children }: { children?: ReactNode }) {
  return <span className={styles.blank}>{children}</span>
}
