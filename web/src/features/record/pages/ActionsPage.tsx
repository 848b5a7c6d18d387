import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { useMe } from '~/shared/me/me'
import { Choice } from '~/shared/ui/Choice'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, More, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { ActionLine } from '../components/ActionLine'
import { actionsQuery, items } from '../queries'
import { meetingUnits } from '../units'
import styles from './lists.module.css'

/** What meetings gave out: mine, and of the units I belong to. */
export function ActionsPage() {
  const { t } = useWords()
  const me = useMe()
  const [search, setSearch] = useSearchParams()
  const whose = search.get('unit') ?? ''
  const [which, choose] = useState<'open' | 'all'>('open')
  const list = useInfiniteQuery(actionsQuery(whose, which === 'open'))
  const units = meetingUnits(me)
  const options = [{ value: '', label: t('record.todo.mine') }, ...units.map((u) => ({ value: u.id, label: u.name }))]
  return (
    <Page title={t('record.todo.title')} lead={t('record.todo.lead')}>
      <div className={styles.choices}>
        <Choice label={t('record.todo.whose')} value={whose} choose={(unit) => setSearch(unit ? { unit } : {}, { replace: true })} options={options} />
        <Choice label={t('record.todo.which')} value={which} choose={choose} options={[{ value: 'open', label: t('record.todo.openOnly') }, { value: 'all', label: t('record.todo.everything') }]} />
      </div>
      <Section>
        <Show query={list}>
          {(data) => {
            const all = data.pages.flatMap((p) => items(p.items))
            if (all.length === 0) return <Empty>{t(which === 'open' ? 'record.todo.emptyOpen' : 'record.todo.emptyAll')}</Empty>
            return (
              <ul className={styles.list}>
                {all.map((a) => (
                  <li key={a.id}>
                    <ActionLine action={a} />
                  </li>
                ))}
              </ul>
            )
          }}
        </Show>
        <More list={list} />
      </Section>
    </Page>
  )
}
