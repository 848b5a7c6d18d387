import { ArrowDownOutlined, ArrowUpOutlined, CopyOutlined, DeleteOutlined, DownOutlined, PlusOutlined, UpOutlined } from '@ant-design/icons'
import { Button, Checkbox, Form as Item, InputNumber } from 'antd'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { UndoButton } from '~/shared/ui/ConfirmButton'
import { Section } from '~/shared/ui/Page'
import { Empty } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { addField, both, changeField, copyField, faultyAt, fieldsOf, moveField, newKey, offered, offeredAs, putBack, removeField, tooEarly } from '../build'
import type { Field, Form } from '../queries'
import styles from './builder.module.css'
import { FieldEditor, Faults } from './FieldEditor'

interface BuilderProps {
  form: Form
  /** Changes it by what it is then: a removal is taken back later. */
  set: (change: (form: Form) => Form) => void
  faults: Record<string, string[]>
  repeated?: boolean
  unnamed?: boolean
}

/** The questions, one under another: one is open to be changed, the others are lines that can be moved. */
export function Builder({ form, set, faults, repeated, unnamed }: BuilderProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const [open, setOpen] = useState<string>()
  const [offering, setOffering] = useState(fieldsOf(form).length === 0)
  const [said, setSaid] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const focus = useRef<string>(undefined)
  const fields = fieldsOf(form)
  const nameOf = (f: Field) => say(both(f.label)) || t('rollcall.build.unnamed')

  // The first question with a fault opens itself.
  const [told, setTold] = useState(faults)
  if (told !== faults) {
    setTold(faults)
    const at = fields.findIndex((_, i) => faultyAt(faults, `fields[${i}]`))
    if (at >= 0) setOpen(fields[at]?.key)
  }
  // A card that moved took its button out of the page for a moment, and the focus with it.
  useEffect(() => {
    if (!focus.current) return
    box.current?.querySelector<HTMLElement>(`[data-focus="${focus.current}"]`)?.focus()
    focus.current = undefined
  })

  function move(f: Field, by: 1 | -1) {
    const at = fields.indexOf(f) + by
    if (at < 0 || at >= fields.length) return
    set((now) => moveField(now, f.key, by))
    // At an end the button of that direction rests; the other one takes over.
    const way = at === 0 ? 'down' : at === fields.length - 1 ? 'up' : by < 0 ? 'up' : 'down'
    focus.current = `${f.key}-${way}`
    setSaid(t('rollcall.build.moved', { name: nameOf(f), n: at + 1, of: fields.length }))
  }
  function keys(e: KeyboardEvent, f: Field) {
    if (!e.altKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return
    e.preventDefault()
    move(f, e.key === 'ArrowUp' ? -1 : 1)
    focus.current = `${f.key}-toggle`
  }
  function add(as: (typeof offered)[number]) {
    const key = newKey(form)
    set((now) => addField(now, as))
    setOpen(key)
    setOffering(false)
    focus.current = `${key}-body`
  }

  return (
    <div ref={box}>
      {fields.length === 0 && !offering && <Empty>{t('rollcall.build.none')}</Empty>}
      <ol className={styles.cards}>
        {fields.map((f, i) => {
          const at = `fields[${i}]`
          const early = tooEarly(form, f)
          const opened = open === f.key
          return (
            <li key={f.key} className={styles.card} data-open={opened || undefined} data-faulty={faultyAt(faults, at) || !!early || undefined}>
              <div className={styles.head}>
                <button
                  type="button"
                  className={styles.toggle}
                  data-focus={`${f.key}-toggle`}
                  aria-expanded={opened}
                  aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
                  onClick={() => setOpen(opened ? undefined : f.key)}
                  onKeyDown={(e) => keys(e, f)}
                >
                  <span>{i + 1}</span>
                  <strong>{nameOf(f)}</strong>
                  <span className={styles.quiet}>{[t(`rollcall.build.kind.${offeredAs(f)}`), say(both(f.measure)), f.required && t('rollcall.build.must'), f.when && t('rollcall.build.sometimes'), f.sensitive && t('rollcall.build.secret')].filter(Boolean).join(' · ')}</span>
                </button>
                <span className={styles.arrows}>
                  <Button type="text" data-focus={`${f.key}-up`} icon={<ArrowUpOutlined aria-hidden />} aria-label={t('rollcall.build.up', { name: nameOf(f) })} disabled={i === 0} onClick={() => move(f, -1)} />
                  <Button type="text" data-focus={`${f.key}-down`} icon={<ArrowDownOutlined aria-hidden />} aria-label={t('rollcall.build.down', { name: nameOf(f) })} disabled={i === fields.length - 1} onClick={() => move(f, 1)} />
                  <span className={styles.quiet} aria-hidden>
                    {opened ? <UpOutlined /> : <DownOutlined />}
                  </span>
                </span>
              </div>
              {early && (
                <div className={styles.body}>
                  <Faults lines={[t('rollcall.build.early', { name: nameOf(early) })]} />
                </div>
              )}
              {opened && (
                <div className={styles.body} data-focus={`${f.key}-body`} tabIndex={-1} role="group" aria-label={nameOf(f)}>
                  <FieldEditor form={form} f={f} repeated={repeated} unnamed={unnamed} change={(part) => set((now) => changeField(now, f.key, part))} faults={(place) => faults[place ? (place.startsWith('[') ? at + place : `${at}.${place}`) : at] ?? []} />
                  <div className={styles.tools}>
                    <Button
                      icon={<CopyOutlined aria-hidden />}
                      onClick={() => {
                        const key = newKey(form)
                        set((now) => copyField(now, f.key))
                        setOpen(key)
                        focus.current = `${key}-body`
                      }}
                    >
                      {t('rollcall.build.copy')}
                    </Button>
                    <Remove form={form} f={f} name={nameOf(f)} set={set} after={() => (focus.current = `${(fields[i + 1] ?? fields[i - 1])?.key}-toggle`)} />
                  </div>
                </div>
              )}
            </li>
          )
        })}
      </ol>
      <Faults lines={faults.fields ?? []} />
      <div className={`${styles.tools} ${styles.more}`}>
        <Button size="large" icon={<PlusOutlined aria-hidden />} aria-expanded={offering} onClick={() => setOffering(!offering)}>
          {t('rollcall.build.add')}
        </Button>
      </div>
      {offering && (
        <div className={styles.offer} role="group" aria-label={t('rollcall.build.add')}>
          {offered.map((as) => (
            <button key={as} type="button" onClick={() => add(as)}>
              <strong>{t(`rollcall.build.kind.${as}`)}</strong>
              <span className={styles.quiet}>{t(`rollcall.build.example.${as}`)}</span>
            </button>
          ))}
        </div>
      )}
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </div>
  )
}

function Remove({ form, f, name, set, after }: { form: Form; f: Field; name: string; set: BuilderProps['set']; after: () => void }) {
  const { t } = useWords()
  return (
    <UndoButton
      icon={<DeleteOutlined aria-hidden />}
      done={t('rollcall.build.removed', { name })}
      action={() => {
        set((now) => removeField(now, f.key))
        after()
        return Promise.resolve()
      }}
      undo={() => {
        const left = removeField(form, f.key)
        set((now) => putBack(now, form, left))
        return Promise.resolve()
      }}
    >
      {t('common.remove')}
    </UndoButton>
  )
}

const roles = ['officer', 'recorder', 'overseer'] as const

/** Who reads what is sensitive, and how long it is kept: asked as soon as anything is. */
export function Sensitive({ form, set, days, setDays, faults }: BuilderProps & { days: number; setDays: (days: number) => void }) {
  const { t } = useWords()
  const id = useId()
  if (!fieldsOf(form).some((f) => f.sensitive)) return null
  return (
    <Section title={t('rollcall.build.readers')}>
      <p className={styles.quiet}>{t('rollcall.build.readersHelp')}</p>
      <Item.Item required>
        <Checkbox.Group value={form.readers ?? []} onChange={(readers) => set((now) => ({ ...now, readers }))} options={roles.map((r) => ({ value: r, label: t(`rollcall.role.${r}`) }))} />
        <Faults lines={faults.readers ?? []} />
      </Item.Item>
      <Item.Item label={t('rollcall.build.keep')} htmlFor={id} required extra={t(days > 0 ? 'rollcall.build.keepHelp' : 'rollcall.build.keepNever')}>
        <InputNumber id={id} size="large" min={0} max={3650} value={days} onChange={(v) => setDays(v ?? 0)} />
      </Item.Item>
    </Section>
  )
}
