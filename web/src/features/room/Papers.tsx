// The papers page by page: with the presenter, or at one's own pace.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useWords } from '~/shared/words/words'
import { pageAddress, papersQuery, show, type Paper } from './queries'
import { useTheRoom } from './room'
import { Button } from './ui/Button'
import { Icon } from './ui/Icon'
import styles from './Room.module.css'

export function Papers({ inline }: { inline?: boolean }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, meeting } = room
  const shown = state.paper
  const { data: all = [], isPending, refetch } = useQuery(papersQuery(meeting))
  const papers = all.filter((p) => p.status !== 'waiting' && p.pages > 0)
  const [own, setOwn] = useState<{ id: string; page: number }>()
  const [large, enlarge] = useState(false)
  const following = own === undefined && shown !== undefined
  // Another paper on the table calls everybody back; it may have been brought just now.
  useEffect(() => {
    setOwn(undefined)
    if (shown?.id) void refetch()
  }, [shown?.id, refetch])
  const at = own ?? (shown ? { id: shown.id, page: shown.page } : undefined)
  const paper = papers.find((p) => p.id === at?.id)
  const holds = (state.turns ?? []).some((x) => x.seat === room.seat)
  const mayShow = room.isHost || holds
  const present = (id: string, page?: number) => room.act(() => show(meeting, id, page))
  if (!at || !paper) {
    if (isPending) return <p>{t('common.loading')}</p>
    if (!papers.length && all.some((p) => p.status === 'waiting')) return <p className={styles.quiet}>{t('room.papers.making')}</p>
    if (!papers.length) return inline ? <p className={styles.quiet}>{t('room.papers.noneInline')}</p> : <p>{t('room.papers.none')}</p>
    return (
      <ul className={styles.list}>
        {papers.map((p) => (
          <li key={p.id}>
            <button type="button" className={styles.row} onClick={() => setOwn({ id: p.id, page: 1 })}>
              <Icon name="paper" />
              <span>
                <strong>{p.name}</strong>
                <small>{t('room.papers.pages', { count: p.pages })}</small>
              </span>
            </button>
            {mayShow && <Button do={() => present(p.id, 1)}>{t('room.papers.present')}</Button>}
          </li>
        ))}
      </ul>
    )
  }
  const turn = (by: number) => {
    const page = Math.min(paper.pages, Math.max(1, at.page + by))
    if (following && mayShow && shown?.by === room.me.person) return void present(paper.id, page)
    setOwn({ id: paper.id, page })
  }
  return (
    <section className={styles.paper} aria-label={t('room.papers.title')}>
      <Page paper={paper} page={at.page} meeting={meeting} large={large} />
      <div className={styles.paperBar}>
        <button type="button" className={styles.step} onClick={() => turn(-1)} disabled={at.page <= 1} aria-label={t('room.papers.prev')} data-page="prev">
          <Icon name="prev" />
        </button>
        <span className="num" role="status">
          {t('room.papers.at', { page: at.page, pages: paper.pages })}
        </span>
        <button type="button" className={styles.step} onClick={() => turn(1)} disabled={at.page >= paper.pages} aria-label={t('room.papers.next')} data-page="next">
          <Icon name="next" />
        </button>
        <button type="button" className={styles.step} onClick={() => enlarge(!large)} aria-pressed={large} aria-label={t('room.papers.larger')} title={t('room.papers.larger')}>
          <Icon name={large ? 'smaller' : 'larger'} />
        </button>
      </div>
      <p className={styles.paperNote}>
        {following ? t('room.papers.following', { name: room.name(shown?.by) }) : shown ? t('room.papers.own') : paper.name}{' '}
        {!following && shown && (
          <button type="button" className={styles.link} onClick={() => setOwn(undefined)}>
            {t('room.papers.follow')}
          </button>
        )}
      </p>
      <div className={styles.actions}>
        {!following && <Button do={() => setOwn(undefined)}>{t('room.papers.list')}</Button>}
        {mayShow && !(following && shown?.by === room.me.person) && <Button do={() => present(paper.id, at.page).then((done) => done && setOwn(undefined))}>{t('room.papers.presentHere')}</Button>}
        {mayShow && shown && <Button do={() => present('')}>{t('room.papers.stop')}</Button>}
      </div>
    </section>
  )
}

function Page({ paper, page, meeting, large }: { paper: Paper; page: number; meeting: string; large: boolean }) {
  const { t } = useWords()
  const [failed, fail] = useState('')
  const { rung } = useTheRoom().ladder
  // A weak line carries the small picture; it is made larger only when somebody asks to read it.
  const weak = rung === 'papers' || rung === 'audio'
  const width = 480 * (weak ? 1 : 2) * (large ? 2 : 1)
  const address = pageAddress(meeting, paper.id, page, width)
  // The next page is there before it is turned to.
  useEffect(() => {
    if (page < paper.pages) new Image().src = pageAddress(meeting, paper.id, page + 1, width)
  }, [meeting, paper, page, width])
  if (failed === address)
    return (
      <p className={styles.quiet}>
        {t('room.papers.failed')} <Button do={() => fail('')}>{t('common.retry')}</Button>
      </p>
    )
  return (
    // Enlarged it is moved about, by keyboard too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.sheetOfPaper} data-large={large || undefined} tabIndex={large ? 0 : undefined}>
      <img className={styles.page} src={address} alt={t('room.papers.alt', { name: paper.name, page })} onError={() => fail(address)} />
    </div>
  )
}
