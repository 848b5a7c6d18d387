import { ApartmentOutlined, SearchOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Input, type InputRef } from 'antd'
import { useDeferredValue, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { initials } from '~/shared/ui/People'
import { ErrorState } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { items, searchQuery, type PersonHit, type UnitHit, type What } from '../queries'
import styles from './Finder.module.css'

export type Hit = { what: 'unit'; hit: UnitHit } | { what: 'person'; hit: PersonHit }

interface FinderProps {
  label: string
  placeholder: string
  what?: What
  choose: (hit: Hit) => void
  /** Which hits may be chosen; the others are not shown. */
  fits?: (hit: Hit) => boolean
  /** Shown while nothing is being looked for. */
  children?: ReactNode
  /** Takes the focus when it appears: where it is what somebody has just asked for. */
  first?: boolean
}

/** Finds units and people by name, pinyin or initials. Arrow keys and Enter choose; Escape clears. */
export function Finder({ label, placeholder, what, choose, fits, children, first }: FinderProps) {
  const { t } = useWords()
  const id = useId()
  const [text, setText] = useState('')
  const input = useRef<InputRef>(null)
  useEffect(() => {
    if (first) input.current?.focus()
  }, [first])
  const q = useSettled(text.trim(), 150)
  const found = useQuery(searchQuery(useDeferredValue(q), what))
  const hits: Hit[] = [
    ...items(found.data?.units).map((hit) => ({ what: 'unit' as const, hit })),
    ...items(found.data?.people).map((hit) => ({ what: 'person' as const, hit })),
  ].filter((hit) => fits?.(hit) ?? true)
  const [active, setActive] = useState(0)
  const at = Math.min(active, hits.length - 1)
  const looking = text.trim() !== ''
  const answered = q !== '' && found.data !== undefined && !found.isPlaceholderData

  function onKey(e: KeyboardEvent) {
    if (e.nativeEvent.isComposing) return // Enter that takes a word from the input method
    if (e.key === 'Escape' && text !== '') {
      setText('')
      e.stopPropagation()
    }
    if (!looking || hits.length === 0) return
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault()
      const to = (at + (e.key === 'ArrowDown' ? 1 : hits.length - 1)) % hits.length
      setActive(to)
      document.getElementById(`${id}-${to}`)?.scrollIntoView({ block: 'nearest' })
    } else if (e.key === 'Enter') {
      e.preventDefault()
      const hit = hits[at]
      if (hit && answered) choose(hit)
    }
  }

  return (
    <div className={styles.finder}>
      <Input
        size="large"
        role="combobox"
        aria-label={label}
        aria-expanded={looking}
        aria-controls={looking ? `${id}-list` : undefined}
        aria-activedescendant={looking && hits.length > 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        ref={input}
        placeholder={placeholder}
        prefix={<SearchOutlined aria-hidden />}
        allowClear
        value={text}
        maxLength={60}
        onChange={(e) => {
          setText(e.target.value)
          setActive(0)
        }}
        onKeyDown={onKey}
      />
      {!looking && children}
      {looking && (
        <div className={styles.results}>
          <div role="status" className="visually-hidden">
            {answered && t('org.find.count', { count: hits.length })}
          </div>
          {found.error && !found.data ? (
            <ErrorState error={found.error} retry={() => void found.refetch()} />
          ) : (
            <ul id={`${id}-list`} role="listbox" aria-label={label} className={styles.list}>
              {hits.map((hit, i) => (
                <Option key={`${hit.what}${hit.hit.id}`} id={`${id}-${i}`} hit={hit} active={i === at} choose={() => choose(hit)} />
              ))}
            </ul>
          )}
          {answered && hits.length === 0 && <p className={styles.none}>{t('org.find.none', { q })}</p>}
        </div>
      )}
    </div>
  )
}

function Option({ id, hit, active, choose }: { id: string; hit: Hit; active: boolean; choose: () => void }) {
  const { t } = useWords()
  const terms = useTerms()
  const note =
    hit.what === 'unit'
      ? [terms.kind(hit.hit.kind), hit.hit.parent].filter(Boolean).join(' · ')
      : items(hit.hit.units).map((u) => u.short_name || u.name).join(t('org.listSeparator'))
  return (
    // The input keeps the focus and moves through the options (aria-activedescendant).
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <li id={id} role="option" aria-selected={active} className={styles.option} onMouseDown={(e) => e.preventDefault()} onClick={choose}>
      <span className={hit.what === 'unit' ? styles.unit : styles.person} aria-hidden>
        {hit.what === 'unit' ? <ApartmentOutlined /> : initials(hit.hit.name)}
      </span>
      <span className={styles.text}>
        <span>{hit.hit.name}</span>
        <span className={styles.note}>{note}</span>
      </span>
    </li>
  )
}

/** The value once it has stood still for so many milliseconds; emptiness at once. */
function useSettled(value: string, ms: number): string {
  const [settled, set] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => set(value), value === '' ? 0 : ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return value === '' ? '' : settled
}
