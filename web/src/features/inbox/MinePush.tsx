import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { canPush, subscribe, unsubscribe } from '~/shared/push/push'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Section } from '~/shared/ui/Page'
import { Note } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import styles from './inbox.module.css'

export const pushQuery = queryOptions({
  queryKey: ['inbox', 'push'] as const,
  queryFn: ({ signal }) => got(api.GET('/me/push', { signal })),
})

/** On the page "me": this device may be rung when its page is closed. Nothing where the operator has not turned that on. */
export function MinePush() {
  const { t } = useWords()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const { data } = useQuery(pushQuery)
  const [trouble, setTrouble] = useState<'denied' | 'unreachable'>()
  if (!data?.on) return null
  const browsers = data.browsers ?? []
  const here = browsers.find((b) => b.current)
  const others = browsers.length - (here ? 1 : 0)
  const reload = () => cache.invalidateQueries({ queryKey: pushQuery.queryKey })
  async function turnOn(key: string) {
    setTrouble(undefined)
    let browser
    try {
      browser = await subscribe(key)
    } catch {
      return setTrouble('unreachable')
    }
    if (!browser) return setTrouble('denied')
    await got(api.POST('/me/push', { body: browser }))
    void message.success(t('inbox.push.turnedOn'))
    await reload()
  }
  return (
    <Section title={t('inbox.push.title')}>
      <div className={styles.push}>
        <p>{t('inbox.push.what')}</p>
        <p className={styles.small}>{t('inbox.push.who')}</p>
        {!canPush() && <Note tone="care">{t('inbox.push.cannot')}</Note>}
        {canPush() && !here && (
          <ActionButton type="primary" ghost action={() => turnOn(data.key)}>
            {t('inbox.push.on')}
          </ActionButton>
        )}
        {here && (
          <div className={styles.row}>
            <strong>{t('inbox.push.isOn')}</strong>
            <ActionButton
              done={t('inbox.push.turnedOff')}
              action={async () => {
                await unsubscribe()
                await got(api.DELETE('/me/push/{browser}', { params: { path: { browser: here.id } } }))
                await reload()
              }}
            >
              {t('inbox.push.off')}
            </ActionButton>
          </div>
        )}
        {others > 0 && <p className={styles.small}>{t('inbox.push.others', { count: others })}</p>}
        {trouble && <Note tone="care">{t(`inbox.push.${trouble}`)}</Note>}
      </div>
    </Section>
  )
}
