import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { Outlet, ScrollRestoration, useMatches } from 'react-router'
import { asProblem } from '~/shared/api/problem'
import { signInAddress } from '~/shared/api/session'
import { useLive } from '~/shared/live/live'
import { ErrorState } from '~/shared/ui/States'
import { useDesk } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import { keptMeQuery } from '../keptMe'
import { Header } from './Header'
import { LiveBanner } from './LiveBanner'
import { Rail, Tabs } from './Nav'
import { First } from './First'
import { Away, Offline, useBack } from './Offline'
import { SignedOut } from './SignedOut'
import { useAccountPrefs } from './useAccountPrefs'
import styles from './Shell.module.css'

/** The frame around every page of somebody who is signed in. */
export function Shell() {
  const { t } = useWords()
  const me = useQuery(keptMeQuery)
  const desk = useDesk()
  const { refetch } = me
  const retry = useCallback(() => void refetch(), [refetch])
  // Until its page is done with, the server answers nothing else.
  const Gate = features.find((f) => me.data && f.gate?.needed(me.data))?.gate?.page
  useAccountPrefs(me.data)
  const known = me.data?.from_device ?? false
  useBack(known ? retry : undefined)
  useArrival(known)
  const fits = useMatches().some(({ handle }) => (handle as { away?: boolean } | undefined)?.away)
  const away = known && !fits
  useLive(me.data && !Gate && !away ? 'person:me' : undefined)
  const signedOut = asProblem(me.error).status === 401 && (!me.data || away)
  useEffect(() => {
    if (signedOut) location.replace(signInAddress())
  }, [signedOut])
  if (!me.data) {
    if (!me.error) return <First />
    if (signedOut) return <First />
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
          {Gate ? <Gate /> : away ? <Away retry={retry} /> : <Outlet />}
        </main>
      </div>
      {!desk && !Gate && <Tabs />}
      {!Gate && features.map(({ name, over: Over }) => Over && <Over key={name} />)}
      <SignedOut />
      <ScrollRestoration />
    </div>
  )
}

/** The server is there after a start without it: what came from this device is read anew. */
function useArrival(known: boolean) {
  const client = useQueryClient()
  const was = useRef(known)
  useEffect(() => {
    if (was.current && !known) void client.invalidateQueries()
    was.current = known
  }, [known, client])
}
