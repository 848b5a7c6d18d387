import { useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Select } from 'antd'
import { useNavigate } from 'react-router'
import { api, got } from '~/shared/api/client'
import { kindsUnder, useTerms } from '~/shared/profile/profile'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { unitAddress } from '../address'
import { keys, type UnitItem } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'

interface UnitFormProps {
  tree: string
  /** The unit it goes under; at the top of the tree if not given. */
  parent?: UnitItem
  /** The unit to change; a new one if not given. */
  unit?: UnitItem
  close: () => void
}

interface Values {
  kind: string
  name: string
  short_name?: string
  code?: string
}

/** Adds a unit, or changes a unit's names and code. */
export function UnitForm({ tree, parent, unit, close }: UnitFormProps) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { message } = App.useApp()
  const kinds = kindsUnder(terms.profile, parent?.kind, tree)

  async function send(values: Values, key: string) {
    const headers = { 'Idempotency-Key': key }
    if (unit) {
      const { name, short_name = '', code = '' } = values
      await got(api.PATCH('/units/{unit}', { params: { path: { unit: unit.id } }, body: { version: unit.version, name, short_name, code }, headers }))
      void message.success(t('common.saved'))
    } else {
      const added = await got(api.POST('/units', { body: { ...values, ...(parent ? { parent_id: parent.id } : { tree }) }, headers }))
      void message.success(t('org.unit.added', { name: added.name }))
      void navigate(unitAddress(added.id))
    }
    void client.invalidateQueries({ queryKey: keys.all })
    close()
  }

  return (
    <Dialog title={unit ? t('org.unit.change') : parent ? t('org.unit.addUnder', { name: parent.name }) : t('org.unit.addTop')} close={close}>
      <ServerForm<Values> send={send} initialValues={unit ?? { kind: kinds.length === 1 ? kinds[0]?.key : undefined }}>
        {(busy) => (
          <>
            {!unit && (
              <Form.Item name="kind" label={t('org.unit.kind')} required rules={[{ required: true, message: t('fault.required') }]}>
                <Select options={kinds.map((k) => ({ value: k.key, label: terms.say(k.name) }))} placeholder={t('org.unit.chooseKind')} />
              </Form.Item>
            )}
            <Form.Item name="name" label={t('org.unit.name')} required rules={[{ required: true, message: t('fault.required') }]}>
              <Input maxLength={120} autoComplete="off" />
            </Form.Item>
            <Form.Item name="short_name" label={t('org.unit.shortName')} extra={t('org.unit.shortNameHint')}>
              <Input maxLength={40} autoComplete="off" />
            </Form.Item>
            <Form.Item name="code" label={t('org.unit.code')} extra={t('org.unit.codeHint')}>
              <Input maxLength={40} autoComplete="off" />
            </Form.Item>
            <DialogButtons verb={unit ? t('common.save') : t('common.add')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
