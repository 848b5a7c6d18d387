// What may be said on the way in: where I am, who sits beside me, who helps.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { usePrefs } from '~/shared/prefs/prefs'
import { useWords } from '~/shared/words/words'
import { whereQuery } from '../queries'
import { said, type Enter, type Me, type Plan } from '../types'
import styles from './Join.module.css'

type More = Pick<Enter, 'place' | 'show_place' | 'with' | 'helper'>

export function useJoinMore(plan: Plan, me: Me) {
  const where = useQuery({ ...whereQuery, enabled: !me.link && !plan.practice })
  const [place, setPlace] = useState<string>()
  const [shown, setShown] = useState(false)
  const [beside, setBeside] = useState<string[]>([])
  const [helped, setHelped] = useState(false)
  const [helper, setHelper] = useState({ name: '', relation: '', consent: false })
  const known = plan.places?.some((p) => p.key === where.data) ? where.data : undefined
  const at = place ?? known ?? ''
  // Opened out of curiosity and left empty, it says nothing.
  const says = helped && (helper.name.trim() !== '' || helper.relation.trim() !== '' || helper.consent)
  const value: More = {
    place: at || undefined,
    show_place: (shown && !!at) || undefined,
    with: beside.length ? beside : undefined,
    helper: says ? helper : undefined,
  }
  return { value, at, setPlace, shown, setShown, beside, setBeside, helped, setHelped, helper, setHelper }
}

export function JoinMore({ plan, me, more }: { plan: Plan; me: Me; more: ReturnType<typeof useJoinMore> }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const [find, setFind] = useState('')
  if (plan.practice) return null
  const others = (plan.invited ?? []).filter((p) => p.id !== me.person)
  const shown = others.filter((p) => more.beside.includes(p.id) || (find ? p.name.includes(find.trim()) : others.length <= 12))
  return (
    <div className={styles.more}>
      <label className={styles.field}>
        <span>{t('room.join.where')}</span>
        <select value={more.at} onChange={(e) => more.setPlace(e.target.value)}>
          <option value="">{t('room.join.whereNot')}</option>
          {plan.places?.map((p) => (
            <option key={p.key} value={p.key}>
              {said(p.name, language)}
            </option>
          ))}
        </select>
      </label>
      {more.at && (
        <label className={styles.tick}>
          <input type="checkbox" checked={more.shown} onChange={(e) => more.setShown(e.target.checked)} />
          <span>{t('room.join.whereShow')}</span>
        </label>
      )}
      <details className={styles.details}>
        <summary>
          {t('room.join.beside')}
          {more.beside.length > 0 && <b>{t('room.join.besideCount', { count: more.beside.length })}</b>}
        </summary>
        <p>{t('room.join.besideHint')}</p>
        {others.length > 12 && (
          <label className={styles.field}>
            <span>{t('room.join.besideFind')}</span>
            <input value={find} onChange={(e) => setFind(e.target.value)} autoComplete="off" />
          </label>
        )}
        <div className={styles.names}>
          {shown.slice(0, 40).map((p) => (
            <label key={p.id} data-on={more.beside.includes(p.id) || undefined}>
              <input
                type="checkbox"
                className="visually-hidden"
                checked={more.beside.includes(p.id)}
                onChange={(e) => more.setBeside(e.target.checked ? [...more.beside, p.id] : more.beside.filter((id) => id !== p.id))}
              />
              {p.name}
            </label>
          ))}
        </div>
      </details>
      <details className={styles.details} onToggle={(e) => more.setHelped(e.currentTarget.open)}>
        <summary>{t('room.join.helper', { name: me.name })}</summary>
        <p>{t('room.join.helperHint', { name: me.name })}</p>
        <label className={styles.field}>
          <span>{t('room.join.helperName')}</span>
          <input value={more.helper.name} maxLength={40} autoComplete="name" onChange={(e) => more.setHelper({ ...more.helper, name: e.target.value })} />
        </label>
        <label className={styles.field}>
          <span>{t('room.join.helperRelation')}</span>
          <input value={more.helper.relation} maxLength={40} onChange={(e) => more.setHelper({ ...more.helper, relation: e.target.value })} />
        </label>
        <label className={styles.tick}>
          <input type="checkbox" checked={more.helper.consent} onChange={(e) => more.setHelper({ ...more.helper, consent: e.target.checked })} />
          <span>{t('room.join.helperConsent', { name: me.name })}</span>
        </label>
      </details>
    </div>
  )
}
