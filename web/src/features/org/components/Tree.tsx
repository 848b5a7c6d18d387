import { RightOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { useWords } from '~/shared/words/words'
import { step, type Row, type UnitRow } from '../tree'
import { useTree } from './useTree'
import styles from './Tree.module.css'

/** One tree of the organisation. Only the rows in sight exist; arrow keys walk it as a file tree. */
export function Tree({ treeKey }: { treeKey: string }) {
  const { t } = useWords()
  const terms = useTerms()
  const me = useMe()
  const mine = me.units.filter((u) => u.tree === treeKey)
  const { rows, toggle, more, retry } = useTree(treeKey, mine.map((u) => u.path))
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const focusNext = useRef<number>(undefined)
  const navigate = useNavigate()
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => setMargin(list.current?.offsetTop ?? 0), [])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 56,
    overscan: 20,
    scrollMargin: margin,
    getItemKey: (i) => keyOf(rows[i]),
  })
  const shown = virtual.getVirtualItems()
  const current = Math.min(active, rows.length - 1)

  useEffect(() => {
    if (focusNext.current === undefined) return
    const row = list.current?.querySelector<HTMLElement>(`[data-index="${focusNext.current}"] [role=treeitem]`)
    if (!row) return
    row.focus()
    focusNext.current = undefined
  })

  // A piece is read when its place comes into sight, not when somebody asks.
  const lastSeen = shown.at(-1)?.index
  useEffect(() => {
    for (const { index } of shown) {
      const row = rows[index]
      if (row?.kind === 'more') more(row.parent)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the rows in sight, by their last
  }, [lastSeen, rows.length])

  function onKey(e: KeyboardEvent) {
    const row = rows[current]
    if (e.altKey || e.ctrlKey || e.metaKey) return
    if (e.key === 'Enter' && row?.kind === 'unit') {
      e.preventDefault()
      void navigate(`/units/${row.unit.id}`)
      return
    }
    const to = step(rows, current, e.key)
    if (!to) return
    e.preventDefault()
    if ('toggle' in to) toggle(to.toggle)
    else {
      setActive(to.go)
      focusNext.current = to.go
      virtual.scrollToIndex(to.go, { align: 'auto' })
    }
  }

  return (
    <div ref={list} role="tree" aria-label={terms.tree(treeKey)} className={styles.tree} style={{ height: virtual.getTotalSize() }} onKeyDown={onKey}>
      {shown.map((v) => {
        const row = rows[v.index]
        if (!row) return null
        return (
          <div
            key={v.key}
            ref={virtual.measureElement}
            data-index={v.index}
            role="none"
            className={styles.place}
            style={{ transform: `translateY(${v.start - virtual.options.scrollMargin}px)` }}
          >
            {row.kind === 'unit' ? (
              <Unit row={row} current={v.index === current} mine={mine.some((u) => u.id === row.unit.id)} toggle={toggle} focused={() => setActive(v.index)} />
            ) : (
              <div className={styles.other} style={{ paddingInlineStart: indent(row.level) }}>
                {row.kind === 'failed' ? (
                  <Button size="small" onClick={() => retry(row.parent)}>
                    {t('org.tree.failed')}
                  </Button>
                ) : (
                  t('common.loading')
                )}
              </div>
            )}
          </div>
        )
      })}
    </div>
  )
}

function Unit({ row, current, mine, toggle, focused }: { row: UnitRow; current: boolean; mine: boolean; toggle: (id: string) => void; focused: () => void }) {
  const { t } = useWords()
  const terms = useTerms()
  const { unit } = row
  const opens = unit.children > 0
  return (
    <div
      role="treeitem"
      aria-level={row.level}
      aria-expanded={opens ? row.open : undefined}
      aria-posinset={row.place}
      aria-setsize={row.of}
      aria-label={[unit.name, mine && t('org.tree.mine'), unit.members > 0 && t('org.tree.members', { count: unit.members })].filter(Boolean).join(t('org.listSeparator'))}
      aria-selected={false}
      tabIndex={current ? 0 : -1}
      className={styles.row}
      data-mine={mine || undefined}
      style={{ paddingInlineStart: indent(row.level) }}
      onFocus={focused}
    >
      {opens ? (
        <button type="button" tabIndex={-1} className={styles.twist} data-open={row.open || undefined} aria-label={t(row.open ? 'org.tree.close' : 'org.tree.open', { name: unit.name })} onClick={() => toggle(unit.id)}>
          <RightOutlined aria-hidden />
        </button>
      ) : (
        <span className={styles.twist} aria-hidden />
      )}
      <Link to={`/units/${unit.id}`} tabIndex={-1} className={styles.name}>
        <span>{unit.name}</span>
        {mine && <span className={styles.mine}>{t('org.tree.mine')}</span>}
      </Link>
      <span className={styles.count}>{unit.members > 0 ? t('org.tree.members', { count: unit.members }) : terms.kind(unit.kind)}</span>
    </div>
  )
}

const indent = (level: number) => `min(${(level - 1) * 1.5}rem, ${(level - 1) * 3.5}vw)`

function keyOf(row: Row | undefined): string {
  if (!row) return ''
  return row.kind === 'unit' ? row.unit.id : `${row.kind}:${row.parent}`
}
