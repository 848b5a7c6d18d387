import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useLive } from '~/shared/live/live'
import { useTerms } from '~/shared/profile/profile'
import { PrintButton } from '~/shared/ui/CopyButton'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { dayOf } from '~/shared/ui/zone'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import { personAddress, unitAddress } from '../address'
import { items, unitQuery, unitWhereQuery, type WhereItem } from '../queries'
import { careFirst, countPlaces } from '../whereabouts'
import styles from './WherePage.module.css'

/** Where the people of a branch are, for its own officers: counts, then everybody, those who may need help first. */
export function WherePage() {
  const { unit: id = '' } = useParams()
  const { t } = useWords()
  const terms = useTerms()
  const unit = useQuery(unitQuery(id))
  const where = useQuery(unitWhereQuery(id))
  const now = useNow()
  useLive(where.data && `whereabouts:${id}`)
  const [place, setPlace] = useState<string>()
  return (
    <Show query={unit}>
      {({ unit: u }) => (
        <Page
          title={t('org.where.listOf', { name: u.short_name || u.name })}
          lead={<TimeText at={now.toISOString()} form="full" />}
          back={{ to: unitAddress(id), label: u.name }}
          actions={<PrintButton />}
        >
          <Show query={where}>
            {(data) => {
              const all = items(data.items)
              const counts = countPlaces(all, items(terms.profile?.whereabouts).map((w) => w.key))
              const list = careFirst(all).filter((w) => place === undefined || w.where.place === place)
              if (all.length === 0) return <Empty>{t('org.roll.empty')}</Empty>
              return (
                <>
                  <ul className={styles.counts}>
                    {counts.map((c) => (
                      <li key={c.place}>
                        <button type="button" aria-pressed={place === c.place} onClick={() => setPlace(place === c.place ? undefined : c.place)} data-silent={c.place === '' || undefined}>
                          <span className={styles.number}>{c.count}</span>
                          <span>{c.place === '' ? t('org.where.unsaid') : terms.place(c.place)}</span>
                        </button>
                      </li>
                    ))}
                  </ul>
                  <Section title={place === undefined ? t('org.where.everybody', { count: all.length }) : place === '' ? t('org.where.unsaid') : terms.place(place)}>
                    <ul className={styles.list}>
                      {list.map((w) => (
                        <Line key={w.person_id} item={w} />
                      ))}
                    </ul>
                  </Section>
                  <p className={styles.hint}>{t('org.where.officerNote')}</p>
                </>
              )
            }}
          </Show>
        </Page>
      )}
    </Show>
  )
}

function Line({ item }: { item: WhereItem }) {
  const { t } = useWords()
  const terms = useTerms()
  const { where } = item
  const serving = terms.profile?.categories?.[0]?.key
  return (
    <li>
      <Link to={personAddress(item.person_id)} className={styles.name}>
        {item.name}
      </Link>
      <span className={styles.place}>
        {where.place === '' ? <span className={styles.hint}>{t('org.where.unsaid')}</span> : terms.place(where.place)}
        {item.category !== serving && <Tag>{terms.category(item.category)}</Tag>}
        {item.care && <Tag tone="care">{t('org.where.care')}</Tag>}
        {item.over && <Tag tone="bad">{t('org.where.over')}</Tag>}
      </span>
      <span className={styles.detail}>
        {where.note}
        {where.note && where.until ? ' · ' : ''}
        {where.until && (
          <>
            {t('org.where.until')} <TimeText at={dayOf(where.until)} form="day" />
          </>
        )}
      </span>
      <span className={styles.when}>{where.updated_at && <TimeText at={where.updated_at} />}</span>
    </li>
  )
}
