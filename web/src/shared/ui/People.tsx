import { useWords } from '../words/words'
import styles from './People.module.css'

interface PersonChipProps {
  name: string
  /** A second line: position, unit, where they are. */
  note?: string
  size?: 'small' | 'normal'
}

/** A person: the last character of a Chinese name (as colleagues see it on a badge), name, and a note. */
export function PersonChip({ name, note, size = 'normal' }: PersonChipProps) {
  return (
    <span className={`${styles.chip} ${size === 'small' ? styles.small : ''}`}>
      <span className={styles.face} aria-hidden>
        {initials(name)}
      </span>
      <span className={styles.who}>
        <span>{name}</span>
        {note && <span className={styles.note}>{note}</span>}
      </span>
    </span>
  )
}

export function initials(name: string): string {
  const clean = name.trim()
  if (/\p{Script=Han}/u.test(clean)) return Array.from(clean).slice(-2).join('')
  return clean.split(/\s+/).slice(0, 2).map((w) => Array.from(w)[0] ?? '').join('').toUpperCase()
}

/** Where a unit stands, from the top; on a narrow screen the middle gives way. */
export function UnitPath({ path }: { path: string[] }) {
  const { t } = useWords()
  return (
    <span className={styles.path}>
      {path.map((name, i) => (
        // The names of a path may repeat; their place does not.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={i}>
          {i > 0 && <span className={styles.sep}>{t('common.unitSeparator')}</span>}
          {name}
        </span>
      ))}
    </span>
  )
}
