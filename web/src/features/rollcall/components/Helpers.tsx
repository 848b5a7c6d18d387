import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Select } from 'antd'
import { useId, useState } from 'react'
import { api, got, intention } from '~/shared/api/client'
import { useMe } from '~/shared/me/me'
import { ActionButton, UndoButton } from '~/shared/ui/ConfirmButton'
import { Section } from '~/shared/ui/Page'
import { Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { helpedQuery, helpersQuery, items, keys, peopleQuery } from '../queries'
import styles from './parts.module.css'

interface PickProps {
  unit: string
  label: string
  /** Who is not offered. */
  but?: string[]
  value: string | undefined
  choose: (person: string | undefined) => void
}

/** One person of a unit, by name. */
function PickPerson({ unit, label, but = [], value, choose }: PickProps) {
  const id = useId()
  const list = useInfiniteQuery(peopleQuery(unit))
  const people = new Map((list.data?.pages ?? []).flatMap((p) => items(p.items)).map((m) => [m.person_id, m.name]))
  return (
    <Form layout="vertical" component={false} requiredMark={false}>
      <Form.Item label={label} htmlFor={id}>
        <Select
          id={id}
          size="large"
          showSearch={{ optionFilterProp: 'label' }}
          allowClear
          value={value}
          onChange={choose}
          loading={list.isPending}
          options={[...people].filter(([person]) => !but.includes(person)).map(([person, name]) => ({ value: person, label: name }))}
          onPopupScroll={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
        />
      </Form.Item>
    </Form>
  )
}

/** Who answers for a person, and naming another one. */
function HelpersOf({ person, unit }: { person: string; unit: string }) {
  const { t } = useWords()
  const cache = useQueryClient()
  const query = useQuery(helpersQuery(person))
  const [helper, setHelper] = useState<string>()
  const fresh = () => cache.invalidateQueries({ queryKey: keys.all })
  const add = (helper_id: string) => got(api.POST('/people/{person}/helpers', { params: { path: { person } }, headers: { 'Idempotency-Key': intention() }, body: { helper_id } })).finally(fresh)
  const end = (helper: string) => got(api.DELETE('/people/{person}/helpers/{helper}', { params: { path: { person, helper } } })).finally(fresh)
  return (
    <Show query={query}>
      {(data) => (
        <>
          {items(data.items).length === 0 ? (
            <p className={styles.quiet}>{t('rollcall.helper.none')}</p>
          ) : (
            <ul className={styles.lines}>
              {items(data.items).map((h) => (
                <li key={h.helper_id}>
                  <div>{h.name}</div>
                  <UndoButton action={() => end(h.helper_id)} undo={() => add(h.helper_id)} done={t('rollcall.helper.ended', { name: h.name })}>
                    {t('common.remove')}
                  </UndoButton>
                </li>
              ))}
            </ul>
          )}
          <div className={styles.tail}>
            <PickPerson unit={unit} label={t('rollcall.helper.pick')} but={[person, ...items(data.items).map((h) => h.helper_id)]} value={helper} choose={setHelper} />
            <ActionButton
              disabled={!helper}
              done={t('rollcall.helper.added')}
              action={async () => {
                await add(helper ?? '')
                setHelper(undefined)
              }}
            >
              {t('rollcall.helper.add')}
            </ActionButton>
          </div>
        </>
      )}
    </Show>
  )
}

/** On one's own page: who answers for me, and whom I answer for. */
export function MineHelpers() {
  const { t } = useWords()
  const me = useMe()
  const cache = useQueryClient()
  const helped = items(useQuery(helpedQuery).data?.items)
  const [open, setOpen] = useState(false)
  const unit = me.units[0]?.id
  if (!unit) return null
  return (
    <Section title={t('rollcall.helper.title')}>
      {helped.length > 0 && (
        <>
          <h3>{t('rollcall.helper.helped')}</h3>
          <ul className={styles.lines}>
            {helped.map((h) => (
              <li key={h.person_id}>
                <div>{h.name}</div>
                <ActionButton
                  done={t('rollcall.helper.stopped', { name: h.name })}
                  action={() => got(api.DELETE('/people/{person}/helpers/{helper}', { params: { path: { person: h.person_id, helper: me.person.id } } })).finally(() => cache.invalidateQueries({ queryKey: keys.all }))}
                >
                  {t('rollcall.helper.stop')}
                </ActionButton>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className={styles.quiet}>{t('rollcall.helper.lead')}</p>
      <div className={styles.tail}>{open ? <HelpersOf person={me.person.id} unit={unit} /> : <Button onClick={() => setOpen(true)}>{t('rollcall.helper.open')}</Button>}</div>
    </Section>
  )
}

/** On a unit's page, for who answers for it: naming helpers for those who cannot answer themselves. */
export function UnitHelpers({ unit }: { unit: string }) {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  const [person, setPerson] = useState<string>()
  return (
    <Section title={t('rollcall.helper.ofUnit')}>
      <p className={styles.quiet}>{t('rollcall.helper.unitLead')}</p>
      <div className={styles.tail}>
        {open ? (
          <>
            <PickPerson unit={unit} label={t('rollcall.helper.whom')} value={person} choose={setPerson} />
            {person && <HelpersOf key={person} person={person} unit={unit} />}
          </>
        ) : (
          <Button onClick={() => setOpen(true)}>{t('rollcall.helper.openUnit')}</Button>
        )}
      </div>
    </Section>
  )
}
