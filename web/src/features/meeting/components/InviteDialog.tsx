import { App, Checkbox, Form, Select } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { Pick, type Named } from '~/shared/ui/Pick'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { items } from '../queries'
import styles from './parts.module.css'

const ids = (list: Named[]) => list.map((x) => x.id)

/** Invites others to attend without a vote: by name, or whole units, or who holds an office in them. */
export function InviteDialog({ meeting, close, done }: { meeting: string; close: () => void; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const { profile, say } = useTerms()
  const [by, setBy] = useState<'person' | 'unit'>('person')
  const [people, setPeople] = useState<Named[]>([])
  const [units, setUnits] = useState<Named[]>([])
  const [below, setBelow] = useState(false)
  const [positions, setPositions] = useState<string[]>([])

  async function send() {
    const body = by === 'person' ? { person_ids: ids(people) } : { unit_ids: ids(units), subtree: below, positions }
    const { added } = await got(api.POST('/meetings/{meeting}/people', { params: { path: { meeting } }, body }))
    void message.success(added ? t('meeting.people.added', { count: added }) : t('meeting.people.nobodyNew'))
    close()
    await done()
  }

  return (
    <Dialog title={t('meeting.people.add')} close={close}>
      <ServerForm send={send}>
        {(busy) => (
          <>
            <p className={styles.quiet}>{t('meeting.people.addText')}</p>
            <Form.Item>
              <Choice wide label={t('meeting.people.by')} value={by} choose={setBy} options={(['person', 'unit'] as const).map((x) => ({ value: x, label: t(`meeting.people.by_${x}`) }))} />
            </Form.Item>
            {by === 'person' ? (
              <Form.Item label={t('meeting.people.find')} required>
                <Pick label={t('meeting.people.find')} value={people} pick={setPeople} />
              </Form.Item>
            ) : (
              <>
                <Form.Item label={t('meeting.people.units')} required>
                  <Pick label={t('meeting.people.units')} what="unit" value={units} pick={setUnits} />
                </Form.Item>
                <Form.Item>
                  <Checkbox checked={below} onChange={(e) => setBelow(e.target.checked)}>
                    {t('meeting.people.below')}
                  </Checkbox>
                </Form.Item>
                <Form.Item label={t('meeting.people.positions')} extra={t('meeting.people.positionsHelp')}>
                  <Select
                    aria-label={t('meeting.people.positions')}
                    mode="multiple"
                    defaultActiveFirstOption={false}
                    showSearch={{ optionFilterProp: 'label' }}
                    value={positions}
                    onChange={setPositions}
                    options={items(profile?.positions).map((p) => ({ value: p.key, label: say(p.name) }))}
                  />
                </Form.Item>
              </>
            )}
            <DialogButtons verb={t('meeting.people.invite')} busy={busy} close={close} disabled={(by === 'person' ? people : units).length === 0} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
