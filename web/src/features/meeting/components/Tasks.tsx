import { CheckOutlined, MinusOutlined, PlusOutlined } from '@ant-design/icons'
import { App, Button, Checkbox, Form, Input } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Empty, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { items, type Meeting, type Task } from '../queries'
import styles from './parts.module.css'

/** What is to be prepared: ticked off with a note on how. */
export function Tasks({ m, done }: { m: Meeting; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const may = items(m.abilities).includes('prepare')
  const tasks = items(m.tasks)
  const left = tasks.filter((x) => x.required && !x.done_at).length
  const [adding, setAdding] = useState(false)
  return (
    <Section title={t('meeting.tasks.title')} aside={tasks.length === 0 ? undefined : left > 0 ? <Tag tone="care">{t('meeting.tasks.left', { count: left })}</Tag> : <Tag tone="good">{t(tasks.every((x) => x.done_at) ? 'meeting.tasks.all' : 'meeting.tasks.allRequired')}</Tag>}>
      {tasks.length === 0 && <Empty>{t('meeting.tasks.none')}</Empty>}
      <ul className={styles.tasks}>
        {tasks.map((x) => (
          <OneTask key={x.id} m={m} task={x} may={may} done={done} />
        ))}
      </ul>
      {may &&
        (adding ? (
          <ServerForm<{ name: string }>
            send={async ({ name }) => {
              await got(api.POST('/meetings/{meeting}/tasks', { params: { path: { meeting: m.id } }, body: { name } }))
              await done()
              setAdding(false)
            }}
          >
            {(busy) => (
              <div className={styles.row}>
                <Form.Item name="name" label={t('meeting.tasks.name')} required className={styles.grow}>
                  <Input maxLength={80} />
                </Form.Item>
                <Button type="primary" htmlType="submit" loading={busy}>
                  {t('common.add')}
                </Button>
                <Button onClick={() => setAdding(false)}>{t('common.notNow')}</Button>
              </div>
            )}
          </ServerForm>
        ) : (
          <Button className="no-print" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
            {t('meeting.tasks.add')}
          </Button>
        ))}
    </Section>
  )
}

function OneTask({ m, task, may, done }: { m: Meeting; task: Task; may: boolean; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const [note, setNote] = useState(task.note ?? '')
  const [busy, setBusy] = useState(false)
  const put = async (isDone: boolean) => {
    setBusy(true)
    try {
      await got(api.PUT('/meetings/{meeting}/tasks/{task}', { params: { path: { meeting: m.id, task: task.id } }, body: { done: isDone, note } }))
      await done()
    } catch (error) {
      void message.error({ content: wordProblem(t, error), duration: 8 })
    } finally {
      setBusy(false)
    }
  }
  const name = (
    <>
      {task.name}
      {task.required && !task.done_at && <span className={styles.quiet}> · {t('meeting.tasks.required')}</span>}
    </>
  )
  return (
    <li>
      {may ? (
        <Checkbox checked={!!task.done_at} disabled={busy} onChange={(e) => void put(e.target.checked)}>
          {name}
        </Checkbox>
      ) : (
        <span className={styles.task}>
          {task.done_at ? <CheckOutlined aria-hidden /> : <MinusOutlined aria-hidden />} {name}
        </span>
      )}
      <span className={styles.quiet}>
        {task.done_at ? t('meeting.tasks.doneAt') : t('meeting.tasks.by')} <TimeText at={task.done_at ?? task.due_at ?? ''} form="day" />
      </span>
      {may ? (
        <Input
          className="no-print"
          aria-label={t('meeting.tasks.note', { name: task.name })}
          placeholder={t('meeting.tasks.notePlace')}
          value={note}
          maxLength={500}
          onChange={(e) => setNote(e.target.value)}
          onBlur={() => note !== (task.note ?? '') && void put(!!task.done_at)}
        />
      ) : (
        task.note && <span className={styles.quiet}>{task.note}</span>
      )}
    </li>
  )
}
