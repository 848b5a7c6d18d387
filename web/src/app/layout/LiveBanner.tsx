import { Button } from 'antd'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { live } from '~/shared/live/live'
import { useWords } from '~/shared/words/words'
import styles from './LiveBanner.module.css'

/**
 * Says that the connection is gone once that has lasted three seconds, what is kept and what
 * happens by itself; and once, briefly, that it is back.
 */
export function LiveBanner() {
  const { t } = useWords()
  const online = useSyncExternalStore(watchOnline, () => navigator.onLine !== false)
  const [shown, show] = useState<'lost' | 'back' | undefined>()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const status = live.status()
      clearTimeout(timer)
      if (status === 'waiting') timer = setTimeout(() => show('lost'), 3000)
      if (status === 'open') show((was) => (was === 'lost' ? 'back' : was))
    }
    const off = live.onStatus(look)
    return () => {
      clearTimeout(timer)
      off()
    }
  }, [])
  useEffect(() => {
    if (shown !== 'back') return
    const timer = setTimeout(() => show(undefined), 4000)
    return () => clearTimeout(timer)
  }, [shown])
  return (
    <div role="status" aria-live="polite">
      {shown === 'lost' && (
        <div className={styles.banner}>
          <span>{t(online ? 'shell.live.reconnecting' : 'shell.live.offline')}</span>
          {online && (
            <Button type="link" onClick={live.retry}>
              {t('shell.live.now')}
            </Button>
          )}
        </div>
      )}
      {shown === 'back' && <div className={`${styles.banner} ${styles.back}`}>{t('shell.live.back')}</div>}
    </div>
  )
}

function watchOnline(changed: () => void) {
  addEventListener('online', changed)
  addEventListener('offline', changed)
  return () => {
    removeEventListener('online', changed)
    removeEventListener('offline', changed)
  }
}
