import { Form, Input } from 'antd'
import type { ReactNode } from 'react'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'

interface WordsDialogProps {
  title: string
  /** What will follow from it. */
  lead?: ReactNode
  /** The field as the server names it: reason, evidence, note. */
  field: string
  label: string
  placeholder?: string
  optional?: boolean
  verb: string
  danger?: boolean
  /** A second field, required too. */
  also?: { field: string; label: string }
  send: (words: string, key: string, also: string) => Promise<unknown>
  close: () => void
}

/** Asks for a few words with what is about to be done: a reason, what was done. */
export function WordsDialog({ title, lead, field, label, placeholder, optional, verb, danger, also, send, close }: WordsDialogProps) {
  const { t } = useWords()
  return (
    <Dialog title={title} close={close}>
      <ServerForm<Record<string, string>>
        send={async (values, key) => {
          await send(values[field] ?? '', key, also ? (values[also.field] ?? '') : '')
          close()
        }}
      >
        {(busy) => (
          <>
            {lead}
            <Form.Item name={field} label={label} rules={[{ required: !optional, whitespace: true, message: t('fault.required') }]}>
              <Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} placeholder={placeholder} />
            </Form.Item>
            {also && (
              <Form.Item name={also.field} label={also.label} rules={[{ required: true, whitespace: true, message: t('fault.required') }]}>
                <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} />
              </Form.Item>
            )}
            <DialogButtons verb={verb} busy={busy} close={close} danger={danger} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
