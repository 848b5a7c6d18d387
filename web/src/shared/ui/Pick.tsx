import { queryOptions, useQuery } from '@tanstack/react-query'
import { AutoComplete, Input } from 'antd'
import { useDeferredValue, useState } from 'react'
import { api, got } from '../api/client'
import { useWords } from '../words/words'

const findQuery = (q: string, what?: 'person') =>
  queryOptions({
    queryKey: ['find', q, what ?? ''] as const,
    queryFn: ({ signal }) => got(api.GET('/org/search', { params: { query: { q, what, limit: 12 } }, signal })),
    enabled: q !== '',
    staleTime: 10_000,
  })

export interface Picked {
  what: 'unit' | 'person'
  id: string
  name: string
}

interface PickProps {
  label: string
  pick: (p: Picked) => void
  name?: string
  /** Only people; units too if not given. */
  what?: 'person'
}

/** Units and people of the organisation, one after the other, found by name, pinyin or initials. */
export function Pick({ label, pick, name, what }: PickProps) {
  const { t } = useWords()
  const [text, setText] = useState(name ?? '')
  const q = useDeferredValue(text.trim())
  const found = useQuery(findQuery(q, what))
  const hits = [
    ...(found.data?.units ?? []).map((u) => ({ what: 'unit' as const, id: u.id, name: u.name, note: [] as string[] })),
    ...(found.data?.people ?? []).map((p) => ({ what: 'person' as const, id: p.id, name: p.name, note: (p.units ?? []).map((u) => u.short_name || u.name) })),
  ]
  return (
    <AutoComplete
      style={{ width: '100%' }}
      value={text}
      onChange={setText}
      options={hits.map((h) => ({ value: h.id, label: [h.name, ...h.note].join(' · ') }))}
      onSelect={(id: string) => {
        const hit = hits.find((x) => x.id === id)
        if (!hit) return
        setText(what ? hit.name : '')
        pick(hit)
      }}
      notFoundContent={q && found.data ? t('common.pick.none') : null}
    >
      <Input aria-label={label} placeholder={t(what ? 'common.pick.person' : 'common.pick.any')} allowClear />
    </AutoComplete>
  )
}

/** Somebody of the organisation. */
export function PickPerson(props: Omit<PickProps, 'what'>) {
  return <Pick {...props} what="person" />
}
