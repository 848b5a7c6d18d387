import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import { useMe } from '~/shared/me/me'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Section } from '~/shared/ui/Page'
import { Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { deviceOf } from './device'
import styles from './MineAccount.module.css'

export const sessionsKey = ['account', 'sessions'] as const

const sessionsQuery = queryOptions({
  queryKey: sessionsKey,
  queryFn: ({ signal }) => got(api.GET('/me/sessions', { signal })),
  staleTime: 10_000,
})

/** On the page "me": the password, and where one is signed in. */
export function MineAccount() {
  const { t } = useWords()
  const me = useMe()
  const client = useQueryClient()
  const sessions = useQuery(sessionsQuery)
  return (
    <Section title={t('account.title')}>
      <div className={styles.account}>
        <div className={styles.row}>
          <span>
            {t('account.login')} <strong>{me.login}</strong>
          </span>
          <LinkButton to="/me/password">{t('account.password.title')}</LinkButton>
        </div>
        <div>
          <h3>{t('account.sessions.title')}</h3>
          <p className={styles.note}>{t('account.sessions.lead')}</p>
          <Show query={sessions}>
            {({ items }) => (
              <ul className={styles.sessions}>
                {(items ?? []).map((s) => {
                  const { browser, system } = deviceOf(s.device)
                  const name = [browser ?? t('account.sessions.unknown'), system].filter(Boolean).join(' · ')
                  return (
                    <li key={s.id} className={styles.row}>
                      <span className={styles.device}>
                        <span>
                          {name} {s.current && <Tag tone="good">{t('account.sessions.this')}</Tag>} {s.kind === 'link' && <Tag>{t('account.sessions.byLink')}</Tag>}
                        </span>
                        <span className={styles.note}>
                          {s.seen_at && (
                            <>
                              {t('account.sessions.seen')} <TimeText at={s.seen_at} form="inside" />
                            </>
                          )}
                        </span>
                      </span>
                      {!s.current && (
                        <ActionButton
                          size="small"
                          aria-label={t('account.sessions.endThis', { name })}
                          done={t('account.sessions.ended')}
                          action={async () => {
                            await got(api.DELETE('/me/sessions/{session}', { params: { path: { session: s.id } } }))
                            await client.invalidateQueries({ queryKey: sessionsKey })
                          }}
                        >
                          {t('account.sessions.end')}
                        </ActionButton>
                      )}
                    </li>
                  )
                })}
              </ul>
            )}
          </Show>
        </div>
      </div>
    </Section>
  )
}
