import { useMe } from '~/shared/me/me'
import { useWords } from '~/shared/words/words'
import type { Slip } from '../queries'
import styles from './SlipSheet.module.css'

/** Slips to hand out, to be cut apart: who, where to sign in, name and one-time password. */
export function SlipSheet({ slips }: { slips: Slip[] }) {
  const { t } = useWords()
  const me = useMe()
  return (
    <ul className={styles.sheet}>
      {slips.map((s) => (
        <li key={s.person_id} className={styles.slip}>
          <strong>{s.name}</strong>
          <span className={styles.note}>{s.unit || me.organisation.name}</span>
          <dl>
            <dt>{t('org.signIns.address')}</dt>
            <dd>{location.origin}</dd>
            <dt>{t('org.person.login')}</dt>
            <dd className={styles.code}>{s.login}</dd>
            <dt>{t('org.signIns.password')}</dt>
            <dd className={styles.code}>{s.password}</dd>
          </dl>
          <span className={styles.note}>{t('org.signIns.slipNote')}</span>
        </li>
      ))}
    </ul>
  )
}
