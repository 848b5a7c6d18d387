import { queryOptions, useQuery } from '@tanstack/react-query'
import { AutoComplete, Input } from 'antd'
import { useDeferredValue, useState } from 'react'
import { api, got } from '~/shared/api/client'
import { useWords } from '~/shared/words/words'
import { items } from '../queries'

const findQuery = (q: string) =>
  queryOptions({
    queryKey: ['meeting', 'find', q] as const,
    queryFn: ({ signal }) => got(api.GET('/org/search', { params: { query: { q, what: 'person', limit: 12 } }, signal })),
    enabled: q !== '',
    staleTime: 10_000,
  })

/** Somebody of the organisation, found by name, pinyin or initials. */
export function PickPerson({ label, pick, name }: { label: string; pick: (p: { id: string; name: string }) => void; name?: string }) {
  const { t } = useWords()
  const [text, setText] = useState(name ?? '')
  const q = useDeferredValue(text.trim())
  const found = useQuery(findQuery(q))
  const people = items(found.data?.people)
  return (
    <AutoComplete
      style={{ width: '100%' }}
      value={text}
      onChange={setText}
      options={people.map((p) => ({ value: p.id, label: [p.name, ...items(p.units).map((u) => u.short_name || u.name)].join(' · ') }))}
      onSelect={(id: string) => {
        const p = people.find((x) => x.id === id)
        if (!p) return
        setText(p.name)
        pick({ id: p.id, name: p.name })
      }}
      notFoundContent={q && found.data ? t('meeting.people.notFound') : null}
    >
      <Input aria-label={label} placeholder={t('meeting.people.findPlace')} allowClear />
    </AutoComplete>
  )
}
