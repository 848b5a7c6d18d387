import { useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useState } from 'react'
import { api, got, intention } from '~/shared/api/client'
import { wordFields, wordProblem } from '~/shared/api/problem'
import { useTerms } from '~/shared/profile/profile'
import { Note } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { keys, type UnitHit, type UnitPageData } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import styles from './forms.module.css'
import { Finder } from './Finder'

/** Puts a unit under another one. Taken back by moving it to where it stood. */
export function MoveUnit({ page, close }: { page: UnitPageData; close: () => void }) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [to, setTo] = useState<UnitHit>()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<string[]>([])
  const { unit } = page
  const kind = terms.profile?.unit_kinds?.find((k) => k.key === unit.kind)

  async function move(parent: string, version: number) {
    const { done } = await got(
      api.POST('/units/{unit}/move', { params: { path: { unit: unit.id } }, body: { parent_id: parent, version }, headers: { 'Idempotency-Key': intention() } }),
    )
    await client.invalidateQueries({ queryKey: keys.all })
    return done
  }

  async function go() {
    if (!to) return
    setBusy(true)
    setTrouble([])
    try {
      const done = await move(to.id, unit.version)
      close()
      const key = `moved-${unit.id}`
      void message.success({
        key,
        duration: 10,
        content: (
          <>
            {t(done ? 'org.move.done' : 'org.move.goesOn', { name: unit.name, to: to.name })}{' '}
            {done && (
              <Button
                type="link"
                onClick={() => {
                  message.destroy(key)
                  got(api.GET('/units/{unit}', { params: { path: { unit: unit.id } } }))
                    .then((now) => move(unit.parent_id ?? '0', now.unit.version))
                    .then(
                      () => message.info(t('common.undone')),
                      (error: unknown) => message.error({ content: wordProblem(t, error), duration: 8 }),
                    )
                }}
              >
                {t('common.undo')}
              </Button>
            )}
          </>
        ),
      })
    } catch (error) {
      setTrouble([wordProblem(t, error), ...wordFields(t, error).flatMap((f) => f.errors)])
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog title={t('org.move.title', { name: unit.name })} close={close}>
      <form
        className={styles.stack}
        onSubmit={(e) => {
          e.preventDefault()
          void go()
        }}
      >
        <p className={styles.hint}>{t('org.move.lead')}</p>
        {trouble.length > 0 && (
          <Note tone="bad" title={trouble[0]}>
            {trouble.slice(1).join(' ')}
          </Note>
        )}
        {to ? (
          <div className={styles.picked}>
            <span>
              {t('org.move.to')} <strong>{to.name}</strong>
            </span>
            <Button size="small" onClick={() => setTo(undefined)}>
              {t('org.move.other')}
            </Button>
          </div>
        ) : (
          <Finder
            first
            label={t('org.move.find')}
            placeholder={t('org.find.unitPlaceholder')}
            what="unit"
            fits={(hit) => hit.what === 'unit' && hit.hit.id !== unit.id && (kind?.under ?? []).includes(hit.hit.kind)}
            choose={(hit) => hit.what === 'unit' && setTo(hit.hit)}
          />
        )}
        <DialogButtons verb={t('org.move.verb')} busy={busy} close={close} disabled={!to} />
      </form>
    </Dialog>
  )
}
