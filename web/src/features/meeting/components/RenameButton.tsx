import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'

/** Gives a paper another name; the file stays as it is. */
export function RenameButton({ name, rename }: { name: string; rename: (name: string) => Promise<unknown> }) {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <>
      <Button aria-label={t('materials.renameOf', { name })} onClick={() => setOpen(true)}>
        {t('materials.rename')}
      </Button>
      {open && (
        <Dialog title={t('materials.rename')} close={close}>
          <ServerForm<{ name: string }> initialValues={{ name }} send={({ name }) => rename(name).then(close)}>
            {(busy) => (
              <>
                <Form.Item name="name" label={t('materials.name')} required>
                  <Input maxLength={200} />
                </Form.Item>
                <DialogButtons verb={t('common.save')} busy={busy} close={close} />
              </>
            )}
          </ServerForm>
        </Dialog>
      )}
    </>
  )
}
