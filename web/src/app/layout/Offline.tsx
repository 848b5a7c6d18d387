import { Button } from 'antd'
import { useEffect } from 'react'
import { Page, Section } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import { Seal } from './First'
import styles from './Shell.module.css'

/** The pages were opened from what the device keeps, and the server cannot be reached: nobody knows who reads. */
export function Offline({ retry }: { retry: () => void }) {
  const { t } = useWords()
  useBack(retry)
  return (
    <main className={styles.alone} role="alert">
      <Seal />
      <h1>{t('shell.noNetwork.title')}</h1>
      <p>{t('shell.noNetwork.text')}</p>
      <Button type="primary" size="large" onClick={retry}>
        {t('common.retry')}
      </Button>
    </main>
  )
}

/** The same for a reader whom this device knows: what can be worked on all the same, in the place of any page. */
export function Away({ retry }: { retry: () => void }) {
  const { t } = useWords()
  return (
    <Page title={t('shell.noNetwork.title')} lead={t('shell.noNetwork.known')} narrow>
      {features.map(({ name, away: Block }) => Block && <Block key={name} />)}
      <Section plain>
        <Button size="large" onClick={retry}>
          {t('common.retry')}
        </Button>
      </Section>
    </Page>
  )
}

const again = 15_000 // milliseconds: a browser does not always know that the network is back

/** Calls when the network may be back; not at all without `retry`. */
export function useBack(retry: (() => void) | undefined) {
  useEffect(() => {
    if (!retry) return
    const seen = () => document.visibilityState === 'visible' && retry()
    const timer = setInterval(seen, again)
    addEventListener('online', retry)
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      removeEventListener('online', retry)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [retry])
}
