import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { Outlet, ScrollRestoration } from 'react-router'
import { asProblem } from '~/shared/api/problem'
import { signInAddress } from '~/shared/api/session'
import { useLive } from '~/shared/live/live'
import { meQuery } from '~/shared/me/me'
import { ErrorState } from '~/shared/ui/States'
import { useDesk } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import { Header } from './Header'
import { LiveBanner } from './LiveBanner'
import { Rail, Tabs } from './Nav'
import { First } from './First'
import { Offline } from './Offline'
import { SignedOut } from './SignedOut'
import { useAccountPrefs } from './useAccountPrefs'
import styles from './Shell.module.css'

/** The frame around every page of somebody who is signed in. */
export function Shell() {
  const { t } = useWords()
  const me = useQuery(meQuery)
  const desk = useDesk()
  const { refetch } = me
  const retry = useCallback(() => void refetch(), [refetch])
  // Until its page is done with, the server answers nothing else.
  const Gate = features.find((f) => me.data && f.gate?.needed(me.data))?.gate?.page
  useLive(me.data && !Gate ? 'person:me' : undefined)
  useAccountPrefs(me.data)
  if (!me.data) {
    if (!me.error) return <First />
    if (asProblem(me.error).status === 401) {
      location.replace(signInAddress())
      return <First />
    }
    if (asProblem(me.error).status === 0) return <Offline retry={retry} />
    return (
      <main className={styles.alone}>
        <ErrorState error={me.error} retry={retry} />
      </main>
    )
  }
  return (
    <div className={desk ? `${styles.frame} ${styles.desk}` : `${styles.frame} ${styles.phone}`}>
      <a href="#content" className={styles.skip}>
        {t('shell.skip')}
      </a>
      <Header bare={Gate !== undefined} />
      {desk && !Gate && <Rail />}
      <div className={styles.body}>
        <LiveBanner />
        <main id="content" tabIndex={-1}>
          {Gate ? <Gate /> : <Outlet />}
        </main>
      </div>
      {!desk && !Gate && <Tabs />}
      {!Gate && features.map(({ name, over: Over }) => Over && <Over key={name} />)}
      <SignedOut />
      <ScrollRestoration />
    </div>
  )
}
