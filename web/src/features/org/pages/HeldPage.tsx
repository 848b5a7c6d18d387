import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, More, Note, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { personAddress, unitAddress } from '../address'
import { Fold } from '../components/Fold'
import { AuditList } from '../components/History'
import { heldQuery, items, looksQuery } from '../queries'
import styles from './HeldPage.module.css'

/** What is held on oneself, who can read it, and who has. */
export function HeldPage() {
  const { t } = useWords()
  const me = useMe()
  const terms = useTerms()
  const held = useQuery(heldQuery)
  return (
    <Page narrow title={t('org.held.title')} lead={t('org.held.lead')} back={{ to: '/me', label: t('shell.me') }}>
      <Show query={held}>
        {(data) => (
          <>
            <Section title={t('org.held.what')}>
              <ul className={styles.list}>
                {items(data.held).map((h) => (
                  <li key={h.field} data-absent={!h.present || undefined}>
                    <div className={styles.head}>
                      <span>{t(`org.held.field.${h.field}`)}</span>
                      <span className={styles.tags}>
                        {!h.present && <Tag>{t('org.held.absent')}</Tag>}
                        {h.encrypted && <Tag tone="good">{t('org.held.encrypted')}</Tag>}
                      </span>
                    </div>
                    <span className={styles.note}>
                      {t('org.held.readBy')} {items(h.readers).map((r) => t(`org.held.reader.${r}`)).join(t('org.listSeparator'))}
                    </span>
                  </li>
                ))}
              </ul>
            </Section>
            <Section title={t('org.held.readers')}>
              {items(data.readers).length === 0 ? (
                <Empty>{t('org.held.noReaders')}</Empty>
              ) : (
                <ul className={styles.list}>
                  {items(data.readers).map((r) => (
                    <li key={`${r.person_id}${r.unit.id}`}>
                      <div className={styles.head}>
                        <Link to={personAddress(r.person_id)}>{r.name}</Link>
                        {r.direct && <Tag tone="accent">{t('org.held.direct')}</Tag>}
                      </div>
                      <span className={styles.note}>{r.admin ? t('org.held.admin') : <Link to={unitAddress(r.unit.id)}>{r.unit.name}</Link>}</span>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          </>
        )}
      </Show>
      <Looks />
      <Fold title={t('org.audit.mine')}>
        <AuditList of="people" id={me.person.id} />
      </Fold>
      <Note tone="plain">{t('org.held.never', { branch: terms.word('branch') })}</Note>
    </Page>
  )
}

function Looks() {
  const { t } = useWords()
  const looks = useInfiniteQuery(looksQuery)
  return (
    <Section title={t('org.held.looks')}>
      <Show query={looks}>
        {({ pages }) => {
          const lines = pages.flatMap((p) => items(p.items))
          if (lines.length === 0) return <Empty>{t('org.held.noLooks')}</Empty>
          return (
            <>
              <ul className={styles.list}>
                {lines.map((l) => (
                  <li key={l.id}>
                    <div className={styles.head}>
                      <Link to={personAddress(l.person_id)}>{l.name}</Link>
                      <span className={styles.note}>{l.at && <TimeText at={l.at} form="full" />}</span>
                    </div>
                    <span className={styles.note}>{t(`org.held.look.${l.what}`)}</span>
                  </li>
                ))}
              </ul>
              <More list={looks} />
            </>
          )
        }}
      </Show>
    </Section>
  )
}
