import type { ReactNode } from 'react'
import styles from './Choice.module.css'

interface ChoiceProps<V extends string> {
  label: string
  value: V
  options: { value: V; label: ReactNode }[]
  choose: (value: V) => void
  /** As wide as there is room; options share it evenly and wrap if they must. */
  wide?: boolean
}

/** One of a few, all in sight. Plain radio buttons underneath, so arrow keys work. */
export function Choice<V extends string>({ label, value, options, choose, wide }: ChoiceProps<V>) {
  return (
    <fieldset className={wide ? `${styles.choice} ${styles.wide}` : styles.choice}>
      <legend className="visually-hidden">{label}</legend>
      {options.map((o) => (
        <label key={o.value} className={styles.option} data-on={o.value === value || undefined}>
          <input className="visually-hidden" type="radio" name={label} value={o.value} checked={o.value === value} onChange={() => choose(o.value)} />
          {o.label}
        </label>
      ))}
    </fieldset>
  )
}
