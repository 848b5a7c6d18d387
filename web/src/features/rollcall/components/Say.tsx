import { Form, Input } from 'antd'
import { createContext, useContext, useId } from 'react'
import type { Text } from '~/shared/profile/profile'
import { usePrefs } from '~/shared/prefs/prefs'
import { useWords } from '~/shared/words/words'
import type { Main } from '../build'

/** Whether the author writes the other language too. */
export const WriteBoth = createContext(false)

/** The language that an author writes: the one the pages speak. */
export const useMain = (): Main => (usePrefs().language === 'en' ? 'en' : 'zh')

interface SayProps {
  label: string
  value: Text | undefined
  change: (text: Text) => void
  required?: boolean
  faults?: string[]
  limit: number
  area?: boolean
  help?: string
  placeholder?: Text
  /** The label is for those who hear it; the place says it to those who see. */
  bare?: boolean
  onEnter?: () => void
}

/** Words in the author's language, and in the other one below it where they want to write both. */
export function Say({ label, value, change, required, faults = [], limit, area, help, placeholder, bare, onEnter }: SayProps) {
  const { t } = useWords()
  const main = useMain()
  const both = useContext(WriteBoth)
  const id = useId()
  const other: Main = main === 'zh' ? 'en' : 'zh'
  const input = (lang: Main, name: string) => {
    const props = {
      id: `${id}${lang}`,
      lang: lang === 'zh' ? 'zh-CN' : 'en',
      maxLength: limit,
      value: value?.[lang] ?? '',
      placeholder: placeholder?.[lang] || undefined,
      'aria-label': bare ? name : undefined,
      'aria-invalid': faults.length > 0 || undefined,
      status: faults.length > 0 ? ('error' as const) : undefined,
      onChange: (e: { target: { value: string } }) => change({ zh: '', en: '', ...value, [lang]: e.target.value }),
    }
    return area ? (
      <Input.TextArea {...props} autoSize={{ minRows: 2 }} />
    ) : (
      <Input
        {...props}
        onPressEnter={(e) => {
          e.preventDefault() // it would send the whole
          onEnter?.()
        }}
      />
    )
  }
  return (
    <>
      <Form.Item
        label={bare ? undefined : label}
        htmlFor={`${id}${main}`}
        required={required}
        extra={help}
        help={faults.length > 0 ? <span role="alert">{faults.join(' ')}</span> : undefined}
        validateStatus={faults.length > 0 ? 'error' : undefined}
        data-fault={faults.length > 0 || undefined}
      >
        {input(main, label)}
      </Form.Item>
      {both && (
        <Form.Item label={bare ? undefined : t(`rollcall.build.in.${other}`, { label })} htmlFor={`${id}${other}`}>
          {input(other, t(`rollcall.build.in.${other}`, { label }))}
        </Form.Item>
      )}
    </>
  )
}
