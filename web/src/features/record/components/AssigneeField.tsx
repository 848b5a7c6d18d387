import { Form, Select } from 'antd'
import { useWords } from '~/shared/words/words'

interface Named {
  id: string
  name: string
}

interface AssigneeFieldProps {
  people: Named[]
  /** None where only a person can do it. */
  units?: Named[]
  loading?: boolean
}

/** The field "who": one person or one unit, found by typing. What it holds, `assignee` makes the server's of. */
export function AssigneeField({ people, units, loading }: AssigneeFieldProps) {
  const { t } = useWords()
  const group = (key: 'units' | 'people', list: Named[]) => ({ label: t(`record.todo.${key}`), options: list.map((x) => ({ value: `${key[0]}${x.id}`, label: x.name })) })
  return (
    <Form.Item name="who" label={t('record.todo.assignee')} rules={[{ required: true, message: t('fault.required') }]}>
      <Select loading={loading} showSearch={{ optionFilterProp: 'label' }} placeholder={t('record.todo.choose')} options={[...(units ? [group('units', units)] : []), group('people', people)]} />
    </Form.Item>
  )
}

export function assignee(who = ''): { person_id?: string; unit_id?: string } {
  return who.startsWith('p') ? { person_id: who.slice(1) } : { unit_id: who.slice(1) }
}
