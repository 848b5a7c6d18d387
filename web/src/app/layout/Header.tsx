import { Link } from 'react-router'
import { useMe } from '~/shared/me/me'
import { initials } from '~/shared/ui/People'
import { useDesk } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import { Seal } from './First'
import { LanguageSwitch, SizeChoice, SizeCycle } from '~/shared/prefs/Switches'
import { HeaderEntry } from './Nav'
import styles from './Header.module.css'

const entries = features.flatMap((f) => f.headerNav ?? []).sort((a, b) => a.order - b.order)

/** bare: without what leads to other pages. */
export function Header({ bare }: { bare: boolean }) {
  const { t } = useWords()
  const me = useMe()
  const desk = useDesk()
  return (
    <header className={`${styles.header} no-print`}>
      <Link to="/" className={styles.brand}>
        <Seal />
        <span className={styles.name}>{me.organisation.name}</span>
        <span className="visually-hidden">{t('shell.home')}</span>
      </Link>
      <div className={styles.tools}>
        {desk ? <SizeChoice /> : <SizeCycle />}
        <LanguageSwitch />
        {entries
          .filter((e) => !bare && (e.for?.(me) ?? true))
          .map((e) => (
            <HeaderEntry key={e.to} entry={e} />
          ))}
        {desk && !bare && (
          <Link to="/me" className={styles.me}>
            <span className={styles.face} aria-hidden>
              {initials(me.person.name)}
            </span>
            <span>{me.person.name}</span>
          </Link>
        )}
      </div>
    </header>
  )
}
