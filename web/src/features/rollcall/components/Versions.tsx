import { Section } from '~/shared/ui/Page'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { items, type AnswerView } from '../queries'
import styles from './parts.module.css'
import { Said } from './Questions'

/** What was handed in before, and replaced: every version is kept. Nothing while there was one alone. */
export function Versions({ v }: { v: AnswerView }) {
  const { t } = useWords()
  const list = items(v.versions)
  if (list.length === 0) return null
  return (
    <Section title={t('rollcall.versions.title')}>
      <ul className={styles.stack}>
        {list.map((x) => (
          <li key={x.version}>
            <details>
              <summary className={styles.summary}>
                {t('rollcall.return.version', { version: x.version })} · {t('rollcall.return.by', { name: x.by_name })} {x.at && <TimeText at={x.at} />}
              </summary>
              <div className={styles.old}>
                {x.device_at && (
                  <p className={styles.quiet}>
                    {t('rollcall.versions.device')} <TimeText at={x.device_at} />
                  </p>
                )}
                <Said form={v.form} answer={x} />
              </div>
            </details>
          </li>
        ))}
      </ul>
    </Section>
  )
}
