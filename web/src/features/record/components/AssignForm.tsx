import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { groupsQuery, items, keys, membersQuery, type Action } from '../queries'
import styles from './ActionLine.module.css'
import { assignee, AssigneeField } from './AssigneeField'

/** Gives an action to somebody else of the unit, or to the unit itself or a group of it. */
export function AssignForm({ action: x, close }: { action: Action; close: () => void }) {
  const { t } = useWords()
  const client = useQueryClient()
  const members = useQuery(membersQuery(x.unit_id))
  const groups = useQuery(groupsQuery(x.unit_id))
  const people = new Map(items(members.data?.items).map((m) => [m.person_id, { id: m.person_id, name: m.name }]))
  const units = [{ id: x.unit_id, name: x.unit_name }, ...items(groups.data?.items)]

  async function send({ who }: { who?: string }, key: string) {
    const body = { ...assignee(who), version: x.version }
    await got(api.POST('/actions/{action}/assign', { params: { path: { action: x.id } }, body, headers: { 'Idempotency-Key': key } }))
    close()
    await client.invalidateQueries({ queryKey: keys.all })
  }

  return (
    <Dialog title={t('record.todo.assignTitle')} close={close}>
      <ServerForm send={send}>
        {(busy) => (
          <>
            <p className={styles.lead}>{x.text}</p>
            <p className={styles.lead}>{t('record.todo.assignLead', { name: x.person_name ?? x.to_unit_name ?? '' })}</p>
            <AssigneeField people={[...people.values()].filter((p) => p.id !== x.person_id)} units={units.filter((u) => u.id !== x.to_unit_id)} loading={members.isPending} />
            <DialogButtons verb={t('record.todo.assign')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
