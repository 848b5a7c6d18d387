import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { plainPosition, positionsIn, useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { keys, type PersonHit, type UnitItem } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import styles from './forms.module.css'
import { Finder } from './Finder'

interface Values {
  name?: string
  category?: string
  code?: string
  phone?: string
  email?: string
  joined_on?: string
  position: string
  standing?: string
}

/** Adds somebody to a unit: somebody who is in the organisation already, or somebody new. */
export function MemberForm({ unit, meets, close }: { unit: UnitItem; meets: boolean; close: () => void }) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [who, setWho] = useState<'known' | 'new'>('known')
  const [person, setPerson] = useState<PersonHit>()

  async function send(values: Values, key: string) {
    const params = { path: { unit: unit.id } }
    const headers = { 'Idempotency-Key': key }
    if (who === 'known') {
      if (!person) return
      await got(api.POST('/units/{unit}/memberships', { params, body: { person_id: person.id, position: values.position, standing: values.standing ?? '' }, headers }))
    } else {
      const given = Object.fromEntries(Object.entries(values).filter(([, v]) => v)) as Values
      await got(api.POST('/units/{unit}/people', { params, body: { ...given, name: values.name ?? '', category: values.category ?? '' }, headers }))
    }
    void message.success(t('org.member.added', { name: person?.name ?? values.name }))
    void client.invalidateQueries({ queryKey: keys.roll(unit.id) })
    void client.invalidateQueries({ queryKey: keys.unit(unit.id) })
    close()
  }

  const asked = [{ required: true, message: t('fault.required') }]
  return (
    <Dialog title={t('org.member.addTo', { name: unit.name })} close={close}>
      <ServerForm<Values> send={send} initialValues={{ position: plainPosition(terms.profile, unit.kind), standing: meets ? terms.profile?.standings?.[0]?.key : undefined, category: terms.profile?.categories?.[0]?.key }}>
        {(busy) => (
          <>
            <div className={styles.stack} style={{ marginBottom: '1.25rem' }}>
              <Choice
                label={t('org.member.who')}
                wide
                value={who}
                choose={setWho}
                options={[
                  { value: 'known', label: t('org.member.known') },
                  { value: 'new', label: t('org.member.new') },
                ]}
              />
              {who === 'known' &&
                (person ? (
                  <div className={styles.picked}>
                    <strong>{person.name}</strong>
                    <Button size="small" onClick={() => setPerson(undefined)}>
                      {t('org.member.other')}
                    </Button>
                  </div>
                ) : (
                  <Finder
                    label={t('org.member.find')}
                    placeholder={t('org.find.personPlaceholder')}
                    what="person"
                    choose={(hit) => hit.what === 'person' && setPerson(hit.hit)}
                  />
                ))}
            </div>
            {who === 'new' && (
              <>
                <Form.Item name="name" label={t('org.person.name')} required rules={asked}>
                  <Input maxLength={60} autoComplete="off" />
                </Form.Item>
                <Form.Item name="category" label={t('org.person.category')} required rules={asked}>
                  <Select options={(terms.profile?.categories ?? []).map((c) => ({ value: c.key, label: terms.say(c.name) }))} />
                </Form.Item>
              </>
            )}
            <PlaceFields kind={unit.kind} meets={meets} />
            {who === 'new' && (
              <>
                <Form.Item name="phone" label={t('org.person.phone')}>
                  <Input type="tel" maxLength={30} autoComplete="off" />
                </Form.Item>
                <Form.Item name="email" label={t('org.person.email')}>
                  <Input type="email" maxLength={120} autoComplete="off" />
                </Form.Item>
                <Form.Item name="code" label={t('org.person.code')}>
                  <Input maxLength={40} autoComplete="off" />
                </Form.Item>
                <Form.Item name="joined_on" label={t('org.person.joinedOn')}>
                  <Input type="date" />
                </Form.Item>
              </>
            )}
            <DialogButtons verb={t('common.add')} busy={busy} close={close} disabled={who === 'known' && !person} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}

/** What somebody is in a unit. */
export function PlaceFields({ kind, meets }: { kind: string; meets: boolean }) {
  const { t } = useWords()
  const terms = useTerms()
  return (
    <>
      <Form.Item name="position" label={t('org.member.position')} required rules={[{ required: true, message: t('fault.required') }]}>
        <Select options={positionsIn(terms.profile, kind).map((p) => ({ value: p.key, label: terms.say(p.name) }))} />
      </Form.Item>
      {meets && (
        <Form.Item name="standing" label={t('org.member.standing')} required rules={[{ required: true, message: t('fault.required') }]}>
          <Select options={(terms.profile?.standings ?? []).map((s) => ({ value: s.key, label: terms.say(s.name) }))} />
        </Form.Item>
      )}
    </>
  )
}
