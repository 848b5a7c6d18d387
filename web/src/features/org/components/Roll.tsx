import { MoreOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { App, Button, Dropdown, Input } from 'antd'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { api, got, intention } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { BesideName } from '~/shared/besideName'
import { useTerms } from '~/shared/profile/profile'
import { PersonChip } from '~/shared/ui/People'
import { Empty, Show, Tag } from '~/shared/ui/States'
import { useMedia } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { personAddress } from '../address'
import { items, keys, rollQuery, type RollItem } from '../queries'
import { gathered, matches, type Line } from '../roll'
import { MembershipForm, type Placed } from './MembershipForm'
import styles from './Roll.module.css'

interface RollProps {
  unit: { id: string; kind: string; name: string }
  abilities: readonly string[]
  meets: boolean
  mayChange: boolean
}

/** The people of a unit, each once with all they are there. Only the lines in sight exist. */
export function Roll({ unit, abilities, meets, mayChange }: RollProps) {
  const { t } = useWords()
  const roll = useInfiniteQuery(rollQuery(unit.id))
  const [only, setOnly] = useState('')
  const [doing, setDoing] = useState<{ membership: Placed; name: string; move: boolean }>()
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = roll
  // Whoever looks for a name wants to be told about everybody.
  useEffect(() => {
    if (only && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [only, hasNextPage, isFetchingNextPage, fetchNextPage])
  return (
    <Show query={roll}>
      {({ pages }) => {
        const all = gathered(pages.flatMap((p) => items(p.items)))
        const lines = only ? all.filter((line) => matches(line, only)) : all
        return (
          <>
            {(all.length > 12 || hasNextPage) && (
              <Input className={`${styles.only} no-print`} allowClear value={only} onChange={(e) => setOnly(e.target.value)} placeholder={t('org.roll.only')} aria-label={t('org.roll.only')} />
            )}
            {lines.length === 0 ? (
              <Empty>{only ? t('org.find.none', { q: only }) : t('org.roll.empty')}</Empty>
            ) : (
              <Lines unit={unit.id} abilities={abilities} lines={lines} meets={meets} mayChange={mayChange} act={(membership, name, move) => setDoing({ membership, name, move })} end={() => hasNextPage && !isFetchingNextPage && void fetchNextPage()} />
            )}
            {doing && <MembershipForm {...doing} kind={unit.kind} meets={meets} close={() => setDoing(undefined)} />}
          </>
        )
      }}
    </Show>
  )
}

interface LinesProps {
  unit: string
  abilities: readonly string[]
  lines: Line[]
  meets: boolean
  mayChange: boolean
  act: (membership: Placed, name: string, move: boolean) => void
  end: () => void
}

/** Up to here all lines are on the page, where the browser's own search and screen readers find them. */
const atOnce = 150

function Lines(props: LinesProps) {
  const { unit, abilities, lines, meets, mayChange, act, end } = props
  const printing = useMedia('print')
  const { length } = lines
  useEffect(() => {
    if (length <= atOnce) end()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- asks once for each length
  }, [length])
  if (length > atOnce && !printing) return <VirtualLines {...props} />
  return (
    <ul className={styles.whole}>
      {lines.map((line) => (
        <li key={line.personId}>
          <PersonLine unit={unit} abilities={abilities} line={line} meets={meets} mayChange={mayChange} act={act} />
        </li>
      ))}
    </ul>
  )
}

function VirtualLines({ unit, abilities, lines, meets, mayChange, act, end }: LinesProps) {
  const list = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  // What stands above the list comes in late and pushes it down.
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- it settles: nothing is set that already holds
  useLayoutEffect(() => {
    const top = list.current ? Math.round(list.current.getBoundingClientRect().top + scrollY) : 0
    if (top !== margin) setMargin(top)
  })
  const virtual = useWindowVirtualizer({ count: lines.length, estimateSize: () => 72, overscan: 10, scrollMargin: margin, getItemKey: (i) => lines[i]?.personId ?? i })
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  const atEnd = useRef(end)
  atEnd.current = end
  useEffect(() => {
    if (last >= lines.length - 20) atEnd.current()
  }, [last, lines.length])
  return (
    <div ref={list} role="list" className={styles.lines} style={{ height: virtual.getTotalSize() }}>
      {shown.map((v) => {
        const line = lines[v.index]
        return (
          line && (
            <div key={v.key} ref={virtual.measureElement} data-index={v.index} role="listitem" aria-posinset={v.index + 1} aria-setsize={lines.length} className={styles.place} style={{ transform: `translateY(${v.start - virtual.options.scrollMargin}px)` }}>
              <PersonLine unit={unit} abilities={abilities} line={line} meets={meets} mayChange={mayChange} act={act} />
            </div>
          )
        )
      })}
    </div>
  )
}

function PersonLine({ unit, abilities, line, meets, mayChange, act }: { unit: string; abilities: readonly string[]; line: Line; meets: boolean; mayChange: boolean; act: LinesProps['act'] }) {
  const { t } = useWords()
  const terms = useTerms()
  const standing = line.items.map((m) => m.standing).find(Boolean)
  const votes = terms.profile?.standings?.find((s) => s.key === standing)?.votes
  const serving = terms.profile?.categories?.[0]?.key
  return (
    <div className={styles.line}>
      <div className={styles.main}>
        <Link to={personAddress(line.personId)} className={styles.who}>
          <PersonChip name={line.name} note={line.items.map((m) => terms.position(m.position)).join(t('org.listSeparator'))} />
        </Link>
        <span className={styles.tags}>
          <BesideName person={line.personId} unit={unit} abilities={abilities} />
          {line.category && line.category !== serving && <Tag>{terms.category(line.category)}</Tag>}
          {standing && !votes && meets && <Tag tone="accent">{terms.standing(standing)}</Tag>}
        </span>
      </div>
      {mayChange && <LineMenu line={line} act={act} />}
    </div>
  )
}

function LineMenu({ line, act }: { line: Line; act: LinesProps['act'] }) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const { message } = App.useApp()
  const several = line.items.length > 1
  const label = (key: string, m: RollItem) => (several ? t('org.member.ofPosition', { what: t(key), position: terms.position(m.position) }) : t(key))

  async function end(m: RollItem) {
    const refresh = () => client.invalidateQueries({ queryKey: keys.all })
    try {
      await got(api.POST('/memberships/{membership}/end', { params: { path: { membership: m.id } }, body: { version: m.version }, headers: { 'Idempotency-Key': intention() } }))
      void refresh()
      const key = `ended-${m.id}`
      void message.success({
        key,
        duration: 10,
        content: (
          <>
            {t('org.member.ended', { name: line.name, position: terms.position(m.position) })}{' '}
            <Button
              type="link"
              onClick={() => {
                message.destroy(key)
                got(
                  api.POST('/units/{unit}/memberships', {
                    params: { path: { unit: m.unit_id } },
                    body: { person_id: m.person_id, position: m.position, standing: m.standing, sort: m.sort },
                    headers: { 'Idempotency-Key': intention() },
                  }),
                ).then(
                  () => {
                    void refresh()
                    void message.info(t('common.undone'))
                  },
                  (error: unknown) => message.error({ content: wordProblem(t, error), duration: 8 }),
                )
              }}
            >
              {t('common.undo')}
            </Button>
          </>
        ),
      })
    } catch (error) {
      void message.error({ content: wordProblem(t, error), duration: 8 })
    }
  }

  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{
        items: line.items.flatMap((m) => [
          { key: `change-${m.id}`, label: label('org.member.change', m), onClick: () => act(m, line.name, false) },
          { key: `move-${m.id}`, label: label('org.member.move', m), onClick: () => act(m, line.name, true) },
          { key: `end-${m.id}`, label: label('org.member.end', m), danger: true, onClick: () => void end(m) },
        ]),
      }}
    >
      <Button type="text" className="no-print" icon={<MoreOutlined aria-hidden />} aria-label={t('org.member.menu', { name: line.name })} />
    </Dropdown>
  )
}
