import { Button } from 'antd'
import { useEffect } from 'react'
import { useWords } from '~/shared/words/words'
import { Seal } from './First'
import styles from './Shell.module.css'

/** The pages were opened from what the device keeps, and the server cannot be reached. */
export function Offline({ retry }: { retry: () => void }) {
  const { t } = useWords()
  useEffect(() => {
    addEventListener('online', retry)
    return () => removeEventListener('online', retry)
  }, [retry])
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
