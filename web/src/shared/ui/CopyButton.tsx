import { CopyOutlined, PrinterOutlined } from '@ant-design/icons'
import { App, Button, type ButtonProps } from 'antd'
import { useWords } from '../words/words'

/** Puts text on the clipboard, also on plain http and in old in-app browsers. */
export function CopyButton({ text, children, ...rest }: Omit<ButtonProps, 'onClick'> & { text: string }) {
  const { t } = useWords()
  const { message } = App.useApp()
  return (
    <Button
      icon={<CopyOutlined aria-hidden />}
      {...rest}
      onClick={() =>
        void copy(text).then((ok) => (ok ? message.success(t('common.copied')) : message.warning({ content: t('common.copyFailed'), duration: 6 })))
      }
    >
      {children ?? t('common.copy')}
    </Button>
  )
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.readOnly = true
    area.style.position = 'fixed'
    area.style.opacity = '0'
    document.body.append(area)
    area.select()
    const ok = document.execCommand('copy')
    area.remove()
    return ok
  }
}

export function PrintButton({ children, ...rest }: Omit<ButtonProps, 'onClick'>) {
  const { t } = useWords()
  return (
    <Button icon={<PrinterOutlined aria-hidden />} className="no-print" {...rest} onClick={() => print()}>
      {children ?? t('common.print')}
    </Button>
  )
}
