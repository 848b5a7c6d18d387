import { useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { plainPosition, useTerms } from '~/shared/profile/profile'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { keys } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import styles from './forms.module.css'
import { Finder } from './Finder'
import { PlaceFields } from './MemberForm'

/** A membership as the roll and a person's page have it. */
export interface Placed {
  id: string
  version: number
  person_id: string
  unit_id: string
  position: string
  standing: string
}

interface Values {
  position: string
  standing?: string
}

/** Changes what somebody is in a unit, or moves them to another one. What they were stays known. */
export function MembershipForm({ membership, name, kind, meets, move, close }: { membership: Placed; name: string; kind: string; meets: boolean; move: boolean; close: () => void }) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [to, setTo] = useState<{ id: string; name: string; kind: string }>()
  const kindThere = to?.kind ?? kind

  async function send({ position, standing }: Values, key: string) {
    await got(
      api.PATCH('/memberships/{membership}', {
        params: { path: { membership: membership.id } },
        body: { version: membership.version, position, standing, ...(to && { unit_id: to.id }) },
        headers: { 'Idempotency-Key': key },
      }),
    )
    void message.success(to ? t('org.member.moved', { name, to: to.name }) : t('common.saved'))
    void client.invalidateQueries({ queryKey: keys.all })
    close()
  }

  return (
    <Dialog title={t(move ? 'org.member.moveTitle' : 'org.member.changeTitle', { name })} close={close}>
      {move && (
        <div className={styles.stack} style={{ marginBottom: '1.25rem' }}>
          <p className={styles.hint}>{t('org.member.moveLead')}</p>
          {to ? (
            <div className={styles.picked}>
              <strong>{to.name}</strong>
              <Button size="small" onClick={() => setTo(undefined)}>
                {t('org.move.other')}
              </Button>
            </div>
          ) : (
            <Finder
              first
              label={t('org.member.moveTo')}
              placeholder={t('org.find.unitPlaceholder')}
              what="unit"
              fits={(hit) => hit.hit.id !== membership.unit_id}
              choose={(hit) => hit.what === 'unit' && setTo(hit.hit)}
            />
          )}
        </div>
      )}
      {(!move || to) && (
        <ServerForm<Values>
          key={kindThere}
          send={send}
          initialValues={{ position: to ? plainPosition(terms.profile, kindThere) : membership.position, standing: membership.standing || undefined }}
        >
          {(busy) => (
            <>
              <PlaceFields kind={kindThere} meets={meets} />
              <DialogButtons verb={move ? t('org.move.verb') : t('common.save')} busy={busy} close={close} />
            </>
          )}
        </ServerForm>
      )}
    </Dialog>
  )
}
