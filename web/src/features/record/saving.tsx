// Whether everything on the page is saved: every text reports here, the page says it once.
import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react'
import { api, got } from '~/shared/api/client'
import { useMe } from '~/shared/me/me'
import { Draft, shelfFor, type DraftState, type Saved } from './draft'

class Board {
  private drafts = new Map<string, Draft>()
  private hearers = new Set<() => void>()

  add(key: string, draft: Draft) {
    this.drafts.set(key, draft)
    const forget = draft.listen(this.tell)
    this.tell()
    return () => {
      forget()
      this.drafts.delete(key)
      this.tell()
    }
  }

  tell = () => this.hearers.forEach((hear) => hear())
  listen = (hear: () => void) => {
    this.hearers.add(hear)
    return () => void this.hearers.delete(hear)
  }

  /** The state that matters most: a conflict before a failure before what is on its way. */
  worst = (): DraftState => {
    const states = new Set([...this.drafts.values()].map((d) => d.get().state))
    return (['conflict', 'failed', 'typing', 'saving'] as const).find((s) => states.has(s)) ?? 'saved'
  }

  flush = () => Promise.all([...this.drafts.values()].map((d) => d.flush()))
}

const Saving = createContext<Board | undefined>(undefined)

export function SavingBoard({ children }: { children: ReactNode }) {
  const [board] = useState(() => new Board())
  useEffect(() => {
    const leave = (e: BeforeUnloadEvent) => {
      if (board.worst() === 'saved') return
      void board.flush()
      e.preventDefault()
    }
    const hide = () => void board.flush()
    addEventListener('beforeunload', leave)
    document.addEventListener('visibilitychange', hide)
    return () => {
      removeEventListener('beforeunload', leave)
      document.removeEventListener('visibilitychange', hide)
    }
  }, [board])
  return <Saving value={board}>{children}</Saving>
}

const nothing = () => () => {}

export function useSaving(): { state: DraftState; flush: () => Promise<unknown> } {
  const board = use(Saving)
  const state = useSyncExternalStore(board?.listen ?? nothing, board?.worst ?? (() => 'saved' as const))
  return { state, flush: board?.flush ?? (async () => {}) }
}

const shelfName = (person: string, meeting: string, key: string) => `${person}:${meeting}:${key}`

/** Whether text of mine waits in this browser since an earlier visit. */
export function useUnsaved(meeting: string, key: string): boolean {
  const me = useMe()
  const [there] = useState(() => shelfFor(shelfName(me.person.id, meeting, key)).get() !== null)
  return there
}

/** One text of a record that saves itself. */
export function useDraft(meeting: string, key: string, from: Saved) {
  const me = useMe()
  const board = use(Saving)
  const draft = useMemo(
    () =>
      new Draft({
        from,
        shelf: shelfFor(shelfName(me.person.id, meeting, key)),
        save: (text, version) => got(api.PUT('/meetings/{meeting}/record/texts/{key}', { params: { path: { meeting, key } }, body: { text, version } })),
      }),
    // What it began from changes as it saves; only another text is another draft.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [me.person.id, meeting, key],
  )
  useEffect(() => board?.add(key, draft), [board, key, draft])
  useEffect(() => () => draft.close(), [draft])
  useEffect(() => {
    const back = () => void draft.flush() // the line is back
    addEventListener('online', back)
    return () => removeEventListener('online', back)
  }, [draft])
  const { text, version } = from
  useEffect(() => draft.hear({ text, version }), [draft, text, version])
  return { draft, view: useSyncExternalStore(draft.listen, draft.get) }
}
