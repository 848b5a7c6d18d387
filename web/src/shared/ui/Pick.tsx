import { queryOptions, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useDeferredValue, useState } from 'react'
import { api, got } from '../api/client'
import { useWords } from '../words/words'

export interface Named {
  what?: 'person' | 'unit'
  id: string
  name: string
  /** Tells those of one name apart. */
  note?: string
}

type What = 'person' | 'unit' | 'any'

const findQuery = (what: What, q: string) =>
  queryOptions({
    queryKey: ['find', what, q] as const,
    queryFn: ({ signal }) => got(api.GET('/org/search', { params: { query: { q, what: what === 'any' ? undefined : what, limit: 12 } }, signal })),
    enabled: q !== '',
    staleTime: 10_000,
    select: ({ people, units }): Named[] => [
      ...(units ?? []).map((u) => ({ what: 'unit' as const, id: u.id, name: u.name, note: u.parent })),
      ...(people ?? []).map((p) => ({ what: 'person' as const, id: p.id, name: p.name, note: (p.units ?? []).map((u) => u.short_name || u.name).join(' · ') })),
    ],
  })

interface PickProps {
  label: string
  /** People of the organisation, units, or both; found by name, pinyin or initials. */
  what?: What
  value: Named[]
  pick: (value: Named[]) => void
  /** Beyond it, the newest take the place of the first. */
  most?: number
  /** Offered before anything is typed. */
  near?: Named[]
  placeholder?: string
}

/** One or several of the organisation; what is typed and not chosen from the list goes away, so that nobody takes it for chosen. */
export function Pick({ label, what = 'person', value, pick, most = 50, near = [], placeholder }: PickProps) {
  const { t } = useWords()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const q = useDeferredValue(text.trim())
  const { data: found } = useQuery(findQuery(what, q))
  const list = q ? (found ?? []) : near
  const known = new Map([...near, ...(found ?? []), ...value].map((x) => [x.id, x]))
  const of = (ids: string[]) => ids.flatMap((x) => known.get(x) ?? []).map(({ what, id, name }) => ({ what, id, name }))
  return (
    <Select
      aria-label={label}
      mode="multiple"
      style={{ width: '100%' }}
      labelInValue
      defaultActiveFirstOption={false} // or leaving by the keyboard would choose whoever stands first
      open={open}
      onOpenChange={setOpen}
      showSearch={{ filterOption: false, onSearch: setText }}
      placeholder={placeholder ?? t(`common.pick.${what}`)}
      value={value.map(({ id, name }) => ({ value: id, label: name }))}
      options={list.map((x) => ({ value: x.id, label: [x.name, x.note].filter(Boolean).join(' · ') }))}
      onBlur={() => setText('')}
      onChange={(chosen) => {
        setText('')
        if (most === 1) setOpen(false)
        pick(of(chosen.map((x) => x.value)).slice(-most))
      }}
      notFoundContent={q && found ? t('common.pick.none') : null}
    />
  )
}
