import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Radio } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, got, intention } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { Note } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { unitAddress } from '../address'
import { items, keys, type UnitHit, type UnitPageData } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import styles from './forms.module.css'
import { Finder } from './Finder'

type Children = 'keep' | 'end'
type Members = 'keep' | 'end' | 'move'

/** Ends a unit. Says what hangs on it and asks what becomes of that; cannot be taken back. */
export function EndUnit({ page, close }: { page: UnitPageData; close: () => void }) {
  const { t } = useWords()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { message } = App.useApp()
  const { unit } = page
  const [children, setChildren] = useState<Children>('keep')
  const [members, setMembers] = useState<Members>('keep')
  const [to, setTo] = useState<UnitHit>()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<string>()

  const decided =
    (unit.children === 0 || children !== 'keep') && (unit.members === 0 || members === 'end' || (members === 'move' && to !== undefined))

  async function go() {
    setBusy(true)
    setTrouble(undefined)
    try {
      await got(
        api.POST('/units/{unit}/end', {
          params: { path: { unit: unit.id } },
          body: { version: unit.version, children, members, ...(members === 'move' && to && { move_to: to.id }) },
          headers: { 'Idempotency-Key': intention() },
        }),
      )
      void message.success(t('org.end.done', { name: unit.name }))
      void client.invalidateQueries({ queryKey: keys.all })
      close()
      const above = items(page.ancestors).at(-1)
      void navigate(above ? unitAddress(above.id) : '/org')
    } catch (error) {
      setTrouble(wordProblem(t, error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog title={t('org.end.title', { name: unit.name })} close={close}>
      <form
        className={styles.stack}
        onSubmit={(e) => {
          e.preventDefault()
          void go()
        }}
      >
        <Note tone="care">{t('org.end.lead')}</Note>
        {trouble && <Note tone="bad" title={trouble} />}
        {unit.children > 0 && (
          <fieldset className={styles.choices}>
            <legend>{t('org.end.children', { count: unit.children })}</legend>
            <Radio.Group value={children} onChange={(e) => setChildren(e.target.value as Children)} className={styles.choices}>
              <Radio value="end">{t('org.end.childrenEnd')}</Radio>
              <Radio value="keep">{t('org.end.childrenKeep')}</Radio>
            </Radio.Group>
          </fieldset>
        )}
        {unit.members > 0 && (
          <fieldset className={styles.choices}>
            <legend>{t('org.end.members', { count: unit.members })}</legend>
            <Radio.Group value={members} onChange={(e) => setMembers(e.target.value as Members)} className={styles.choices}>
              <Radio value="move">{t('org.end.membersMove')}</Radio>
              <Radio value="end">{t('org.end.membersEnd')}</Radio>
              <Radio value="keep">{t('org.end.membersKeep')}</Radio>
            </Radio.Group>
          </fieldset>
        )}
        {members === 'move' &&
          (to ? (
            <div className={styles.picked}>
              <strong>{to.name}</strong>
              <Button size="small" onClick={() => setTo(undefined)}>
                {t('org.move.other')}
              </Button>
            </div>
          ) : (
            <Finder
              label={t('org.end.findTarget')}
              placeholder={t('org.find.unitPlaceholder')}
              what="unit"
              fits={(hit) => hit.hit.id !== unit.id}
              choose={(hit) => hit.what === 'unit' && setTo(hit.hit)}
            />
          ))}
        {!decided && <p className={styles.hint}>{t('org.end.decide')}</p>}
        <DialogButtons verb={t('org.end.verb')} busy={busy} close={close} danger disabled={!decided} />
      </form>
    </Dialog>
  )
}
