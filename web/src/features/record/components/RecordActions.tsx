import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { Empty, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { items, meetingActionsQuery, type MeetingRecord } from '../queries'
import { ActionForm } from './ActionForm'
import { ActionLine } from './ActionLine'
import styles from './ActionLine.module.css'

/** Who does what by when, as this meeting gave it out. */
export function RecordActions({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const terms = useTerms()
  const actions = useQuery({ ...meetingActionsQuery(record.meeting), retry: false })
  const [adding, setAdding] = useState(false)
  const may = items(record.abilities).some((a) => a === 'write' || a === 'sign')
  if (actions.isError && !may) return null // those above read the record, not the list
  return (
    <Section title={terms.heading('action')} aside={t('record.todo.aside')}>
      <Show query={actions}>
        {(data) =>
          items(data.items).length === 0 ? (
            <Empty>{t(may ? 'record.todo.noneYet' : 'record.todo.none')}</Empty>
          ) : (
            <ul className={styles.list}>
              {items(data.items).map((a) => (
                <li key={a.id}>
                  <ActionLine action={a} here />
                </li>
              ))}
            </ul>
          )
        }
      </Show>
      {may && record.state === 'draft' && (
        <Button className={`${styles.add} no-print`} icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
          {t('record.todo.add')}
        </Button>
      )}
      {adding && <ActionForm add={record} close={() => setAdding(false)} />}
    </Section>
  )
}
