import { CloseOutlined } from '@ant-design/icons'
import { Button, Checkbox, Form as Item, Input, InputNumber, Select } from 'antd'
import { useId } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { useWords } from '~/shared/words/words'
import { addable, both, conditionsFor, newColumn, newOption } from '../build'
import type { Field, Form } from '../queries'
import styles from './builder.module.css'
import { Say } from './Say'

interface EditorProps {
  form: Form
  f: Field
  change: (part: Partial<Field>) => void
  /** What is wrong at a place below this field; '' is the field itself. */
  faults: (at: string) => string[]
  /** There will be a last time to begin from. */
  repeated?: boolean
  /** Without names nothing is remembered of last time, and all of it is sealed. */
  unnamed?: boolean
}

/** Everything about one question, in the order in which one thinks of it. */
export function FieldEditor({ form, f, change, faults, repeated, unnamed }: EditorProps) {
  const { t } = useWords()
  return (
    <>
      <Say label={t('rollcall.build.label')} value={f.label} change={(label) => change({ label })} required limit={120} faults={[...faults(''), ...faults('label')]} />
      <Kind form={form} f={f} change={change} faults={faults} unnamed={unnamed} />
      <Say label={t('rollcall.build.hint')} value={f.hint} change={(hint) => change({ hint })} limit={500} faults={faults('hint')} />
      <div className={styles.switches}>
        {f.kind !== 'total' && (
          <Checkbox checked={f.required} onChange={(e) => change({ required: e.target.checked })}>
            {t('rollcall.build.required')}
          </Checkbox>
        )}
        {f.kind !== 'total' && f.kind !== 'file' && repeated && !unnamed && (
          <Checkbox checked={f.prefill} onChange={(e) => change({ prefill: e.target.checked })}>
            {t('rollcall.build.prefill')}
          </Checkbox>
        )}
        {!unnamed && (
          <Checkbox checked={f.sensitive} onChange={(e) => change({ sensitive: e.target.checked })}>
            {t('rollcall.build.sensitive')}
          </Checkbox>
        )}
        <Faults lines={faults('sensitive')} />
        <Condition form={form} f={f} change={change} faults={faults} />
      </div>
    </>
  )
}

export function Faults({ lines }: { lines: string[] }) {
  return lines.length === 0 ? null : (
    <p className={styles.fault} role="alert" data-fault>
      {lines.join(' ')}
    </p>
  )
}

function Kind({ form, f, change, faults, unnamed }: EditorProps) {
  const { t } = useWords()
  switch (f.kind) {
    case 'choice':
      return <Options options={f.options ?? []} change={(options) => change({ options })} faults={faults} />
    case 'number':
      return <Measures f={f} change={change} faults={faults} />
    case 'date':
      return (
        <div className={styles.inline}>
          {(['from', 'to'] as const).map((side) => (
            <Labelled key={side} label={t(`rollcall.build.date.${side}`)} faults={faults(side)}>
              {(id) => <Input id={id} type="date" value={f[side] ?? ''} onChange={(e) => change({ [side]: e.target.value })} />}
            </Labelled>
          ))}
        </div>
      )
    case 'text':
      return (
        <Labelled label={t('rollcall.build.limit')} faults={faults('limit')}>
          {(id) => <InputNumber id={id} min={1} max={5000} placeholder="500" value={f.limit || undefined} onChange={(limit) => change({ limit: limit ?? undefined })} />}
        </Labelled>
      )
    case 'file':
      return (
        <>
          <Faults lines={unnamed ? [t('fault.file_anonymous')] : faults('kind')} />
          <Labelled label={t('rollcall.build.files')} faults={faults('limit')}>
            {(id) => <InputNumber id={id} min={1} max={5} placeholder="1" value={f.limit || undefined} onChange={(limit) => change({ limit: limit ?? undefined })} />}
          </Labelled>
        </>
      )
    case 'table':
      return <Columns f={f} change={change} faults={faults} />
    case 'total':
      return <Parts form={form} f={f} change={change} faults={faults} />
    default:
      return null
  }
}

/** A part with its words above it and what is wrong below. */
function Labelled({ label, faults, required, children }: { label: string; faults: string[]; required?: boolean; children: (id: string) => React.ReactNode }) {
  const id = useId()
  return (
    <Item.Item
      label={label}
      htmlFor={id}
      required={required}
      data-fault={faults.length > 0 || undefined}
      validateStatus={faults.length > 0 ? 'error' : undefined}
      help={faults.length > 0 ? <span role="alert">{faults.join(' ')}</span> : undefined}
    >
      {children(id)}
    </Item.Item>
  )
}

function Measures({ f, change, faults }: Omit<EditorProps, 'form'>) {
  const { t } = useWords()
  return (
    <>
      <Say label={t('rollcall.build.measure')} value={f.measure} change={(measure) => change({ measure })} limit={20} faults={faults('measure')} />
      <div className={styles.inline}>
        {(['min', 'max'] as const).map((side) => (
          <Labelled key={side} label={t(`rollcall.build.${side}`)} faults={faults(side)}>
            {(id) => <InputNumber id={id} value={f[side]} onChange={(v) => change({ [side]: v ?? undefined })} />}
          </Labelled>
        ))}
        <Labelled required label={t('rollcall.build.decimals')} faults={faults('decimals')}>
          {(id) => (
            <Select
              id={id}
              value={f.decimals ?? 0}
              onChange={(decimals) => change({ decimals })}
              options={[0, 1, 2, 3, 4].map((n) => ({ value: n, label: n === 0 ? t('rollcall.build.whole') : t('rollcall.build.places', { count: n }) }))}
            />
          )}
        </Labelled>
      </div>
    </>
  )
}

type Option = NonNullable<Field['options']>[number]

function Options({ options, change, faults }: { options: Option[]; change: (options: Option[]) => void; faults: EditorProps['faults'] }) {
  const { t } = useWords()
  const add = () => change([...options, newOption(options)])
  return (
    <Item.Item label={t('rollcall.build.options')} required>
      {options.map((o, i) => (
        <div key={o.key} className={styles.item}>
          <div>
            <Say
              bare
              label={t('rollcall.build.option', { n: i + 1 })}
              value={o.label}
              change={(label) => change(options.map((x) => (x.key === o.key ? { ...x, label } : x)))}
              limit={120}
              faults={faults(`options[${i}].label`)}
              onEnter={add}
            />
          </div>
          <Button
            icon={<CloseOutlined aria-hidden />}
            aria-label={t('rollcall.build.removeOption', { n: i + 1 })}
            disabled={options.length < 2}
            onClick={() => change(options.filter((x) => x.key !== o.key))}
          />
        </div>
      ))}
      <Button onClick={add}>{t('rollcall.build.addOption')}</Button>
      <Faults lines={faults('options')} />
    </Item.Item>
  )
}

const inTables = ['text', 'number', 'choice', 'date', 'place'] as const

function Columns({ f, change, faults }: Omit<EditorProps, 'form'>) {
  const { t } = useWords()
  const columns = f.columns ?? []
  const put = (key: string, part: Partial<Field>) => change({ columns: columns.map((c) => (c.key === key ? { ...c, ...part } : c)) })
  return (
    <Item.Item label={t('rollcall.build.columns')} required>
      {columns.map((c, i) => {
        const at = (place: string) => faults(`columns[${i}]${place && `.${place}`}`)
        return (
          <div key={c.key} className={styles.column} role="group" aria-label={t('rollcall.build.column', { n: i + 1 })}>
            <div className={styles.inline}>
              <div>
                <Say label={t('rollcall.build.column', { n: i + 1 })} value={c.label} change={(label) => put(c.key, { label })} required limit={120} faults={[...at(''), ...at('label')]} />
              </div>
              <Labelled required label={t('rollcall.build.columnKind')} faults={at('kind')}>
                {(id) => (
                  <Select
                    id={id}
                    value={c.kind}
                    onChange={(kind) => change({ columns: columns.map((x) => (x.key === c.key ? { ...newColumn([], kind), key: c.key, label: c.label, required: c.required } : x)) })}
                    options={inTables.map((k) => ({ value: k, label: t(`rollcall.build.kind.${k === 'choice' ? 'one' : k}`) }))}
                  />
                )}
              </Labelled>
            </div>
            {c.kind === 'choice' && <Options options={c.options ?? []} change={(options) => put(c.key, { options })} faults={at} />}
            {c.kind === 'number' && <Measures f={c} change={(part) => put(c.key, part)} faults={at} />}
            <div className={styles.tools}>
              <Checkbox checked={c.required} onChange={(e) => put(c.key, { required: e.target.checked })}>
                {t('rollcall.build.required')}
              </Checkbox>
              <Button
                icon={<CloseOutlined aria-hidden />}
                aria-label={t('rollcall.build.removeColumn', { n: i + 1 })}
                disabled={columns.length < 2}
                onClick={() => change({ columns: columns.filter((x) => x.key !== c.key) })}
              >
                {t('common.remove')}
              </Button>
            </div>
          </div>
        )
      })}
      <Button onClick={() => change({ columns: [...columns, newColumn(columns)] })}>{t('rollcall.build.addColumn')}</Button>
      <Faults lines={faults('columns')} />
    </Item.Item>
  )
}

function Parts({ form, f, change, faults }: EditorProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const list = addable(form, f.key)
  const of = f.of ?? []
  return (
    <Item.Item label={t('rollcall.build.of')} required>
      {list.length === 0 ? (
        <p className={styles.quiet}>{t('rollcall.build.ofNone')}</p>
      ) : (
        <Checkbox.Group
          value={of}
          onChange={(chosen) => change({ of: [...of.filter((o) => !list.some((a) => a.key === o)), ...chosen] })}
          options={list.map((a) => ({ value: a.key, label: [say(both(a.field.label)), say(both(a.column?.label))].filter(Boolean).join(' › ') || t('rollcall.build.unnamed') }))}
        />
      )}
      <Faults lines={[...new Set([...faults('of'), ...of.flatMap((_, i) => faults(`of[${i}]`))])]} />
    </Item.Item>
  )
}

function Condition({ form, f, change, faults }: EditorProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const id = useId()
  const list = conditionsFor(form, f.key)
  const { when } = f
  const on = list.find((x) => x.key === when?.field)
  const look = (x: Field) => change({ when: x.kind === 'number' ? { field: x.key, above: 0 } : { field: x.key, is: (x.options ?? []).slice(0, 1).map((o) => o.key) } })
  if (list.length === 0 && !when) return null
  return (
    <>
      <Checkbox checked={!!when} onChange={(e) => (e.target.checked && list.at(-1) ? look(list.at(-1)!) : change({ when: undefined }))}>
        {t('rollcall.build.when')}
      </Checkbox>
      {when && (
        <div className={styles.nested}>
          <Item.Item label={t('rollcall.build.whenField')} htmlFor={id} required>
            <Select
              id={id}
              value={on?.key}
              onChange={(key) => look(list.find((x) => x.key === key)!)}
              options={list.map((x) => ({ value: x.key, label: say(both(x.label)) || t('rollcall.build.unnamed') }))}
            />
          </Item.Item>
          {on?.kind === 'choice' && (
            <Item.Item label={t('rollcall.build.whenIs')} required>
              <Checkbox.Group value={when.is ?? []} onChange={(is) => change({ when: { field: on.key, is } })} options={(on.options ?? []).map((o) => ({ value: o.key, label: say(both(o.label)) || t('rollcall.build.unnamed') }))} />
            </Item.Item>
          )}
          {on?.kind === 'number' && (
            <Labelled required label={t('rollcall.build.whenAbove')} faults={faults('when.above')}>
              {(above) => <InputNumber id={above} value={when.above} onChange={(v) => change({ when: { field: on.key, above: v ?? 0 } })} />}
            </Labelled>
          )}
          <Faults lines={faults('when.field')} />
        </div>
      )}
    </>
  )
}
