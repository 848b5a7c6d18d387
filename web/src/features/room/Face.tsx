// One place among the faces: picture or initial, name, hand, and whether they speak.
import { Children, type ReactNode } from 'react'
import { useWords } from '~/shared/words/words'
import { Icon } from './ui/Icon'
import { useTheRoom } from './room'
import { speakers } from './turn'
import type { Person } from './types'
import styles from './Room.module.css'

/** group: who sits there, the first by name. children: the picture, where there is one. */
export function Face({ group, watched, children }: { group: Person[]; watched?: string; children?: ReactNode }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, roster } = room
  const p = group[0]!
  const own = p.seat === room.seat && p.seat !== undefined
  const speaks = (state.turns ?? []).length > 0 && speakers(state, roster.people ?? []).includes(p.seat ?? '-')
  const hand = group.map((x) => (state.hands ?? []).indexOf(x.id)).filter((i) => i >= 0)
  return (
    <li data-seat={watched} data-speaks={speaks ? '' : undefined} data-away={p.away || undefined}>
      {Children.toArray(children).length > 0 ? (
        children
      ) : (
        <span className={styles.initial} aria-hidden>
          {p.how === 'phone' ? <Icon name="phone" /> : p.name.slice(0, 1)}
        </span>
      )}
      {hand.length > 0 && (
        <b className={styles.faceHand}>
          <Icon name="hand" size={16} />
          <span aria-hidden>{Math.min(...hand) + 1}</span>
          <span className="visually-hidden">{t('room.people.hand', { place: Math.min(...hand) + 1 })}</span>
        </b>
      )}
      <span className={styles.faceName}>
        <span>
          {own ? t('room.you') : p.name}
          {group.length > 1 && ` +${group.length - 1}`}
        </span>
      </span>
    </li>
  )
}
