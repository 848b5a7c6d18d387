// Who speaks: large, with name and time. Nobody speaking, the chair.
import { useQuery } from '@tanstack/react-query'
import { useWords } from '~/shared/words/words'
import { Icon } from './ui/Icon'
import { Video } from './ui/Video'
import { statementsQuery } from './queries'
import { Ring } from './Ring'
import { useTheRoom } from './room'
import { speakers } from './turn'
import { said } from './types'
import styles from './Room.module.css'

export function Speaker({ small }: { small: boolean }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, media, roster, language } = room
  const turns = state.turns ?? []
  const seats = speakers(state, roster.people ?? [])
  const turn = turns[0]
  // Whoever practises sees themselves.
  const seat = seats[0] ?? (room.plan.practice ? room.seat : undefined)
  const picture = seat === room.seat ? media.own : media.pictures.get(seat ?? '')
  const shared = state.screen ? (state.screen.seat === room.seat ? media.own.screen : media.pictures.get(state.screen.seat)?.screen) : undefined
  const showsVideo = room.ladder.rung === '' || room.ladder.rung === 'no_faces' || seat === room.seat
  const shows = turn?.person ?? (room.plan.practice ? room.me.person : state.chair)
  const who = room.name(shows)
  const person = room.person(shows)
  const place = person?.place ? room.plan.places?.find((p) => p.key === person.place) : undefined
  const next = state.next && !turns.some((x) => x.person === state.next) ? room.name(state.next) : ''
  const silent = turn && !turn.seat
  const sounds = turn && (turn.sound_ms ? !room.recording.blocked : turn.seat === room.seat ? media.microphone === 'live' : media.heard.has(turn.seat))
  return (
    <section className={styles.speaker} data-small={(small && !shared) || undefined} data-screen={shared ? '' : undefined} aria-label={t('room.speaker.label')}>
      <div className={styles.big}>
        {shared ? (
          <Video track={shared} fit="contain" />
        ) : picture?.camera && showsVideo ? (
          <Video track={picture.camera} mirror={seat === room.seat} />
        ) : (
          <span className={styles.initial} aria-hidden>
            {who.slice(0, 1)}
          </span>
        )}
        <div className={styles.caption}>
          <div className={styles.who}>
            <strong>{who}</strong>
            <span>
              {turn ? t(`room.speaker.${turn.sound_ms ? 'recording' : turn.kind === 'statement' ? 'statement' : turn.kind === 'chair' ? 'chair' : silent ? 'phone' : 'speech'}`) : t(room.plan.practice ? 'room.speaker.practice' : 'room.speaker.nobody')}
              {shared && ` · ${t('room.screen.shown')}`}
              {turn?.reader && ` · ${t('room.speaker.reader', { name: room.name(turn.reader) })}`}
              {place && ` · ${said(place.name, language)}`}
            </span>
          </div>
          {turn && (
            <span className={styles.hearing} data-on={sounds || undefined}>
              <Icon name={turn.sound_ms ? 'sound' : sounds ? 'mic' : 'micOff'} size={22} />
            </span>
          )}
          {turn && <Ring turn={turn} />}
        </div>
      </div>
      {turn?.statement && <StatementWords statement={turn.statement} />}
      {turns.length > 1 && <p className={styles.nextLine}>{t('room.speaker.also', { names: turns.slice(1).map((x) => room.name(x.person)).join(t('common.comma')) })}</p>}
      {(next || state.interrupted) && (
        <p className={styles.nextLine}>
          {state.interrupted && <span>{t('room.speaker.interrupted', { name: room.name(state.interrupted.person) })}</span>}
          {next && <span>{t('room.speaker.next', { name: next })}</span>}
        </p>
      )}
    </section>
  )
}

/** What is played or read, in writing, for who does not hear it. */
function StatementWords({ statement }: { statement: string }) {
  const { t } = useWords()
  const { meeting } = useTheRoom()
  const { data } = useQuery(statementsQuery(meeting, statement))
  const text = data?.find((s) => s.id === statement)?.text
  if (!text) return null
  return (
    // A long one is scrolled, by keyboard too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <blockquote className={styles.words} tabIndex={0} aria-label={t('room.speaker.words')}>
      {text}
    </blockquote>
  )
}
