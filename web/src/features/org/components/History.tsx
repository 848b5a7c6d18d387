import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { Empty, More, Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { unitAddress } from '../address'
import { wordChange } from '../audit'
import { auditQuery, items, unitHistoryQuery } from '../queries'
import styles from './History.module.css'

/** Where a unit stood and what it was called. */
export function UnitHistory({ id }: { id: string }) {
  const { t } = useWords()
  const history = useQuery(unitHistoryQuery(id))
  return (
    <Show query={history}>
      {(data) => (
        <ol className={styles.list}>
          {[...items(data.items)]
            .sort((a, b) => (b.valid_from ?? '').localeCompare(a.valid_from ?? ''))
            .map((p) => (
              <li key={p.valid_from}>
                <span className={styles.when}>
                  {p.valid_from && <TimeText at={p.valid_from} form="day" />}
                  {' – '}
                  {p.valid_to ? <TimeText at={p.valid_to} form="day" /> : t('org.history.now')}
                </span>
                <span>
                  {p.name}
                  {p.parent_name && (
                    <span className={styles.note}>
                      {' '}
                      {t('org.history.under')} <Link to={unitAddress(p.parent_id)}>{p.parent_name}</Link>
                    </span>
                  )}
                </span>
              </li>
            ))}
        </ol>
      )}
    </Show>
  )
}

/** Who changed a unit's or a person's data, when, and what. */
export function AuditList({ of, id }: { of: 'units' | 'people'; id: string }) {
  const { t } = useWords()
  const terms = useTerms()
  const audit = useInfiniteQuery(auditQuery(of, id))
  return (
    <Show query={audit}>
      {({ pages }) => {
        const lines = pages.flatMap((p) => items(p.items))
        if (lines.length === 0) return <Empty>{t('org.audit.empty')}</Empty>
        return (
          <>
            <ol className={styles.list}>
              {lines.map((line) => (
                <li key={line.id}>
                  <span className={styles.when}>{line.at && <TimeText at={line.at} form="full" />}</span>
                  <span>
                    {wordChange(t, terms, line)}
                    <span className={styles.note}> {line.by_name || t('org.audit.bySystem')}</span>
                  </span>
                </li>
              ))}
            </ol>
            <More list={audit} />
          </>
        )
      }}
    </Show>
  )
}
