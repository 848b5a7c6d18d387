import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Form, Input } from 'antd'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { groupsQuery, items, keys, type Action, type MeetingRecord } from '../queries'
import { assignee, AssigneeField } from './AssigneeField'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'

type Props = { close: () => void } & ({ add: MeetingRecord; change?: undefined } | { change: Action; add?: undefined })

interface Values {
  text: string
  due_on?: string
  kind: 'personal' | 'unit'
  who?: string
}

/** Notes who does what by when; or changes what and by when. */
export function ActionForm({ add, change, close }: Props) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const [form] = Form.useForm<Values>()
  const kind = Form.useWatch('kind', form) ?? 'unit'
  const unit = add?.facts.unit
  const groups = useQuery({ ...groupsQuery(unit?.id ?? ''), enabled: unit !== undefined })
  const units = [...(unit ? [unit] : []), ...items(groups.data?.items)]

  async function send(v: Values, key: string) {
    const headers = { 'Idempotency-Key': key }
    if (change) {
      await got(api.PUT('/actions/{action}', { params: { path: { action: change.id } }, body: { text: v.text, due_on: v.due_on ?? '', version: change.version }, headers }))
    } else if (add) {
      await got(api.POST('/meetings/{meeting}/actions', { params: { path: { meeting: add.meeting } }, body: { kind: v.kind, text: v.text, due_on: v.due_on ?? '', ...assignee(v.who) }, headers }))
    }
    close()
    await client.invalidateQueries({ queryKey: keys.all })
  }

  return (
    <Dialog title={t(change ? 'record.todo.changeTitle' : 'record.todo.addTitle')} close={close}>
      <ServerForm<Values> form={form} send={send} initialValues={change ? { text: change.text, due_on: change.due_on } : { kind: 'unit' }}>
        {(busy) => (
          <>
            {!change && (
              <>
                <Form.Item name="kind" label={t('record.todo.kind')} required extra={t(`record.todo.kindHelp.${kind}`)}>
                  <KindChoice label={t('record.todo.kind')} options={[{ value: 'unit', label: terms.heading('branch') }, { value: 'personal', label: t('record.todo.personal') }]} />
                </Form.Item>
                <AssigneeField people={items(add?.facts.attendance.people)} units={kind === 'personal' ? undefined : units} />
              </>
            )}
            <Form.Item name="text" label={t('record.todo.text')} rules={[{ required: true, whitespace: true, message: t('fault.required') }]}>
              <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} />
            </Form.Item>
            <Form.Item name="due_on" label={t('record.todo.dueOn')}>
              <Input type="date" />
            </Form.Item>
            <DialogButtons verb={t('common.save')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}

function KindChoice({ value = 'unit', onChange, ...rest }: { label: string; options: { value: Values['kind']; label: string }[]; value?: Values['kind']; onChange?: (v: Values['kind']) => void }) {
  return <Choice {...rest} value={value} choose={(v) => onChange?.(v)} wide />
}
