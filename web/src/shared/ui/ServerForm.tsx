import { Form, type FormInstance, type FormProps } from 'antd'
import { useRef, useState, type ReactNode } from 'react'
import { asProblem, wordFields, wordProblem } from '../api/problem'
import { intention } from '../api/client'
import { useWords } from '../words/words'
import styles from './ServerForm.module.css'
import { Note } from './States'

/** "stages[0].title" as antd names a field: ["stages", 0, "title"]. */
export function fieldPath(field: string): (string | number)[] {
  return field
    .split(/\.|\[|\]\.?/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

export interface FieldFaults {
  name: string
  errors: string[]
}

interface ServerFormProps<V> extends Omit<FormProps<V>, 'onFinish' | 'children'> {
  /**
   * Sends the values. `key` is the same for every attempt at the same thing, so that tapping twice
   * or trying again after a bad network does it once: pass it on as Idempotency-Key.
   */
  send: (values: V, key: string) => Promise<unknown>
  /** Shows what is wrong with parts that are no fields of the form; gives back what has no place there. */
  place?: (faults: FieldFaults[]) => FieldFaults[]
  children: ReactNode | ((busy: boolean) => ReactNode)
}

/**
 * A form whose server answers with all faults at once: each is shown at its field, those without
 * a field on top, and the first faulty field, or else what stands on top, is brought into view. What was entered always stays.
 */
export function ServerForm<V extends object>({ send, place, children, form: given, ...rest }: ServerFormProps<V>) {
  const { t } = useWords()
  const [own] = Form.useForm<V>()
  const form: FormInstance<V> = given ?? own
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<string[]>([])
  const [key, setKey] = useState(intention)
  const top = useRef<HTMLDivElement>(null)

  async function finish(values: V) {
    setBusy(true)
    setTrouble([])
    place?.([])
    try {
      await send(values, key)
      setKey(intention())
    } catch (error) {
      const fields = wordFields(t, error)
      const shown = new Set(form.getFieldsError().map((f) => f.name.join('.')))
      const known = fields.map((f) => ({ ...f, path: fieldPath(f.name) })).filter((f) => shown.has(f.path.join('.')))
      form.setFields(known.map(({ path, errors }) => ({ name: path, errors })) as never)
      const others = fields.filter((f) => !known.some((k) => k.name === f.name))
      const rest = place ? place(others) : others
      setTrouble([wordProblem(t, error), ...rest.flatMap((f) => f.errors)])
      if (known[0]) form.scrollToField(known[0].path as never, { block: 'center', behavior: 'smooth', focus: true })
      else if (rest.length === others.length) requestAnimationFrame(() => top.current?.scrollIntoView({ block: 'center' }))
      // A refusal was an answer: what is sent after a change is another intention.
      if (asProblem(error).status !== 0) setKey(intention())
    } finally {
      setBusy(false)
    }
  }

  // Most fields are required; the others say so in words rather than with a star.
  const optionalMark: FormProps['requiredMark'] = (label, { required }) => (
    <>
      {label}
      {!required && <span className={styles.optional}>{t('common.optional')}</span>}
    </>
  )
  return (
    <Form<V> layout="vertical" requiredMark={optionalMark} {...rest} form={form} onFinish={(v) => void finish(v)}>
      {trouble.length > 0 && (
        <div ref={top} className={styles.trouble}>
          <Note tone="bad" title={trouble[0]}>
            {trouble.slice(1).map((line) => (
              <div key={line}>{line}</div>
            ))}
          </Note>
        </div>
      )}
      {typeof children === 'function' ? children(busy) : children}
    </Form>
  )
}
